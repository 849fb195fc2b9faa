"""The world outside: a mail server and a text-message provider, in a process of their own.

Run as `python -m shared.demo.outside FOLDER ACCOUNT_SID AUTH_TOKEN SEED`; prints `{"smtp": port, "http": port}`.
Mail is received by real SMTP and kept in `mail.jsonl`; texts come over HTTP in Twilio's shape and are kept in
`sms.jsonl`. Status callbacks are signed as Twilio signs, come late, out of order, and now and then twice.
"""

from __future__ import annotations

import asyncio
import base64
import email
import email.policy
import hashlib
import hmac
import json
import random
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Journal:
    """Append-only, one JSON object a line, written before the sender gets its answer."""

    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False)
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


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


class TextProvider:
    """What the HTTP side does: accept once per idempotency key, then tell what became of it."""

    def __init__(self, journal: Journal, *, account: str, token: str, seed: int) -> None:
        self._journal = journal
        self._account, self._token = account, token
        self._random = random.Random(seed)
        self._by_key: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()
        self._callbacks: SimpleQueue[tuple[str, dict[str, str]]] = SimpleQueue()
        threading.Thread(target=self._call_back, daemon=True).start()

    def known(self, user: str, password: str) -> bool:
        return hmac.compare_digest(f"{user}:{password}", f"{self._account}:{self._token}")

    def accept(self, form: Mapping[str, str], key: str | None) -> dict[str, str]:
        with self._lock:
            if key and key in self._by_key:
                return self._by_key[key]
            number = len(self._by_key)
            sid = "SM" + hashlib.sha256(f"{key or number}".encode()).hexdigest()[:32]
            answer = {"sid": sid, "status": "queued", "to": form["To"]}
            self._by_key[key or sid] = answer
        self._journal.add({"to": form["To"], "from": form["From"], "text": form["Body"], "sid": sid, "key": key})
        if form.get("StatusCallback"):
            self._plan(form["StatusCallback"], sid, form["To"])
        return answer

    def find(self, key: str) -> list[dict[str, str]]:
        with self._lock:
            return [self._by_key[key]] if key in self._by_key else []

    def _plan(self, url: str, sid: str, to: str) -> None:
        """`sent` and `delivered`, sometimes the wrong way round, sometimes twice."""
        told = [{"MessageSid": sid, "MessageStatus": status, "To": to} for status in ("sent", "delivered")]
        if self._random.random() < 0.1:
            told.reverse()
        if self._random.random() < 0.1:
            told.append(dict(told[-1]))
        for form in told:
            self._callbacks.put((url, form))

    def _call_back(self) -> None:
        with requests.Session() as session:
            while True:
                url, form = self._callbacks.get()
                headers = {"X-Twilio-Signature": sign(self._token, url, form)}
                try:
                    session.post(url, data=form, headers=headers, timeout=5)
                except requests.RequestException:
                    continue  # a provider does not insist


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and the form's fields in order of name."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def _handler(provider: TextProvider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 65_536  # head and body in one segment, else Nagle waits 40 ms for an acknowledgement

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            form = dict(parse_qsl(self.rfile.read(length).decode()))
            if self._refused():
                return
            if not form.get("To") or not form.get("Body"):
                self._answer(400, {"code": 21604, "message": "To and Body are required", "status": 400})
                return
            self._answer(201, provider.accept(form, self.headers.get("I-Twilio-Idempotency-Token")))

        def do_GET(self) -> None:
            if self._refused():
                return
            key = parse_qs(urlsplit(self.path).query).get("IdempotencyToken", [""])[0]
            self._answer(200, {"messages": provider.find(key)})

        def _refused(self) -> bool:
            scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
            user, _, password = base64.b64decode(encoded or "").decode().partition(":")
            if scheme == "Basic" and provider.known(user, password):
                return False
            self._answer(401, {"code": 20003, "message": "Authenticate", "status": 401})
            return True

        def _answer(self, status: int, body: Mapping[str, Any]) -> None:
            raw = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


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
    provider = TextProvider(Journal(folder / "sms.jsonl"), account=account, token=token, seed=seed)
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler(provider))
    threading.Thread(target=http.serve_forever, daemon=True).start()
    ports = {"smtp": smtp_port, "http": http.server_address[1]}
    print(json.dumps(ports), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]))
