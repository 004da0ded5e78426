"""The corridor has one direction, and each package few homes. This file is the map."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "checkpoint"

# A room imports only from rows below its own; rooms of one row do not know each other.
ROWS: list[set[str]] = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"demo"},
    {"kiosk", "authority"},
    {"station"},
    {"verifier"},
    {"verify", "visit", "sync", "present", "log", "corrections", "readers"},
    {"formats", "signature", "status", "policy", "store"},
    {"events", "tally"},
    {"person", "trust", "verdict"},
    {"codec"},
    {"words", "locale"},
    {"model"},
    {"protocols"},
]
# A third-party package (or a dangerous part of the standard library) is imported only in these rooms.
HOMES: dict[str, set[str]] = {
    "typer": {"cli", "commands"},
    "click": {"cli", "commands"},
    "rich": {"present"},
    "cv2": {"readers"},
    "numpy": {"readers"},
    "PIL": {"readers", "demo"},
    "zxingcpp": {"readers"},
    "pyzbar": {"readers"},
    "pypdfium2": {"readers"},
    "serial": {"readers", "kiosk"},
    "gpiod": {"kiosk"},
    "cryptography": {"codec"},
    "cbor2": {"codec"},
    "orjson": {"codec"},
    "rfc8785": {"codec"},
    "pyld": {"codec"},
    "segno": {"demo", "authority"},
    "reportlab": {"authority"},
    "sqlite_utils": {"store"},
    "platformdirs": {"verifier"},
    "tuf": {"sync", "authority"},
    "securesystemslib": {"authority"},
    "urllib3": {"sync", "authority"},
    "starlette": {"kiosk"},
    "uvicorn": {"kiosk"},
    "socket": set(),
    "urllib": set(),
    "pickle": set(),
}
ROW_OF = {room: row for row, rooms in enumerate(ROWS) for room in rooms}
SHARED_ROWS = {frozenset({"words", "locale"})}  # words are read from their locale files
FILES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative imports would slip past the map"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down_and_packages_stay_at_home(path: Path) -> None:
    room = room_of(path)
    if room == "__init__":
        return
    assert room in ROW_OF, f"{room} is not on the map"
    for name in imports(path):
        package, _, rest = name.partition(".")
        if package == "checkpoint" and rest:
            other = rest.partition(".")[0]
            if other in {"__version__", "Verifier"}:
                continue
            allowed = other == room or ROW_OF[other] > ROW_OF[room] or frozenset({room, other}) in SHARED_ROWS
            assert allowed, f"{room} -> {other}"
        assert room in HOMES.get(package, {room}), f"{package} does not live in {room}"


def calls_of(name: str) -> set[str]:
    found = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                target = node.func
                called = target.id if isinstance(target, ast.Name) else getattr(target, "attr", "")
                if called == name:
                    found.add(str(path.relative_to(ROOT)))
    return found


def test_only_the_signature_room_makes_a_verified_envelope() -> None:
    assert calls_of("Verified") == {"signature.py"}


def test_no_names_that_hide_what_a_file_is_about() -> None:
    assert not {path.stem for path in FILES} & {"utils", "util", "helpers", "helper", "manager", "common", "misc"}


def test_no_function_is_longer_than_forty_lines_and_no_file_than_three_hundred() -> None:
    long = []
    for path in FILES:
        text = path.read_text("utf-8")
        if text.count("\n") > 300:
            long.append(f"{path.name}: {text.count(chr(10))} lines")
        functions = (
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )
        long += [f"{path.name}:{one.lineno} {one.name} {length(one)} lines" for one in functions if length(one) > 40]
    assert not long


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total
