"""Verdict → what people see and hear. The JSON line is `Verdict.as_json`."""

from checkpoint.present.page import Line, Page, compose
from checkpoint.present.terminal import BELLS, Look, bell, error, history, look, render, show

__all__ = [
    "BELLS",
    "Line",
    "Look",
    "Page",
    "bell",
    "compose",
    "error",
    "history",
    "look",
    "render",
    "show",
]
