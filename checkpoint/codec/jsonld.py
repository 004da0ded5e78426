"""JSON-LD 1.1 to canonical N-Quads (RDF Dataset Canonicalization, URDNA2015), offline: contexts come from here alone.

PyLD does it, imported with the first such pass: few stations see any, and it is slow to load.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from checkpoint.codec.errors import Malformed

MAX_QUADS = 256  # statements of one document; a vaccination has about 40
MAX_BLANK = 24  # nodes without a name; a vaccination has 5
# Nodes that look alike are told apart by trying their orders (algorithm, section 4.8): this bounds how many.
MAX_ALIKE = 2
_BLANK = "blank node"


class Context:
    """The contexts that documents may name, by address; those of W3C come with the library."""

    def __init__(self, contexts: Mapping[str, Any]) -> None:
        from pyld.documentloader.frozen import BUNDLED_CONTEXTS, FrozenDocumentLoader

        self.loader = FrozenDocumentLoader({**BUNDLED_CONTEXTS, **contexts})

    def canonical(self, document: Mapping[str, Any]) -> str:
        """`document` as canonical N-Quads; raises Malformed, also for one that would take too long."""
        from pyld import canon, jsonld

        try:
            # Without a base, what is said of a name that is no IRI is left out, as issuers' own libraries do.
            found: Any = jsonld.to_rdf(document, {"documentLoader": self.loader, "base": None})
            _check_size(found)
            text: str = canon.URDNA2015().main(found, {"format": "application/n-quads"})
        except Malformed:
            raise
        except Exception as error:  # noqa: BLE001
            # What the library raises for hostile documents has no common type; none may pass for anything else.
            raise Malformed(f"json-ld: {type(error).__name__}") from None
        return text


def _check_size(dataset: Mapping[str, list[dict[str, Any]]]) -> None:
    quads = [quad for graph in dataset.values() for quad in graph]
    if len(quads) > MAX_QUADS:
        raise Malformed("json-ld: too many statements")
    looks: dict[str, list[str]] = {}
    for quad in quads:
        for name in ("subject", "object"):
            if quad[name]["type"] == _BLANK:
                looks.setdefault(quad[name]["value"], []).append(_look(quad, name))
    alike = Counter(tuple(sorted(one)) for one in looks.values())
    if len(looks) > MAX_BLANK or max(alike.values(), default=0) > MAX_ALIKE:
        raise Malformed("json-ld: too many nodes that look alike")


def _look(quad: Mapping[str, Any], here: str) -> str:
    """One statement as it looks from the node at `here`, every other nameless node being any."""
    parts = [here]
    for name in ("subject", "predicate", "object"):
        node = quad[name]
        parts.append("_" if node["type"] == _BLANK else f"{node['type']} {node['value']} {node.get('datatype')}")
    return "\n".join(parts)
