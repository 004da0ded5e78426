"""JSON Canonicalization Scheme (RFC 8785): the one text of a JSON value, whatever its spaces and order were."""

from typing import Any

from checkpoint.codec.errors import Malformed


def encode(value: Any) -> bytes:
    """`value`, as `json_strict.loads` gave it, in canonical form (UTF-8); raises Malformed for what has none."""
    import rfc8785

    try:
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, RecursionError) as error:  # whole numbers that a double cannot hold
        raise Malformed(f"jcs: {type(error).__name__}") from None
