"""How old may what a station knows be: a signed table of ages, read from `policy/station.json`."""

from collections.abc import Mapping
from enum import Enum, unique
from types import MappingProxyType
from typing import Any, NamedTuple

from checkpoint.codec import json_strict
from checkpoint.codec.errors import Malformed

_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86400.0}
MAX_AGE_DIGITS = 5
MAX_LISTS = 256  # rows of the table
VERSION = 1
POLICIES = ("authentic", "bearer")  # ids of the policies that stations of this version can judge by


@unique
class Light(Enum):
    """What an age means: GREEN nothing, AMBER a notice beside the verdict, STOP no verdict."""

    GREEN = "green"
    AMBER = "amber"
    STOP = "stop"


class Limits(NamedTuple):
    """From which age on, in seconds, something is amber, and from which it stops the station."""

    amber: float = 48 * 3600.0
    stop: float = 7 * 86400.0

    def light(self, as_of: float, now: float) -> Light:
        """What it means that something was true at `as_of`; a time that has not come yet is the clock's affair."""
        age = now - as_of
        return Light.STOP if age >= self.stop else Light.AMBER if age >= self.amber else Light.GREEN


class StationPolicy(NamedTuple):
    """What the authority's signed policy lets a station do; the defaults hold where it says nothing."""

    keys: Limits = Limits()
    revocation: Limits = Limits()
    lists: Mapping[str, Limits] = MappingProxyType({})
    local_pins: bool = False
    policy: str = "authentic"

    def of_list(self, source: str) -> Limits:
        """The row for the revocation list `source`."""
        return self.lists.get(source, self.revocation)


DEFAULTS = StationPolicy()


def parse(data: bytes) -> StationPolicy:
    """The table in `policy/station.json`; raises Malformed for whatever it does not understand in what it must read."""
    found = json_strict.loads(data)
    if not isinstance(found, dict) or found.get("version") != VERSION:
        raise Malformed("station policy: version")
    table, lists = found.get("freshness", {}), found.get("lists", {})
    leave, policy = found.get("local_pins", False), found.get("policy", "authentic")
    if not (isinstance(table, dict) and isinstance(lists, dict) and len(lists) <= MAX_LISTS):
        raise Malformed("station policy: table")
    if not isinstance(leave, bool):
        raise Malformed("station policy: local_pins")
    if policy not in POLICIES:  # judging by another than the signed one would be a decision of nobody's
        raise Malformed("station policy: a policy that this version does not have")
    keys, revocation = _limits(table.get("keys"), Limits()), _limits(table.get("revocation"), Limits())
    rows = {name: _limits(row, revocation) for name, row in lists.items()}
    return StationPolicy(keys, revocation, rows, leave, policy)


def _limits(row: Any, otherwise: Limits) -> Limits:
    if row is None:
        return otherwise
    if not isinstance(row, dict):
        raise Malformed("station policy: row")
    limits = Limits(_age(row.get("amber"), otherwise.amber), _age(row.get("stop"), otherwise.stop))
    if limits.amber > limits.stop:
        raise Malformed("station policy: amber after stop")
    return limits


def _age(text: Any, otherwise: float) -> float:
    if text is None:
        return otherwise
    count, unit = (text[:-1], text[-1:]) if isinstance(text, str) and text.isascii() else ("", "")
    if not count.isdigit() or count.startswith("0") or len(count) > MAX_AGE_DIGITS or unit not in _SECONDS:
        raise Malformed("station policy: age")
    return int(count) * _SECONDS[unit]
