"""Bad days at the authority: keys in a safe, a restored copy, a wrong clock. Nobody is let in again, nor locked out."""

from pathlib import Path

import pytest
from authority_folder import DAY, NOW, PASSPHRASE, authority, fetched, vault

from checkpoint.authority import Refused, publish, revoked
from checkpoint.authority.folder import Folder
from checkpoint.authority.vault import Vault

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
