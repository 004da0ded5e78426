"""Making a VDS-NC seal: the same steps as reading one, the other way round (for demonstrations and tests)."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from checkpoint.codec import jcs


def issue(data: Mapping[str, Any], certificate: bytes, sign: Callable[[bytes], bytes], algorithm: str = "ES256") -> str:
    """The text of a seal over `data` (header and message) signed by `sign` (raw r‖s), with its signer's certificate."""
    return text_of(
        dict(data), {"alg": algorithm, "cer": encoded(certificate), "sigvl": encoded(sign(jcs.encode(data)))}
    )


def text_of(data: Any, zone: Any) -> str:
    """The JSON of both parts; nothing is checked, so that tests can make what no issuer would."""
    return json.dumps({"data": data, "sig": zone}, separators=(",", ":"), ensure_ascii=False)


def encoded(data: bytes) -> str:
    """`data` in base64url, as the report has it."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
