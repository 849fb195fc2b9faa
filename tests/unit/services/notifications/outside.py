"""The world outside: a mail server and an SMS provider, real sockets in threads of their own."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.controller import Controller


class Mailbox:
    """Keeps what SMTP brings; answers an address as it was taught."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], bytes]] = []
        self.answers: dict[str, str] = {}

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append((list(envelope.rcpt_tos), bytes(envelope.content)))
        return "250 OK"


class SmsProvider(ThreadingHTTPServer):
    """Twilio's shape: takes messages, and finds them again by our key."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _SmsHandler)
        self.messages: list[dict[str, str]] = []
        self.refuses: dict[str, int] = {}
        self.babbles: dict[str, tuple[int, str]] = {}

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _SmsHandler(BaseHTTPRequestHandler):
    server: SmsProvider

    def do_POST(self) -> None:
        fields = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        message = {name: values[0] for name, values in fields.items()}
        if (babble := self.server.babbles.get(message["To"])) is not None:
            return self._say(*babble)
        if (code := self.server.refuses.get(message["To"])) is not None:
            return self._answer({"code": code, "message": "refused"} if code else {}, 400 if code else 503)
        message |= {"sid": f"SM{len(self.server.messages)}", "key": self.headers["I-Twilio-Idempotency-Token"]}
        self.server.messages.append(message)
        return self._answer({"sid": message["sid"]}, 201)

    def do_GET(self) -> None:
        key = parse_qs(urlsplit(self.path).query)["IdempotencyToken"][0]
        self._answer({"messages": [m for m in self.server.messages if m["key"] == key]}, 200)

    def _answer(self, body: dict[str, Any], status: int) -> None:
        self._say(status, json.dumps(body))

    def _say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Silence."""


@contextmanager
def smtp_server() -> Iterator[tuple[Mailbox, int]]:
    """A mailbox and its port."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, port
    controller.stop()


@contextmanager
def sms_provider() -> Iterator[SmsProvider]:
    server = SmsProvider()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
