"""What a station decided by hand, on disk: whole or not at all, and nothing parsed that nobody asked for."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checkpoint.codec.errors import Malformed
from checkpoint.model import Reason
from checkpoint.store import lines, pins
from checkpoint.store.lines import Lines, Unconfirmed, write_file, write_lines
from checkpoint.store.lock import Busy, locked
from checkpoint.store.pins import ISSUERS, REVOCATIONS, PinnedIssuers, PinnedRevocations
from checkpoint.trust import records
from checkpoint.trust.records import Record
from checkpoint.trust.snapshot import IssuersDamaged
from checkpoint.verifier import Verifier, load_trust
from tests.commands import Shell, one_line
from tests.issuer import NOW, Issuer, home_with

ISSUER, OTHER = Issuer(), Issuer()
PASS = ISSUER.issue()


def reason(home: Path, text: str = PASS) -> Reason:
    from datetime import UTC, datetime

    return Verifier.open(home).verify(text, datetime.fromtimestamp(NOW, UTC)).reason


def keys_file(home: Path, *content: bytes, name: str = ISSUERS) -> Path:
    path = home / "keys" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(content))
    return home


GOOD, FOREIGN = ISSUER.record.line(), OTHER.record.line()

# --- records ---------------------------------------------------------------------------------------------------------

TEXTS = st.text(max_size=12)
MOMENTS = st.none() | st.integers(-62_135_596_800, 253_402_300_799).map(float)
RECORDS = st.builds(
    Record,
    kid=TEXTS,
    format=TEXTS.filter(bool),
    spki=st.binary(min_size=1, max_size=40),
    issuer=TEXTS,
    name=TEXTS,
    country=TEXTS,
    kinds=st.none() | st.lists(TEXTS, max_size=3).map(tuple),
    not_before=MOMENTS,
    not_after=MOMENTS,
    fingerprint=TEXTS,
    added=MOMENTS,
    origin=TEXTS,
    revocation=TEXTS,
    test=st.booleans(),
    revoked=st.booleans(),
    certificate=st.binary(max_size=20),
    certificate_id=st.binary(max_size=20),
    crl_version=st.none() | st.integers(0, 2**62),
    certificate_issuer=st.binary(max_size=20),
)


@given(RECORDS)
@example(Record("a", "hcert", b"k", not_before=-62_135_596_800.0, not_after=-59_000_000_000.0))  # the years 1 and 100
@example(Record("a", "hcert", b"k", not_before=-61_000_000_000.0, not_after=253_402_300_799.0))
def test_a_record_comes_back_from_its_line_as_it_was(record: Record) -> None:
    line = record.line()
    assert line.isascii()
    assert b"\n" not in line
    assert line.startswith(records.line_start(record.kid))
    assert line.startswith(records.LINE_START)
    assert records.parse(line) == record


def test_every_field_of_a_record_is_drawn() -> None:
    assert len(Record._fields) == 19, "a new field needs its place in RECORDS, and in line and parse"


@given(st.binary(max_size=80))
def test_a_line_that_is_no_record_is_malformed_whatever_it_holds(noise: bytes) -> None:
    for line in (noise, records.LINE_START + noise, GOOD[: len(noise)] + noise):
        try:
            assert isinstance(records.parse(line), Record)
        except Malformed:
            assert line != GOOD


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b'{"kid":"a"}',
        GOOD[:-1],
        GOOD + b"}",
        GOOD.replace(b'"hcert"', b"7"),
        GOOD.replace(b'"hcert"', b"null"),
        GOOD[:-1] + b',"not_after":"tomorrow"}',
        GOOD[:-1] + b',"not_after":"2022-01-01T00:00:00"}',
        GOOD[:-1] + b',"not_after":5}',
        GOOD[:-1] + b',"revoked":"no"}',
        GOOD[:-1] + b',"test":1}',
        GOOD[:-1] + b',"kinds":7}',
        GOOD[:-1] + b',"crl_version":-1}',
        GOOD[:-1] + b',"crl_version":true}',
        GOOD[:-1] + b',"crl_version":"1"}',
        GOOD[:-1] + b',"kinds":[7]}',
        GOOD[:-1] + b',"spki":"***"}',
        GOOD[:-1] + b',"x":' + b"[" * 100_000 + b"}",
        GOOD[:-1] + b',"x":' + b"9" * 5000 + b"}",
        b"\xff" + GOOD,
    ],
)
def test_a_line_with_a_wrong_value_is_malformed_and_never_half_believed(line: bytes) -> None:
    with pytest.raises(Malformed):
        records.parse(line)


# --- files that an editor has touched --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        GOOD + b"\n",
        GOOD + b"\r\n" + FOREIGN + b"\r\n",
        b"\n\n" + GOOD + b"\n\n",
        b"\n".join(sorted([GOOD, FOREIGN], reverse=True)),
        b"\n".join([GOOD, FOREIGN, GOOD]),
    ],
    ids=["no last line end", "as written", "CRLF", "empty lines", "unsorted", "twice"],
)
def test_a_keys_file_that_an_editor_rearranged_still_counts(tmp_path: Path, content: bytes) -> None:
    assert reason(keys_file(tmp_path, content)) is Reason.OK


BROKEN_LINE = records.line_start(ISSUER.record.kid) + b'"format":"hcert","spki":"broken"}'


def test_a_broken_line_is_damage_where_it_is_asked_for_and_nowhere_else(tmp_path: Path) -> None:
    home = keys_file(tmp_path, BROKEN_LINE, b"\n", FOREIGN, b"\n")
    assert reason(home) is Reason.TRUST_DAMAGED
    assert reason(home, OTHER.issue()) is Reason.OK


def test_a_broken_line_beside_a_good_one_of_the_same_kid_admits_nobody(tmp_path: Path) -> None:
    assert reason(keys_file(tmp_path, GOOD, b"\n", BROKEN_LINE)) is Reason.TRUST_DAMAGED


@pytest.mark.parametrize(
    "content",
    [
        b"\0" * 100,
        b"garbage\n" + GOOD,
        GOOD + b"\nzzz",
        b"\xef\xbb\xbf" + GOOD,
        b"[\n" + GOOD + b"\n]",
        b'{\n  "kid": "a"\n}\n',
        b'{"kid": "with a space"}\n',
        GOOD + b"\r\n\r\n",
    ],
)
def test_a_file_with_lines_that_are_no_keys_makes_the_station_not_ready(tmp_path: Path, content: bytes) -> None:
    assert reason(keys_file(tmp_path, content)) is Reason.TRUST_DAMAGED
    assert reason(tmp_path, OTHER.issue()) is Reason.TRUST_DAMAGED


def test_a_keys_file_that_is_a_folder_or_too_large_is_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "keys" / ISSUERS).mkdir(parents=True)
    assert reason(tmp_path / "a") is Reason.TRUST_DAMAGED
    (tmp_path / "b").write_bytes(b"")
    assert reason(tmp_path / "b") is Reason.TRUST_DAMAGED
    monkeypatch.setattr(lines, "MAX_FILE", 10)
    assert reason(keys_file(tmp_path / "c", GOOD)) is Reason.TRUST_DAMAGED


def test_a_home_without_keys_is_missing_trust_and_not_damage(tmp_path: Path) -> None:
    assert reason(tmp_path) is Reason.TRUST_MISSING
    assert reason(tmp_path / "no" / "such") is Reason.TRUST_MISSING
    assert reason(keys_file(tmp_path, b"\n\n")) is Reason.TRUST_MISSING


def revocation_of(text: str, home: Path) -> bytes:
    checked = Verifier.open(home).verify(text).passes[0]
    assert checked.claims is not None
    return pins.revocation_line("pass_id", checked.claims.digest, NOW, "lost")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n"])
def test_a_pinned_revocation_holds_however_its_line_ends(tmp_path: Path, end: bytes) -> None:
    home = home_with(tmp_path, ISSUER)
    line = revocation_of(PASS, home)
    assert reason(keys_file(home, line, end, name=REVOCATIONS)) is Reason.REVOKED
    without_why = line.rsplit(b"\t", 2)[0]
    assert reason(keys_file(home, without_why, end, name=REVOCATIONS)) is Reason.REVOKED


@pytest.mark.parametrize(
    "spoilt",
    [
        lambda line: line.upper(),
        lambda line: line.replace(b"\t", b" "),
        lambda line: line.replace(b"\t", b"\t\t", 1),
        lambda line: b" " + line,
        lambda line: line.replace(b"pass_id", b"pass-id"),
        lambda line: line[:20],
        lambda line: b"# " + line,
        lambda line: b"\xef\xbb\xbf" + line,
        lambda _: bytes(40),
    ],
)
def test_nobody_is_admitted_past_a_revocation_that_cannot_be_read(
    tmp_path: Path, spoilt: Callable[[bytes], bytes]
) -> None:
    home = home_with(tmp_path, ISSUER)
    line = spoilt(revocation_of(PASS, home))
    fine = pins.revocation_line("dcc-uci", bytes(16), NOW)
    assert reason(keys_file(home, line, b"\n", fine, b"\n", name=REVOCATIONS)) is Reason.TRUST_DAMAGED
    assert reason(keys_file(home, fine, name=REVOCATIONS)) is Reason.OK


@settings(max_examples=15)  # each writes to the disk three times, and waits for it
@given(
    st.sampled_from(["pass_id", "dcc-uci", "dcc-ccuci", "dcc-sig", "shc-rid", "tsl"]),
    st.binary(min_size=16, max_size=16),
    st.text(max_size=30),
)
def test_every_revocation_that_is_written_is_found_and_never_broken(
    tmp_path_factory: pytest.TempPathFactory, kind: str, value: bytes, why: str
) -> None:
    folder = tmp_path_factory.mktemp("pins")
    assert pins.add_revocations(folder, [(kind, value)], NOW, why) == (1, 0)
    assert pins.add_revocations(folder, [(kind, value)], NOW, "again") == (0, 1)
    pinned = PinnedRevocations(folder)
    assert pinned.broken == []
    assert pinned.find([("pass_id", b"x" * 16), (kind, value)], None) is not None
    assert pinned.find([(kind, value[::-1] + b"")], None) is None or value == value[::-1]
    assert pins.remove_revocations(folder, [(kind, value)]) == 1
    assert not PinnedRevocations(folder)


# --- writing ---------------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here, as with a power cut: nothing that catches Exception sees it."""


