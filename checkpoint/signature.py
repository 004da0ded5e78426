"""The only maker of `Verified`. The algorithm is fixed by the key and the format, never by the pass."""

from checkpoint.model import Envelope, Key, Reason, Refusal, Verified
from checkpoint.trust import vouched
from checkpoint.trust.snapshot import Trust

MAX_KEYS_TRIED = 16  # keys under one kid: a bound on work, about 1 ms


def verify(envelope: Envelope, trust: Trust) -> Verified:
    """The envelope with the key that signed it.

    Raises Refusal: issuer_unknown where no trusted key fits its kid, signature_invalid where none of them made it.
    """
    keys = candidates(envelope, trust)
    if not keys:
        if envelope.demo is not None:
            _tell_demo(envelope.demo, trust)
        raise Refusal(Reason.ISSUER_UNKNOWN, "note.no_key", envelope.kid or "")
    for key in keys[:MAX_KEYS_TRIED]:
        algorithm = envelope.algorithms.get(key.public.type)
        if algorithm == envelope.algorithm and key.public.verify(algorithm, envelope.signature, envelope.message):
            return Verified(envelope, key)
    raise Refusal(Reason.SIGNATURE_INVALID)


def _tell_demo(demo: bool, trust: Trust) -> None:
    """Raise Refusal where station and pass are of two worlds: demonstration and real keys are never mixed up."""
    if demo:
        raise Refusal(Reason.DEMO_PASS)
    if True in trust.issuers.worlds:
        raise Refusal(Reason.ISSUER_UNKNOWN, "note.demo_station")


def candidates(envelope: Envelope, trust: Trust) -> tuple[Key, ...]:
    """The trusted keys that may have signed it; several where a kid collides (HCERT 1.1 section 3.3.2)."""
    if envelope.signer is not None:
        return vouched.keys(envelope.signer, envelope.format, trust.issuers)
    if envelope.kid is None:  # which key it was is then a guess, and a guess is no proof of who issued it
        return ()
    keys = trust.issuers.find(envelope.format, envelope.kid)
    if not envelope.issuer or (len(keys) == 1 and keys[0].issuer == envelope.issuer):
        return keys
    return tuple(key for key in keys if key.issuer == envelope.issuer)
