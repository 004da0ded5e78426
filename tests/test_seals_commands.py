"""Seals, barcodes and 2D-Docs by command: keys by pins and by an authority, passes as text, file and picture."""

import json
import time
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from checkpoint import Verifier
from checkpoint.authority import importing, publish, repository
from checkpoint.authority.importing import Source
from checkpoint.codec import base32
from checkpoint.codec.issued import Authorities
from checkpoint.readers import layouts
from checkpoint.store import enrolment
from checkpoint.sync.run import sync
from checkpoint.trust.lists import Options
from tests import authority_folder
from tests.commands import Shell
from tests.document_issuers import Signer, french, packed, zone
from tests.issuer import NOW
from tests.seal_issuers import State

STATE = State("DE")
SEALER, SCRIBE, NOTARY = Signer(STATE), Signer(STATE, serial=0x5C), french()
SEAL, BARCODE, DOCUMENT = SEALER.permit(), SCRIBE.barcode(), NOTARY.document()
FORMATS = {"vds": SEALER, "idb": SCRIBE, "doc2d": NOTARY}


@pytest.fixture
def station(shell: Shell, tmp_path: Path) -> Shell:
    for format, signer in FORMATS.items():
        path = tmp_path / f"{format}.pem"
        path.write_text(signer.pem)
        assert shell("keys", "import", path, "--format", format, "--json").json["added"] == 1
    return shell


def file(folder: Path, data: bytes, name: str = "seal.bin") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def picture(folder: Path, content: bytes | str, symbology: zxingcpp.BarcodeFormat, name: str = "code.png") -> Path:
    path = folder / name
    Image.fromarray(zxingcpp.create_barcode(content, symbology).to_image(scale=6)).save(path)
    return path


def test_signers_are_pinned_under_the_name_that_their_codes_call_them(station: Shell) -> None:
    kids = {
        json.loads(line)["format"]: json.loads(line)["kid"] for line in station("keys", "list", "--json").out.split()
    }
    assert kids == {"vds": "DETS5B", "idb": SCRIBE.reference.hex(), "doc2d": "FR000001"}


def test_codes_verify_with_imported_certificates(station: Shell, tmp_path: Path) -> None:
    ran = station.verify(file(tmp_path, SEAL), BARCODE, DOCUMENT)
    assert ran.reasons == ["ok", "ok", "ok"]
    assert [one["format"] for one in ran.verdicts] == ["vds", "idb", "doc2d"]
    assert [one["issuer"]["trust"] for one in ran.verdicts] == ["pinned"] * 3


def test_lines_of_a_scanner_verify_as_the_codes_themselves(station: Shell) -> None:
    lines = f"{BARCODE}\n{DOCUMENT}\r\n".encode()
    assert station.verify("-", stdin=lines).reasons == ["ok", "ok"]


@pytest.mark.parametrize("symbology", [zxingcpp.DataMatrix, zxingcpp.QRCode, zxingcpp.Aztec])
def test_a_seal_in_a_picture_reaches_its_format_byte_for_byte(
    station: Shell, tmp_path: Path, symbology: zxingcpp.BarcodeFormat
) -> None:
    assert station.verify(picture(tmp_path, SEAL, symbology)).reasons == ["ok"]


def test_a_2d_doc_and_a_barcode_in_pictures_reach_their_formats(station: Shell, tmp_path: Path) -> None:
    drawn = (
        picture(tmp_path, DOCUMENT, zxingcpp.DataMatrix, "a.png"),
        picture(tmp_path, BARCODE, zxingcpp.QRCode, "b.png"),
    )
    assert station.verify(*drawn).reasons == ["ok", "ok"]


@pytest.mark.parametrize("last", [b"\n", b"\r", b"\t", b"\r\n"])
def test_the_last_byte_of_a_seal_is_never_taken_for_the_end_of_a_line(
    station: Shell, tmp_path: Path, last: bytes
) -> None:
    seal = next(one for one in iter(SEALER.permit, b"") if one.endswith(last[-1:]))
    text = seal.decode("latin-1")
    at = datetime.fromtimestamp(NOW, UTC)
    verifier = Verifier.open(station.home)
    assert [verifier.verify(one, at).reason.word for one in (seal, text)] == ["ok", "ok"]
    assert station.verify(file(tmp_path, seal), file(tmp_path, text.encode(), "text.txt")).reasons == ["ok", "ok"]


def test_a_seal_as_text_is_not_taken_for_the_work_of_a_keyboard_layout() -> None:
    text = SEAL.decode("latin-1")
    assert layouts.named(text) is None
    assert list(layouts.repairs(text)) == []
    assert [one.text for one in layouts.repairs(BARCODE.swapcase())][:1] == [BARCODE]


def test_a_reference_that_stands_in_no_certificate_is_given_by_hand(shell: Shell, tmp_path: Path) -> None:
    uuid = "00112233445566778899AABBCCDDEEFF"
    path = file(tmp_path, SEALER.der, "admin.der")
    assert shell("keys", "import", path, "--format", "vds", "--kid", f"dezv{uuid.lower()}").code == 0
    profile = (0, bytes.fromhex("9a4223406d374ef99e2cf95e31a23846"))
    seal = SEALER.seal((0x01, 0xC8), [profile, (4, b"A"), (6, b"B")], signer="DEZV", reference=uuid)
    assert shell.verify(file(tmp_path, seal)).reasons == ["ok"]
    listed = {"certificates": [{"kid": f"DEZV{uuid}", "rawData": b64encode(Signer(STATE, serial=1).der).decode()}]}
    path = file(tmp_path, json.dumps(listed).encode(), "list.json")
    assert shell("keys", "import", path, "--format", "vds", "--json").json["added"] == 1
    kids = {json.loads(line)["kid"] for line in shell("keys", "list", "--json").out.split()}
    assert kids == {f"DEZV{uuid.lstrip('0')}"}


