"""From the shell to the answer: CPU time of `checkpoint verify TEXT` as a ratio to `python -c pass`, pair by pair.

    python -m bench.startup [--quick]

A script calls it once per person; the limit is the interpreter's own start.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from checkpoint.demo import render
from checkpoint.store import pins
from tests.issuer import Issuer, claimset

KEYS = 3000


def cpu(command: list[str], home: Path) -> float:
    """User and system seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    environment = {**os.environ, "CHECKPOINT_HOME": str(home)}
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    runs = 5 if "--quick" in sys.argv else 31
    script = Path(sys.executable).with_name("checkpoint")  # what a user runs; it spares the search for the module
    program = [str(script)] if script.exists() else [sys.executable, "-m", "checkpoint"]
    with tempfile.TemporaryDirectory() as folder:
        one, many = Path(folder) / "one", Path(folder) / "many"
        issuer = Issuer()
        text = issuer.issue(claimset(exp=4_000_000_000))
        pins.add_issuers(one / "keys", [issuer.record])
        spki = issuer.record.spki
        fillers = [
            issuer.record._replace(kid=f"{number:011}=", spki=spki[:-4] + number.to_bytes(4, "big"))
            for number in range(KEYS - 1)
        ]
        pins.add_issuers(many / "keys", [issuer.record, *fillers])
        picture = Path(folder) / "pass.png"
        picture.write_bytes(render(text))
        commands = {
            "python -c pass": ([sys.executable, "-c", "pass"], one),
            "verify TEXT --json, 1 pinned key": ([*program, "verify", "--json", text], one),
            f"verify TEXT --json, {KEYS} pinned keys": ([*program, "verify", "--json", text], many),
            "verify TEXT, words, 1 pinned key": ([*program, "verify", text], one),
            "verify PICTURE --json": ([*program, "verify", "--json", str(picture)], one),
            "--version (typer)": ([*program, "--version"], one),
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(runs + 1):
            for name, (command, home) in commands.items():
                times[name].append(cpu(command, home))
    print(f"\nStart to answer, {runs} runs each in turn (goal with pinned keys: under 6)\n")
    print(f"| {'command':<40} | {'CPU ms':>7} | {'ratio':>6} |")
    print(f"|{'-' * 42}|{'-' * 8}:|{'-' * 7}:|")
    base = times["python -c pass"][1:]
    for name, found in times.items():
        ratio = median(one / first for one, first in zip(found[1:], base, strict=True))
        print(f"| {name:<40} | {median(found[1:]) * 1000:>7.1f} | {ratio:>6.2f} |")


if __name__ == "__main__":
    main()
