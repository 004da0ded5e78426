"""A certificate revocation list (RFC 5280), DER or PEM: the signers' certificates that a state took back."""

import re

from checkpoint.codec import crl
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists.entries import base64_bytes
from checkpoint.trust.revocation import Crl
from checkpoint.trust.revocations import Found, ListRefused, Options, ids

NAME = "crl"
_PEM = re.compile(rb"-----BEGIN X509 CRL-----([^-]*)-----END X509 CRL-----")
MAX_BLOCKS = 300  # lists in one PEM file: more than there are states


def matches(data: bytes) -> bool:
    """A PEM block of that name, or a DER SEQUENCE at the start: no list is so short that its length has one byte."""
    return _is_der(data) or b"-----BEGIN X509 CRL-----" in data


def _is_der(data: bytes) -> bool:
    return data[:1] == b"\x30" and data[1:2] > b"\x80"


def read(data: bytes, options: Options) -> Found:
    """The certificates that every list in `data` names; raises ListRefused where no trusted CA signed it."""
    found = Found()
    for one in _lists(data):
        try:
            taken = crl.split(one)
            ca, dates = ids.authority(taken.issuer), Crl(taken.name, taken.this_update, taken.next_update)
        except Malformed as error:
            raise ListRefused(f"crl_malformed: {error}") from None
        if not any(taken.is_by(key) for key in options.authorities(taken.issuer)):
            raise ListRefused("no CA that is trusted here signed this list", "import the certificate of its CA first")
        found.add(ids.certificate(taken.issuer, serial) for serial in taken.serials)
        known = found.crls.get(ca, dates)
        found.crls[ca] = max(known, dates, key=lambda one: one.this_update)
    return found


def _lists(data: bytes) -> list[bytes]:
    if _is_der(data):
        return [data]
    try:
        found = [base64_bytes(body.decode("ascii", "replace")) for body in _PEM.findall(data)]
    except Malformed as error:
        raise ListRefused(f"crl_malformed: {error}") from None
    if not 0 < len(found) <= MAX_BLOCKS:
        raise ListRefused("crl_malformed: the PEM block is cut off")
    return found