STEPS = ["Path.open", "file.write", "os.fsync", "Path.replace", "os.open", "os.fsync of the folder"]


def break_at(step: str, monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise error

    real_open, real_fsync, synced = Path.open, os.fsync, []

    def half_written(path: Path, mode: str = "r", *more: Any) -> Any:
        file = real_open(path, mode, *more)
        if "w" in mode:
            file.write(b"half")
            file.flush()
            file.write = fail
        return file

    def second_fails(handle: int) -> None:
        synced.append(handle)
        if len(synced) > 1:
            raise error
        real_fsync(handle)

    def unwritable(path: Path, mode: str = "r", *more: Any) -> Any:
        return fail() if "w" in mode else real_open(path, mode, *more)

    target, name, act = {
        "Path.open": (Path, "open", unwritable),
        "file.write": (Path, "open", half_written),
        "os.fsync": (os, "fsync", fail),
        "Path.replace": (Path, "replace", fail),
        "os.open": (os, "open", fail),
        "os.fsync of the folder": (os, "fsync", second_fails),
    }[step]
    monkeypatch.setattr(target, name, act)


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Killed()], ids=["disk full", "killed"])
@pytest.mark.parametrize("step", STEPS)
def test_whatever_happens_while_writing_the_old_file_or_the_new_one_is_there(
    tmp_path: Path, step: str, error: BaseException
) -> None:
    path = tmp_path / "keys" / ISSUERS
    write_lines(path, [GOOD])
    old, new = GOOD + b"\n", b"".join(line + b"\n" for line in sorted([GOOD, FOREIGN]))
    with pytest.MonkeyPatch.context() as patched:
        break_at(step, patched, error)
        with pytest.raises(type(error)):
            write_lines(path, [GOOD, FOREIGN])
    before_the_rename = STEPS.index(step) <= STEPS.index("Path.replace")
    assert path.read_bytes() == (old if before_the_rename else new)
    assert os.listdir(path.parent) == [ISSUERS], "nothing half is left beside it"
    write_lines(path, [GOOD, FOREIGN])
    assert path.read_bytes() == new


