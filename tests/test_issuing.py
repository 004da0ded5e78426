"""Passes made by the authority: every one read back from its picture, nothing half-done, no place given out twice."""

import csv
import io
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import segno
from authority_folder import asked
from issuing import Office, cells, day

from bench import issue as bench
from checkpoint import readers
from checkpoint.authority import Refused, audit, importing, publish, status_lists
from checkpoint.authority.issuing import codes, places, rows, run
from checkpoint.authority.issuing.places import number_of
from checkpoint.authority.vault import Vault
from checkpoint.codec import base45
from checkpoint.formats import native
from checkpoint.model import Envelope, Reason

SAMPLE = 40


@pytest.fixture
def office(tmp_path: Path) -> Office:
    found = Office(tmp_path)
    found.new_issuer()
    return found


def test_every_pass_of_a_table_is_read_back_from_its_picture_and_from_its_sheet(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = rows.read(bench.table(SAMPLE, office.now), office.terms())
    assert not found.errors
    report = run.issue(office.folder, office.vault, office.issuer(), found.rows, out, office.now)
    assert report.count == SAMPLE
    assert report.kinds == dict.fromkeys(("travel_permit", "test", "card", "ticket", "badge"), SAMPLE // 5)
    office.publish()
    station, texts = office.station(), bench.texts_of(out)
    assert len(set(texts.values())) == SAMPLE
    for name, text in texts.items():
        (code,) = readers.read_file(out / f"{name}.png")
        assert code.text == text
        verdict = station.verify(text)
        assert (verdict.reason.word, verdict.first.format) == ("ok", "native")  # type: ignore[union-attr]
        assert {"check": "revocation", "result": "pass"} in verdict.as_dict()["checks"]
    assert Counter(bench.from_sheets(out)) == Counter(texts.values())
    assert {path.suffix for path in out.iterdir()} == {".png", ".svg", ".pdf", ".csv"}


def test_what_was_asked_for_is_what_the_station_shows(office: Office, tmp_path: Path) -> None:
    permit = cells(
        kind="travel-permit", number="P-7", colour="", category="Nhân viên y tế", route="Q7 – Q5", birth_date="1983-10"
    )
    office.issue(tmp_path / "out", permit)
    office.publish()
    (text,) = bench.texts_of(tmp_path / "out").values()
    found = office.station().verify(text).as_dict()
    assert found["subject"] == {"name": "Trần Thị Bình", "birth_date": "1983-10"}
    assert found["credentials"] == [
        {"kind": "travel_permit", "number": "P-7", "category": "Nhân viên y tế", "route": "Q7 – Q5"}
    ]
    assert found["issuer"]["name"] == "UBND TP. Hồ Chí Minh"
    assert found["valid_until"] == f"{day(30)}T17:00:00Z", "the whole last day in Viet Nam"


def test_a_pass_of_an_ed25519_issuer_goes_the_same_way(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.new_issuer(algorithm="EdDSA")
    office.issue(tmp_path / "out", cells(), kinds=("png",))
    office.publish()
    (text,) = bench.texts_of(tmp_path / "out").values()
    verdict = office.station().verify(text).as_dict()
    assert verdict["reason"] == "ok"
    assert {"check": "signature", "result": "pass", "detail": "EdDSA"} in verdict["checks"]


def test_a_revoked_place_stops_that_pass_alone(office: Office, tmp_path: Path) -> None:
    office.issue(tmp_path / "out", cells(number="C-1"), cells(number="C-2"))
    with (tmp_path / "out" / run.INDEX).open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    number, index = map(int, first["place"].split("/"))
    status_lists.change(office.folder, "permits", number, [index], 1, "stolen", office.now)
    office.publish()
    station = office.station()
    assert [station.verify(one["text"]).reason.word for one in (first, second)] == ["revoked", "ok"]


def test_a_station_without_the_new_status_list_does_not_admit(office: Office, tmp_path: Path) -> None:
    office.publish()
    office.issue(tmp_path / "out", cells(valid_until=day(400)))
    (text,) = bench.texts_of(tmp_path / "out").values()
    assert office.station().verify(text).reason.word == "revocation_missing"
    office.publish()
    assert office.station().verify(text).reason.word == "ok"


LONG = {"name": "Nguyễn Thị Bảo Duy", "birth_date": "1983-10-10", "document": "079083000123", "number": "HCM-0012345"}
PERMIT = {
    "kind": "travel-permit",
    "colour": "",
    "category": "Vận chuyển thuốc",
    "area": "Quận 7, Quận 8 và Quận 5",
    "route": "Chung cư Hưng Phát – Phạm Hùng – Trần Hưng Đạo",
    "vehicle": "59-X1 123.45",
    "hours": "Mo-Sa 05:30-18:00",
}


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_card_fits_version_11_and_a_full_permit_version_13(tmp_path: Path, algorithm: str) -> None:
    office = Office(tmp_path)
    office.new_issuer(algorithm=algorithm)
    found = office.rows(
        cells(**LONG, valid_from=day(1)), cells(**LONG | PERMIT | {"number": "HCM-0067890"}, valid_from=day(1))
    )
    card, permit = run.sign(office.folder, office.vault, office.issuer(), found, office.now)
    for made, limit in ((card, 11), (permit, 13)):
        code = codes.make(made.text)
        assert isinstance(code.version, int)
        assert code.version <= limit
        assert code.error == "M"
        assert code.mode == "alphanumeric"
    assert len(base45.decode(card.text[4:].encode())) < 241


def test_places_are_drawn_at_random_once_and_by_the_quarter_in_which_passes_end(office: Office) -> None:
    ends = [1_790_000_000, 1_800_000_000] * 200
    taken = places.take(office.folder, "permits", ends) + places.take(office.folder, "permits", ends)
    assert len(set(taken)) == 800
    assert Counter(number for number, _ in taken) == {number_of(ends[0]): 400, number_of(ends[1]): 400}
    indexes = [index for _, index in taken]
    assert sorted(indexes) != indexes
    assert 0.4 < statistics.mean(indexes) / status_lists.SIZE < 0.6, "all over the list"


def test_the_number_of_a_list_names_year_and_quarter() -> None:
    from datetime import UTC, datetime

    quarters = [number_of(int(datetime(2026, month, 1, tzinfo=UTC).timestamp())) for month in (1, 3, 4, 12)]
    assert quarters == [1664, 1664, 1680, 1712]
    assert number_of(int(datetime(2027, 1, 1, tzinfo=UTC).timestamp())) == 1728


def test_a_half_full_list_is_followed_by_the_next_and_a_full_quarter_is_refused(office: Office) -> None:
    first = number_of(1_790_000_000)
    for number in range(first, first + 16):
        status_lists.make(office.folder, "permits", number, size=16)
    taken = places.take(office.folder, "permits", [1_790_000_000] * 128)
    assert Counter(number for number, _ in taken) == dict.fromkeys(range(first, first + 16), 8)
    assert len(set(taken)) == 128
    with pytest.raises(Refused, match="are full"):
        places.take(office.folder, "permits", [1_790_000_000])


def test_a_place_that_was_revoked_is_never_given_out_even_where_the_memory_was_lost(office: Office) -> None:
    number = number_of(1_790_000_000)
    status_lists.make(office.folder, "permits", number, size=400)
    status_lists.change(office.folder, "permits", number, range(160), 1, "x", office.now)
    taken = places.take(office.folder, "permits", [1_790_000_000] * 40)
    assert all(one == number and index >= 160 for one, index in taken)


def test_a_memory_of_another_length_stops_the_act(office: Office) -> None:
    places.take(office.folder, "permits", [1_790_000_000])
    path = places.path_of(office.folder, "permits", number_of(1_790_000_000))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Refused, match="has 131071 bytes and not 131072"):
        places.take(office.folder, "permits", [1_790_000_000])


@pytest.mark.parametrize("step", ["burnt", "sign 1", "sign 3", "draw 1", "draw 3", "sheet", "recorded", "renamed"])
def test_a_kill_at_any_step_leaves_everything_or_nothing(office: Office, tmp_path: Path, step: str) -> None:
    out = tmp_path / "out"
    asked_for = [cells(number=f"C-{number}") for number in range(3)]
    child = os.fork()
    if not child:  # the child dies in the middle as by a power cut: no handler of its own runs
        try:
            _die_at(step)
            office.issue(out, *asked_for, progress=lambda word, done, _: _die(f"{word} {done}" == step))
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status), "it must have died, not ended"
    done = step == "renamed"
    assert out.exists() is done
    left = list(tmp_path.glob(".out.*"))
    assert left or done or step in ("burnt", "sign 1", "sign 3")
    if not done:
        assert office.issue(out, *asked_for).count == 3
    assert len(bench.texts_of(out)) == 3
    assert not list(tmp_path.glob(".out.*")), "what the kill left is cleared away"
    burnt = [path.read_bytes() for path in (office.folder.root / "issued" / "permits").iterdir()]
    used = sum(int.from_bytes(one, "big").bit_count() for one in burnt)
    assert used in (3, 6), "places are burnt for all or for none"
    assert not audit.read(office.folder.audit).broken


def _die(now: bool = True) -> None:
    if now:
        os.kill(os.getpid(), signal.SIGKILL)


def _die_at(step: str) -> None:
    """In the child alone: die behind the step of this name."""
    from checkpoint.authority.issuing import output, sheets

    module, name = {
        "burnt": (places, "take"),
        "sheet": (sheets, "sheet"),
        "recorded": (audit, "append"),
        "renamed": (output, "sync_folder"),
    }.get(step, (None, ""))
    if module is not None:
        before = getattr(module, name)
        setattr(module, name, lambda *args: (before(*args), _die()))


def test_only_the_scraps_of_a_dead_run_for_the_same_folder_are_cleared_away(office: Office, tmp_path: Path) -> None:
    dead = os.fork()
    if not dead:
        os._exit(0)
    os.waitpid(dead, 0)
    mine, alive = tmp_path / f".out[1].{dead}.new", tmp_path / f".out[1].{os.getppid()}.new"
    other, foreign = tmp_path / f".out1.{dead}.new", tmp_path / ".out[1].notes.new"
    for folder in (mine, alive, other, foreign):
        folder.mkdir()
    office.issue(tmp_path / "out[1]", cells(), kinds=("png",))
    assert [folder.exists() for folder in (mine, alive, other, foreign)] == [False, True, True, True]


def test_a_refusal_leaves_nothing_either_and_burns_no_place(office: Office, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with pytest.raises(Refused, match="is there already"):
        office.issue(out, cells())
    closed = Vault([office.folder.keys], lambda *_: None)
    with pytest.raises(Refused, match="cannot be opened"):
        run.issue(office.folder, closed, office.issuer(), office.rows(cells()), tmp_path / "new", office.now)
    assert not (office.folder.root / "issued").exists()
    assert not (tmp_path / "new").exists()
    assert not list(tmp_path.glob(".*"))


def test_the_record_counts_what_was_issued_and_names_nobody(office: Office, tmp_path: Path) -> None:
    office.issue(tmp_path / "out", cells(), cells(number="C-2", kind="badge", colour="", organisation="Chợ Rẫy"))
    last = office.acts[-1]
    assert last["act"] == "issue"
    assert last["facts"]["count"] == 2
    assert last["facts"]["kinds"] == {"card": 1, "badge": 1}
    assert last["facts"]["issuer"] == "hcm.gov.vn"
    assert sum(last["facts"]["lists"].values()) == 2
    kept = [path for path in office.folder.root.rglob("*") if path.is_file()]
    said = b"".join(path.read_bytes() for path in kept)
    for word in ("Trần", "Tr\\u1ea7n", "C-2", "Chợ Rẫy"):
        assert word.encode() not in said, "nothing about people stays at the authority"


def test_an_issuer_keeps_its_kinds_and_its_newest_key(office: Office, tmp_path: Path) -> None:
    first = office.issuer().record
    office.now += 86400
    office.new_issuer(kinds=("card",))
    second = office.issuer().record
    assert (second.kid != first.kid, second.kinds) == (True, ("card",))
    (error,) = office.table(cells(kind="ticket", colour="", event="x")).errors
    assert (error.row, error.column) == (2, "kind")
    importing.remove(office.folder, second.kid, "stolen", True, office.now)
    assert office.issuer().record.kid == first.kid, "a compromised key issues nothing more"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"iss": "HCM"}, "cannot name"),
        ({"iss": "demo:hcm"}, "cannot name"),
        ({"iss": "hcm.gov.vn", "demo": True}, "cannot name"),
        ({"kinds": ("visa",)}, "no such kind"),
        ({"algorithm": "RS256"}, "cannot be made"),
        ({"years": 11}, "cannot be made"),
        ({"name": "../x"}, "cannot name a list"),
        ({"source": "blocks"}, "cannot name a list"),
        ({"name": "other", "iss": "hanoi.gov.vn"}, "belongs to another issuer"),
        ({"iss": "hanoi.gov.vn", "source": "new"}, "already"),
        ({"name": "demo", "iss": "demo:hcm", "source": "new", "demo": True}, "do not go together"),
    ],
)
def test_an_issuer_that_would_confuse_is_refused_and_no_key_is_made(
    office: Office, changes: dict[str, object], why: str
) -> None:
    before = sorted(office.folder.keys.iterdir())
    with pytest.raises(Refused, match=why):
        office.new_issuer(**changes)
    assert sorted(office.folder.keys.iterdir()) == before


