"""Sync again and again beside the door: one long sleep between two, never in step with others."""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from checkpoint.sync.report import Report

_LOG = logging.getLogger(__name__)
EVERY = 900.0  # seconds between two syncs that work
FIRST_RETRY = 30.0  # seconds after the first failure, then twice as long each time
JITTER = 0.2  # of every pause, so that a hundred stations switched on together do not ask together


@dataclass(slots=True)
class Pace:
    """When to ask next. Failures back off from FIRST_RETRY up to the pace of success."""

    every: float = EVERY
    failures: int = 0
    random: Callable[[], float] = random.random

    def pause(self, done: bool) -> float:
        """Seconds until the next sync after one that was `done` or not."""
        self.failures = 0 if done else self.failures + 1
        base = self.every if done else min(self.every, FIRST_RETRY * 2.0 ** min(self.failures - 1, 20))
        return base * (1 - JITTER + 2 * JITTER * self.random())


def watch(
    once: Callable[[], Report],
    told: Callable[[Report, float], None],
    pace: Pace,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run `once` for ever, tell how each went and in how many seconds the next one comes. Ends by KeyboardInterrupt.

    Nothing wakes up in between: no timer, no thread, no open connection.
    """
    while True:
        report = once()
        pause = pace.pause(report.done)
        told(report, pause)
        sleep(pause)
