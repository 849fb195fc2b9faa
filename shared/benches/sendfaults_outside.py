"""`python -m shared.benches.sendfaults_outside PORT BOOK SEED`: a provider of texts and calls, Twilio's shape, never killed.

Two sorts of account: one finds a message again by the sender's key and takes no second one under it (`ACkeyed…`), one
takes whatever it is told (`ACplain…`). A few requests are accepted and never answered, a few break after they were
accepted, a few are refused before. What was accepted is in BOOK, one JSON object a line, before any answer leaves.
Then the story of each is called back: signed, shuffled, now and then twice, until it is heard.
"""

from __future__ import annotations

import json
import queue
import random
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import requests

from shared.demo.callbacks import sign

TOKEN = "bench-token"  # noqa: S105 of a provider that exists in this process only
KEYED, PLAIN = "ACkeyed", "ACplain"
KEY_HEADER = "I-Twilio-Idempotency-Token"
HANGS_UP, BREAKS, REFUSES = 0.01, 0.005, 0.01
LATE = (0.002, 0.03)  # seconds until an answer
INSISTS = 60  # times a call back is tried, a second apart
TELLERS = 8


class Provider(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, book: Path, seed: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.dice = random.Random(seed)
        self.lock = threading.Lock()
        self._book = book.open("a", encoding="utf-8")
        self._known: dict[str, str] = {}
        self._count = 0
        self._stories: queue.Queue[list[tuple[str, dict[str, str]]]] = queue.Queue()
        for _ in range(TELLERS):
            threading.Thread(target=self._tell, daemon=True).start()

    def accept(self, account: str, resource: str, key: str, form: dict[str, str]) -> str:
        """The provider's name for it; the same one for the same key, where the account keeps keys."""
        with self.lock:
            if account.startswith(KEYED) and key in self._known:
                return self._known[key]
            self._count += 1
            sid = f"{'CA' if resource == 'Calls' else 'SM'}{self._count:032x}"
            self._known[key] = sid
            named = dict(parse_qsl(urlsplit(form["StatusCallback"]).query))
            entry = {"sid": sid, "resource": resource, "account": account}
            entry |= {"delivery": named["delivery"], "try": named.get("try", "1")}
            self._book.write(json.dumps(entry) + "\n")
            self._book.flush()
            self._stories.put(self._story(resource, sid, form))
        return sid

    def find(self, key: str) -> list[dict[str, str]]:
        with self.lock:
            return [{"sid": self._known[key], "status": "queued"}] if key in self._known else []

    def _story(self, resource: str, sid: str, form: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
        if resource == "Calls":
            base = {"CallSid": sid, "To": form["To"], "From": form["From"], "AnsweredBy": "human"}
            picked_up = (form["Url"], base | {"CallStatus": "in-progress"})
            return [picked_up, (form["StatusCallback"], base | {"CallStatus": "completed", "CallDuration": "21"})]
        base = {"MessageSid": sid, "To": form["To"]}
        told = [(form["StatusCallback"], base | {"MessageStatus": word}) for word in ("sent", "delivered")]
        if self.dice.random() < 0.3:
            told.reverse()
        return [*told, told[-1]] if self.dice.random() < 0.2 else told

    def _tell(self) -> None:
        session, pause = requests.Session(), threading.Event()
        while True:
            for url, form in self._stories.get():
                for _ in range(INSISTS):
                    try:
                        headers = {"X-Twilio-Signature": sign(TOKEN, url, form)}
                        if session.post(url, data=form, headers=headers, timeout=10).ok:
                            break
                    except requests.RequestException:
                        pass  # the web process has been killed: it comes back
                    pause.wait(1.0)


class _Handler(BaseHTTPRequestHandler):
    server: Provider
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one segment

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode(), keep_blank_values=True))
        account, resource = self._asked()
        with self.server.lock:
            late, draw = self.server.dice.uniform(*LATE), self.server.dice.random()
        threading.Event().wait(late)
        if draw < REFUSES:
            return self._say(503, {"message": "busy"})
        sid = self.server.accept(account, resource, self.headers[KEY_HEADER], form)
        if draw < REFUSES + HANGS_UP:
            self.close_connection = True
            return None
        if draw < REFUSES + HANGS_UP + BREAKS:
            return self._say(500, {"message": "broken"})
        return self._say(201, {"sid": sid, "status": "queued"})

    def do_GET(self) -> None:
        account, resource = self._asked()
        if not account.startswith(KEYED):
            return self._say(404, {"message": "no such question"})
        key = parse_qs(urlsplit(self.path).query)["IdempotencyToken"][0]
        return self._say(200, {resource.lower(): self.server.find(key)})

    def _asked(self) -> tuple[str, str]:
        """Account and resource, of `/2010-04-01/Accounts/{account}/{resource}.json`."""
        parts = urlsplit(self.path).path.split("/")
        return parts[3], parts[4].removesuffix(".json")

    def _say(self, status: int, body: Any) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


if __name__ == "__main__":
    Provider(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])).serve_forever(0.05)
