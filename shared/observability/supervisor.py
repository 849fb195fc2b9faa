"""Telling systemd how we are (sd_notify(3)); does nothing under another supervisor."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


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
