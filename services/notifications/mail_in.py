"""LMTP (RFC 2033) for the mail server beside us: it keeps a mail until we have committed what the mail says.

Postfix: `transport_maps` with `lmtp:inet:127.0.0.1:PORT` for the reply and bounce domains.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.lmtp import LMTP

from services.notifications import mail_door
from services.notifications.channels.email.inbound import LARGEST
from services.notifications.ports import Ports, build_ports
from shared.messaging.runtime import Runtime
from shared.observability.metrics import MAIL_IN

log = structlog.get_logger("mail_in")
TOO_LARGE = "552"


class Handler:
    """Answers 250 after the commit, 451 when it could not be committed; the sender then tries again."""

    def __init__(self, runtime: Runtime, ports: Ports, *, otherwise: str | None) -> None:
        self._runtime = runtime
        self._ports = ports
        self._otherwise = otherwise

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """One recipient at a time: LMTP answers per recipient, and each may be of another district."""
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        if self._district(address) is None:
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        try:
            await asyncio.to_thread(self._take, bytes(envelope.original_content or envelope.content), envelope.rcpt_tos)
        except Exception as error:  # whatever it was: the mail server keeps the mail and asks again
            log.error("mail_not_taken", error=type(error).__name__)
            return "451 4.3.0 could not be stored, try again"
        return "250 2.0.0 OK"

    def _district(self, address: str) -> str | None:
        return mail_door.district_of(self._ports, [address], otherwise=self._otherwise)

    def _take(self, raw: bytes, recipients: list[str]) -> None:
        district = self._district(recipients[0])
        if district is None:
            raise LookupError("no district")
        mail_door.take(
            lambda slug: self._runtime.unit_of_work("notifications", slug),
            self._ports,
            district,
            raw,
            recipients=recipients,
        )


class _Session(LMTP):  # type: ignore[misc]
    """Counts what was too large to take."""

    async def push(self, status: str | bytes) -> None:
        text = status if isinstance(status, str) else status.decode("ascii", "replace")
        if text.startswith(TOO_LARGE):
            MAIL_IN.labels("too_large", "other").inc()
        await super().push(status)


class _Listener(Controller):  # type: ignore[misc]
    def factory(self) -> LMTP:
        return _Session(self.handler, data_size_limit=LARGEST, enable_SMTPUTF8=True, ident="homeroom")


def listener(runtime: Runtime, ports: Ports, *, host: str, port: int, otherwise: str | None = None) -> Controller:
    """Not yet started; `start()` runs it in a thread of its own, `stop()` ends it."""
    return _Listener(Handler(runtime, ports, otherwise=otherwise), hostname=host, port=port)


def of_cell(runtime: Runtime, *, host: str, port: int, otherwise: str | None) -> Controller:
    """The listener of a cell, with the ports of its cell file."""
    return listener(runtime, build_ports(runtime), host=host, port=port, otherwise=otherwise)
