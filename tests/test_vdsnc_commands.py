"""Seals, CAs and lists of revoked signers by command: pins by hand, and an authority with its stations."""

import json
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from authority_folder import authority
from enrolled import make

from checkpoint.authority import Refused, importing, publish, repository, revoked, staged
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Source
from checkpoint.codec import jcs
from checkpoint.formats.vdsnc.issue import encoded, text_of
from checkpoint.store import enrolment, pins
from checkpoint.store.load import load_trust
from checkpoint.sync.run import sync
from checkpoint.trust import lists
from checkpoint.trust.lists import Options
from checkpoint.trust.lists.entries import ANCHOR
from checkpoint.verifier import Verifier
from tests.commands import Shell, environment
from tests.issuer import NOW
from tests.seal_issuers import Sealer, State, header, proof

STATE, STRANGER = State(), State("US", "CSCA of nowhere")
SIGNER, OTHER, THIRD = Sealer(STATE), Sealer(STATE), Sealer(STATE)
GOOD = SIGNER.seal()


@pytest.fixture
def station(shell: Shell, tmp_path: Path) -> Shell:
    path = tmp_path / "csca.pem"
    path.write_text(STATE.pem)
    assert shell("keys", "import", path, "--json").json["added"] == 1
    return shell


def test_a_seal_verifies_under_an_imported_ca_as_argument_file_and_line(station: Shell, tmp_path: Path) -> None:
    pretty = tmp_path / "seal.json"
    pretty.write_text(json.dumps(json.loads(GOOD), indent=2))
    assert station.verify(GOOD, pretty).reasons == ["ok", "ok"]
    assert station.verify("-", stdin=GOOD.encode() + b"\n").reasons == ["ok"]
    (found,) = station.verify(GOOD).verdicts
    assert (found["format"], found["issuer"]["trust"], found["issuer"]["country"]) == ("vdsnc", "pinned", "VN")


def test_a_seal_of_a_stranger_needs_a_person_and_json_that_is_none_is_unreadable(station: Shell) -> None:
    assert station.verify(Sealer(STRANGER).seal()).code == 4
    assert station.verify('{"hello":1}').code == 6
    assert station.verify(GOOD[:-3]).code == 6
    assert station.verify(GOOD.replace("NGUYEN", "TRAN")).code == 3


def test_a_removed_ca_takes_its_signers_along(station: Shell) -> None:
    assert station("keys", "remove", STATE.record.fingerprint[:16]).code == 0
    assert station.verify(GOOD).reasons in (["trust_missing"], ["issuer_unknown"])


@pytest.mark.parametrize("pem", [False, True])
def test_a_list_of_revoked_signers_is_pinned_from_der_and_pem(station: Shell, tmp_path: Path, pem: bool) -> None:
    path = tmp_path / "vn.crl"
    data = STATE.revoked(SIGNER)
    path.write_bytes(_pem(data) if pem else data)
    assert station("revocations", "import", path, "--json").json["added"] == 1
    assert station.verify(GOOD, OTHER.seal()).reasons == ["key_revoked", "ok"]
    assert station("revocations", "remove", path).code == 0
    assert station.verify(GOOD).reasons == ["ok"]


def _pem(data: bytes) -> bytes:
    from base64 import encodebytes

    return b"-----BEGIN X509 CRL-----\n" + encodebytes(data) + b"-----END X509 CRL-----\n"


def test_a_list_that_no_trusted_ca_signed_changes_nothing(station: Shell, tmp_path: Path) -> None:
    forged, delta = State(), STATE.revoked(SIGNER, delta=True)
    honest = STATE.revoked(SIGNER)
    bad = {
        "no CA that is trusted here": [
            forged.revoked(SIGNER),
            STRANGER.revoked(SIGNER),
            honest[:-1] + bytes((honest[-1] ^ 1,)),
        ],
        "crl_malformed": [delta, honest[:-1], honest + b"\0", b"\x30\x84\xff\xff\xff\xff", _pem(b"x")],
    }
    for word, files in bad.items():
        for number, data in enumerate(files):
            path = tmp_path / f"{number}.crl"
            path.write_bytes(data)
            ran = station("revocations", "import", path)
            assert (ran.code, word in ran.err) == (1, True), (word, number, ran.err)
    assert station.verify(GOOD).reasons == ["ok"]