def test_without_an_issuer_or_with_several_the_command_asks_which(tmp_path: Path) -> None:
    office = Office(tmp_path)
    with pytest.raises(Refused, match="no issuer of passes"):
        office.issuer()
    office.new_issuer()
    office.new_issuer(name="hanoi", iss="hanoi.gov.vn", source="hanoi")
    with pytest.raises(Refused, match="which issuer"):
        office.issuer()
    assert office.issuer("hanoi").record.issuer == "hanoi.gov.vn"
    with pytest.raises(Refused, match="no key of an issuer 'hue'"):
        office.issuer("hue")


def test_a_key_that_ended_issues_nothing(office: Office) -> None:
    office.now += 3 * 365 * 86400
    with pytest.raises(Refused, match="ended on"):
        office.issuer()


def test_demonstrations_are_an_authority_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    (tmp_path / "real").mkdir()
    demo, real = Office(tmp_path / "demo"), Office(tmp_path / "real")
    demo.new_issuer(iss="demo:hcm", demo=True)
    real.new_issuer()
    for office in (demo, real):
        office.issue(office.base / "out", cells())
        office.publish()
    (demo_text,), (real_text,) = (bench.texts_of(one.base / "out").values() for one in (demo, real))
    assert demo.acts[-2]["facts"]["demo"] is True
    shown = demo.station().verify(demo_text)
    assert (shown.reason.word, shown.as_dict()["issuer"]["test"]) == ("ok", True)
    assert real.station().verify(demo_text).reason.word == "demo_pass"
    crossed = demo.station().verify(real_text)
    assert (crossed.reason.word, crossed.note) == ("issuer_unknown", ("note.demo_station",))
    record = demo.issuer().record
    mixed = real.folder.staged / "issuers" / "mixed.jsonl"
    mixed.write_bytes(record.line() + b"\n")
    with pytest.raises(Refused, match="demonstration keys and real ones"):
        publish.publish(real.folder, real.vault, real.now + 9)


