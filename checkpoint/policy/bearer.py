"""The built-in policy for doors where a ticket is enough: as `authentic`, but whoever brings a ticket may use it."""

from checkpoint.model import Policy

BEARER = Policy("bearer", "1", holder_check="none", bearer=frozenset({"ticket"}))
