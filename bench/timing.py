"""Side-by-side timing in one process: rounds of each candidate in turn, CPU time, medians, ratios to the first."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True)
class Figure:
    """CPU time of one call in microseconds (median over the rounds), and its ratio to the first candidate."""

    name: str
    micros: float
    ratio: float


def compare(candidates: Mapping[str, Callable[[], object]], rounds: int = 25, calls: int = 200) -> list[Figure]:
    """Time `calls` calls of each candidate in turn, `rounds` times; ratios are taken round by round."""
    names = list(candidates)
    times: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            call = candidates[name]
            start = time.process_time()
            for _ in range(calls):
                call()
            times[name].append((time.process_time() - start) / calls * 1e6)
    base = times[names[0]]
    return [
        Figure(name, median(times[name]), median(one / first for one, first in zip(times[name], base, strict=True)))
        for name in names
    ]


def table(title: str, figures: list[Figure], goals: Mapping[str, float] | None = None) -> None:
    """Print the figures, with the goal for the ratio where there is one."""
    print(f"\n{title}\n")
    print(f"| {'what':<52} | {'CPU µs':>9} | {'ratio':>6} | {'goal':>5} |")
    print(f"|{'-' * 54}|{'-' * 10}:|{'-' * 7}:|{'-' * 6}:|")
    for one in figures:
        goal = (goals or {}).get(one.name)
        print(f"| {one.name:<52} | {one.micros:>9.1f} | {one.ratio:>6.2f} | {goal if goal else '':>5} |")
