"""Tells systemd that the kiosk is alive, as long as it is: sd_notify, without a library."""

import asyncio
import os
from collections.abc import Callable, Mapping

AF_UNIX = 1  # on Linux, the only place where systemd is
SHARE = 3  # signs of life in the time that systemd allows


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
        every = int(environ.get("WATCHDOG_USEC", "0")) / 1_000_000 / SHARE
        while every:
            if alive():
                transport.sendto(b"WATCHDOG=1")
            await asyncio.sleep(every)
    finally:
        transport.close()
