"""Telling systemd how we are (sd_notify(3)); does nothing under another supervisor."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping

from shared.clock import monotonic

SUPERVISED = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def notify(state: str, *, environ: Mapping[str, str] = os.environ) -> bool:
    """Send `READY=1`, `WATCHDOG=1`, `STOPPING=1`…; False when nobody listens."""
    address = environ.get("NOTIFY_SOCKET")
    if not address:
        return False
    # A leading @ names Linux's abstract socket space.
    target = "\0" + address[1:] if address.startswith("@") else address
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        try:
            sender.connect(target)
            sender.sendall(state.encode())
        except OSError:
            return False
    return True


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """How often to send `WATCHDOG=1`: half of what systemd allows; None when it does not ask."""
    allowed = environ.get("WATCHDOG_USEC", "")
    return int(allowed) / 2_000_000 if allowed.isdigit() and int(allowed) > 0 else None


class Watchdog:
    """Call `beat` whenever the main loop comes round; systemd kills a process whose beats stay away."""

    def __init__(self, environ: Mapping[str, str] = os.environ, *, elapsed: Callable[[], float] = monotonic) -> None:
        self._environ = environ
        self._elapsed = elapsed
        self._every = watchdog_seconds(environ)
        self._said: float | None = None

    def beat(self) -> None:
        now = self._elapsed()
        if self._every is None or (self._said is not None and now - self._said < self._every / 2):
            return
        self._said = now
        notify("WATCHDOG=1", environ=self._environ)


def without_supervision(environ: Mapping[str, str]) -> dict[str, str]:
    """For children of a process that answers to systemd itself."""
    return {name: value for name, value in environ.items() if name not in SUPERVISED}
