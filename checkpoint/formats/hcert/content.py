"""What the payloads inside an HCERT share: the shape they are read into, and strict readers of single fields."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from checkpoint.codec.errors import Malformed
from checkpoint.model import Credential, Note, Subject

EPOCH_LIMIT = 253402300800.0  # the year 10000: no certificate means a time beyond
# What issuers write where the specification wants a country: RFC 8392 leaves iss free, HCERT 1.1 s. 3.3.3 does not.
ALIASES = {"EL": "GR", "UK": "GB", "CNAM": "FR", "CH BAG": "CH"}
_ALPHA_2 = re.compile(r"[A-Z]{2}\Z")
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Content:
    """One certificate as read. Times are seconds since 1970 UTC."""

    subject: Subject
    credentials: tuple[Credential, ...]
    kinds: frozenset[str]
    ids: tuple[str, ...]
    warnings: tuple[Note, ...] = ()
    valid_from: float | None = None
    valid_until: float | None = None
    raw: Any = None


def country_of(issuer: str) -> str:
    """The country an `iss` names, alpha-2, "" where it names something else."""
    if _ALPHA_2.match(issuer):
        return ALIASES.get(issuer, issuer)
    return ALIASES.get(issuer.upper(), "")


def number(claims: Mapping[Any, Any], key: Any, what: str) -> float | None:
    """A NumericDate (RFC 8392 section 2), None where absent; raises Malformed for NaN, booleans and the rest."""
    value = claims.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < EPOCH_LIMIT:
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
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise Malformed(f"{where}.{key}")
    if value != int(value) or not 0 <= value < 1000:
        raise Malformed(f"{where}.{key}")
    return int(value)


def birth_date(value: str, where: str) -> str:
    """A date of birth at the precision stated; a part may be 00 or absent (DCC schema 1.3), a time is cut off."""
    stated = value.partition("T")[0]
    if stated and not _PARTIAL_DATE.match(stated):
        raise Malformed(where)
    return stated


def full_date(value: str, where: str) -> str:
    """A calendar date as YYYY-MM-DD, the time of a date-time cut off; raises Malformed."""
    try:
        return date.fromisoformat(value.partition("T")[0]).isoformat()
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
    except ValueError:
        raise Malformed(where) from None
    raise Malformed(where)


def day_start(value: str) -> float:
    """The first second of a full date in UTC."""
    return datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp()


def day_end(value: str) -> float:
    """The first second behind a full date in UTC: a date counts whole."""
    return (datetime.fromisoformat(value).replace(tzinfo=UTC) + timedelta(days=1)).timestamp()
