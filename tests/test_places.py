"""Where keys come from besides a web server: folders, invitations, files to import; and the pace of asking."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from repository import Repository

from checkpoint.authority import Refused, audit, fetching
from checkpoint.store import layout
from checkpoint.store.invitation import Invitation
from checkpoint.sync.invited import fetch_root
from checkpoint.sync.place import CHUNK, Deadline, Folder
from checkpoint.sync.problem import NotThere, Problem
from checkpoint.sync.watch import FIRST_RETRY, JITTER, Pace

# --- a folder ---------------------------------------------------------------------------------------------------------


def test_a_file_is_read_from_where_it_was_left_and_what_it_cost_is_counted(tmp_path: Path) -> None:
    data = bytes(range(256)) * 600  # longer than two pieces
    (tmp_path / "file").write_bytes(data)
    limit = Deadline(60)
    place = Folder(tmp_path, limit)
    for start in (0, 1, CHUNK, len(data) - 1, len(data), len(data) + 5):
        before = place.received
        body = place.open("file", start)
        assert body.start == start
        assert b"".join(body.chunks) == data[start:]
        assert place.received - before == len(data[start:])
    assert place.requests == 6
    limit.close()


def test_a_read_that_passes_its_time_is_cut_between_two_pieces(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(bytes(3 * CHUNK))
    now = [0.0]
    limit = Deadline(60, lambda: now[0])
    place = Folder(tmp_path, limit)
    chunks = iter(place.open("file").chunks)
    assert len(next(chunks)) == CHUNK
    now[0] = 60.0
    with pytest.raises(Problem) as problem:
        next(chunks)
    assert (problem.value.word, place.received) == ("slow", CHUNK)
    assert (limit.left, limit.passed) == (0.0, True)
    limit.close()


@given(st.lists(st.sampled_from(["a", "..", ".", "", "b\\c", "C:", "metadata"]), min_size=1, max_size=4))
def test_only_a_path_of_plain_steps_is_looked_for(tmp_path_factory: pytest.TempPathFactory, steps: list[str]) -> None:
    root = tmp_path_factory.getbasetemp() / "place"
    (root / "inside").mkdir(parents=True, exist_ok=True)
    (root / "a").write_bytes(b"outside")  # what a step upwards would find
    limit = Deadline(60)
    with pytest.raises(NotThere):
        Folder(root / "inside", limit).open("/".join(steps))
    limit.close()


def test_what_is_cut_off_when_the_time_is_over_is_not_cut_where_it_was_kept() -> None:
    cut: list[str] = []
    kept, passed = Deadline(600), Deadline(600)
    kept.on_pass(lambda: cut.append("kept"))
    passed.on_pass(lambda: cut.append("passed"))
    kept.close()
    kept._pass()
    passed._pass()
    passed.close()
    assert cut == ["passed"]


# --- the root of an invitation ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", [1, 2, 3])
def test_the_root_with_the_fingerprint_is_found_whatever_its_version(tmp_path: Path, wanted: int) -> None:
    repo = Repository(tmp_path)
    repo.publish()
    first = repo.root_bytes()
    for version in (2, 3):
        (tmp_path / "metadata" / f"{version}.root.json").write_bytes(first + b" " * version)
    data = (tmp_path / "metadata" / f"{wanted}.root.json").read_bytes()
    from checkpoint.store.enrolment import fingerprint

    assert fetch_root(Invitation(str(tmp_path), fingerprint(data))) == data


def test_a_folder_without_that_root_gives_none(tmp_path: Path) -> None:
    repo = Repository(tmp_path)
    repo.publish()
    with pytest.raises(Problem) as problem:
        fetch_root(Invitation(str(tmp_path), "0" * 64))
    assert problem.value.note == ("sync.no_such_root", str(tmp_path))


def test_a_root_longer_than_any_is_not_read_to_its_end(tmp_path: Path) -> None:
    (tmp_path / "metadata").mkdir()
    (tmp_path / "metadata" / "1.root.json").write_bytes(bytes(layout.MAX_ROOT + 1))
    with pytest.raises(Problem) as problem:
        fetch_root(Invitation(str(tmp_path), "0" * 64))
    assert problem.value.word == "too_long"


# --- the pace ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=60), st.floats(1, 90_000))
def test_no_pause_is_longer_or_shorter_than_its_pace_allows(tries: list[tuple[bool, float]], every: float) -> None:
    failures = 0
    for done, chance in tries:
        pace = Pace(every, failures, random=lambda chance=chance: chance)
        pause = pace.pause(done)
        failures = pace.failures
        base = every if done else min(every, FIRST_RETRY * 2 ** min(failures - 1, 20))
        assert base * (1 - JITTER) * 0.999 <= pause <= base * (1 + JITTER) * 1.001
        assert failures == 0 if done else failures > 0


# --- files to import --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["list.sig", "list.json.sig", "list.jsonsig"])
def test_a_signature_is_found_under_each_name_that_publishers_give_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "list.json").write_bytes(b"{}")
    assert fetching.source(str(tmp_path / "list.json")).signature == b""
    (tmp_path / name).write_bytes(b"signed")
    assert fetching.source(str(tmp_path / "list.json")).signature == b"signed"
    (tmp_path / "other").write_bytes(b"told")
    assert fetching.source(str(tmp_path / "list.json"), str(tmp_path / "other")).signature == b"told"


def test_what_is_too_long_for_a_signature_is_none(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_bytes(b"{}")
    (tmp_path / "list.sig").write_bytes(bytes((1 << 16) + 1))
    (tmp_path / "list.json.sig").mkdir()
    assert fetching.source(str(tmp_path / "list.json")).signature == b""


@pytest.mark.parametrize(
    "where", ["absent", ".", "http://a.example/list", "ftp://a.example/list", "file:///etc/passwd"]
)
def test_what_cannot_be_fetched_is_refused_by_name(where: str) -> None:
    with pytest.raises(Refused) as refused:
        fetching.get(where)
    assert str(refused.value).startswith(f"{where}: ")


# --- the record of acts -----------------------------------------------------------------------------------------------


@given(st.lists(st.dictionaries(st.text(max_size=5), st.text(max_size=20), max_size=3), min_size=1, max_size=5))
def test_every_act_is_chained_to_the_one_before_and_read_back(
    tmp_path_factory: pytest.TempPathFactory, facts: list[dict[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    heads = [audit.append(path, "act", one, 1.7e9) for one in facts]
    chain = audit.read(path)
    assert (chain.lines, chain.head, chain.broken, chain.torn) == (len(facts), heads[-1], "", False)
    assert chain.hashes == {audit.FIRST, *heads}
    assert [one["facts"] for one in audit.last(path, len(facts))] == [json.loads(json.dumps(one)) for one in facts]


@given(st.integers(0, 2), st.data())
def test_no_byte_of_an_older_act_can_be_changed_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, number: int, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("audit") / "audit.jsonl"
    for one in range(4):
        audit.append(path, "act", {"one": one}, 1.7e9)
    lines = path.read_bytes().splitlines()
    at = data.draw(st.integers(0, len(lines[number]) - 1))
    changed = bytes([lines[number][at] ^ 1])
    lines[number] = lines[number][:at] + changed + lines[number][at + 1 :]
    path.write_bytes(b"\n".join(lines) + b"\n")
    assert audit.read(path).broken
    with pytest.raises(Refused, match="not what was written"):
        audit.append(path, "act", {}, 1.7e9)
