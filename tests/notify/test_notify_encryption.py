"""Mail over TLS: STARTTLS and a login, certificates that are not trusted, and passwords that are wrong."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from notify_samples import one
from receivers import MailBox, mailbox

from crawler.errors import NotifyError
from crawler.notify import sender_for
from crawler.notify.smtp import MailSender


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate of 127.0.0.1 with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    kind = serialization.PrivateFormat.PKCS8
    pem = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + pem)
    return path


def server_side(certificate: Path) -> dict[str, object]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def login(_server, _session, _envelope, _mechanism, data) -> AuthResult:
        known = isinstance(data, LoginPassword) and (data.login, data.password) == (b"desk@x.org", b"s3/cret")
        return AuthResult(success=known, handled=False)

    return {"tls_context": context, "require_starttls": True, "authenticator": login, "auth_required": True}


def sender(box: MailBox, certificate: Path, password: str = "s3%2Fcret") -> MailSender:
    def trusting() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=certificate)

    url = f"mailtos://desk%40x.org:{password}@127.0.0.1:{box.port}?to=a@b.example"
    return MailSender("desk", url, private=True, tls=trusting)


async def test_starttls_and_a_login(certificate: Path):
    with mailbox(**server_side(certificate)) as box:
        await sender(box, certificate).send(one())
    assert box.mails[0]["from"] == "Wirewatch <desk@x.org>"


@pytest.mark.parametrize("mode", ["ssl", "starttls"])
async def test_tls_from_the_first_byte(certificate: Path, mode: str):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with mailbox(ssl_context=context) as box:
        url = f"mailtos://127.0.0.1:{box.port}?to=a@b.example&from=desk@x.org&mode={mode}"
        desk = MailSender(
            "desk", url, private=True, timeout_s=2, tls=lambda: ssl.create_default_context(cafile=certificate)
        )
        if mode == "ssl":
            await desk.send(one())
            assert box.mails[0]["from"] == "Wirewatch <desk@x.org>"
        else:
            with pytest.raises(NotifyError):
                await desk.send(one())
            assert box.mails == []


async def test_a_wrong_password_is_final_and_not_shown(certificate: Path):
    with mailbox(**server_side(certificate)) as box:
        with pytest.raises(NotifyError, match="answered 5") as caught:
            await sender(box, certificate, "hunter22").send(one())
        assert not caught.value.retryable
        assert "hunter22" not in str(caught.value)
    assert box.mails == []


async def test_an_untrusted_certificate_is_refused(certificate: Path):
    with mailbox(**server_side(certificate)) as box:
        url = f"mailtos://desk%40x.org:s3%2Fcret@127.0.0.1:{box.port}?to=a@b.example"
        with pytest.raises(NotifyError) as caught:
            await sender_for("desk", url, private=True).send(one())
    assert "s3/cret" not in str(caught.value)
    assert box.mails == []


@pytest.mark.parametrize("url", ["ntfy://127.0.0.1/topic", "json://localhost/x", "gotify://10.0.0.1/token"])
async def test_services_of_one_s_own_are_refused_on_private_networks_unless_allowed(url: str):
    found = sender_for("desk", url)
    with pytest.raises(NotifyError, match="private: true") as caught:
        await found.send(one())
    await found.close()
    assert not caught.value.retryable


async def test_a_name_that_leads_inside_only_when_the_service_connects_is_refused(monkeypatch: pytest.MonkeyPatch):
    """Whatever was looked up before, the address of the connection counts."""
    arrived = []
    server = await asyncio.start_server(lambda *_: arrived.append(1), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    ask = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda _, *args, **more: ask("127.0.0.1", *args, **more))
    found = sender_for("desk", f"json://hooks.example.org:{port}/x")
    with pytest.raises(
        NotifyError, match=r"hooks\.example\.org is on a private network: if this is intended, set private: true"
    ):
        await found.send(one())
    await found.close()
    server.close()
    await server.wait_closed()
    assert not arrived


async def test_a_proxy_of_the_environment_is_not_a_way_in(monkeypatch: pytest.MonkeyPatch):
    """The proxy would connect, so that the host's name is looked up before."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    found = sender_for("desk", "ntfy://10.0.0.1/topic")
    with pytest.raises(NotifyError, match="private: true") as caught:
        await found.send(one())
    await found.close()
    assert not caught.value.retryable
