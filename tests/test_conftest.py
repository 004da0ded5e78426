"""The guard of the suite itself: what reaches for the network fails, what stays on this machine does not."""

import socket
import urllib.request
from pathlib import Path

import pytest


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0), ("0.0.0.0", 0)])
def test_reaching_for_another_machine_fails_the_test(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with (
        socket.socket(family) as tcp,
        socket.socket(family, socket.SOCK_DGRAM) as udp,
        pytest.raises(pytest.fail.Exception, match="network"),
    ):
        tcp.bind(address) if address[1] == 0 else udp.sendto(b"x", address)
    with socket.socket(family) as tcp, pytest.raises(pytest.fail.Exception, match="network"):
        tcp.connect(address)


def test_asking_for_a_name_fails_the_test_even_where_failures_are_expected() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"keys\.example"):
        urllib.request.urlopen("http://keys.example/list")


def test_loopback_and_unix_sockets_are_allowed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()[:2]) as client:
        assert client.getpeername() == server.getsockname()
    with socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "s"))
