"""The signed statements of a certificate (canonical N-Quads) as what they prove, and no more.

Nothing is read from the JSON: a name there can be changed, or its value moved to another, while the statements stay.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from checkpoint.codec.errors import Malformed
from checkpoint.formats.divoc.vocabulary import CREDENTIALS, FACILITY, SCHEMA, VACCINATION
from checkpoint.formats.fields import birth_date
from checkpoint.model import Credential, RevocationId, Subject

KIND = "vaccination"
MAX_EVENTS = 10
_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_CERTIFICATE = SCHEMA + "ProofOfVaccinationCredential"
# RDF 1.1 N-Quads in canonical form: one statement a line, nothing but single spaces between.
_STATEMENT = re.compile(
    r'(?P<subject><[^>]*>|_:\w+) <(?P<predicate>[^>]*)> (?:(?P<node><[^>]*>|_:\w+)|"(?P<text>(?:[^"\\]|\\.)*)"\S*) \.'
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
Graph = dict[str, dict[str, list[str]]]  # node: IRI: its values, nodes as they stand in the statements


class Record(NamedTuple):
    """What is bound to the signature: values under an IRI that one name alone stands for."""

    subject: Subject | None
    credentials: tuple[Credential, ...]
    issued: float
    expires: float | None
    revocation_ids: tuple[RevocationId, ...] = ()


def read(statements: bytes) -> Record:
    """The record; raises Malformed where the statements are no certificate of vaccination."""
    graph = _graph(statements.decode("utf-8"))
    roots = [node for node, said in graph.items() if _CERTIFICATE in _names(said, _TYPE)]
    if len(roots) != 1:
        raise Malformed("credential: type")
    said = graph[roots[0]]
    events = said.get(CREDENTIALS + "evidence", [])
    if not 0 < len(events) <= MAX_EVENTS:
        raise Malformed("credential: evidence")
    _check_issuer(_one(said, CREDENTIALS + "issuer"))
    ends = said.get(CREDENTIALS + "expirationDate")
    return Record(
        _subject(graph, said.get(CREDENTIALS + "credentialSubject", [])),
        tuple(_event(graph, one) for one in events),
        _moment(_one(said, CREDENTIALS + "issuanceDate")),
        None if ends is None else _moment(_one(said, CREDENTIALS + "expirationDate")),
    )


def _graph(text: str) -> Graph:
    graph: Graph = {}
    for line in text.removesuffix("\n").split("\n"):
        found = _STATEMENT.fullmatch(line)
        if found is None:
            raise Malformed("statements")
        value = found["node"] if found["text"] is None else _plain(found["text"])
        graph.setdefault(found["subject"], {}).setdefault(found["predicate"], []).append(value)
    return graph


def _plain(text: str) -> str:
    return _ESCAPE.sub(
        lambda one: chr(int(one[1] or one[2], 16)) if one[3] is None else _LETTERS.get(one[3], one[3]), text
    )


def _names(said: dict[str, list[str]], iri: str) -> list[str]:
    return [one.strip("<>") for one in said.get(iri, [])]


def _one(said: dict[str, list[str]], iri: str) -> str:
    found = said.get(iri, [])
    if len(found) != 1:
        raise Malformed(iri.rpartition("/")[2])
    return found[0]


def _check_issuer(node: str) -> None:
    """Refuse a credential whose issuer is no URI (Verifiable Credentials Data Model 1.0 section 4.5)."""
    if not node.startswith("<") or ":" not in node:
        raise Malformed("credential: issuer")


def _moment(text: str) -> float:
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError("no zone")
        return found.timestamp()
    except (ValueError, OverflowError):
        raise Malformed("credential: date") from None


def _subject(graph: Graph, nodes: list[str]) -> Subject | None:
    """The holder; name, sex and birth date each have a name of their own, refId and uhid share one.

    None where nothing of a holder is signed: an id with a space in it, as many of India's have, is no IRI, and
    JSON-LD leaves out whatever is said of it.
    """
    node = nodes[0] if len(nodes) == 1 else ""
    said = graph.get(node, {})
    name = _single(said, "name")
    if not name:
        return None
    born = birth_date(_single(said, "date"), "dob")
    document = node.strip("<>").removeprefix("did:") if node.startswith("<") else ""
    return Subject(name, born, document=document, sex=_single(said, "gender"))


def _single(said: dict[str, list[str]], term: str) -> str:
    """The one value under an IRI of schema.org; "" where there is none, or several that cannot be told apart."""
    found = said.get(SCHEMA + term, [])
    return found[0] if len(found) == 1 else ""


def _event(graph: Graph, node: str) -> Credential:
    said = graph.get(node, {})
    if VACCINATION not in _names(said, _TYPE):
        raise Malformed("evidence: type")
    centres = [_single(graph.get(one, {}), "name") for one in said.get(FACILITY, [])]
    facts = {
        "signed_values": _together(said, "id"),  # batch, vaccine, manufacturer, number: which is which is not signed
        "signed_dates": _together(said, "date"),
        "signed_dose_values": _together(said, "doseValue"),
        "centre": centres[0] if len(centres) == 1 else "",
    }
    return Credential(KIND, {name: text for name, text in facts.items() if text})


def _together(said: dict[str, list[str]], term: str) -> str:
    return ", ".join(_sorted(said.get(SCHEMA + term, [])))


def _sorted(values: list[str]) -> Iterator[str]:
    return (one for one in sorted(values) if one)
