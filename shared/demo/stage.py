"""Where the scenes play: one embedded cell with a simulated clock, its pages on loopback, and the world outside.

Scenes touch the product only as people do: files and the CLI's engine, pages over HTTP, text messages through the
provider's webhook, mail through SMTP. What they check is what a person would see.
"""

from __future__ import annotations

import html
import json
import re
import secrets as random
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import eventlet
import requests
from eventlet import wsgi

from shared.clock import SimulatedClock
from shared.demo.callbacks import sign
from shared.launcher import secrets
from shared.launcher.collector import calm_collector
from shared.launcher.embedded import EmbeddedCell
from shared.launcher.site import build_site
from shared.tenancy.cell import Durability, Mode, embedded_cell

ACCOUNT = "AC00000000000000000000000000000000"
SENDER = "+13125559999"
_HIDDEN = re.compile(r'<input type="hidden" name="(_[a-z]+)" value="([^"]*)"')


@dataclass(frozen=True)
class Person:
    """A browser of somebody's: cookies, and the proof that a form was ours."""

    session: requests.Session
    base: str

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.session.get(self.base + path if path.startswith("/") else path, timeout=60, **kwargs)

    def post(self, path: str, form: dict[str, Any], *, page: str | None = None) -> requests.Response:
        """Fill in the form of `page` (default: the path itself) and send it, as a browser without JavaScript would."""
        shown = self.get(page or path)
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(shown.text)}
        url = self.base + path if path.startswith("/") else path
        return self.session.post(url, data={**hidden, **form}, headers=self._headers("text/html"), timeout=60)

    def send(self, path: str, body: dict[str, Any], *, key: str | None = None) -> requests.Response:
        """The JSON interface, from a signed-in session."""
        headers = self._headers("application/json")
        if key:
            headers["Idempotency-Key"] = key
        return self.session.post(self.base + path, json=body, headers=headers, timeout=60)

    def _headers(self, accept: str) -> dict[str, str]:
        token = self.session.headers.get("X-CSRF-Token")
        found = {"Accept": accept, "Origin": self.base}
        return {**found, "X-CSRF-Token": str(token)} if token else found


