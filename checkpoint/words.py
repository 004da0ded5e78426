"""The words of the tool in Vietnamese and English, and the one gate for foreign strings."""

import unicodedata
from functools import cache
from importlib import import_module

LANGUAGES = ("vi", "en")


def say(lang: str, key: str, *args: str) -> str:
    """The message `key` in `lang` with `args` put into {0}, {1}, ...; "=" gives the argument as it stands."""
    if key == "=":
        return " ".join(args)
    return _catalogue(lang)[key].format(*args)


@cache
def _catalogue(lang: str) -> dict[str, str]:
    return dict(import_module(f"checkpoint.locale.{lang if lang in LANGUAGES else 'en'}").WORDS)


def safe(text: str) -> str:
    """`text` in a form that cannot steer a screen."""
    return unicodedata.normalize("NFC", text)


def told(lang: str, note: tuple[str | float, ...]) -> str:
    """A note of the model in `lang`: its key and arguments, moments as dates."""
    key, *args = note
    return say(lang, str(key), *(str(arg) for arg in args))
