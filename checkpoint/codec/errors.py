"""The one error of the byte tools."""


class Malformed(ValueError):
    """The bytes are not what they claim to be; the text says at which step, never what they hold."""