def test_a_list_without_entries_revokes_nobody(station: Shell, tmp_path: Path) -> None:
    path = tmp_path / "empty.crl"
    path.write_bytes(STATE.revoked())
    assert station("revocations", "import", path, "--json").json["added"] == 0


def test_only_a_ca_vouches_for_signers(shell: Shell, tmp_path: Path) -> None:
    """A pinned signer that is no CA lends its trust to nobody."""
    fake = State(ca=False)
    path = tmp_path / "fake.pem"
    path.write_text(fake.pem)
    shell("keys", "import", path)
    assert shell.verify(Sealer(fake).seal()).reasons == ["issuer_unknown"]


def test_every_import_marks_a_ca_so_that_it_can_vouch() -> None:
    (record,) = lists.read(STATE.der, Options()).records
    assert record.certificate == STATE.der


def anchored(folder: Folder, now: float) -> None:
    """The state's CA in a staged list, whose signers need the list `vn-signers`."""
    source = Source("csca.pem", STATE.pem.encode())
    diff = importing.stage(folder, "csca", [source], Options(now=now, revocation="vn-signers"), unsigned="by hand")
    assert [one.country for one in diff.added] == ["VN"]


def test_a_station_takes_cas_and_revoked_signers_from_its_authority(tmp_path: Path) -> None:
    now, at = time.time() - 3600, datetime.fromtimestamp(NOW, UTC)
    folder, keys = authority(tmp_path / "authority", now=now)
    site = make(tmp_path / "site")
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(site.home, root, repository.fingerprint(folder), [str(folder.root / "repository")])

    def reasons(*texts: str) -> list[str]:
        assert sync(site.home).word == "updated"
        verifier = Verifier.open(site.home)
        return [verifier.verify(text, at).reason.word for text in texts]

    anchored(folder, now)
    publish.publish(folder, keys, now + 60)
    assert reasons(GOOD) == ["revocation_missing"], "the CA names a list that is not published yet"
    listed = [Source("vn.crl", STATE.revoked(OTHER))]
    revoked.load(folder, "vn-signers", listed, now, unsigned="by hand")
    publish.publish(folder, keys, now + 120)
    assert reasons(GOOD, OTHER.seal(), Sealer(STRANGER).seal()) == ["ok", "key_revoked", "issuer_unknown"]
    found = Verifier.open(site.home).verify(GOOD, at).as_dict()
    assert found["issuer"]["trust"] == "synced"
    published = load_trust(site.home).issued
    assert published is not None
    assert found["as_of"]["keys"] == datetime.fromtimestamp(published, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    pins.add_issuers(site.home / "keys", [STATE.record])
    signer = importing.stage(folder, "signers", [Source("bsc.der", SIGNER.der)], Options(now=now), unsigned="by hand")
    importing.remove(folder, signer.added[0].fingerprint[:16], "stolen", compromised=True, now=now)
    publish.publish(folder, keys, now + 150)
    assert reasons(GOOD, THIRD.seal()) == ["key_revoked", "ok"], "a signer alone can be distrusted too"
    importing.remove(folder, STATE.record.fingerprint[:16], "stolen", compromised=True, now=now)
    publish.publish(folder, keys, now + 180)
    assert reasons(THIRD.seal()) == ["key_revoked"], "no pin stands against a tombstone"
    bare = STATE.record._replace(certificate=b"", revoked=True)
    kept = [one for one in staged.read_list(folder, staged.TOMBSTONES) if one.spki != bare.spki]
    staged.write_list(folder, staged.TOMBSTONES, [*kept, bare])
    publish.publish(folder, keys, now + 240)
    assert reasons(THIRD.seal()) == ["key_revoked"], "it may name the key alone"


@pytest.mark.parametrize("alone", [False, True])
def test_a_signer_removed_as_compromised_is_not_vouched_for_by_its_ca(tmp_path: Path, alone: bool) -> None:
    """The tombstone is known by its key, whatever pass format the certificate was imported for, or by its kid."""
    now, at = time.time() - 3600, datetime.fromtimestamp(NOW, UTC)
    folder, keys = authority(tmp_path / "authority", now=now)
    home = tmp_path / "home"
    root = (folder.metadata / "1.root.json").read_bytes()
    enrolment.enrol(home, root, repository.fingerprint(folder), [str(folder.root / "repository")])
    pins.add_issuers(home / "keys", [STATE.record])
    importing.stage(folder, "signers", [Source("dsc.der", SIGNER.der)], Options(now=now), unsigned="by hand")
    (gone,) = importing.remove(folder, lists.read(SIGNER.der, Options()).records[0].kid, "stolen", True, now)
    if alone:
        dead = gone._replace(format="vdsnc", spki=b"", certificate=b"", revoked=True)
        staged.write_list(folder, staged.TOMBSTONES, [dead])
    publish.publish(folder, keys, now + 60)
    assert sync(home).word == "updated"
    verifier = Verifier.open(home)
    assert [verifier.verify(text, at).reason.word for text in (GOOD, OTHER.seal())] == ["key_revoked", "ok"]


def test_an_authority_takes_a_list_of_revoked_signers_only_from_a_staged_ca(tmp_path: Path) -> None:
    folder, _ = authority(tmp_path / "authority")
    with pytest.raises(Refused, match="no CA that is trusted here"):
        revoked.load(folder, "vn-signers", [Source("vn.crl", STATE.revoked(OTHER))], NOW, unsigned="by hand")
    anchored(folder, NOW)
    assert (
        revoked.load(folder, "vn-signers", [Source("vn.crl", STATE.revoked(OTHER))], NOW, unsigned="by hand").after == 1
    )
    with pytest.raises(Refused, match="no CA that is trusted here"):
        revoked.load(folder, "vn-signers", [Source("x.crl", State().revoked(OTHER))], NOW, unsigned="by hand")


def test_other_passes_never_pay_for_certificates_and_seals(tmp_path: Path) -> None:
    """A script verifies one pass a process: what only seals need is not imported for the others."""
    script = (
        "import sys; from checkpoint import cli; cli.run(['verify', '--json', 'HC1:NCF']); "
        "print(*sorted(one for one in sys.modules if one.startswith(('cryptography.x509', 'rfc8785', 'pyld'))))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    verdict, modules = ran.stdout.splitlines()
    assert json.loads(verdict)["reason"] == "damaged"
    assert modules == ""


def test_a_ca_from_a_master_list_vouches_and_signs_nothing_itself(shell: Shell) -> None:
    """Master lists give records of the format `anchor`: no pass is ever looked up under that."""
    pins.add_issuers(shell.home / "keys", [STATE.record._replace(format=ANCHOR)])
    assert shell.verify(GOOD).reasons == ["ok"]
    data = {"hdr": header(), "msg": proof()}
    signature = encoded(STATE.sign(jcs.encode(data)))
    itself = text_of(data, {"alg": "ES384", "cer": encoded(STATE.der), "sigvl": signature})
    assert shell.verify(itself).reasons == ["key_not_allowed"]


def test_an_odd_ca_certificate_loses_no_other_and_a_broken_line_is_told(station: Shell) -> None:
    odd = STRANGER.record._replace(certificate=b"\x30\x03\x02\x01\x01")
    pins.add_issuers(station.home / "keys", [odd])
    assert station.verify(GOOD).reasons == ["ok"]
    path = station.home / "keys" / pins.ISSUERS
    path.write_bytes(path.read_bytes() + b'{"kid":"x","certificate":"AAAA","format":1}\n')
    assert station.verify(GOOD).reasons == ["trust_damaged"]


def test_a_seal_is_read_from_a_picture_however_it_is_printed(station: Shell, tmp_path: Path) -> None:
    import segno

    for name, text in (("plain.png", GOOD), ("pretty.png", json.dumps(json.loads(GOOD), indent=2))):
        segno.make(text, error="l", micro=False).save(str(tmp_path / name), scale=4, border=4)
        assert station.verify(tmp_path / name).reasons == ["ok"]
