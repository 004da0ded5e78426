"""Kill -9 at random instants of the authority's own acts: what is served holds, and the next act goes on.

    python -m bench.kill_publish [--rounds N] [--seed N]

Each round stages a block and a revocation, publishes or ticks or rotates, killed on the way or not, and a station syncs
what is there then. Ends with code 1 at the first wrong thing.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from unittest.mock import patch

from authority_folder import authority

from bench.kill_sync import killed
from checkpoint.authority import audit, forecast, publish, repository, revoked, rotation
from checkpoint.authority.folder import Folder
from checkpoint.authority.vault import Vault
from checkpoint.codec import sealing
from checkpoint.store import enrolment, mark
from checkpoint.store.load import load_trust
from checkpoint.sync.run import sync

ROUNDS = 300


def act(folder: Folder, vault: Vault, number: int) -> None:
    """Decide something and publish it: what an admin and cron do in a day."""
    now = time.time()
    revoked.block(folder, f"hcert-{number:032x}", "round", None, now)
    revoked.revoke(folder, "eu", [f"{number:032x}"], now, kind="dcc-sig", why="round", before=None)
    if number % 10 == 0:
        with patch.object(sealing, "COST", 16):
            rotation.rotate(folder, vault, rotation.Change("online"), now)
    elif number % 3 == 0:
        publish.tick(folder, vault, now)
    else:
        publish.publish(folder, vault, now)


def check(folder: Folder, home: Path, before: int) -> int:
    """What is served holds, and a station takes it without a step back; gives the timestamp's version."""
    repository.read(folder)
    problems = forecast.look(folder, time.time()).problems
    report = sync(home)
    found = mark.read(home)
    broken = audit.read(folder.audit).broken
    if problems or broken or not report.done or load_trust(home).problem or found is None or found.timestamp < before:
        raise SystemExit(f"WRONG: {problems} {broken} {report} {found} after {before}")
    return found.timestamp


def rounds(folder: Folder, vault: Vault, home: Path, count: int, chance: random.Random) -> Counter[str]:
    tally, takes, where = Counter[str](), 0.1, 0
    for number in range(1, count + 1):
        started = time.perf_counter()
        if killed(lambda number=number: act(folder, vault, number), chance.uniform(0, 1.3 * takes)):
            tally["killed"] += 1
        else:
            tally["ended"] += 1
            takes = 0.8 * takes + 0.2 * (time.perf_counter() - started)
        where = check(folder, home, where)
        # A rotation leaves keys that only its own process had open.
        vault.entries |= Vault([folder.keys], vault._passphrases).entries
        if chance.random() < 0.3:
            publish.publish(folder, vault, time.time())
            tally["whole publishes between"] += 1
            where = check(folder, home, where)
    return tally


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seed", type=int, default=int(time.time()))
    asked = options.parse_args()
    print(f"{asked.rounds} rounds, seed {asked.seed}")
    with tempfile.TemporaryDirectory() as place:
        folder, vault = authority(Path(place) / "authority", now=time.time() - 60)
        home = Path(place) / "home"
        root = folder.first_root.read_bytes()
        enrolment.enrol(home, root, enrolment.fingerprint(root), [str(folder.root / "repository")])
        tally = rounds(folder, vault, home, asked.rounds, random.Random(asked.seed))
    print(", ".join(f"{name}: {number}" for name, number in sorted(tally.items())))
    print("bad states: 0, steps back: 0")


if __name__ == "__main__":
    main()
