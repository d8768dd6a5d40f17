"""E-mail: headers, threads, both parts, and servers that misbehave."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from notify_samples import NOW, one, several
from receivers import MailBox, mailbox

from crawler.errors import NotifyError
from crawler.notify import Dispatch, Form, sender_for
from crawler.notify.mail import Envelope, marked, write_mail
from crawler.notify.smtp import MailSender, read_address

ENVELOPE = Envelope("alerts@wire.example", ("ann@example.org", "bob@example.org"), "desk")


def written(dispatch: Dispatch) -> EmailMessage:
    return write_mail(dispatch, ENVELOPE, zone=ZoneInfo("Africa/Nairobi"))


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return body.get_content()


def test_a_mail_has_what_people_and_programs_look_at():
    mail = written(one())
    assert mail["subject"] == "us-in-iraq: Rockets land near the embassy"
    assert mail["from"] == "Wirewatch <alerts@wire.example>"
    assert mail["to"] == "ann@example.org, bob@example.org"
    assert mail["date"] == "Mon, 23 Nov 2026 11:00:00 +0300"
    assert mail["message-id"] == "<alert-1@wire.example>"
    assert mail["list-id"] == "Wirewatch desk <desk.wirewatch.wire.example>"
    assert mail["list-unsubscribe"] == "<mailto:alerts@wire.example?subject=unsubscribe%20desk>"
    assert mail["auto-submitted"] == "auto-generated"
    assert "«Rockets» landed" in part(mail, "plain")
    html = part(mail, "html")
    assert ">Rockets</mark> landed near the <mark" in html
    assert "10:10 EAT" in html


def test_follow_ups_belong_to_the_thread_of_the_first_alert():
    first, later = written(one(story="s1")), written(one(id="alert-2", story="s1", kind="headline"))
    other, other_rule = written(one(story="s2")), written(one(story="s1", rule="floods"))
    assert later["in-reply-to"] == later["references"] == first["message-id"]
    assert later["message-id"] == "<alert-2@wire.example>"
    assert first["in-reply-to"] is None
    assert len({mail["message-id"] for mail in (first, later, other, other_rule)}) == 4
    assert later["subject"].startswith("us-in-iraq: new headline: ")
    assert written(one(story="s1"))["message-id"] == first["message-id"], "the same on a retry"


def test_several_alerts_in_one_mail():
    group, digest = written(several(3)), written(several(12, Form.DIGEST))
    assert group["subject"] == "3 alerts (us-in-iraq 2, floods 1)"
    assert digest["subject"] == "Digest: 12 alerts (us-in-iraq 6, floods 6)"
    assert part(group, "html").count("Read the article") == 3
    assert part(digest, "html").count("<b>") + part(digest, "html").count("font-weight:600") >= 12
    assert part(digest, "plain").count("https://news.example") == 12
    baseline = written(several(4, Form.BASELINE))
    assert baseline["subject"].startswith("4 existing articles match")


HOSTILE = "Hi\r\nBcc: all@example.org\r\n\r\n<script>alert(1)</script>\x00\u202e"


def test_a_headline_cannot_add_headers_or_markup():
    mail = written(one(title=HOSTILE, source=HOSTILE, rule=HOSTILE, url=HOSTILE, excerpts=(HOSTILE, "«<b>x»")))
    raw = mail.as_bytes()
    assert b"\r\nBcc:" not in raw
    assert mail["bcc"] is None
    html = part(mail, "html")
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert "javascript:" not in part(written(one(url="javascript:alert(1)")), "html")
    assert marked("a «<b>» c") == f"a {marked('«<b>»')} c"


async def sent(box: MailBox, dispatch: Dispatch, to: str = "ann@example.org") -> None:
    sender = sender_for("desk", f"mailto://127.0.0.1:{box.port}?to={to}&from=w@wire.example", private=True)
    await sender.send(dispatch)
    await sender.close()


async def test_a_mail_arrives():
    with mailbox() as box:
        await sent(box, one(), "ann@example.org,bob@example.org")
    assert box.recipients == [["ann@example.org", "bob@example.org"]]
    assert box.mails[0]["subject"] == "us-in-iraq: Rockets land near the embassy"


REFUSALS = [
    ({"bob@example.org": "550 no such user"}, None, [["ann@example.org"]]),
    ({"bob@example.org": "450 try later"}, True, []),
    ({"ann@example.org": "550 no", "bob@example.org": "550 no"}, False, []),
]


@pytest.mark.parametrize(("refuse", "retryable", "recipients"), REFUSALS)
async def test_refused_recipients(refuse: dict[str, str], retryable: bool | None, recipients: list[list[str]]):
    with mailbox() as box:
        box.refuse = refuse
        if retryable is None:
            await sent(box, one(), "ann@example.org,bob@example.org")
        else:
            with pytest.raises(NotifyError) as caught:
                await sent(box, one(), "ann@example.org,bob@example.org")
            assert caught.value.retryable is retryable
    assert box.recipients == recipients


async def test_a_private_network_is_refused_unless_allowed():
    with mailbox() as box:
        sender = sender_for("desk", f"mailto://127.0.0.1:{box.port}?to=a@example.org")
        with pytest.raises(NotifyError, match="private: true"):
            await sender.send(one())
    assert box.mails == []


@contextmanager
def half_a_server(until_data: bool) -> Iterator[int]:
    """An SMTP server that stops answering: at once, or in the middle of DATA."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        stop = threading.Event()

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, connection.makefile("rb") as lines:
                if not until_data:
                    stop.wait(10)
                    return
                connection.sendall(b"220 half\r\n")
                for line in lines:
                    word = line[:4].upper()
                    connection.sendall(b"354 go on\r\n" if word == b"DATA" else b"250 ok\r\n")
                    if word == b"DATA":
                        stop.wait(10)
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            stop.set()
            thread.join()


