"""Bad days at the authority: keys in a safe, a restored copy, a wrong clock. Nobody is let in again, nor locked out."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import pytest
from authority_folder import DAY, NOW, PASSPHRASE, authority, fetched, vault

from checkpoint.authority import Refused, audit, forecast, publish, revoked, rotation, status_lists
from checkpoint.authority.folder import Folder
from checkpoint.authority.importing import Source
from checkpoint.authority.vault import Vault
from checkpoint.codec import sealing

PASS_ID = "hcert-" + "0123456789abcdef" * 2
DAILY = ("revocation", "online")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return authority(tmp_path / "a")[0]


def daily(folder: Folder) -> Vault:
    """The keys that an admin has at hand: those of root, issuers and policy lie in a safe."""
    return vault(folder, lambda _name, role, _new: PASSPHRASE if role in DAILY else None)


@pytest.mark.parametrize("day", [61, 89])
def test_an_emergency_is_published_while_keys_for_a_renewal_lie_in_a_safe(
    folder: Folder, tmp_path: Path, day: int
) -> None:
    now = NOW + day * DAY
    publish.publish(folder, daily(folder), NOW + 50 * DAY)
    revoked.block(folder, PASS_ID, "at two gates", None, now)
    report = publish.publish(folder, daily(folder), now)
    assert set(report.waiting) == {"targets", "issuers", "policy"}
    assert "needs 2 of 3 signatures and has 0" in report.waiting["targets"]
    assert PASS_ID.encode() in fetched(folder, tmp_path / "client", now)["revocation/blocks.jsonl"]


def test_a_renewal_that_waited_is_made_by_the_next_publish_that_has_its_keys(folder: Folder, tmp_path: Path) -> None:
    publish.publish(folder, daily(folder), NOW + 61 * DAY)
    report = publish.publish(folder, vault(folder), NOW + 62 * DAY)
    assert set(report.renewed) == {"targets", "issuers", "policy"}
    assert report.waiting == {}
    publish.publish(folder, daily(folder), NOW + 91 * DAY)
    fetched(folder, tmp_path / "client", NOW + 91 * DAY)


def test_what_changed_is_never_left_out_for_want_of_a_key(folder: Folder) -> None:
    (folder.staged / "policy" / "station.json").write_bytes(
        b'{"version":1,"freshness":{},"lists":{},"local_pins":true}'
    )
    with pytest.raises(Refused, match="policy needs 1 of 1 signatures and has 0"):
        publish.publish(folder, daily(folder), NOW + 61 * DAY)


UVCI = "URN:UVCI:01:NL:ABC123456#A"
RID = "3Kfdg-XwP-7gXyywtUfUADwBumDOPKMQx-iELL11W9s/revoked1"


@pytest.fixture
def restored(folder: Folder, tmp_path: Path) -> Folder:
    """A copy of `staged/` was taken; then a pass of every kind was revoked and published, and now the copy is back."""
    status_lists.create(folder, "permits", 0, NOW)
    revoked.create(folder, "health", NOW)
    publish.publish(folder, vault(folder), NOW + 1)
    shutil.copytree(folder.staged, tmp_path / "copy")
    status_lists.change(folder, "permits", 0, [17], 1, "stolen", NOW + 2)
    revoked.revoke(folder, "health", [UVCI], NOW + 2, why="forged", before=None)
    revoked.revoke(folder, "health", [RID], NOW + 2, kind="shc-rid", why="forged", before=NOW)
    revoked.block(folder, PASS_ID, "at two gates", None, NOW + 2)
    publish.publish(folder, vault(folder), NOW + 3)
    shutil.rmtree(folder.staged)
    shutil.copytree(tmp_path / "copy", folder.staged)
    return folder


def test_an_old_copy_of_what_is_staged_takes_no_published_revocation_back(restored: Folder) -> None:
    with pytest.raises(Refused) as refused:
        publish.publish(restored, vault(restored), NOW + 4)
    assert "6 entries of published revocations" in str(refused.value)
    assert all(one in str(refused.value) for one in ("permits/0/17", PASS_ID, "health: 4"))
    assert "--confirm" in refused.value.hint
    assert any("permits/0/17" in one for one in forecast.look(restored, NOW + 4).problems)


def test_what_an_old_copy_forgot_can_be_revoked_again_and_then_published(restored: Folder) -> None:
    status_lists.change(restored, "permits", 0, [17], 1, "again", NOW + 4)
    revoked.revoke(restored, "health", [UVCI], NOW + 4, why="again", before=None)
    revoked.revoke(restored, "health", [RID], NOW + 4, kind="shc-rid", why="again", before=NOW)
    with pytest.raises(Refused, match="1 entry of published revocations"):
        publish.publish(restored, vault(restored), NOW + 5)
    revoked.block(restored, PASS_ID, "again", None, NOW + 5)
    publish.publish(restored, vault(restored), NOW + 6)


def test_a_person_may_let_them_go_and_that_is_on_record(restored: Folder) -> None:
    report = publish.publish(restored, vault(restored), NOW + 4, confirm=True)
    assert report.let_go == [f"blocks: 1 ({PASS_ID})", "health: 4", "permits/0: 1 (permits/0/17)"]
    assert audit.last(restored.audit, 1)[0]["facts"]["let_go"] == report.let_go
    assert publish.publish(restored, vault(restored), NOW + 5).let_go == []


def test_what_was_taken_back_on_record_is_published_also_after_ticks_and_a_rotation(folder: Folder) -> None:
    status_lists.create(folder, "permits", 0, NOW)
    status_lists.change(folder, "permits", 0, [17], 1, "stolen", NOW)
    revoked.revoke(folder, "health", [UVCI], NOW, why="forged", before=None)
    revoked.revoke(folder, "health", [RID], NOW, kind="shc-rid", why="forged", before=NOW)
    revoked.block(folder, PASS_ID, "at two gates", None, NOW)
    publish.publish(folder, vault(folder), NOW + 1)
    status_lists.change(folder, "permits", 0, [17], 0, "found", NOW + 2)
    revoked.unrevoke(folder, "health", [UVCI], NOW + 2, why="an error")
    revoked.unrevoke(folder, "health", [RID], NOW + 2, kind="shc-rid", why="an error")
    revoked.unblock(folder, PASS_ID, "one person", NOW + 2)
    publish.tick(folder, vault(folder), NOW + 3)
    rotation.rotate(folder, vault(folder), rotation.Change("revocation"), NOW + 4)
    assert publish.publish(folder, vault(folder), NOW + 5).let_go == []


def test_taking_one_pass_back_does_not_cover_for_another_that_was_forgotten(restored: Folder) -> None:
    revoked.revoke(restored, "health", [UVCI], NOW + 4, why="again", before=None)
    revoked.unrevoke(restored, "health", [UVCI], NOW + 4, why="an error")
    status_lists.change(restored, "permits", 0, [18], 1, "stolen", NOW + 4)
    status_lists.change(restored, "permits", 0, [18], 0, "found", NOW + 4)
    with pytest.raises(Refused, match="permits/0/17"):
        publish.publish(restored, vault(restored), NOW + 5)


def test_an_imported_list_may_lose_what_its_publisher_no_longer_names(folder: Folder) -> None:
    def load(*ids: str) -> None:
        text = Source("ids.txt", "\n".join(ids).encode())
        revoked.load(folder, "health", [text], NOW, kind="dcc-uci", confirm=True, unsigned="from a stick")

    load(UVCI, UVCI + "1")
    publish.publish(folder, vault(folder), NOW + 1)
    load(UVCI)
    assert publish.publish(folder, vault(folder), NOW + 2).let_go == []


def test_a_block_that_has_ended_may_be_taken_out_by_hand(folder: Folder) -> None:
    revoked.block(folder, PASS_ID, "at two gates", NOW + 60, NOW)
    publish.publish(folder, vault(folder), NOW + 1)
    (folder.staged / "revocation" / "blocks.jsonl").write_bytes(b"")
    with pytest.raises(Refused, match=PASS_ID):
        publish.publish(folder, vault(folder), NOW + 2)
    assert publish.publish(folder, vault(folder), NOW + 61).let_go == []


def test_a_published_status_list_cannot_vanish_while_its_name_stays(folder: Folder) -> None:
    status_lists.create(folder, "permits", 0, NOW)
    status_lists.create(folder, "permits", 1, NOW)
    publish.publish(folder, vault(folder), NOW + 1)
    status_lists.path_of(folder, "permits", 1).unlink()
    with pytest.raises(Refused, match=r"permits/status-1\.tsl is not staged any more"):
        publish.publish(folder, vault(folder), NOW + 2)


def test_ticks_alone_let_revocation_lists_grow_old_and_that_is_said_before_stations_stop(folder: Folder) -> None:
    status_lists.create(folder, "permits", 0, NOW)
    publish.publish(folder, vault(folder), NOW + 1)
    publish.tick(folder, daily(folder), NOW + DAY)
    assert forecast.due(folder, NOW + DAY) == []
    publish.tick(folder, daily(folder), NOW + 3 * DAY)
    (said,) = forecast.due(folder, NOW + 3 * DAY)
    assert said.startswith(
        "list permits is as of 2026-11-20T12:00:01Z, stations stop at its passes on 2026-11-27T12:00:01Z"
    )
    assert "checkpoint authority publish" in said
    assert forecast.look(folder, NOW + 3 * DAY).problems == []
    assert forecast.look(folder, NOW + 3 * DAY).old == [said]
    publish.tick(folder, daily(folder), NOW + 8 * DAY)
    assert any("permits" in one for one in forecast.look(folder, NOW + 8 * DAY).problems)
    publish.publish(folder, daily(folder), NOW + 8 * DAY + 1)
    assert forecast.due(folder, NOW + 8 * DAY + 2) == []


def test_an_imported_list_that_grows_old_is_to_be_imported_again(folder: Folder) -> None:
    revoked.load(folder, "health", [Source("ids.txt", UVCI.encode())], NOW, kind="dcc-uci", unsigned="a stick")
    publish.publish(folder, vault(folder), NOW + 1)
    publish.publish(folder, vault(folder), NOW + 3 * DAY)
    (said,) = forecast.due(folder, NOW + 3 * DAY)
    assert "import-revocations" in said


def test_a_root_that_nears_its_end_is_told_by_every_publish_and_tick(folder: Folder) -> None:
    publish.publish(folder, vault(folder), NOW + 300 * DAY)
    (said,) = forecast.due(folder, NOW + 300 * DAY)
    assert said.startswith("root ends on 2027-11-20")
    assert "rotate root" in said


@pytest.mark.parametrize("act", [publish.publish, publish.tick])
def test_nothing_is_published_under_a_root_that_has_ended_because_no_station_takes_it(
    folder: Folder, tmp_path: Path, act: Callable[..., object]
) -> None:
    now = NOW + 366 * DAY
    with pytest.raises(Refused, match="the root ended on 2027-11-20") as refused:
        act(folder, vault(folder), now)
    assert "rotate root" in refused.value.hint
    with patch.object(sealing, "COST", 16):
        rotation.rotate(folder, vault(folder), rotation.Change("root"), now)
    act(folder, vault(folder), now + 1)


def test_an_act_that_was_written_into_the_record_by_hand_takes_nothing_back(restored: Folder) -> None:
    facts = {"list": "permits", "number": 0, "indexes": [17], "status": 0}
    lines = restored.audit.read_bytes()
    for one in ({"act": "unrevoke", "facts": facts}, {"act": "unblock", "facts": {}}, {"act": "import", "facts": []}):
        restored.audit.write_bytes(lines + json.dumps(one).encode() + b"\n")
        with pytest.raises(Refused, match="permits/0/17"):
            publish.publish(restored, vault(restored), NOW + 4)
        with pytest.raises(Refused, match="is not what was written"):
            publish.publish(restored, vault(restored), NOW + 4, confirm=True)
