"""The provider's door: Twilio's REST paths over HTTP, and a side door by which a test teaches it manners."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from shared.demo.telephony import Manner, Said, Telephony

KEY_HEADER = "I-Twilio-Idempotency-Token"


class Door(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, provider: Telephony, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.provider = provider

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Door
    protocol_version = "HTTP/1.1"
    wbufsize = 65_536  # head and body in one segment, else Nagle waits 40 ms for an acknowledgement

    def do_POST(self) -> None:
        form = dict(parse_qsl(self._body().decode(), keep_blank_values=True))
        if self._refused():
            return
        key = self.headers.get(KEY_HEADER)
        provider, path = self.server.provider, urlsplit(self.path).path
        self._say(provider.call(form, key) if path.endswith("/Calls.json") else provider.message(form, key))

    def do_GET(self) -> None:
        if self._refused():
            return
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        name = path.rpartition("/")[2].removesuffix(".json")
        if name not in ("Calls", "Messages"):
            self._say(self.server.provider.status_of(name))
            return
        kind = "calls" if path.endswith("/Calls.json") else "messages"
        self._say(Said(200, {kind: self.server.provider.find(query.get("IdempotencyToken", [""])[0])}))

    def do_PUT(self) -> None:
        """`PUT /manners/{number}` with a Manner's fields as JSON."""
        taught = json.loads(self._body())
        for name in ("told",):
            if name in taught:
                taught[name] = tuple(taught[name])
        self.server.provider.teach(unquote(urlsplit(self.path).path.rpartition("/")[2]), Manner(**taught))
        self._say(Said(200, {}))

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refused(self) -> bool:
        scheme, _, encoded = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(encoded or "").decode().partition(":")
        if scheme == "Basic" and self.server.provider.known(user, password):
            return False
        self._say(Said(401, {"code": 20003, "message": "Authenticate", "status": 401}))
        return True

    def _say(self, said: Said) -> None:
        if said.body is None:
            self.close_connection = True
            return
        raw = said.body.encode() if isinstance(said.body, str) else json.dumps(said.body).encode()
        self.send_response(said.status)
        self.send_header("Content-Type", "text/html" if isinstance(said.body, str) else "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def open_door(provider: Telephony) -> Iterator[Door]:
    """The provider on a free port of 127.0.0.1."""
    door = Door(provider)
    threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield door
    finally:
        door.shutdown()
        door.server_close()
