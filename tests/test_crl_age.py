"""A pinned list of revoked certificates keeps its dates: what it says is as old as it is, and its end is told."""

import json
import time
from pathlib import Path

import pytest

from checkpoint import status, verify
from checkpoint.codec import certificate, crl, der
from checkpoint.codec.errors import Malformed
from checkpoint.model import CheckName, Policy, Reason, Result
from checkpoint.store import crl_lines, pins
from checkpoint.trust.freshness import Limits, StationPolicy, parse
from checkpoint.trust.revocation import Crl
from checkpoint.trust.revocations import ListRefused, Options, ids, read
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import Verdict, rfc3339
from tests.commands import Shell, one_line
from tests.document_issuers import Signer
from tests.issuer import DAY, NOW
from tests.seal_issuers import Sealer, State, trust_under

STATE, NEIGHBOUR = State(), State("DE", "CSCA-DE")
SIGNER, OTHER = Sealer(STATE), Sealer(STATE)
GOOD = SIGNER.seal()
CA = ids.authority(crl.split(STATE.revoked()).issuer)
TODAY = time.time() // 1


def file(folder: Path, data: bytes, name: str = "vn.crl") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.fixture
def station(shell: Shell, tmp_path: Path) -> Shell:
    for state in (STATE, NEIGHBOUR):
        assert shell("keys", "import", file(tmp_path, state.pem.encode(), "ca.pem")).code == 0
    return shell


def pin(station: Shell, folder: Path, data: bytes) -> None:
    assert station("revocations", "import", file(folder, data)).code == 0


# --- at a station -----------------------------------------------------------------------------------------------------


def test_the_dates_of_a_list_are_shown_where_revocations_are(station: Shell, tmp_path: Path) -> None:
    data = STATE.revoked(OTHER, made=TODAY - 5 * DAY, days=90)
    done = station("revocations", "import", file(tmp_path, data), "--json").json
    expected = {
        "kind": "x509-crl",
        "id": CA.hex(),
        "issuer": "VN CSCA",
        "this_update": rfc3339(TODAY - 5 * DAY),
        "next_update": rfc3339(TODAY + 85 * DAY),
    }
    assert (done["added"], done["lists"]) == (1, [expected])
    rows = [json.loads(line) for line in station("revocations", "list", "--json").out.splitlines()]
    assert [row["kind"] for row in rows] == ["x509-serial", "x509-crl"]
    assert rows[1] == expected
    told = station("revocations", "list").out.splitlines()[1]
    assert "VN CSCA" in told
    assert "overdue" not in told


def test_a_verdict_is_as_old_as_the_list_that_answers_for_its_signer(station: Shell, tmp_path: Path) -> None:
    assert station.verify(GOOD).verdicts[0]["as_of"]["revocation"] is None
    pin(station, tmp_path, STATE.revoked(OTHER, made=TODAY - 5 * DAY, days=90))
    good, revoked = station.verify(GOOD, OTHER.seal()).verdicts
    made = rfc3339(TODAY - 5 * DAY)
    assert (good["reason"], good["as_of"]["revocation"]) == ("ok", made)
    assert (revoked["reason"], revoked["as_of"]["revocation"]) == ("key_revoked", made)
    (told,) = [one for one in good["checks"] if one["check"] == "revocation"]
    assert told["result"] == "unknown", "of the seal itself no list speaks"
    assert "its signer is not on the list of its CA" in told["detail"]


def test_a_list_without_entries_has_an_age_too(station: Shell, tmp_path: Path) -> None:
    done = station("revocations", "import", file(tmp_path, STATE.revoked(made=TODAY, days=90)), "--json").json
    assert (done["added"], len(done["lists"])) == (0, 1)
    assert station.verify(GOOD).verdicts[0]["as_of"]["revocation"] == rfc3339(TODAY)


def test_the_list_of_another_state_says_nothing_of_this_signer(station: Shell, tmp_path: Path) -> None:
    pin(station, tmp_path, NEIGHBOUR.revoked(made=TODAY - 400 * DAY, days=90))
    found = station.verify(GOOD).verdicts[0]
    assert found["as_of"]["revocation"] is None
    assert not [one for one in found["checks"] if one["result"] == "warning"]