class Stage:
    """`open` before, `close` after."""

    def __init__(self, folder: Path, slug: str, out: Path, *, start: datetime, zone: str, port: int, seed: int) -> None:
        self.folder = folder
        self.slug = slug
        self.out = out
        self.zone = ZoneInfo(zone)
        self.clock = SimulatedClock(start)
        self._port = port
        self._seed = seed
        self._token = random.token_hex(16)
        self._outside: subprocess.Popen[str] | None = None
        self._signed_in: dict[str, Person] = {}
        self._signed_on = start.date()
        self._read: dict[str, tuple[list[dict[str, Any]], int]] = {}
        self._arrived: list[tuple[str, dict[str, Any]]] = []  # of both journals, in the order they were read

    def open(self) -> None:
        self.out.mkdir(parents=True, exist_ok=True)
        ports = self._start_outside()
        listener = eventlet.listen(("127.0.0.1", self._port))
        self.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        cell = embedded_cell(
            self.out / "state",
            (self.slug,),
            name="demo",
            mode=Mode.DEMO,
            base_url=self.base,
            durability=Durability.PROCESS,
            smtp={"host": "127.0.0.1", "port": ports["smtp"], "sender": f"school@{self.slug}.example.org"},
            sms={
                "base": f"http://127.0.0.1:{ports['http']}",
                "account_sid": ACCOUNT,
                "auth_token": self._token,
                "sender": SENDER,
                "lookup": True,
            },
        )
        own = secrets.load(cell)
        self.cell = EmbeddedCell(cell, secrets.keyring(cell, own), clock=self.clock, link_key=own.link_key)
        self.cell.start()
        self.runtime = self.cell.runtime
        eventlet.spawn(wsgi.server, listener, build_site(self.runtime), log_output=False, keepalive=True)
        self.cell.settle()
        calm_collector()

    def close(self) -> None:
        self.cell.stop()
        if self._outside is not None:
            self._outside.terminate()
            self._outside.wait(timeout=10)

    # -- time

    def local(self, day: str, time: str = "00:00") -> datetime:
        """An instant, from a wall clock of the district."""
        return datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=self.zone)

    def until(self, instant: datetime) -> None:
        """Let time pass; everything due on the way happens at its hour."""
        self.cell.advance_to(instant)

    def settle(self) -> None:
        self.cell.settle(timeout=120)

    @property
    def now(self) -> datetime:
        return self.clock.now().astimezone(self.zone)

    # -- people

    def staff(self, person_id: str) -> Person:
        """Sign in through the demo's page; a session does not outlive the day."""
        today = self.now.date()
        if self._signed_on != today:
            self._signed_in.clear()
            self._signed_on = today
        if person_id not in self._signed_in:
            person = self.nobody()
            answer = person.post("/identity/sign-in", {"person_id": person_id})
            answer.raise_for_status()
            token = dict(_HIDDEN.findall(answer.text)).get("_csrf")
            token = token or dict(_HIDDEN.findall(person.get("/notifications/compose").text)).get("_csrf")
            if token:
                person.session.headers["X-CSRF-Token"] = html.unescape(token)
            self._signed_in[person_id] = person
        return self._signed_in[person_id]

    def nobody(self) -> Person:
        """A browser that knows nothing yet: a guardian with a link."""
        session = requests.Session()
        session.headers["Accept"] = "text/html"
        return Person(session, self.base)

    def text_in(self, number: str, body: str) -> requests.Response:
        """A guardian writes a text message; the provider signs it and brings it."""
        url = f"{self.base}/notifications/webhooks/sms/inbound"
        form = {"From": number, "To": SENDER, "Body": body, "MessageSid": "SM" + random.token_hex(16)}
        headers = {"X-Twilio-Signature": sign(self._token, url, form)}
        return requests.post(url, data=form, headers=headers, timeout=60)

    # -- what people see

    def texts(self, to: str | None = None) -> list[dict[str, Any]]:
        return [entry for entry in self._journal("sms.jsonl") if to is None or entry["to"] == to]

    def mails(self, to: str | None = None) -> list[dict[str, Any]]:
        return [entry for entry in self._journal("mail.jsonl") if to is None or to in entry["to"]]

    def received(self, *, email: str | None, sms: str | None) -> list[str]:
        """Everything a person got, whatever the way; what is new since the last call stands at the end."""
        self._journal("mail.jsonl"), self._journal("sms.jsonl")
        return [
            entry["text"]
            for name, entry in self._arrived
            if (email in entry["to"] if name == "mail.jsonl" else entry["to"] == sms)
        ]

    def rows(self, service: str, query: Any) -> list[Any]:
        """What a service holds (for finding people and figures; never in place of what a person would see)."""
        with self.runtime.databases.transaction(service, self.slug) as connection:
            return list(connection.execute(query))

    def _journal(self, name: str) -> list[dict[str, Any]]:
        """All entries so far; only what is new is read."""
        entries, position = self._read.get(name, ([], 0))
        path = self.out / name
        if path.exists():
            with path.open("rb") as file:
                file.seek(position)
                fresh = file.read()
            whole = fresh[: fresh.rfind(b"\n") + 1]
            new = [json.loads(line) for line in whole.splitlines()]
            entries += new
            self._arrived += [(name, entry) for entry in new]
            position += len(whole)
        self._read[name] = (entries, position)
        return entries

    def _start_outside(self) -> dict[str, int]:
        command = [
            sys.executable,
            "-W",
            "ignore",
            "-m",
            "shared.demo.outside",
            str(self.out),
            ACCOUNT,
            self._token,
            str(self._seed),
        ]
        self._outside = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._outside.stdout is not None
        ports: dict[str, int] = json.loads(self._outside.stdout.readline())
        return ports


def next_school_day(day: datetime, holidays: frozenset[str]) -> datetime:
    """The same hour on the next weekday that is no holiday."""
    day += timedelta(days=1)
    while day.weekday() > 4 or day.date().isoformat() in holidays:
        day += timedelta(days=1)
    return day
