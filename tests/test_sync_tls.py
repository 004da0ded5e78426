"""Sync over TLS: what a certificate that does not hold is called, and that the rest of the chain is as without it."""

import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import faulty_server as faults
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from enrolled import Site, site
from faulty_server import Server, serve

__all__ = ["site"]
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


def certificate(
    folder: Path, host: str = "127.0.0.1", begins: datetime = NOW - DAY, days: int = 30
) -> tuple[Path, Path]:
    """A self-signed certificate for `host` and its key, as files."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    names: list[x509.GeneralName] = [
        x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host),
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + days * DAY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    shown, secret = folder / "tls.pem", folder / "tls.key"
    shown.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain),
    )
    return shown, secret


@pytest.fixture
def server(site: Site) -> Iterator[Server]:
    with serve(site.repo.folder) as found:
        yield found


def secured(server: Server, files: tuple[Path, Path]) -> str:
    """The server speaks TLS from now on; gives its address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server.url.replace("http:", "https:")


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A certificate that this machine trusts, as an admin would have installed it."""
    files = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    return files


def test_a_certificate_that_the_machine_trusts_brings_the_same_sync(
    site: Site, server: Server, trusted: tuple[Path, Path]
) -> None:
    address = secured(server, trusted)
    site.repo.tick()
    assert site.sync(address).word == "updated"
    assert site.sync(address).word == "unchanged"
    assert site.reason() == "ok"


@pytest.mark.parametrize("wrong", ["nobody_knows_it", "ended", "to_come", "another_host"])
def test_a_certificate_that_does_not_hold_is_called_tls_and_changes_nothing(
    site: Site, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    files = {
        "nobody_knows_it": lambda: certificate(tmp_path),
        "ended": lambda: certificate(tmp_path, begins=NOW - 40 * DAY),
        "to_come": lambda: certificate(tmp_path, begins=NOW + DAY),
        "another_host": lambda: certificate(tmp_path, host="elsewhere.example"),
    }[wrong]()
    if wrong != "nobody_knows_it":
        monkeypatch.setenv("SSL_CERT_FILE", str(files[0]))
    site.repo.tick()
    report = site.sync(secured(server, files))
    assert report.word == "tls"
    assert server.log == []
    assert site.reason() == "ok"


def test_a_server_that_speaks_no_tls_at_all_is_called_so(site: Site, server: Server) -> None:
    assert site.sync(server.url.replace("http:", "https:")).word == "tls"
    assert site.reason() == "ok"


def test_a_bad_certificate_at_one_mirror_leaves_the_other(site: Site, server: Server, tmp_path: Path) -> None:
    site.repo.tick()
    report = site.sync(secured(server, certificate(tmp_path)), str(site.repo.folder))
    assert report.word == "updated"
    assert report.skipped == (server.url.replace("http:", "https:"),)


def test_a_redirect_from_tls_to_no_tls_is_not_followed(
    site: Site, server: Server, trusted: tuple[Path, Path], tmp_path: Path
) -> None:
    with serve(site.repo.folder) as plain:

        def away(to: faults.BaseHTTPRequestHandler, _: bytes) -> None:
            to.send_response(302)
            to.send_header("Location", plain.url + to.path)
            to.send_header("Content-Length", "0")
            to.end_headers()

        server.every = away
        assert site.sync(secured(server, trusted)).word == "portal"
        assert plain.log == []


def test_a_handshake_that_never_ends_is_cut_at_the_total_deadline(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}"
        assert site.sync(address, deadline=0.5).word == "slow"
    assert site.reason() == "ok"


def test_a_resolver_that_does_not_answer_is_cut_at_the_total_deadline(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered, gave_up = threading.Event(), []

    def waits(*_: object, **__: object) -> object:
        answered.wait(5)
        gave_up.append(True)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", waits)
    report = site.sync("http://authority.example", deadline=0.5)
    assert report.word == "slow"
    assert not gave_up, "the sync waited for the resolver"
    answered.set()


def test_a_name_that_nobody_knows_is_being_offline(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert site.sync("http://authority.example").word == "offline"
