"""Fetching a list over https: bounded in size and time, never off to plain http; a server on loopback only."""

import ssl
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from made_lists import START

from checkpoint.authority import Refused, fetching


class Handler(BaseHTTPRequestHandler):
    """Answers by path."""

    def do_GET(self) -> None:
        if self.path == "/list":
            self.answer(200, b"the list")
        elif self.path == "/list.sig":
            self.answer(200, b"the signature")
        elif self.path == "/large":
            self.answer(200, b"x" * 5000)
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            for _ in range(40):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)
        elif self.path == "/plain":
            self.redirect("http://127.0.0.1/list")
        elif self.path == "/moved":
            self.redirect(f"https://127.0.0.1:{self.server.server_address[1]}/list")
        elif self.path == "/round":
            self.redirect(f"https://127.0.0.1:{self.server.server_address[1]}/round")
        else:
            self.answer(404, b"")

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, urllib3.PoolManager]]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "loopback")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(START)
        .not_valid_after(START.replace(year=2099))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem: Path = folder / "both.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    pem.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    served = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    threading.Thread(target=served.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{served.server_address[1]}", urllib3.PoolManager(ca_certs=str(pem))
    served.shutdown()


def test_a_list_and_its_signature_are_fetched(server) -> None:
    address, pool = server
    found = fetching.source(f"{address}/list", f"{address}/list.sig", pool=pool)
    assert (found.data, found.signature) == (b"the list", b"the signature")
    assert fetching.get(f"{address}/moved", pool=pool) == b"the list"


@pytest.mark.parametrize(
    ("path", "why"),
    [("/plain", "leads to 'http:"), ("/round", "from one address to the next"), ("/none", "answers 404")],
)
def test_an_address_that_leads_astray_is_refused(server, path: str, why: str) -> None:
    address, pool = server
    with pytest.raises(Refused, match=why):
        fetching.get(f"{address}{path}", pool=pool)


def test_a_certificate_that_nobody_vouches_for_is_refused(server) -> None:
    with pytest.raises(Refused, match="SSLError"):
        fetching.get(f"{server[0]}/list")


def test_a_list_without_end_and_one_that_drips_are_cut(server, monkeypatch: pytest.MonkeyPatch) -> None:
    address, pool = server
    monkeypatch.setattr(fetching, "MAX_LIST", 4999)
    with pytest.raises(Refused, match="larger than 4999 bytes"):
        fetching.get(f"{address}/large", pool=pool)
    monkeypatch.setattr(fetching, "SECONDS", 0.3)
    with pytest.raises(Refused, match="took more than"):
        fetching.get(f"{address}/slow", pool=pool)


def test_no_network_is_one_line() -> None:
    with pytest.raises(Refused, match=r"^https://127\.0\.0\.1:9/x: "):
        fetching.get("https://127.0.0.1:9/x")
