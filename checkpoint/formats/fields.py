"""What the formats share: strict readers of single fields of decoded, signed content."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.model import Claims, Days

MOST = 1000  # of anything that is counted: doses
EPOCH_LIMIT = 253402300800.0  # the year 10000: no certificate means a time beyond
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z", re.ASCII)


def number(claims: Mapping[Any, Any], key: Any, what: str, limit: float = EPOCH_LIMIT) -> float | None:
    """A NumericDate (RFC 8392 section 2), None where absent; raises Malformed for NaN, booleans and the rest."""
    value = claims.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < limit:
        raise Malformed(what)
    return float(value)


def text(fields: Mapping[Any, Any], key: str, where: str, required: bool = False) -> str:
    """A text field, "" where absent or null; raises Malformed for another type, or where it must stand."""
    value = fields.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str):
        raise Malformed(f"{where}.{key}")
    return value


def whole(fields: Mapping[Any, Any], key: str, where: str) -> int:
    """A count of 0 or more, also where it is written as a float without a fraction; raises Malformed."""
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < MOST or value != int(value):
        raise Malformed(f"{where}.{key}")
    return int(value)


@lru_cache(maxsize=4096)
def birth_date(value: str, where: str) -> str:
    """A date of birth at the precision stated; a part may be 00 or absent (DCC schema 1.3), a time is cut off."""
    stated = value.partition("T")[0]
    if stated and not _PARTIAL_DATE.match(stated):
        raise Malformed(where)
    return stated


@lru_cache(maxsize=2048)
def full_date(value: str, where: str) -> str:
    """A calendar date as YYYY-MM-DD, the time of a date-time cut off; raises Malformed."""
    stated = value.partition("T")[0]
    try:
        if stated[4:8:3] != "--":  # Python also reads 20220118 and 2022-W03-2, which RFC 3339 section 5.6 does not
            raise Malformed(where)
        return date.fromisoformat(stated).isoformat()
    except ValueError:
        raise Malformed(where) from None


def moment(value: Any, where: str) -> str:
    """A date-time (RFC 3339), or the seconds of a CBOR epoch date, as RFC 3339 text; without a zone it is UTC."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).isoformat()
        if isinstance(value, float):
            return datetime.fromtimestamp(value, UTC).isoformat()
    except (ValueError, OverflowError):
        raise Malformed(where) from None
    raise Malformed(where)


# A document does not say in which zone its days are: each counts from when it begins first, at UTC+14, to when it ends
# last, at UTC-12. It may so count 14 hours early and 12 late, and nobody is turned away on a day that it names.
FIRST_ZONE, LAST_ZONE = 14 * 3600.0, 12 * 3600.0


def in_days(claims: Claims, issued: str = "", begins: str = "", ends: str = "") -> Claims:
    """`claims` of a pass that states these calendar days (ISO dates, "" where it does not), the only home of the rule.

    Moments that bound the pass already stay bounds: the narrower counts.
    """
    start, end = claims.valid_from, claims.valid_until
    first = begins if begins and (start is None or day_start(begins) > start) else ""
    last = ends if ends and (end is None or day_end(ends) < end) else ""
    starts = [start] if start is not None else []
    stops = [end] if end is not None else []
    days = Days(
        issued=issued,
        first=first,
        last=last,
        issued_from=day_start(issued) - FIRST_ZONE if issued else None,
        begins=max([*starts, day_start(begins) - FIRST_ZONE]) if begins else None,
        ends=min([*stops, day_end(ends) + LAST_ZONE]) if ends else None,
    )
    return claims._replace(
        issued_at=day_start(issued) if issued else claims.issued_at,
        valid_from=day_start(first) if first else start,
        valid_until=day_end(last) if last else end,
        days=days,
    )


def day_start(value: str) -> float:
    """The first second of a full date in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()


def day_end(value: str) -> float:
    """The last second of a full date in UTC: a date counts whole."""
    return (datetime.fromisoformat(value).replace(tzinfo=UTC) + timedelta(days=1, seconds=-1)).timestamp()
