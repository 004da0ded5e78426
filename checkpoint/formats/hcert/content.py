"""What the payloads inside an HCERT share: the shape they are read into, and strict readers of single fields."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Protocol

from checkpoint.codec.errors import Malformed
from checkpoint.model import Credential, Note, Subject

MOST = 1000  # of anything that is counted: doses
EPOCH_LIMIT = 253402300800.0  # the year 10000: no certificate means a time beyond
# What issuers write where the specification wants a country: RFC 8392 leaves iss free, HCERT 1.1 s. 3.3.3 does not.
ALIASES = {"EL": "GR", "UK": "GB", "CNAM": "FR", "CH BAG": "CH"}
_ALPHA_2 = re.compile(r"[A-Z]{2}\Z")
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?\Z", re.ASCII)


class Content(Protocol):
    """One certificate whose fields were checked; the rest is built when somebody looks."""

    @property
    def raw(self) -> Any:
        """The decoded content as it stands, for policies."""

    @property
    def kinds(self) -> frozenset[str]:
        """What kinds of statement it makes."""

    @property
    def warnings(self) -> tuple[Note, ...]:
        """What is odd about it and not held against it."""

    @property
    def period(self) -> tuple[float | None, float | None]:
        """(first, last) second that the certificate itself allows, since 1970 UTC; None where it sets no bound."""

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """(id that revocation lists hash, country of the entry) of each entry."""

    @property
    def subject(self) -> Subject:
        """The holder."""

    @property
    def credentials(self) -> tuple[Credential, ...]:
        """What is stated of the holder."""


@lru_cache(maxsize=512)
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
    """The last second of a full date in UTC: a date counts whole."""
    return (datetime.fromisoformat(value).replace(tzinfo=UTC) + timedelta(days=1, seconds=-1)).timestamp()
