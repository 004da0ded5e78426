"""DIVOC certificates (India, Sri Lanka, Philippines, Indonesia, Jamaica): a zipped W3C credential with a proof in it.

Verifiable Credentials Data Model 1.0 (W3C), Linked Data Proofs with RsaSignature2018 or Ed25519Signature2018, and the
documentation of DIVOC (divoc.digit.org). The signature does not bind the names of fields: never better than `check`.
"""

from base64 import b64decode
from binascii import Error
from functools import cache
from hashlib import sha256
from typing import Any

from checkpoint.codec import base64url, json_strict, jsonld, zip_file
from checkpoint.codec.errors import Malformed
from checkpoint.formats.divoc import record, vocabulary
from checkpoint.model import Claims, Envelope, Reason, Refusal, Verified

NAME = "divoc"
ALGORITHMS = {"RSA": "PS256", "Ed25519": "EdDSA"}
# The suite that a proof names: the algorithm that goes with it.
_SUITES = {"RsaSignature2018": "PS256", "Ed25519Signature2018": "EdDSA"}
_FILE = b"certificate.json"
_TEXT_HEAD = "B64:"
MAX_INFLATED = 65_536  # bytes; a certificate has about 2,000
MAX_DEPTH = 12
MAX_TYPES = 4  # of one node, each with a vocabulary of its own
TYPE_WEIGHT = 5  # more values that a type counts for: each opens a vocabulary, which takes a millisecond
MAX_VALUES = 256  # in one document; a certificate has about 60
_CRITICAL = {"b64": False, "crit": ["b64"]}  # RFC 7797 section 6: what is signed stands outside of the JWS


def open_pass(code: str | bytes) -> Envelope:
    """The certificate inside `code`, unverified; raises Malformed at the step that fails, or Refusal: unsupported."""
    name, content = zip_file.only(_archive(code), MAX_INFLATED)
    if name != _FILE:
        raise Refusal(Reason.UNSUPPORTED, "note.not_a_pass")
    document = json_strict.loads(content, MAX_DEPTH)
    if not isinstance(document, dict):
        raise Malformed("certificate.json")
    proof = document.pop("proof", None)
    if not isinstance(proof, dict):
        raise Malformed("proof")
    _check_document(document)
    header, algorithm, signature = _signature(proof)
    statements = _contexts().canonical(document).encode("utf-8")
    digests = sha256(_proof_statements(proof)).digest() + sha256(statements).digest()
    kid = proof.get("verificationMethod")
    if not isinstance(kid, str):
        raise Malformed("proof.verificationMethod")
    return Envelope(NAME, kid, algorithm, header + b"." + digests, signature, statements, ALGORITHMS)


def _archive(code: str | bytes) -> bytes:
    if isinstance(code, bytes):
        return code
    try:
        if not code.startswith(_TEXT_HEAD):
            return code.encode("utf-8")  # an archive whose bytes happened to be text
        return b64decode(code[len(_TEXT_HEAD) :].encode("ascii"), validate=True)
    except (Error, UnicodeEncodeError):
        raise Malformed("base64") from None


@cache
def _contexts() -> jsonld.Context:
    return jsonld.Context(vocabulary.CONTEXTS)


def _check_document(document: dict[str, Any]) -> None:
    """Refuse what could change what names mean: contexts that are not ours, keywords, names that are IRIs."""
    contexts = document.get("@context")
    if not isinstance(contexts, list) or contexts[:1] != [vocabulary.W3C] or len(contexts) != 2:
        raise Malformed("@context")
    if not isinstance(contexts[1], str):
        raise Malformed("@context")
    if contexts[1] not in vocabulary.CONTEXTS:
        raise Refusal(Reason.UNSUPPORTED, "note.divoc_context", contexts[1])
    _check_names({name: value for name, value in document.items() if name != "@context"})


def _check_names(value: Any) -> int:
    """How many values there are in `value`; raises Malformed for names that are none of ours, and for too many."""
    named = 0
    if isinstance(value, dict):
        for name in value:
            if name.startswith("@") or ":" in name:
                raise Malformed("json-ld: names")
        types = value.get("type")
        named = len(types) if isinstance(types, list) else 1 if types else 0
        if named > MAX_TYPES:
            raise Malformed("json-ld: too many types")
    elif isinstance(value, str) and value.startswith("_:"):
        raise Malformed("json-ld: names of nodes")
    elif isinstance(value, str) and "\t" in value:
        # Issuers' libraries of 2021 leave a tab as it is, today's escape it: nobody is called a forger for that.
        raise Malformed("json-ld: a tab in a value")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    count = 1 + TYPE_WEIGHT * named + sum(_check_names(one) for one in inner)
    if count > MAX_VALUES:  # what JSON-LD takes for each is a millisecond where many are alike
        raise Malformed("json-ld: too many values")
    return count


def _signature(proof: dict[str, Any]) -> tuple[bytes, str, bytes]:
    """(encoded header, algorithm, signature) of the detached JWS in a proof (RFC 7515 appendix F, RFC 7797)."""
    suite, text = proof.get("type"), proof.pop("jws", None)
    algorithm = _SUITES.get(suite) if isinstance(suite, str) else None
    if algorithm is None or not isinstance(text, str) or not text.isascii():
        raise Malformed("proof")
    header, _, signature = text.encode("ascii").partition(b"..")
    found = json_strict.loads(base64url.decode(header))
    if found != {"alg": algorithm, **_CRITICAL}:
        raise Malformed("proof.jws: header")
    return header, algorithm, base64url.decode(signature.rstrip(b"="))


def _proof_statements(proof: dict[str, Any]) -> bytes:
    """The proof without its signature, which is signed as well: when, for what, and under which name of a key."""
    if "@context" in proof or proof.get("proofPurpose") != "assertionMethod":
        raise Malformed("proof.proofPurpose")
    _check_names(proof)
    return _contexts().canonical({"@context": vocabulary.SECURITY, **proof}).encode("utf-8")


def claims(verified: Verified) -> Claims:
    """What the signed statements say, read from them alone; raises Malformed where they are no such certificate."""
    envelope = verified.envelope
    found = record.read(envelope.payload)
    return Claims(
        NAME,
        envelope.message,
        found,
        # Who issued it is whose pinned key it was: an address that the holder of any DIVOC key may sign proves nothing.
        kinds=frozenset({record.KIND}),
        issued_at=found.issued,
        valid_until=found.expires,
        warnings=(("note.names_unsigned",),)
        if found.subject
        else (("note.names_unsigned",), ("note.holder_unsigned",)),
        unbound=True,
    )
