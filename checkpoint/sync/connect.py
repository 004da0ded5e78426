"""Connections that the total deadline ends, whatever they are waiting for: a name, a handshake, a dripping header."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from checkpoint.sync.place import Deadline

_SHUTDOWN_BOTH = 2


def connections(deadline: Deadline, timeout: urllib3.Timeout) -> urllib3.PoolManager:
    """A pool of connections, plain and TLS, all of which end with `deadline`."""

    def watched(connect: Callable[[], Any]) -> Any:
        sock = _in_time(connect, deadline)
        twin = sock.dup()  # shutting the twin ends the connection, whatever TLS has made of the original
        deadline.on_pass(lambda: _shut(twin))
        return sock

    class Plain(HTTPConnection):
        def _new_conn(self) -> Any:
            return watched(super()._new_conn)

    class Secured(HTTPSConnection):
        def _new_conn(self) -> Any:
            return watched(super()._new_conn)

    class PlainPool(urllib3.HTTPConnectionPool):
        ConnectionCls = Plain

    class SecuredPool(urllib3.HTTPSConnectionPool):
        ConnectionCls = Secured

    manager = urllib3.PoolManager(num_pools=4, timeout=timeout, retries=False)
    manager.pool_classes_by_scheme = {"http": PlainPool, "https": SecuredPool}
    return manager


def _in_time(connect: Callable[[], Any], deadline: Deadline) -> Any:
    """What `connect` gives, or TimeoutError at the deadline: the system's resolver takes no time-out from anybody."""
    found: SimpleQueue[Any] = SimpleQueue()

    def work() -> None:
        try:
            found.put(connect())
        except Exception as error:  # noqa: BLE001
            found.put(error)  # raised again where it is awaited: a thread has nobody to tell

    threading.Thread(target=work, name="connect", daemon=True).start()
    try:
        result = found.get(timeout=deadline.left)
    except Empty:
        raise TimeoutError("the deadline passed while connecting") from None
    if isinstance(result, Exception):
        raise result
    return result


def _shut(sock: Any) -> None:
    try:
        sock.shutdown(_SHUTDOWN_BOTH)
    except OSError:  # it had ended by itself
        return
