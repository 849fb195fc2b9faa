"""A provider in Twilio's shape tells what became of a message when it is asked by its own name for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.notifications.channels.sms.twilio import TwilioSms
from services.notifications.handlers.healing import CanBeAsked

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
KNOWN = {
    "SMgone": (200, {"sid": "SMgone", "status": "delivered"}),
    "SMbad": (200, {"sid": "SMbad", "status": "undelivered", "error_code": 30005}),
    "SModd": (200, {"sid": "SModd", "status": "scheduled"}),
    "SMhtml": (200, "<html>Sign in</html>"),
    "SMbroken": (500, {"status": "delivered"}),
}


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        sid = self.path.rpartition("/")[2].removesuffix(".json")
        status, body = KNOWN.get(sid, (404, {"code": 20404}))
        raw = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def account() -> Iterator[TwilioSms]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    yield TwilioSms({"name": "t", "base": base, "account_sid": "AC1", "auth_token": "x", "sender": "+1"}, base_url="https://x")
    server.shutdown()
    server.server_close()


def test_what_it_tells_is_our_word_and_what_makes_no_sense_is_none(account):
    assert isinstance(account, CanBeAsked)
    words = account.look_up(["SMgone", "SMbad", "SModd", "SMhtml", "SMbroken", "SMnobody"], at=NOW)
    assert [(word.provider_ref, word.state, word.code, word.permanent) for word in words] == [
        ("SMgone", "delivered", None, True),
        ("SMbad", "failed", "sms_30005", True),
    ]


def test_an_answer_looked_up_and_the_same_one_called_back_are_one_word(account):
    (word,) = account.look_up(["SMgone"], at=NOW)
    assert word.key == "SMgone:delivered"


def test_a_provider_that_is_away_has_told_nothing(account):
    away = TwilioSms({"name": "t", "base": "http://127.0.0.1:9", "account_sid": "AC1", "auth_token": "x", "sender": "+1"}, base_url="https://x")
    assert away.look_up(["SMgone"], at=NOW) == []
