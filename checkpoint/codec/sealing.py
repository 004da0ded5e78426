"""A secret sealed with a passphrase: scrypt (RFC 7914) makes the key, ChaCha20-Poly1305 (RFC 8439) seals and proves."""

import os
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import Any

from checkpoint.codec.errors import Malformed

COST = 2**17  # scrypt N: 128 MiB and about 0.4 s for one guess, once per key and command
_BLOCK, _LANES = 8, 1
MAX_COST = 2**20  # a file that asks for more would only exhaust the machine
_CONTEXT = b"checkpoint sealed secret 1"


class WrongPassphrase(Malformed):
    """The passphrase does not open it, or somebody changed the sealed bytes: the two look alike."""


def seal(secret: bytes, passphrase: str, cost: int | None = None) -> dict[str, Any]:
    """`secret` sealed, as a value for JSON; `cost` is scrypt's N, a power of two (COST where None)."""
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    cost = cost or COST
    salt, nonce = os.urandom(16), os.urandom(12)
    sealed = ChaCha20Poly1305(_key(passphrase, salt, cost)).encrypt(nonce, secret, _CONTEXT)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return {"kdf": "scrypt", "n": cost, **{name: b64encode(part).decode("ascii") for name, part in parts.items()}}


def unseal(sealed: Any, passphrase: str) -> bytes:
    """The secret in what `seal` gave; raises WrongPassphrase, or Malformed where it is no sealed secret."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    try:
        cost = sealed["n"]
        salt, nonce, body = (b64decode(sealed[name], validate=True) for name in ("salt", "nonce", "sealed"))
        if sealed["kdf"] != "scrypt" or type(cost) is not int or not 2 <= cost <= MAX_COST or cost & (cost - 1):
            raise Malformed("sealed secret: parameters")
    except (KeyError, TypeError, Base64Error):
        raise Malformed("sealed secret") from None
    try:
        return ChaCha20Poly1305(_key(passphrase, salt, cost)).decrypt(nonce, body, _CONTEXT)
    except (InvalidTag, ValueError):
        raise WrongPassphrase("wrong passphrase") from None


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=cost, r=_BLOCK, p=_LANES).derive(passphrase.encode("utf-8"))


def private_key(pem: bytes) -> Any:
    """The private key in an unsealed PKCS #8 PEM, as the library's object; raises Malformed."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise Malformed(f"private key: {type(error).__name__}") from None


def public_key(pem: bytes) -> Any:
    """The public key in a PEM, as the library's object, for signers that live in hardware; raises Malformed."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        return load_pem_public_key(pem)
    except (ValueError, TypeError) as error:
        raise Malformed(f"public key: {type(error).__name__}") from None
