"""Calls back from a provider: signed, late, out of order, now and then twice, now and then never."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count

import requests

from shared.clock import monotonic

PATIENCE_S = 15


@dataclass(frozen=True)
class Weather:
    """How callbacks travel: chances from 0 to 1, and how late the latest is in seconds."""

    reorder: float = 0.1
    duplicate: float = 0.1
    drop: float = 0.0
    late_s: float = 0.0


class Callbacks:
    """Sends what is planned, each at its time, from one thread of its own."""

    def __init__(self, token: str, *, seed: int, weather: Weather) -> None:
        self._token = token
        self._random = random.Random(seed)
        self._weather = weather
        self._ready = threading.Condition()
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._session = requests.Session()
        self._working = False
        threading.Thread(target=self._run, daemon=True).start()

    def plan(self, url: str, told: Sequence[Mapping[str, str]]) -> None:
        """The story of one message, as the weather lets it through."""
        story = [dict(form) for form in told]
        if self._random.random() < self._weather.reorder:
            story.reverse()
        if story and self._random.random() < self._weather.duplicate:
            story.append(dict(story[-1]))
        at = monotonic()
        for form in story:
            if self._random.random() < self._weather.drop:
                continue
            at += self._random.random() * self._weather.late_s
            self.later(at, lambda form=form: self._tell(url, form))  # type: ignore[misc]

    def later(self, at: float, work: Callable[[], None]) -> None:
        with self._ready:
            heappush(self._heap, (at, next(self._order), work))
            self._ready.notify()

    @property
    def busy(self) -> bool:
        """Whether anything is still to be told."""
        with self._ready:
            return self._working or bool(self._heap)

    def post(self, url: str, form: Mapping[str, str]) -> requests.Response:
        """One signed call, as the provider makes it."""
        headers = {"X-Twilio-Signature": sign(self._token, url, form)}
        return self._session.post(url, data=dict(form), headers=headers, timeout=PATIENCE_S)

    def _tell(self, url: str, form: Mapping[str, str]) -> None:
        self.post(url, form)

    def _run(self) -> None:
        while True:
            with self._ready:
                while not self._heap or self._heap[0][0] > monotonic():
                    self._ready.wait(self._heap[0][0] - monotonic() if self._heap else None)
                _, _, work = heappop(self._heap)
                self._working = True
            try:
                work()
            except requests.RequestException:
                continue  # a provider does not insist
            finally:
                with self._ready:
                    self._working = False


def sign(token: str, url: str, form: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 over the URL and the form's fields in order of name."""
    text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
