"""The certificate chain that a key of SMART Health Cards may carry (RFC 7517 section 4.7; framework 1.4, "X.509")."""

from itertools import pairwise
from typing import Any

from checkpoint.codec import certificate, issued
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists.entries import base64_bytes

MAX_CHAIN = 8  # certificates


class NotNamed(Malformed):
    """The chain holds, and its first certificate names another issuer, or none: it says nothing of this one."""


def dates(chain: Any, spki: bytes, issuer: str) -> dict[str, float]:
    """`not_before` and `not_after` of the key, as its certificate states them.

    Raises Malformed where the chain does not hold or is of another key, NotNamed where it does not name `issuer`.
    """
    if not isinstance(chain, list) or not 0 < len(chain) <= MAX_CHAIN:
        raise Malformed("x5c")
    data = [base64_bytes(one) for one in chain]
    signer = certificate.read(data[0])
    if signer.spki != spki:
        raise Malformed("x5c: the certificate holds another key")
    if not all(issued.issued_by(one, certificate.read(above).spki) for one, above in pairwise(data)):
        raise Malformed("x5c: the chain does not hold")
    if issuer not in certificate.addresses(data[0]):
        raise NotNamed("x5c: the certificate does not name the issuer's address")
    return {"not_before": signer.not_before, "not_after": signer.not_after}
