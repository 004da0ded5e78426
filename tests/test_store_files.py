"""The small files of a station's home, whatever is in them: addresses, mark, generations, how the last sync went."""

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from repository import Repository

from checkpoint.store import enrolment, generations, invitation, layout, mark
from checkpoint.store.enrolment import EnrolmentRefused
from checkpoint.store.generations import Generation, GenerationDamaged
from checkpoint.store.invitation import Invitation
from checkpoint.store.mark import Mark
from checkpoint.sync import report
from checkpoint.sync.report import Report
from checkpoint.trust.chain import Chain

few = settings(max_examples=40)
A, B, C, D = (f"{number:064x}" for number in range(10, 14))


@contextmanager
def folder() -> Iterator[Path]:
    """A folder of one example; a fixture would be shared by all of them."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    repo = Repository(tmp_path_factory.mktemp("authority"))
    repo.publish()
    return repo.root_bytes()


def enrol(home: Path, root: bytes, *addresses: str, stated: str = "") -> bool:
    return enrolment.enrol(home, root, stated or enrolment.fingerprint(root), addresses)


# --- keys/authority.toml


@few
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=5, unique=True))
def test_every_address_is_read_back_as_it_was_given(root: bytes, addresses: list[str]) -> None:
    with folder() as home:
        enrol(home, root, *addresses)
        assert enrolment.addresses(home) == addresses


def test_an_address_with_a_delete_character_does_not_make_the_file_unreadable(root: bytes, tmp_path: Path) -> None:
    enrol(tmp_path, root, "https://a.example/\x7f")
    assert enrolment.addresses(tmp_path) == ["https://a.example/\x7f"]


def test_a_newer_address_is_asked_first_and_the_older_ones_stay_once_each(root: bytes, tmp_path: Path) -> None:
    assert enrol(tmp_path, root, "https://one.example", "https://two.example")
    assert not enrol(tmp_path, root, "https://three.example", "https://two.example")
    assert enrolment.addresses(tmp_path) == ["https://three.example", "https://two.example", "https://one.example"]


def test_the_oldest_addresses_give_way_where_there_are_too_many(root: bytes, tmp_path: Path) -> None:
    enrol(tmp_path, root, *(f"https://old{number}.example" for number in range(enrolment.MAX_ADDRESSES)))
    enrol(tmp_path, root, "https://new.example")
    found = enrolment.addresses(tmp_path)
    assert (found[0], found[-1], len(found)) == ("https://new.example", "https://old14.example", 16)


@pytest.mark.parametrize(
    "content",
    [
        b"mirrors = [",
        b"",
        b'mirrors = "https://a.example"',
        b"mirrors = [1]",
        b'mirrors = ["https://a.example", 1]',
        b"mirrors = {}",
        b'mirrors = ["\xff"]',
        b'mirrors = ["a"]\nmirrors = ["b"]',
        b"mirrors = [" + b'"a",' * 17 + b"]",
    ],
)
def test_a_file_of_addresses_that_a_person_broke_is_named_and_not_overwritten(
    root: bytes, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / layout.ADDRESSES
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(EnrolmentRefused) as refused:
        enrolment.addresses(tmp_path)
    assert refused.value.note == ("enroll.addresses_unreadable", layout.ADDRESSES)
    with pytest.raises(EnrolmentRefused, match="addresses_unreadable"):
        enrol(tmp_path, root, "https://b.example")
    assert path.read_bytes() == content
    assert enrolment.pinned_root(tmp_path) is None


# --- keys/root.json


@pytest.mark.parametrize(
    "grouped",
    [
        lambda text: text,
        str.upper,
        lambda text: " ".join(text[at : at + 4] for at in range(0, 64, 4)),
        lambda text: ":".join(text[at : at + 2] for at in range(0, 64, 2)),
        lambda text: f"  {text[:32]}-{text[32:]}\n",
    ],
)
def test_a_fingerprint_may_be_grouped_as_people_group_digits(root: bytes, grouped: Callable[[str], str]) -> None:
    assert enrolment.same_fingerprint(root, grouped(enrolment.fingerprint(root)))


@few
@given(st.data())
def test_no_other_fingerprint_and_no_part_of_one_is_the_same(root: bytes, data: st.DataObject) -> None:
    text = enrolment.fingerprint(root)
    at = data.draw(st.integers(0, 63))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one.lower() != text[at] and one not in " :-"))
    if other.strip():
        assert not enrolment.same_fingerprint(root, text[:at] + other + text[at + 1 :])
    assert not enrolment.same_fingerprint(root, text[:at])
    assert not enrolment.same_fingerprint(root, text + text[at])


@pytest.mark.parametrize("stated", [A, "", "0" * 63])
def test_with_another_fingerprint_nothing_at_all_is_written(root: bytes, tmp_path: Path, stated: str) -> None:
    with pytest.raises(EnrolmentRefused) as refused:
        enrolment.enrol(tmp_path / "home", root, stated, ["https://a.example"])
    assert refused.value.note == ("enroll.fingerprint_differs", enrolment.fingerprint(root))
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b"null", b'{"signed": {}, "signatures": []}', b"\xff"])
def test_what_is_no_root_is_not_pinned_though_its_fingerprint_is_right(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(EnrolmentRefused, match=r"enroll\.no_root"):
        enrol(tmp_path / "home", data, "https://a.example")
    assert not (tmp_path / "home").exists()


def test_a_root_that_its_own_keys_did_not_sign_is_not_pinned(root: bytes, tmp_path: Path) -> None:
    found = json.loads(root)
    found["signatures"] = found["signatures"][:1]
    with pytest.raises(EnrolmentRefused) as refused:
        enrol(tmp_path / "home", json.dumps(found).encode(), "https://a.example")
    assert refused.value.note == ("enroll.no_root", "signatures")


def test_learning_an_address_does_not_set_the_mark_back(root: bytes, tmp_path: Path) -> None:
    enrol(tmp_path, root, "https://a.example")
    seen = Mark(enrolment.fingerprint(root), 3, 70, B, 1_700_000_000.0)
    mark.write(tmp_path, seen)
    enrol(tmp_path, root, "https://b.example")
    assert mark.read(tmp_path) == seen


def test_a_root_that_was_pinned_before_its_mark_could_be_written_is_no_state_a_kill_can_leave(
    root: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(path: Path, data: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(mark, "write_file", killed)
    with pytest.raises(KeyboardInterrupt):
        enrol(tmp_path, root, "https://a.example")
    assert enrolment.pinned_root(tmp_path) is None


# --- the code that enrols


@given(st.text(alphabet="abcxyz0123456789-._~/%?=&", min_size=1, max_size=500), st.sampled_from(["http", "https"]))
def test_an_invitation_is_read_back_from_its_own_text(rest: str, scheme: str) -> None:
    asked = Invitation(f"{scheme}://{rest}", A)
    assert invitation.parse(asked.text()) == asked


@pytest.mark.parametrize(
    "text",
    [
        f"checkpoint-enroll:1 {A} https://",
        f"checkpoint-enroll:1 {A} ftp://a.example",
        f"checkpoint-enroll:1 {A} file:///etc/passwd",
        f"checkpoint-enroll:1 {A} /media/stick",
        f"checkpoint-enroll:1 {A} https://a.example b",
        f"checkpoint-enroll:1 {A} https://a.example\n",
        f'checkpoint-enroll:1 {A} https://a.example"',
        f"checkpoint-enroll:1 {A} https://a\\b",
        f"checkpoint-enroll:1 {A} https://{'a' * 501}",
        f"checkpoint-enroll:1 {A.upper()} https://a.example",
        f"checkpoint-enroll:1 {A[:-1]} https://a.example",
        f"checkpoint-enroll:1  {A} https://a.example",
        f"checkpoint-enroll:2 {A} https://a.example",
        f" checkpoint-enroll:1 {A} https://a.example",
    ],
)
def test_a_text_that_is_almost_an_invitation_is_none(text: str) -> None:
    assert invitation.parse(text) is None
    assert invitation.parse(f"checkpoint-enroll:1 {A} https://a.example") is not None
    assert invitation.parse(f"checkpoint-enroll:1 {A} https://a.example".encode()) is None


# --- state/mark.json

digests = st.sampled_from([A, B, C])
marks = st.builds(
    Mark,
    anchor=digests,
    root=st.integers(0, 10**6),
    timestamp=st.integers(0, 10**9),
    timestamp_keys=digests,
    issued=st.integers(0, 4_000_000_000).map(float),
)


def chain(root: int, timestamp: int, keys: str = A, issued: float = 0.0) -> Chain:
    return Chain(root, timestamp, keys, issued, (), {}, ())


chains = st.builds(
    chain, st.integers(1, 5), st.integers(1, 5), st.sampled_from([A, B]), st.integers(0, 9).map(lambda one: one * 1e8)
)


@few
@given(marks)
def test_a_mark_is_read_back_as_it_was_written(seen: Mark) -> None:
    with folder() as home:
        mark.write(home, seen)
        assert mark.read(home) == seen


@given(marks)
@settings(max_examples=5)
def test_a_mark_that_is_cut_off_anywhere_is_a_lost_one(seen: Mark) -> None:
    with folder() as home:
        mark.write(home, seen)
        data = (home / layout.MARK).read_bytes().rstrip()
        for length in range(len(data)):
            (home / layout.MARK).write_bytes(data[:length])
            assert mark.read(home) is None, length


MARK = {"anchor": A, "root": 1, "timestamp": 2, "timestamp_keys": B, "issued": "2026-01-01T00:00:00Z"}


@pytest.mark.parametrize("name", MARK)
@pytest.mark.parametrize("value", [None, [], {}, "", "one", "2026-01-01", 1e30, "2026-13-01T00:00:00Z"])
def test_a_mark_with_a_value_that_is_none_is_lost_or_counts_by_its_other_values(
    tmp_path: Path, name: str, value: Any
) -> None:
    path = tmp_path / layout.MARK
    path.parent.mkdir()
    path.write_text(json.dumps({**MARK, name: value}))
    found = mark.read(tmp_path)
    assert found is None or all(
        isinstance(one, kind) for one, kind in zip(found, (str, int, int, str, float), strict=True)
    )
    if name == "issued" or (name in ("root", "timestamp") and value != 1e30):
        assert found is None
    path.write_text(json.dumps({key: one for key, one in MARK.items() if key != name}))
    assert mark.read(tmp_path) is None


@given(st.lists(chains, min_size=1, max_size=8), chains)
def test_a_station_never_goes_back_to_what_is_older_than_what_it_took(offered: list[Chain], later: Chain) -> None:
    seen, taken = Mark(A), []
    for one in offered:
        if not seen.refuses(one):
            seen = seen.raised(one)
            taken.append(one)
            assert not seen.refuses(one)  # the state in force stays good
    assert taken
    assert [one.root_version for one in taken] == sorted(one.root_version for one in taken)
    newest = taken[-1]
    if later.root_version < newest.root_version:
        assert seen.refuses(later)
    if later.timestamp_keys == newest.timestamp_keys and later.timestamp_version < newest.timestamp_version:
        assert seen.refuses(later)


def test_a_version_that_a_thief_drove_up_does_not_outlive_his_key() -> None:
    seen = Mark(A).raised(chain(1, 10**9, A, 5e8))
    assert seen.refuses(chain(1, 3, A))
    assert seen.refuses(chain(1, 3, B))  # other keys without another root: nobody signed that
    assert not seen.refuses(chain(2, 3, B))
    assert seen.raised(chain(2, 3, B, 4e8)).issued == 4e8  # what the thief said of the time goes with him
    assert seen.raised(chain(1, 10**9 + 1, A, 4e8)).issued == 5e8  # the time under the same keys does not go back


# --- the cache

hashes = st.integers(0, 2**256 - 1).map(lambda number: f"{number:064x}")
maps = st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=20), hashes, max_size=4)


@few
@given(maps, maps)
def test_a_generation_is_read_back_as_it_was_written_and_in_force_only_then(
    metadata: dict[str, str], targets: dict[str, str]
) -> None:
    with folder() as cache:
        one = Generation(metadata, targets)
        generations.write(cache, 7, one)
        assert generations.current(cache) is None
        assert generations.next_number(cache) == 8
        generations.flip(cache, 7)
        assert generations.current(cache) == 7
        assert generations.read(cache, 7) == one
        assert one.blobs() == {*metadata.values(), *targets.values()}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"0", b"07\n", b"-1\n", b"+1", b"1.0", b"1\n\n", b" 1", b"one", b"\xd9\xa1", b"1" * 13, b"1" * 65],
)
def test_a_pointer_that_names_no_generation_is_damage_and_the_next_number_is_free_all_the_same(
    tmp_path: Path, content: bytes
) -> None:
    generations.write(tmp_path, 4, Generation({}, {}))
    (tmp_path / "current").write_bytes(content)
    with pytest.raises(GenerationDamaged):
        generations.current(tmp_path)
    assert generations.next_number(tmp_path) == 5


def test_a_number_is_above_every_generation_and_the_pointer() -> None:
    with folder() as cache:
        assert generations.next_number(cache) == 1
        generations.flip(cache, 9)  # its file is gone
        assert generations.next_number(cache) == 10
        generations.write(cache, 12, Generation({}, {}))
        assert generations.next_number(cache) == 13
        (cache / "generations" / "notes.json").write_text("{}")
        assert generations.next_number(cache) == 13


@pytest.mark.parametrize(
    "found",
    [
        {},
        [],
        "text",
        None,
        {"metadata": {}},
        {"metadata": [], "targets": {}},
        {"metadata": {}, "targets": None},
        {"metadata": {"a": "../../etc/passwd"}, "targets": {}},
        {"metadata": {"a": A.upper()}, "targets": {}},
        {"metadata": {}, "targets": {"a": 5}},
        {"metadata": {}, "targets": {"a": [A]}},
    ],
)
def test_a_generation_that_names_anything_but_blobs_is_damaged(tmp_path: Path, found: Any) -> None:
    path = tmp_path / "generations" / "1.json"
    path.parent.mkdir()
    path.write_text(json.dumps(found))
    with pytest.raises(GenerationDamaged, match=r"1\.json"):
        generations.read(tmp_path, 1)
    with pytest.raises(GenerationDamaged, match=r"2\.json"):
        generations.read(tmp_path, 2)


def test_the_generation_before_stays_for_a_station_that_is_just_opening_it_and_no_other_does(tmp_path: Path) -> None:
    for number, digest in enumerate((A, B, C, D), 1):
        generations.write(tmp_path, number, Generation({"root.json": digest}, {}))
    assert generations.prune(tmp_path, 3) == {B, C}  # 4 was never put in force: a killed sync left it
    assert sorted(path.name for path in (tmp_path / "generations").iterdir()) == ["2.json", "3.json"]


def test_a_damaged_generation_is_swept_with_the_old_ones_and_keeps_no_blobs(tmp_path: Path) -> None:
    generations.write(tmp_path, 2, Generation({"root.json": B}, {"issuers/all.jsonl": C}))
    (tmp_path / "generations" / "1.json").write_bytes(b"{")
    assert generations.prune(tmp_path, 2) == {B, C}
    assert [path.name for path in (tmp_path / "generations").iterdir()] == ["2.json"]


# --- how the last sync went


@few
@given(st.text(), st.lists(st.text(max_size=20), max_size=3), st.integers(0, 4_000_000_000))
def test_how_a_sync_went_is_read_back_whatever_its_place_is_called(place: str, skipped: list[str], at: int) -> None:
    one = Report(float(at), "offline", ("sync.offline", place), place, 3, 400, None, tuple(skipped))
    if any("\ud800" <= char <= "\udfff" for char in place + "".join(skipped)):
        return
    with folder() as state:
        report.keep(state, one)
        assert report.last(state) == one.as_dict()


@pytest.mark.parametrize("content", [b"", b"[]", b"5", b"{", b"\xff", b'{"a": 1, "a": 2}', b'{"a": "' + b"x" * 20_000])
def test_a_note_about_the_last_sync_that_is_damaged_is_no_note(tmp_path: Path, content: bytes) -> None:
    assert report.last(tmp_path) is None
    (tmp_path / report.NAME).write_bytes(content)
    assert report.last(tmp_path) is None


@pytest.mark.parametrize(("word", "done"), [("updated", True), ("unchanged", True), ("offline", False), ("", False)])
def test_only_a_station_that_has_what_its_authority_says_is_done(word: str, done: bool) -> None:
    assert Report(0.0, word).done is done
