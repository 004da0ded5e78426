"""The built-in policy: a good signature by a trusted issuer allowed to sign this, in date, not known to be revoked."""

from checkpoint.model import Policy

AUTHENTIC = Policy("authentic", "1")
GRANT = "pass"