def test_behind_its_next_update_it_is_told_in_both_languages_and_by_status(station: Shell, tmp_path: Path) -> None:
    pin(station, tmp_path, STATE.revoked(OTHER, made=TODAY - 100 * DAY, days=90))
    for lang, words in (("en", "a newer one must be imported"), ("vi", "cần nhập bản mới")):
        found = station("verify", "--json", "--lang", lang, "--at", "2022-04-15T05:20:00Z", GOOD).verdicts[0]
        told = [one["detail"] for one in found["checks"] if one["result"] == "warning"]
        assert found["reason"] == "ok"
        assert len([one for one in told if words in one and "VN CSCA" in one]) == 1
    assert station.verify(OTHER.seal()).reasons == ["key_revoked"], "what it revoked stays revoked"
    ready = station("status")
    assert ready.code == 0
    assert "a newer one must be imported" in ready.out
    assert "overdue" in station("revocations", "list").out
    assert "overdue" in station("revocations", "import", tmp_path / "vn.crl").out


def test_a_newer_list_takes_the_place_of_an_older_one_and_never_the_other_way(station: Shell, tmp_path: Path) -> None:
    old, new = STATE.revoked(made=TODAY - 100 * DAY, days=90), STATE.revoked(OTHER, made=TODAY - DAY, days=90)
    for data in (old, new, old):
        pin(station, tmp_path, data)
    (row,) = [one for one in map(json.loads, lines(station)) if one["kind"] == "x509-crl"]
    assert row["this_update"] == rfc3339(TODAY - DAY)
    assert station.verify(GOOD, OTHER.seal()).reasons == ["ok", "key_revoked"]
    path = tmp_path / "both.pem"
    path.write_bytes(b"".join(map(_pem, (new, old))))
    assert station("revocations", "import", path, "--json").json["lists"][0]["this_update"] == row["this_update"]


def lines(station: Shell) -> list[str]:
    return station("revocations", "list", "--json").out.splitlines()


def _pem(data: bytes) -> bytes:
    from base64 import encodebytes

    return b"-----BEGIN X509 CRL-----\n" + encodebytes(data) + b"-----END X509 CRL-----\n"


def test_a_list_of_a_day_to_come_is_not_taken(station: Shell, tmp_path: Path) -> None:
    done = station("revocations", "import", file(tmp_path, STATE.revoked(OTHER, made=TODAY + DAY)))
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err)
    assert "clock" in done.err
    assert station.verify(OTHER.seal()).reasons == ["ok"]


def test_a_list_that_is_removed_takes_its_dates_along(station: Shell, tmp_path: Path) -> None:
    pin(station, tmp_path, STATE.revoked(OTHER, made=TODAY, days=90))
    assert station("revocations", "remove", tmp_path / "vn.crl").code == 0
    assert lines(station) == []
    assert station.verify(OTHER.seal()).verdicts[0]["as_of"]["revocation"] is None


def test_pins_from_before_lists_had_dates_go_on_working(station: Shell) -> None:
    (one,) = read(STATE.revoked(OTHER), Options(authorities=lambda _: (certificate.read(STATE.der).spki,))).entries
    pins.add_revocations(station.home / "keys", [one.id], NOW, "by hand")
    found = station.verify(GOOD, OTHER.seal()).verdicts
    assert [one["reason"] for one in found] == ["ok", "key_revoked"]
    assert [one["as_of"]["revocation"] for one in found] == [None, None]


def test_signers_that_codes_only_refer_to_have_the_age_of_their_cas_list(station: Shell, tmp_path: Path) -> None:
    signer = Signer(NEIGHBOUR)
    assert station("keys", "import", file(tmp_path, signer.der, "s.der"), "--format", "vds").code == 0
    pin(station, tmp_path, NEIGHBOUR.revoked(made=TODAY - 2 * DAY, days=90))
    found = station.verify(file(tmp_path, signer.permit(), "seal.bin")).verdicts[0]
    assert (found["reason"], found["as_of"]["revocation"]) == ("ok", rfc3339(TODAY - 2 * DAY))


