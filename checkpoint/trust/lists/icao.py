"""ICAO master lists (ICAO 9303-12 section 9): the CAs of passport countries, in CMS signed by who publishes the list.

As DER, as base64 of it, or as the LDIF of the ICAO PKD with any number of lists.
"""

import re

from checkpoint.codec import certificate, cms, der
from checkpoint.codec.certificate import Certificate
from checkpoint.codec.errors import Malformed
from checkpoint.trust.lists import Found, ListRefused, Options
from checkpoint.trust.lists.entries import ANCHOR, add_certificate, base64_bytes

NAME = "icao"
_MASTER_LIST = "2.23.136.1.1.2"
_SIGNING = "2.23.136.1.1.3"  # extended key usage of their signers (ICAO 9303-12)
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # where CMS begins, right behind the first length
_LDIF = re.compile(
    rb"^(?:pkdMasterListContent|CscaMasterListData)::[ \t]*((?:[A-Za-z0-9+/=]+\r?\n[ ]?)+)", re.MULTILINE
)


def matches(data: bytes) -> bool:
    """CMS signed data in DER or base64, or LDIF with master lists."""
    if data[:1] == b"\x30" and _SIGNED_DATA in data[:32]:
        return True
    return b"MasterListContent::" in data or b"CscaMasterListData::" in data or _bare_base64(data)


def _bare_base64(data: bytes) -> bool:
    try:
        return data[:2] == b"MI" and _SIGNED_DATA in base64_bytes(data[:64].decode("ascii"))
    except (Malformed, UnicodeDecodeError):
        return False


def read(data: bytes, options: Options) -> Found:
    """The CAs of every list in `data`; raises ListRefused where one is not signed under a pinned anchor."""
    if not options.anchors:
        hint = "give the publisher's CSCA or master list signer with --anchor"
        raise ListRefused("a master list is signed, and no anchor says by whom", hint)
    found = Found()
    signers = []
    try:
        for one in _lists(data):
            signed = cms.split(one)
            if signed.content_type != _MASTER_LIST or signed.content is None:
                raise Malformed("not a master list")
            signer = cms.verify(signed, options.anchors)
            if signer.spki not in options.anchors:
                _check_use(signer)
            signers.append(signer.name)
            for _, _, whole in der.children(_certificates(signed.content)):
                _add(found, whole, options)
    except Malformed as error:
        raise ListRefused(f"the signature of this list does not hold: {error}", "is it the right --anchor?") from None
    found.signed_by = "; ".join(sorted(set(signers)))
    return found


def _lists(data: bytes) -> list[bytes]:
    if data[:1] == b"\x30":
        return [data]
    bodies = _LDIF.findall(data) or [data]
    return [base64_bytes(body.decode("ascii", "replace")) for body in bodies]


def _check_use(signer: Certificate) -> None:
    """Refuse a certificate that is for something else: a state's CA issues those who seal visas and passports as well.

    One that states no use at all is taken: the signer of ICAO's own health list has none.
    """
    other = signer.usages and _SIGNING not in signer.usages
    if other or certificate.document_types(signer.der) is not None:
        raise Malformed("its signer's certificate is for another use")


def _certificates(content: bytes) -> bytes:
    """The content of certList in CscaMasterList ::= SEQUENCE { version, certList SET OF Certificate }."""
    fields = list(der.children(der.content(content, der.SEQUENCE)))
    if len(fields) != 2 or fields[1][0] != der.SET:
        raise Malformed("master list")
    return fields[1][1]


def _add(found: Found, data: bytes, options: Options) -> None:
    add_certificate(found, data, options, format=ANCHOR)
