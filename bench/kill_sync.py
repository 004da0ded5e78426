"""Kill -9 at random instants of sync and publish: no bad state, no step back, scanning works throughout.

    python -m bench.kill_sync [--rounds N] [--seed N]

Each round publishes a new state and syncs it; either, both or none are killed on the way. A scanner beside them opens
the station, judges a pass, and takes new trust whenever there is some. Ends with code 1 at the first wrong thing.
"""

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from enrolled import Site, make

from checkpoint import Verifier
from checkpoint.store import generations, mark
from checkpoint.store.load import load_trust
from checkpoint.trust import hash_delta
from checkpoint.trust.hash_build import build
from checkpoint.trust.hash_file import HashFile

ROUNDS = 400
LIST = "vn-dcc"
KEYS = 20_000
FINE = {"ok", "blocked"}


def forked(work: Callable[[], object]) -> int:
    """Run `work` in a process of its own; gives its id."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os._exit(0)
    return pid


def killed(work: Callable[[], object], after: float) -> bool:
    """Run `work` in a process of its own and kill it after so many seconds; gives whether that was before its end."""
    pid = forked(work)
    time.sleep(after)
    if os.waitpid(pid, os.WNOHANG)[0]:
        return False
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


class Growing:
    """A repository that changes every round: a longer list by delta, a base now and then, blocks, keys."""

    def __init__(self, site: Site, chance: random.Random) -> None:
        self.repo, self.record, self.chance = site.repo, site.record, chance
        self.keys = [chance.randbytes(16) for _ in range(KEYS)]
        self.version, self.data = 0, b""
        self.repo.issuers([site.record._replace(revocation=LIST).line()])
        self.grow()

    def grow(self) -> None:
        """The next state, not published yet."""
        old, before = self.data, self.version
        self.keys += [self.chance.randbytes(16) for _ in range(50)]
        out = io.BytesIO()
        build(self.keys, out)
        self.data, self.version = out.getvalue(), before + 1
        about = {"head": opened(self.data).head_sha256, "as_of": self.repo.now.strftime("%Y-%m-%dT%H:%M:%SZ")}
        if before % 7 == 0:
            for path in [path for path in self.repo.targets if LIST in path]:
                self.repo.remove(path)
            self.repo.add(f"revocation/{LIST}/base-{self.version}.ckrv", self.data, version=self.version, **about)
        else:
            delta = hash_delta.make(opened(old), opened(self.data), before, self.version)
            about |= {"from": before, "to": self.version, "result": sha256(self.data).hexdigest()}
            self.repo.add(f"revocation/{LIST}/delta-{before}-{self.version}.ckrd", delta, **about)
        self.repo.blocks({"pass_id": f"hcert-{self.chance.randbytes(16).hex()}", "why": str(self.version)})

    def publish(self) -> None:
        """Ed25519 gives the same bytes again: what a kill left half-done is finished by doing it anew."""
        self.repo.publish()


def opened(data: bytes) -> HashFile:
    return HashFile(lambda size, at: data[at : at + size], len(data), None)


def scan(site: Site, stop: Path, out: Path) -> None:
    """Judge the pass again and again; write down anything that is not fine."""
    verifier, count, loads = Verifier.open(site.home), 0, 0
    while not stop.exists():
        reason = verifier.verify(site.text).reason.word
        fresh = Verifier.open(site.home).verify(site.text).reason.word if count % 5 == 0 else reason
        if not {reason, fresh} <= FINE:
            out.write_text(f"bad: {reason}, {fresh} after {count}")
            return
        if verifier.changed():
            verifier.reload()
            loads += 1
        count += 1
        time.sleep(0.002)
    out.write_text(f"{count} passes judged, new trust taken {loads} times")


def check(site: Site, before: tuple[int, int]) -> tuple[int, int]:
    """Where the station stands; stops everything where that is bad, or behind `before`."""
    trust, found = load_trust(site.home), mark.read(site.home)
    number = generations.current(site.home / "cache") or 0
    if trust.problem is not None or found is None:
        raise SystemExit(f"BAD STATE: {trust.problem} {trust.problem_note}")
    now = number, found.timestamp
    if now < before or found.timestamp < before[1]:
        raise SystemExit(f"STEP BACK: {before} -> {now}")
    return now


def rounds(site: Site, count: int, chance: random.Random) -> Counter[str]:
    growing, tally = Growing(site, chance), Counter[str]()
    where, sync_takes, publish_takes = (0, 0), 0.15, 0.03
    for _ in range(count):
        growing.grow()
        if killed(growing.publish, chance.uniform(0, 1.3 * publish_takes)):
            tally["publish killed"] += 1
        if chance.random() < 0.5:  # what a killed publish left behind is synced as it is
            growing.publish()
        started = time.perf_counter()
        if killed(site.sync, chance.uniform(0, 1.3 * sync_takes)):
            tally["sync killed"] += 1
        else:
            tally["sync ended"] += 1
            sync_takes = 0.8 * sync_takes + 0.2 * (time.perf_counter() - started)
        where = check(site, where)
        growing.publish()
        if chance.random() < 0.3:
            report = site.sync()
            if not report.done:
                raise SystemExit(f"NO RECOVERY: {report}")
            tally["whole syncs between"] += 1
            where = check(site, where)
    return tally


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rounds", type=int, default=ROUNDS)
    options.add_argument("--seed", type=int, default=int(time.time()))
    asked = options.parse_args()
    print(f"{asked.rounds} rounds, seed {asked.seed}")
    with tempfile.TemporaryDirectory() as folder:
        site = make(Path(folder))
        site.enrol()
        if not site.sync().done:
            raise SystemExit("the first sync failed")
        stop, out = Path(folder) / "stop", Path(folder) / "scanned"
        scanner = forked(lambda: scan(site, stop, out))
        try:
            tally = rounds(site, asked.rounds, random.Random(asked.seed))
        finally:
            stop.touch()
            os.waitpid(scanner, 0)
        told = out.read_text() if out.exists() else "the scanner died"
    print(", ".join(f"{name}: {number}" for name, number in sorted(tally.items())))
    print(f"scanner: {told}")
    if not told.endswith("times"):
        sys.exit(1)
    print("bad states: 0, steps back: 0")


if __name__ == "__main__":
    main()