BROKEN = [
    b"x509-crl",
    b"x509-crl\t",
    b"x509-crl\t" + b"0" * 32,
    b"x509-crl\t" + b"0" * 31 + b"\t2026-01-01T00:00:00Z\t-\tVN",
    b"x509-crl\t" + b"0" * 32 + b"\t2026-01-01T00:00:00\t-\tVN",
    b"x509-crl\t" + b"0" * 32 + b"\tyesterday\t-\tVN",
    b"x509-crl\t" + b"0" * 32 + b"\t2026-01-01T00:00:00Z\t\tVN",
    b"x509-crl\t" + b"z" * 32 + b"\t2026-01-01T00:00:00Z\t-\tVN",
    b"X509-CRL\t" + b"0" * 32 + b"\t2026-01-01T00:00:00Z\t-\tVN",
    b"x509-crl\t" + b"0" * 32 + b"\t2026-01-01T00:00:00Z\t-",
    b"x509-crl\t" + b"0" * 32 + b"\t9999-12-31T23:59:59-23:59\t-\tVN",
]


@pytest.mark.parametrize("line", BROKEN)
def test_a_broken_line_of_a_list_stops_the_station_and_is_named(station: Shell, line: bytes) -> None:
    path = station.home / "keys" / pins.REVOCATIONS
    path.write_bytes(line + b"\n")
    assert station.verify(GOOD).reasons == ["trust_damaged"]
    done = station("revocations", "list")
    assert done.code == 1
    assert one_line(done.err)


def test_the_name_of_a_ca_cannot_steer_a_screen(tmp_path: Path, station: Shell) -> None:
    line = crl_lines.line(CA, Crl("VN\t\x1b[2J\n ADMITTED", TODAY - 9 * DAY, TODAY - DAY))
    (station.home / "keys" / pins.REVOCATIONS).write_bytes(line + b"\r\n")
    for done in (station("revocations", "list"), station("status"), station("verify", GOOD)):
        assert "\x1b" not in done.out + done.err
        assert "\n ADMITTED" not in done.out
    assert station.verify(GOOD).reasons == ["ok"]


# --- the table of ages ------------------------------------------------------------------------------------------------


def judged(found: Crl, policy: StationPolicy, text: str = GOOD, **key: str) -> Verdict:
    name, anchor = STATE.key(**key)
    trust = trust_under((name, anchor))._replace(crls={CA: found}, policy=policy, revocations=(Pins(),))
    return verify.decide([verify.check(text, trust, NOW)], trust, Policy("authentic", "1"), NOW, NOW)


class Pins:
    source, as_of = "pinned", None

    def find(self, asked: object, issued_at: float | None) -> None:
        return None

    def can_hold(self, asked: object) -> bool:
        return True


ROW = StationPolicy(lists={"pinned": Limits(10 * DAY, 30 * DAY)})
PLAIN = StationPolicy()


@pytest.mark.parametrize(
    ("age", "due", "policy", "reason", "warned"),
    [
        (5, 90, PLAIN, "ok", 0),
        (60, 30, PLAIN, "ok", 0),  # long behind the general row, which is for lists that are synced
        (60, -1, PLAIN, "ok", 1),
        (9000, None, PLAIN, "ok", 0),  # promised nothing
        (5, 90, ROW, "ok", 0),
        (15, 90, ROW, "ok", 1),
        (15, -1, ROW, "ok", 1),  # told once
        (5, -1, ROW, "ok", 1),
        (30, 90, ROW, "revocation_stale", 0),
        (60, -1, ROW, "revocation_stale", 0),
    ],
)
def test_the_tables_row_decides_and_without_one_the_next_update_is_told(
    age: float, due: float | None, policy: StationPolicy, reason: str, warned: int
) -> None:
    found = Crl("VN CSCA", NOW - age * DAY, None if due is None else NOW + due * DAY)
    for named in ("", "pinned"):
        verdict = judged(found, policy, revocation=named)
        told = [one for one in verdict.checks if one.name is CheckName.REVOCATION and one.result is Result.WARNING]
        assert (verdict.reason.word, len(told)) == (reason, warned)
        assert verdict.passes[0].revocation_as_of == NOW - age * DAY


