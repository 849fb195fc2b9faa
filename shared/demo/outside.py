"""The world outside: a mail server and a provider of text messages and calls, in a process of their own.

Run as `python -m shared.demo.outside FOLDER ACCOUNT_SID AUTH_TOKEN SEED`; prints `{"smtp": port, "http": port}`.
Mail is received by real SMTP and kept in `mail.jsonl`; texts and calls come over HTTP in Twilio's shape and are kept in
`sms.jsonl` and `calls.jsonl`. Callbacks are signed as Twilio signs, out of order and now and then twice.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import sys
import threading
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.demo.journal import Journal
from shared.demo.telephony import Telephony
from shared.demo.telephony_http import open_door


class MailSink:
    """aiosmtpd's handler: accepts every message and keeps what a reader would see."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(preferencelist=("plain", "html"))
        self._journal.add(
            {
                "to": list(envelope.rcpt_tos),
                "message_id": message.get("Message-ID", ""),
                "subject": message.get("Subject", ""),
                "language": message.get("Content-Language", ""),
                "text": body.get_content() if body is not None else "",
                "attachments": [
                    {"type": part.get_content_type(), "name": part.get_filename(), "text": _text_of(part)}
                    for part in message.iter_attachments()
                ],
            }
        )
        return "250 Accepted"


def _text_of(part: Any) -> str:
    content = part.get_content()
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(content)


def _serve_mail(sink: MailSink) -> int:
    """An SMTP server in a thread; the port it was given."""
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(lambda: SMTP(sink, loop=loop, enable_SMTPUTF8=True, decode_data=False), "127.0.0.1", 0)
    )
    threading.Thread(target=loop.run_forever, daemon=True).start()
    return int(server.sockets[0].getsockname()[1])


def main(folder: Path, account: str, token: str, seed: int) -> None:
    """Serve until standard input closes, that is, until the parent is gone."""
    smtp_port = _serve_mail(MailSink(Journal(folder / "mail.jsonl")))
    texts, calls = Journal(folder / "sms.jsonl"), Journal(folder / "calls.jsonl")
    with open_door(Telephony(texts, calls, account=account, token=token, seed=seed)) as door:
        print(json.dumps({"smtp": smtp_port, "http": door.server_address[1]}), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
