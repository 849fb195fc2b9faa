"""The provider that tests and the demo stand on: it keeps keys or not, behaves as it was taught, and tells in any weather."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
import requests
from twilio.request_validator import RequestValidator

from shared.demo.callbacks import Weather
from tests.unit.services.notifications.sms.stand import ACCOUNT, CALM, TOKEN, provider, until

KEY = "I-Twilio-Idempotency-Token"


class Listener(ThreadingHTTPServer):
    """Where callbacks arrive."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Heard)
        self.heard: list[tuple[str, dict[str, str], str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/status?delivery=d-1"


class _Heard(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.server.heard.append((self.path, form, self.headers["X-Twilio-Signature"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Silence."""


@pytest.fixture
def listener():
    server = Listener()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def send(stand, listener, key: str, to: str = "+1555") -> requests.Response:
    form = {"To": to, "From": "+1", "Body": "Hello", "StatusCallback": listener.url}
    url = f"{stand.base}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    return requests.post(url, data=form, headers={KEY: key}, auth=(ACCOUNT, TOKEN), timeout=10)


def statuses(listener) -> list[str]:
    return [form["MessageStatus"] for _, form, _ in listener.heard]


def told(stand, listener) -> list[str]:
    until(lambda: not stand.telephony.callbacks.busy)
    return statuses(listener)


def test_callbacks_are_signed_as_twilios_own_library_checks_them(tmp_path, listener):
    with provider(tmp_path) as stand:
        send(stand, listener, "k-1")
        assert told(stand, listener) == ["sent", "delivered"]
    validator = RequestValidator(TOKEN)
    assert all(validator.validate(listener.url, form, signature) for _, form, signature in listener.heard)


@pytest.mark.parametrize(
    ("weather", "expected"),
    [
        (Weather(reorder=1, duplicate=0), ["delivered", "sent"]),
        (Weather(reorder=0, duplicate=1), ["sent", "delivered", "delivered"]),
        (Weather(reorder=0, duplicate=0, drop=1), []),
        (Weather(reorder=0, duplicate=0, late_s=0.02), ["sent", "delivered"]),
    ],
    ids=repr,
)
def test_weather_turns_round_doubles_loses_and_delays(tmp_path, listener, weather, expected):
    with provider(tmp_path, weather=weather) as stand:
        send(stand, listener, "k-1")
        assert told(stand, listener) == expected


@pytest.mark.parametrize(("keeps", "accepted"), [(True, 1), (False, 2)])
def test_with_keys_a_message_is_taken_once_and_without_as_often_as_it_comes(tmp_path, listener, keeps, accepted):
    with provider(tmp_path, keeps_keys=keeps, weather=CALM) as stand:
        first, second = send(stand, listener, "k-1"), send(stand, listener, "k-1")
        assert len(stand.texts) == accepted and (first.json()["sid"] == second.json()["sid"]) is keeps


def test_it_is_taught_from_outside_and_forgets_after_so_many_times(tmp_path, listener):
    with provider(tmp_path) as stand:
        requests.put(f"{stand.base}/manners/%2B1555", json={"status": 500, "accepts": False, "times": 1}, timeout=10)
        assert send(stand, listener, "k-1").status_code == 500 and stand.texts == []
        assert send(stand, listener, "k-1").status_code == 201
        requests.put(f"{stand.base}/manners/%2B1556", json={"told": ["undelivered:30006"]}, timeout=10)
        send(stand, listener, "k-2", "+1556")
        until(lambda: not stand.telephony.callbacks.busy)
    assert {"MessageStatus": "undelivered", "ErrorCode": "30006"}.items() <= listener.heard[-1][1].items()


def test_nobody_sends_without_the_accounts_password(tmp_path, listener):
    with provider(tmp_path) as stand:
        answer = requests.post(f"{stand.base}/2010-04-01/Accounts/x/Messages.json", auth=("a", "b"), data={"To": "+1"}, timeout=10)
        assert answer.status_code == 401 and answer.json()["code"] == 20003