def test_a_signed_policy_can_have_that_row() -> None:
    text = json.dumps({"version": 1, "lists": {"pinned": {"amber": "10d", "stop": "30d"}}}).encode()
    assert parse(text).lists["pinned"] == Limits(10 * DAY, 30 * DAY)


def test_a_signers_own_list_that_is_synced_is_not_as_old_as_what_is_pinned_beside_it() -> None:
    from pinned_list import Listed

    name, anchor = STATE.key(revocation="vn-signers")
    lists = (Listed(source="vn-signers", as_of=NOW - 5.0), Pins())
    trust = trust_under((name, anchor), lists=lists)._replace(crls={CA: Crl("VN", NOW - 400 * DAY, NOW - DAY)})
    checked = verify.check(GOOD, trust, NOW)
    assert checked.revocation_as_of == NOW - 5.0
    notes = [one.note[0] for one in status.list_age(checked, trust, NOW)]
    assert notes == ["note.crl_overdue"], "told all the same: it is what a person pinned"


def test_readiness_and_the_next_stop_know_the_row() -> None:
    old = Crl("VN CSCA", NOW - 40 * DAY, NOW + DAY)
    trust = Trust(trust_under().issuers, issued=NOW, policy=ROW, crls={CA: old})
    assert [one.reason for one in status.readiness(trust, NOW)][1:] == [Reason.REVOCATION_STALE]
    stop = status.next_stop(trust)
    assert stop is not None
    assert (stop.source, stop.stop) == ("VN CSCA", NOW - 10 * DAY)


# --- reading ----------------------------------------------------------------------------------------------------------


def rebuilt(*dates: bytes) -> bytes:
    """The list of the state with other dates; nobody signed it."""
    parts = list(der.children(der.content(STATE.revoked(OTHER), der.SEQUENCE)))
    fields = [whole for _, _, whole in der.children(parts[0][1])]
    signed = der.sequence(b"".join((*fields[:3], *dates, *fields[5:])))
    return der.sequence(signed + parts[1][2] + parts[2][2])


THIS, NEXT = der.wrap(der.UTC_TIME, b"261101000000Z"), der.wrap(der.GENERALIZED_TIME, b"20270130000000Z")


def test_both_forms_of_time_are_read_and_the_next_update_may_be_absent() -> None:
    found = crl.split(rebuilt(THIS, NEXT))
    assert (rfc3339(found.this_update), rfc3339(found.next_update)) == ("2026-11-01T00:00:00Z", "2027-01-30T00:00:00Z")
    bare = crl.split(rebuilt(THIS))
    assert (bare.this_update, bare.next_update, len(bare.serials)) == (found.this_update, None, 1)


@pytest.mark.parametrize(
    "dates",
    [
        (),
        (NEXT, THIS),
        (der.wrap(der.UTC_TIME, b"261101000000+0700"), NEXT),
        (der.wrap(der.GENERALIZED_TIME, b"20261301000000Z"), NEXT),
        (der.wrap(der.INTEGER, b"\x01"), NEXT),
        (THIS, der.wrap(der.UTC_TIME, b"")),
        (THIS, der.wrap(der.UTC_TIME, b"\xff" * 13)),
    ],
)
def test_a_list_whose_dates_are_none_is_refused(dates: tuple[bytes, ...]) -> None:
    with pytest.raises(Malformed):
        crl.split(rebuilt(*dates))
    with pytest.raises(ListRefused, match="crl_malformed"):
        read(rebuilt(*dates), Options())


def test_a_line_comes_back_as_it_was() -> None:
    for one in (Crl("VN CSCA", NOW, NOW + DAY), Crl("", NOW), Crl("Nước Việt", NOW, NOW)):
        assert crl_lines.parse(crl_lines.line(CA, one)) == (CA, one)
