"""What the payloads inside an HCERT share: the shape they are read into, and the countries that issuers name."""

import re
from functools import lru_cache
from typing import Any, Protocol

from checkpoint.model import Credential, Note, Subject

# What issuers write where the specification wants a country: RFC 8392 leaves iss free, HCERT 1.1 s. 3.3.3 does not.
ALIASES = {"EL": "GR", "UK": "GB", "CNAM": "FR", "CH BAG": "CH"}
_ALPHA_2 = re.compile(r"[A-Z]{2}\Z")


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
    def period(self) -> tuple[str, str]:
        """(first, last) day that the certificate itself allows, as ISO dates; "" where it sets no bound."""

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
