"""One scanner for every pass: texts in, one honest verdict out, offline."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checkpoint.verifier import Verifier

__version__ = "0.1.0"
__all__ = ["Verifier", "__version__"]


def __getattr__(name: str) -> Any:
    """Load the Python API on first use: the command line must not pay for it."""
    if name == "Verifier":
        from checkpoint.verifier import Verifier

        return Verifier
    raise AttributeError(f"module 'checkpoint' has no attribute {name!r}")