def test_a_passphrase_opens_the_key_again_and_a_wrong_one_does_not(office: Office) -> None:
    again = Vault([office.folder.keys], asked)
    (made,) = run.sign(office.folder, again, office.issuer(), office.rows(cells()), office.now)
    opened = native.open_pass(made.text)
    assert isinstance(opened, Envelope)
    assert opened.kid == office.issuer().record.kid
    wrong = Vault([office.folder.keys], lambda *_: "not the passphrase")
    with pytest.raises(Refused, match="wrong passphrase"):
        run.sign(office.folder, wrong, office.issuer(), office.rows(cells()), office.now)


def test_the_drawing_is_the_code_that_the_picture_shows(office: Office, tmp_path: Path) -> None:
    office.issue(tmp_path / "out", cells(), kinds=("svg",))
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".csv", ".svg"]
    (text,) = bench.texts_of(tmp_path / "out").values()
    (drawing,) = (tmp_path / "out").glob("*.svg")
    assert f'd="{_path(text)}"'.encode() in drawing.read_bytes()


def _path(text: str) -> str:
    """The dark runs of a code as a path of SVG, line by line."""
    out = io.BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(out, kind="svg", border=4)
    return re.findall(r' d="([^"]+)"', out.getvalue().decode())[0]


@pytest.mark.slow
def test_many_processes_draw_what_one_draws_in_the_same_order() -> None:
    texts = [f"CP1:{'A' * 100}{number:05}" for number in range(70)]
    kinds = ("png", "svg")
    assert list(codes.draw_all(texts, kinds, workers=2)) == list(codes.draw_all(texts, kinds, workers=1))


