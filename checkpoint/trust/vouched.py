"""The certificate inside a pass: whose key it is where this station trusts it, or trusts the CA that issued it."""

from functools import lru_cache

from checkpoint.model import Key, Signer
from checkpoint.trust.revocations import ids
from checkpoint.trust.snapshot import IssuerSet

MAX_ISSUERS_TRIED = 16  # CA keys of one name: a bound on work, about 2 ms; a country keeps a handful


@lru_cache(maxsize=256)
def _issued_by(certificate: bytes, spki: bytes) -> bool:
    """A signer's certificate comes with every pass it signs: whether it was issued by a key never changes."""
    from checkpoint.codec import issued  # certificates cost 20 ms to import, which other passes need not pay

    return issued.issued_by(certificate, spki)


def keys(signer: Signer, format: str, issuers: IssuerSet) -> tuple[Key, ...]:
    """The trusted keys that `signer` is: pinned itself, or issued by a trusted CA of its country; () for a stranger.

    Raises IssuersDamaged. The certificate proves nothing by itself; what it says of its use holds where it counts.
    """
    pinned = tuple(_completed(key, signer) for key in issuers.find(format, signer.kid) if key.spki == signer.spki)
    found = pinned or _issued(signer, format, issuers)
    return tuple(key._replace(revoked=True) if issuers.distrusts(key) else key for key in found)


def _completed(key: Key, signer: Signer) -> Key:
    """A pinned key with what its certificate says and its pin does not."""
    kinds = (signer.kinds or None) if key.kinds is None else key.kinds
    return key._replace(kinds=kinds, certificate_issuer=key.certificate_issuer or ids.authority(signer.issuer))


def _issued(signer: Signer, format: str, issuers: IssuerSet) -> tuple[Key, ...]:
    above = [
        one
        for one in issuers.issuing(signer.issuer)[:MAX_ISSUERS_TRIED]
        if _same_country(signer, one) and _issued_by(signer.certificate, one.spki)
    ]
    # The same CA key may stand in several certificates (ICAO 9303-12, link certificates): the one that lasts longest.
    above.sort(key=lambda one: (one.revoked, one.not_after or float("inf")), reverse=True)
    return tuple(_key(signer, format, one) for one in above[:1])


def _same_country(signer: Signer, above: Key) -> bool:
    """ICAO 9303-12: a CA issues for its own state. One of the two must name it, or nothing binds the seal."""
    stated = {one for one in (signer.country, above.country) if one}
    return len(stated) == 1


def _key(signer: Signer, format: str, above: Key) -> Key:
    """The signer's key, with the trust that its CA has here: its revocation list, its end, its mark as a test."""
    ends = signer.not_after if above.not_after is None else min(signer.not_after, above.not_after)
    return above._replace(
        format=format,
        kid=signer.kid,
        public=signer.public,
        issuer="",
        name=signer.name,
        country=signer.country or above.country,
        kinds=signer.kinds,
        not_before=signer.not_before,
        not_after=ends,
        fingerprint=signer.fingerprint,
        spki=signer.spki,
        certificate_id=b"",  # the pass carries the certificate, and says itself how it is named
        certificate_issuer=ids.authority(signer.issuer),
    )