def test_a_half_file_that_a_real_kill_left_is_never_read_and_never_in_the_way(tmp_path: Path) -> None:
    home = home_with(tmp_path, ISSUER)
    (home / "keys" / f".{ISSUERS}.{os.getpid()}.new").write_bytes(b"half a li")
    assert reason(home) is Reason.OK
    pins.add_issuers(home / "keys", [OTHER.record])
    assert reason(home, OTHER.issue()) is Reason.OK


def test_a_reader_keeps_what_it_opened_while_the_file_changes(tmp_path: Path) -> None:
    home = home_with(tmp_path, ISSUER)
    before = load_trust(home)
    assert [one.fingerprint for one in pins.remove_issuers(home / "keys", ISSUER.record.kid)] == [
        ISSUER.record.fingerprint
    ]
    pins.add_issuers(home / "keys", [OTHER.record])
    after = load_trust(home)
    for trust, known, unknown in ((before, ISSUER, OTHER), (after, OTHER, ISSUER)):
        assert len(trust.issuers.find("hcert", known.record.kid)) == 1
        assert trust.issuers.find("hcert", unknown.record.kid) == ()


def test_many_readers_and_a_writer_meet_whole_files_only(tmp_path: Path) -> None:
    import threading

    path, wrong, done = tmp_path / "file", [], threading.Event()
    versions = [b"a" * 100_000 + b"\n", b"b" * 200_000 + b"\n"]
    write_file(path, versions[0])

    def read() -> None:
        while not done.is_set():
            if path.read_bytes() not in versions:
                wrong.append("a mixture")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for one in readers:
        one.start()
    for number in range(20):
        write_file(path, versions[number % 2])
    done.set()
    for one in readers:
        one.join()
    assert wrong == []


