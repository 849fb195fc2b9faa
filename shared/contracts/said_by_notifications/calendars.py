"""What calendar programs answer by email."""

from __future__ import annotations

from shared.contracts.base import Contract, Lane, Sealed, event, ident, instant

EVENTS: list[Contract] = [
    event(
        "notifications.calendar_replied",
        "S",
        {"mail_id": ident(), "meeting_id": ident(), "received_at": instant(), "sender": Sealed(), "ics": Sealed()},
        sample={
            "mail_id": "0198c0de-0000-7000-8000-0000000000f4",
            "meeting_id": "0198c0de-0000-7000-8000-0000000000f2",
            "received_at": "2026-10-05T18:00:00+00:00",
            "sender": "ana@example.org",
            "ics": "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n",
        },
        purpose="An email to a meeting's own address (iMIP, RFC 6047): scheduling decides whether its sender may say so.",
        lane=Lane.URGENT,
    )
]