@pytest.mark.slow
def test_the_processes_that_draw_die_with_the_one_that_is_killed(tmp_path: Path) -> None:
    script = tmp_path / "draws.py"
    script.write_text(
        "from checkpoint.authority.issuing import codes\n"
        "if __name__ == '__main__':\n"
        "    for drawn in codes.draw_all(['CP1:' + 'A' * 400] * 5000, ('png',), workers=2):\n"
        "        print('drawn', flush=True)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"drawn\n"
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children").read_text().split()
    assert len(children) >= 2
    parent.kill()
    parent.wait()
    for _ in range(100):
        left = [one for one in children if Path(f"/proc/{one}").exists() and not _is_dead(one)]
        if not left:
            break
        time.sleep(0.1)
    assert not left


def _is_dead(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] == "Z"
    except OSError:
        return True


@pytest.mark.parametrize("lost", ["all of it", "the newest"])
def test_an_authority_that_forgot_which_places_it_gave_out_issues_nothing_in_that_list(
    office: Office, tmp_path: Path, lost: str
) -> None:
    office.issue(tmp_path / "first", cells())
    shutil.copytree(office.folder.root / "issued", tmp_path / "copy")
    office.issue(tmp_path / "second", cells(number="C-2"), cells(number="C-3"))
    shutil.rmtree(office.folder.root / "issued")
    if lost == "the newest":
        shutil.copytree(tmp_path / "copy", office.folder.root / "issued")
    number = places.number_of(office.rows(cells())[0].draft.expires)
    with pytest.raises(
        Refused, match=rf"burnt-{number}\.bin knows of [01] places and 3 passes are on record"
    ) as refused:
        office.issue(tmp_path / "third", cells(number="C-4"))
    assert "new-issuer" in refused.value.hint
    assert not (tmp_path / "third").exists()


def test_after_a_loss_the_same_issuer_goes_on_in_a_new_list(tmp_path: Path) -> None:
    office = Office(tmp_path, now=time.time() - 10)
    office.new_issuer()
    office.issue(tmp_path / "first", cells())
    shutil.rmtree(office.folder.root / "issued")
    office.now += 1
    office.new_issuer(source="permits-2")
    office.issue(tmp_path / "second", cells(number="C-2"))
    office.publish()
    station = office.station()
    for folder in ("first", "second"):
        (text,) = station.read(tmp_path / folder / "2.png")
        assert station.verify(text).reason is Reason.OK