# --- finding ---------------------------------------------------------------------------------------------------------


def many(count: int) -> list[Record]:
    """Records under as many kids; their keys are no keys, so that reading one by mistake shows."""
    kids = (sha256(number.to_bytes(4, "big")).hexdigest()[:12] for number in range(count))
    return [ISSUER.record._replace(kid=kid, spki=b"no key") for kid in kids]


def test_among_3000_keys_only_the_line_that_is_asked_for_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.add_issuers(tmp_path / "keys", [*many(3000), ISSUER.record])
    parsed: list[bytes] = []
    real = records.parse

    def counted(line: bytes) -> Record:
        parsed.append(line)
        return real(line)

    monkeypatch.setattr(records, "parse", counted)
    verifier = Verifier.open(tmp_path)
    assert parsed == []
    for _ in range(3):
        assert verifier.verify(PASS).first is not None
    assert parsed == [GOOD]
    assert verifier.trust.issuers.find("hcert", "unknown") == ()
    assert verifier.trust.issuers.find("hcert", "") == ()
    assert parsed == [GOOD]


def test_a_kid_that_begins_like_another_or_breaks_out_of_its_quotes_finds_nothing(tmp_path: Path) -> None:
    pins.add_issuers(tmp_path, [ISSUER.record._replace(kid="abc="), OTHER.record._replace(kid="ab")])
    pinned = PinnedIssuers(tmp_path)
    assert len(pinned.find("hcert", "abc=")) == len(pinned.find("hcert", "ab")) == 1
    for kid in ("abc", "a", "", 'abc=",', "abc=\\", "ABC=", "abc=\n", 'ab","format":"hcert', "\ud800", "đ"):
        assert pinned.find("hcert", kid) == ()
    assert pinned.find("shc", "abc=") == ()
    assert pinned.find("", "abc=") == ()


