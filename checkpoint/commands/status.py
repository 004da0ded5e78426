"""`checkpoint status`: is this station ready, until when, and what is to be done; exit 0 ready, 5 not ready."""

import json as jsonlib
import shutil
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from checkpoint.commands.shared import Home, Json, Lang, checked_lang
from checkpoint.commands.verify import default_language
from checkpoint.model import Check, Outcome
from checkpoint.readers.devices import cameras
from checkpoint.status import Age, ages, next_stop, readiness
from checkpoint.store import enrolment, pins
from checkpoint.store.load import load_trust
from checkpoint.sync import report as reports
from checkpoint.trust.snapshot import Trust
from checkpoint.verdict import rfc3339
from checkpoint.verifier import home_folder
from checkpoint.words import safe, say

FEW_BYTES = 200 * 1000 * 1000  # free on the disk: a list of ten million revocations has to fit beside its successor


def status(home: Home = None, lang: Lang = None, json: Json = False) -> None:
    """Say whether passes can be judged here, on what, and until when."""
    language = checked_lang(lang) or default_language()
    found, now = home_folder(home), time.time()
    trust = load_trust(found)
    checks = readiness(trust, now)
    ready = not any(one.reason is not None for one in checks)
    if json:
        facts = _facts(found, trust, checks, now, language)
        typer.echo(jsonlib.dumps({"ready": ready, **facts}, separators=(",", ":")))
    else:
        for line in (*_lines(found, trust, checks, language), *_machine(found, now, language)):
            typer.echo(line)
    raise typer.Exit(0 if ready else Outcome.NOT_READY.exit_code)


def _facts(home: Path, trust: Trust, checks: tuple[Check, ...], now: float, lang: str) -> dict[str, Any]:
    stop = next_stop(trust)
    return {
        "authority": _authority(home),
        "keys_as_of": rfc3339(trust.issued),
        "lists": [_list(one, now) for one in ages(trust)],
        "next_stop": {"what": stop.source, "at": rfc3339(stop.stop)} if stop else None,
        "clock": rfc3339(now),
        "clock_floor": rfc3339(trust.floor),
        "pinned_keys": _pinned(home),
        "last_sync": reports.last(home / "state"),
        "cameras": [{"path": one.path, "name": safe(one.name)} for one in cameras()],
        "free_bytes": _free(home),
        "checks": [_check(one, lang) for one in checks],
    }


def _authority(home: Path) -> str | None:
    try:
        root = enrolment.pinned_root(home)
    except OSError:
        return None
    return enrolment.fingerprint(root) if root else None


def _pinned(home: Path) -> int | None:
    """How many keys are pinned by hand; None where they cannot be read, which the checks say in words."""
    try:
        return len(pins.read_issuers(home / "keys")[0])
    except OSError:
        return None


def _list(one: Age, now: float) -> dict[str, Any]:
    return {
        "name": one.source,
        "as_of": rfc3339(one.as_of),
        "light": one.limits.light(one.as_of, now).value,
        "stop": rfc3339(one.stop),
    }


def _check(one: Check, lang: str) -> dict[str, Any]:
    return {
        "check": one.name.value,
        "result": one.result.value,
        "reason": one.reason.word if one.reason else None,
        "detail": say(lang, *one.note),
        "remedy": say(lang, *one.remedy) if one.remedy else None,
    }


def _free(home: Path) -> int | None:
    """Bytes free where the home is, or will be; None where the system does not say."""
    place = next((one for one in (home, *home.parents) if one.exists()), home)
    try:
        return shutil.disk_usage(place).free
    except OSError:
        return None


def _lines(home: Path, trust: Trust, checks: tuple[Check, ...], lang: str) -> list[str]:
    ready = not any(one.reason is not None for one in checks)
    lines = [say(lang, "status.ready" if ready else "status.not_ready")]
    lines += [f"  {say(lang, *one.note)}" + (f" {say(lang, *one.remedy)}" if one.remedy else "") for one in checks]
    stop, anchor = next_stop(trust), _authority(home)
    if ready and stop:
        lines.append(say(lang, "status.next_stop", stop.stop, stop.source))
    lines.append(say(lang, "status.authority", anchor) if anchor else say(lang, "status.no_authority"))
    lines += [say(lang, "status.age", one.source, one.as_of, one.stop) for one in ages(trust)]
    if pinned := _pinned(home):
        lines.append(say(lang, "status.pinned", str(pinned)))
    if anchor:
        lines.append(_last_sync(reports.last(home / "state"), lang))
    return lines


def _machine(home: Path, now: float, lang: str) -> list[str]:
    """Clock, cameras and disk. None of them stops the judging of passes; a door may have a hand scanner instead."""
    found = ", ".join(f"{one.path} {one.name}".strip() for one in cameras())
    lines = [
        say(lang, "status.clock", now),
        say(lang, "status.camera", found) if found else say(lang, "status.no_camera"),
    ]
    free = _free(home)
    if free is not None:
        lines.append(say(lang, "status.disk" if free < FEW_BYTES else "status.free", str(free // 1_000_000)))
    return lines


def _last_sync(last: dict[str, Any] | None, lang: str) -> str:
    if last is None:
        return say(lang, "status.no_sync")
    at, note = last.get("at"), last.get("note") or []
    when = datetime.fromisoformat(at).timestamp() if isinstance(at, str) else 0.0
    return say(lang, "status.last_sync", when) + (" " + say(lang, *note) if note else "")