@pytest.mark.parametrize("until_data", [False, True])
async def test_a_server_that_hangs_is_given_up(until_data: bool):
    with half_a_server(until_data) as port:
        url = f"mailto://127.0.0.1:{port}?to=a@example.org"
        sender = MailSender("desk", url, private=True, zone=UTC, timeout_s=0.5)
        began = time.monotonic()
        with pytest.raises(NotifyError, match="no answer") as caught:
            await sender.send(one())
        assert caught.value.retryable
        assert time.monotonic() - began < 5


async def test_an_unreachable_server_is_worth_a_retry():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sender = sender_for("desk", f"mailto://127.0.0.1:{port}?to=a@example.org", private=True)
    with pytest.raises(NotifyError, match="cannot connect to") as caught:
        await sender.send(one())
    assert caught.value.retryable


WRONG = [
    ("mailto:desk@example.org", "the mail server is missing"),
    ("mailtos://smtp.example.org", "the recipient is missing"),
    ("mailtos://smtp.example.org?to=nobody", "mail address is invalid"),
    ("mailtos://smtp.example.org?to=a@b%0d%0aRCPT", "mail address is invalid"),
    ("mailtos://smtp.example.org:x?to=a@b.c", "mail address is invalid"),
    ("mailto://u:hunter22@smtp.example.org?to=a@b.c", "encrypted"),
    ("mailtos://u:hunter22@smtp.example.org?to=a@b.c&name=x", "unknown option 'name'"),
    ("mailtos://u:hunter22@smtp.example.org?to=a@b.c&mode=tls", "mode must be ssl or starttls"),
    ("mailto://smtp.example.org?to=a@b.c&mode=ssl", "mode must be ssl or starttls"),
]


@pytest.mark.parametrize(("url", "said"), WRONG)
def test_addresses_that_cannot_be_used(url: str, said: str):
    with pytest.raises(NotifyError, match=said) as caught:
        sender_for("desk", url)
    assert "hunter22" not in str(caught.value)
    assert "mailtos://user:password@" in str(caught.value)


def test_the_one_form_of_address():
    server, envelope = read_address("desk", "mailtos://desk%40x.org:p%2Fw@smtp.x.org?to=a@b.c, d@e.f")
    assert (server.host, server.port, server.encrypted, server.user, server.password) == (
        "smtp.x.org", 587, True, "desk@x.org", "p/w",
    )  # fmt: skip
    assert envelope == Envelope("desk@x.org", ("a@b.c", "d@e.f"), "desk")
    assert "p/w" not in repr(server)
    assert read_address("d", "mailto://localhost?to=a@b.c")[0].port == 25
    assert read_address("d", "mailtos://u@h:465?to=a@b.c")[1].sender == "wirewatch@h"


async def test_encryption_is_not_given_up_when_the_server_has_none():
    with mailbox() as box:
        sender = sender_for("desk", f"mailtos://u:hunter22@127.0.0.1:{box.port}?to=a@b.example", private=True)
        with pytest.raises(NotifyError) as caught:
            await sender.send(one())
    assert box.mails == []
    assert "hunter22" not in str(caught.value)


def test_dates_follow_from_the_message():
    assert written(one())["date"].datetime == NOW


def test_the_mail_names_the_other_outlets_and_our_own_page():
    alone = replace(one(outlets=5), home="https://desk.example")
    listed = replace(several(12, Form.DIGEST, outlets=5), home="https://desk.example")
    for dispatch in (alone, listed):
        html = part(written(dispatch), "html")
        assert "also in 4 outlets" in html
        assert 'href="https://desk.example/articles/7"' in html
    assert "also in" not in part(written(one()), "html")
    assert "/articles/" not in part(written(several(3)), "html")