@pytest.mark.parametrize(("format", "signer"), [("vds", Signer(STATE, "LONG")), ("doc2d", Signer(STATE, "0001"))])
def test_a_certificate_without_the_names_that_codes_have_is_left_out_with_the_way_out(
    shell: Shell, tmp_path: Path, format: str, signer: Signer
) -> None:
    state = Signer(State("FR", "CSCA-LONG"), "0001") if format == "doc2d" else signer
    ran = shell("keys", "import", file(tmp_path, state.der, "x.der"), "--format", format, "--json")
    assert ran.code == 1
    assert "--kid" in ran.json["skipped"][0]["reason"]


def test_a_ca_is_pinned_as_an_anchor_and_vouches_for_certificates_inside_codes(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "csca.pem"
    path.write_text(STATE.pem)
    assert shell("keys", "import", path, "--format", "idb", "--json").json["added"] == 1
    (record,) = [json.loads(line) for line in shell("keys", "list", "--json").out.split()]
    assert record["format"] == "anchor"
    inside = SCRIBE.barcode(embedded=True)
    assert shell.verify(inside, BARCODE).reasons == ["ok", "issuer_unknown"]
    assert shell.verify(Signer(State("DE")).barcode(embedded=True)).reasons == ["issuer_unknown"]
    crl = file(tmp_path, STATE.revoked(SCRIBE), "de.crl")
    assert shell("revocations", "import", crl, "--json").json["added"] == 1
    assert shell.verify(inside).reasons == ["key_revoked"]


def test_a_revoked_signer_stays_revoked_where_no_code_of_it_carries_the_certificate(
    station: Shell, tmp_path: Path
) -> None:
    """Nothing signs the certificate inside a barcode: whoever takes it out must not take the revocation out with it."""
    path = tmp_path / "csca.pem"
    path.write_text(STATE.pem)
    assert station("keys", "import", path, "--format", "idb").code == 0
    inside, stripped = SCRIBE.barcode(embedded=True), SCRIBE.barcode()
    assert station.verify(inside, stripped, file(tmp_path, SEAL)).reasons == ["ok"] * 3
    assert station("revocations", "import", file(tmp_path, STATE.revoked(SCRIBE, SEALER), "de.crl")).code == 0
    assert station.verify(inside, stripped).reasons == ["key_revoked"] * 2
    assert station.verify(file(tmp_path, SEAL)).reasons == ["key_revoked"], "seals never carry it"


def test_a_pass_is_revoked_by_the_id_of_its_verdict(station: Shell, tmp_path: Path) -> None:
    paths = file(tmp_path, SEAL), BARCODE, DOCUMENT
    for one in station.verify(*paths).verdicts:
        assert station("revocations", "import", one["pass_id"]).code == 0
    assert station.verify(*paths).reasons == ["revoked"] * 3


def test_an_unsigned_barcode_exits_with_check_and_a_broken_one_as_unreadable(station: Shell, tmp_path: Path) -> None:
    from checkpoint.formats.idb import issue

    assert station.verify(issue.barcode(SCRIBE.barcode_header()[:2], [(0x81, packed(zone()))], None)).code == 4
    assert station.verify(BARCODE[:-8]).code == 6
    assert station.verify(file(tmp_path, SEAL[:-1])).code == 6
    assert station.verify(DOCUMENT.replace("NGUYEN", "NGUYAN")).code == 3


def test_a_station_takes_all_three_from_its_authority(tmp_path: Path) -> None:
    now = time.time() - 3600
    folder, keys = authority_folder.authority(tmp_path / "authority", now=now)
    for format, signer in FORMATS.items():
        ca = Authorities([signer.state.der])
        options = Options(format=format, now=now, authorities=ca)
        stranger = Signer(State(signer.state.country, signer.state.common), signer.name)
        sources = [Source("a.pem", signer.pem.encode()), Source("b.pem", stranger.pem.encode())]
        diff = importing.stage(folder, format, sources, options, unsigned="made by this test")
        assert [one.kid for one in diff.added] == [signer.key(format).kid]
        assert ["not issued" in one.reason for one in diff.refused] == [True]
    publish.publish(folder, keys, now + 60)
    home = tmp_path / "home"
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(home, root, repository.fingerprint(folder), [str(folder.root / "repository")])
    assert sync(home).word == "updated"
    verifier = Verifier.open(home)
    at = datetime.fromtimestamp(NOW, UTC)
    verdicts = [verifier.verify(one, at).as_dict() for one in (SEAL, BARCODE, DOCUMENT)]
    assert [one["reason"] for one in verdicts] == ["ok"] * 3
    assert [one["issuer"]["trust"] for one in verdicts] == ["synced"] * 3


def test_a_barcode_is_the_same_in_any_case_that_it_can_be_typed_in() -> None:
    """The alphabet of base32 has no letters in two cases: nothing that a scanner types can change what is signed."""
    assert base32.encode(base32.decode(BARCODE[5:].encode())) == BARCODE[5:]
