"""Where emails come in: what both doors, the web's and LMTP's, have in common."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from services.notifications.channels.email import inbound, verp
from services.notifications.handlers import mail
from services.notifications.ports import Ports
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import MAIL_IN, district_label

log = structlog.get_logger("mail_in")
AWAY = (OperationalError, InterfaceError, TimeoutError, OSError)  # the mail is in order, the database is not there
SIGNATURE = "X-Homeroom-Signature"
RECIPIENT = "X-Homeroom-Recipient"
FRESH_S = 300  # a signed call is good for so long; what is repeated within it changes nothing


def keys(ports: Ports) -> list[bytes]:
    return [secret.encode() for secret in ports.secrets("email", "inbound_token")]


def district_of(ports: Ports, recipients: Sequence[str], *, otherwise: str | None = None) -> str | None:
    """From a token address; else `otherwise`, else the cell's only one. None: nobody can say whose mail it is."""
    for address in recipients:
        about = verp.read(address, keys(ports), ports.districts)
        if about is not None:
            return about.district
    if otherwise is None and len(ports.districts) == 1:
        return ports.districts[0]
    return otherwise if otherwise in ports.districts else None


def take(
    transaction: Callable[[str], AbstractContextManager[UnitOfWork]],
    ports: Ports,
    district: str,
    raw: bytes,
    *,
    recipients: Sequence[str],
) -> str:
    """Read it and have it acted on; committed when this returns. What it was taken for."""
    arrived = inbound.read(raw, recipients, keys=keys(ports), districts=(district,))
    try:
        with transaction(district) as uow:
            kind = mail.received(uow, ports, arrived)
    except AWAY:
        raise
    except Exception as error:  # a mail that cannot be acted on must not come back for days and then be thrown away
        log.error("mail_not_understood", error=type(error).__name__)
        with transaction(district) as uow:
            kind = mail.received(uow, ports, inbound.set_aside(arrived))
    MAIL_IN.labels(kind, district_label(district)).inc()
    return kind


def signature(key: bytes, raw: bytes, *, recipient: str, at: int) -> str:
    """The header's value: when, and HMAC-SHA256 over time, recipient and mail. `at`: seconds since 1970."""
    signed = b"%d.%b.%b" % (at, recipient.encode(), raw)
    return f"t={at},v1={hmac.digest(key, signed, 'sha256').hex()}"


def holds(ports: Ports, given: str | None, raw: bytes, *, recipient: str, now: datetime) -> bool:
    """Whether one of our keys signed this call within the last minutes; without a key nothing does."""
    stamp = (given or "").partition(",")[0].removeprefix("t=")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12 or abs(now.timestamp() - int(stamp)) > FRESH_S:
        return False
    return any(
        hmac.compare_digest(signature(key, raw, recipient=recipient, at=int(stamp)).encode(), str(given).encode())
        for key in keys(ports)
    )
