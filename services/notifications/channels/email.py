"""SMTP: one connection per batch (four times faster than one per message, measured in the notes)."""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.channels.mime import as_bytes, message_id
from services.notifications.channels.port import ChannelError, Outcome, Outgoing, Receipt

TIMEOUT_S = 20


class Email:
    """`settings`: host, port, sender; optionally user, password, starttls."""

    name = "email"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.sender = str(settings.get("sender", "school@homeroom.invalid"))

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        """A copy sent again bears the same Message-ID: a mailbox shows it once."""
        outcomes: list[Outcome] = []
        server: smtplib.SMTP | None = None
        for letter in batch:
            try:
                server = server or self._connect()
                outcomes.append(self._one(server, letter))
            except (smtplib.SMTPException, OSError):
                server = None  # the connection is gone; the next letter opens another
                outcomes.append(ChannelError("smtp_unavailable", permanent=False))
        if server is not None:
            _quit(server)
        return outcomes

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if not settings.get("host"):
            raise OSError("no SMTP host is configured")
        server = smtplib.SMTP(str(settings["host"]), int(settings.get("port", 25)), timeout=TIMEOUT_S)
        if settings.get("starttls"):
            server.starttls()
        if settings.get("user"):
            server.login(str(settings["user"]), str(settings.get("password", "")))
        return server

    def _one(self, server: smtplib.SMTP, letter: Outgoing) -> Outcome:
        try:
            server.sendmail(self.sender, [letter.to], as_bytes(letter))
        except smtplib.SMTPRecipientsRefused as error:
            code = next(iter(error.recipients.values()))[0]
            server.rset()
            return ChannelError(f"smtp_{code}", permanent=code >= 500)
        except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            server.rset()
            return ChannelError(f"smtp_{error.smtp_code}", permanent=error.smtp_code >= 500)
        except ValueError:  # also UnicodeEncodeError: one address that no header can hold must not stop the others
            return ChannelError("address_unusable", permanent=True)
        return Receipt(message_id(letter))


def _quit(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