@given(st.lists(st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")), max_size=12), st.binary(max_size=3))
def test_lines_are_found_by_their_beginning_whatever_their_order(
    tmp_path_factory: pytest.TempPathFactory, content: list[bytes], prefix: bytes
) -> None:
    path = tmp_path_factory.mktemp("lines") / "file"
    path.write_bytes(b"\n".join(content))
    found = Lines.of(path)
    assert list(found) == sorted(filter(None, content))
    prefix = prefix.replace(b"\n", b"")
    assert list(found.starting(prefix)) == sorted(line for line in content if line and line.startswith(prefix))
    assert found.all_start_with(prefix) == all(line.startswith(prefix) for line in content if line)


def test_a_weak_key_that_was_pinned_past_the_import_is_damage_and_never_used(tmp_path: Path) -> None:
    weak = ISSUER.record._replace(spki=b"\x30\x03\x02\x01\x01")
    pins.add_issuers(tmp_path, [weak])
    with pytest.raises(IssuersDamaged):
        PinnedIssuers(tmp_path).find("hcert", weak.kid)


def test_of_many_commands_that_pin_at_once_none_undoes_another(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    issuers = [Issuer() for _ in range(12)]
    with ThreadPoolExecutor(len(issuers)) as pool:
        done = list(pool.map(lambda one: pins.add_issuers(keys, [one.record]), issuers))
        ids = [("pass_id", bytes((number,)) * 16) for number in range(12)]
        list(pool.map(lambda one: pins.add_revocations(keys, [one], NOW), ids))
    assert done == [(1, 0)] * len(issuers)
    assert {one.kid for one in pins.read_issuers(keys)[0]} == {one.record.kid for one in issuers}
    assert {value for _, value, _, _ in pins.read_revocations(keys)} == {value.hex() for _, value in ids}


def test_a_command_that_finds_another_writing_waits_for_a_while_and_then_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "_PATIENCE", 0.05)
    keys = tmp_path / "keys"
    with locked(keys / ".lock"), pytest.raises(Busy, match="another command is writing there"):
        pins.add_issuers(keys, [ISSUER.record])
    assert pins.add_issuers(keys, [ISSUER.record]) == (1, 0)


def test_removing_from_a_home_that_is_not_there_makes_none(tmp_path: Path) -> None:
    assert pins.remove_issuers(tmp_path / "keys", ISSUER.record.kid) == []
    assert pins.remove_revocations(tmp_path / "keys", [("pass_id", bytes(16))]) == 0
    assert not (tmp_path / "keys").exists()


def test_a_folder_that_does_not_confirm_the_rename_is_told_from_one_that_took_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(lines, "sync_folder", fails)
    with pytest.raises(Unconfirmed, match="Input/output error"):
        write_file(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"


def test_no_command_writes_more_pins_than_a_station_reads(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is too large to be read would stop the station: the command that would make it says so instead."""
    monkeypatch.setattr(lines, "MAX_FILE", 200)
    assert shell("revocations", "import", "pass_id:" + "0" * 32).code == 0
    path = shell.home / "keys" / pins.REVOCATIONS
    before = path.read_bytes()
    ran = shell("revocations", "import", *(f"pass_id:{number:032x}" for number in range(9)))
    assert ran.code == 1
    assert one_line(ran.err)
    assert "nothing was changed" in ran.err
    assert path.read_bytes() == before
    assert shell("revocations", "list").code == 0
