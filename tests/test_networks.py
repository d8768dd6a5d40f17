"""Which addresses are of the public internet, whatever IPv4 address they hold."""

from __future__ import annotations

import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from crawler.networks import host_of, is_private_address, is_private_name, open_socket, public_only

PUBLIC = ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "2606:4700::1"]
PUBLIC += ["2606:4700::200:5efe:808:808"]
PRIVATE = ["127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0", "255.255.255.255"]
PRIVATE += ["::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "fec0::1", "2001::1", "2001:db8::1"]
PRIVATE += ["::ffff:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808", "2002:7f00:1::"]
PRIVATE += ["2002:a00:1::5", "::127.0.0.1", "::8.8.8.8", "::ffff:0:10.0.0.1", "2606:4700::5efe:a00:1"]
PRIVATE += ["fe80::5efe:808:808", "localhost", "", "8.8.8", "0x7f000001"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address: str) -> None:
    assert not is_private_address(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private(address: str) -> None:
    assert is_private_address(address)


def test_a_socket_for_a_private_address_is_not_opened() -> None:
    entry = (socket.AF_INET6, socket.SOCK_STREAM, 0, "", ("64:ff9b::7f00:1", 80, 0, 0))
    with pytest.raises(PermissionError):
        open_socket(entry, private=False)


def test_a_thread_that_is_bound_to_the_public_internet_connects_nowhere_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with pytest.raises(PermissionError), public_only(), socket.create_connection(address):
            pass
        with pytest.raises(PermissionError), public_only(), suppress(OSError):  # as a library that hides the error
            socket.create_connection(address)
        with ThreadPoolExecutor(1) as other, public_only():
            other.submit(socket.create_connection, address).result().close()
        socket.create_connection(address).close()


def test_a_datagram_does_not_leave_either() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made, pytest.raises(PermissionError), public_only():
        made.sendto(b"x", ("10.0.0.1", 9))


def test_the_guard_does_not_disturb_threads_that_are_traced() -> None:
    program = """
import sys, threading
from crawler.networks import public_only
with public_only():
    pass
sys.setswitchinterval(1e-6)
failed = []
def trace():
    try:
        for _ in range(5_000):
            sys.settrace(None)
    except RuntimeError as error:
        failed.append(error)
threads = [threading.Thread(target=trace) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
sys.exit(len(failed))
"""
    assert subprocess.run([sys.executable, "-c", program], check=False, timeout=60).returncode == 0


@pytest.mark.parametrize(
    ("url", "host", "private"),
    [
        ("http://127.0.0.1:8000/x", "127.0.0.1", True),
        ("http://[::1]:80/", "::1", True),
        ("LOCALHOST", "localhost", True),
        ("a.localhost.:80/x", "a.localhost", True),
        ("https://intranet/", "intranet", False),
        ("https://Bücher.example./", "xn--bcher-kva.example", False),
        ("http://8.8.8.8/", "8.8.8.8", False),
        ("http://[", "", False),
        ("", "", False),
    ],
)
def test_a_host_and_what_its_name_says(url: str, host: str, private: bool) -> None:
    assert host_of(url) == host
    assert is_private_name(host) == private
