"""Tells systemd that the kiosk is alive, as long as it is: sd_notify, without a library."""

import asyncio
import os
import sys
from collections.abc import Callable, Mapping

AF_UNIX = 1  # on Linux, the only place where systemd is
SHARE = 3  # signs of life in the time that systemd allows
LEAST = 0.01  # seconds between two signs: whatever the environment says, the page comes first
MAX_DIGITS = 15  # of WATCHDOG_USEC: thirty years


async def keep_telling(alive: Callable[[], bool], environ: Mapping[str, str] = os.environ) -> None:
    """Say READY once, then WATCHDOG in time while `alive`; for ever, or not at all without a systemd that listens."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    path = "\0" + address[1:] if address.startswith("@") else address
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=path, family=AF_UNIX)
    try:
        transport.sendto(b"READY=1")
        every = _period(environ.get("WATCHDOG_USEC", ""))
        while every:
            if alive():
                transport.sendto(b"WATCHDOG=1")
            await asyncio.sleep(every)
    finally:
        transport.close()


def _period(stated: str) -> float:
    """Seconds between two signs of life, 0.0 where none is wanted; what is no number is told and counts as none."""
    if not stated:
        return 0.0
    if not (stated.isascii() and stated.isdigit()) or len(stated) > MAX_DIGITS:
        sys.stderr.write("checkpoint: WATCHDOG_USEC is no number of microseconds: systemd's watchdog is not answered\n")
        return 0.0
    microseconds = int(stated)
    return max(LEAST, microseconds / 1_000_000 / SHARE) if microseconds else 0.0
