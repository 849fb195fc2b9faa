"""Families that press "send" on two telephones at once and again until somebody answers, whatever is being killed."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from typing import Any

import requests

from shared.benches import surveys_world as world
from shared.clock import monotonic

PATIENCE_S = 120.0  # a telephone tries so long
TIMEOUT_S = 5.0
BETWEEN_S = 0.2  # families of one thread: enough to be killed amid, and they last until the last kill


class Families:
    """So many threads, each a family after the other; a family is two telephones that send different answers."""

    def __init__(self, tokens: Mapping[str, str], ports: Sequence[int], *, threads: int, seed: int) -> None:
        self._waiting = list(tokens.items())
        self._ports, self._seed = list(ports), seed
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,), daemon=True) for n in range(threads)]
        self.receipts: dict[str, list[Any]] = {}  # by assignment, what each telephone was shown
        self.sent: dict[str, list[dict[str, Any]]] = {}
        self.unanswered: list[str] = []
        self.moments: list[float] = []

    def __enter__(self) -> Families:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    @property
    def left(self) -> int:
        return len(self._waiting)

    def answered_since(self, moment: float) -> bool:
        return bool(self.moments) and self.moments[-1] > moment

    def _run(self, number: int) -> None:
        dice = random.Random(self._seed * 1_000 + number)
        while not self._stopping.wait(BETWEEN_S):
            with self._lock:
                if not self._waiting:
                    return
                assignment_id, token = self._waiting.pop()
                self.receipts[assignment_id], self.sent[assignment_id] = [], []
            telephones = [
                threading.Thread(target=self._send, args=(assignment_id, token, dice.randrange(1 << 30))) for _ in range(2)
            ]
            for each in telephones:
                each.start()
            for each in telephones:
                each.join()

    def _send(self, assignment_id: str, token: str, drawn: int) -> None:
        """Until there is a receipt. Whose wish is full chooses another; a broken connection is tried again elsewhere."""
        form = world.answers(drawn)
        with self._lock:
            self.sent[assignment_id].append(world.expected(form))
        until = monotonic() + PATIENCE_S
        port = drawn
        while monotonic() < until:
            port += 1
            try:
                answer = requests.post(
                    f"http://127.0.0.1:{self._ports[port % len(self._ports)]}/surveys/s/{token}",
                    json={"answers": _plain(form), "wish": "send"},
                    timeout=TIMEOUT_S,
                )
            except requests.RequestException:
                threading.Event().wait(0.1)
                continue
            if answer.status_code == 200:
                with self._lock:
                    self.receipts[assignment_id].append(answer.json())
                    self.moments.append(monotonic())
                return
            if answer.status_code == 422:
                form = {**form, "channel": ["sms"]}
                with self._lock:
                    self.sent[assignment_id].append(world.expected(form))
                continue
            threading.Event().wait(0.1)
        with self._lock:
            self.unanswered.append(assignment_id)


def _plain(form: Mapping[str, Sequence[str]]) -> dict[str, dict[str, Any]]:
    return {
        name.partition(".")[0]: {"text": values[0]} if name.endswith(".text") else {"values": list(values)}
        for name, values in form.items()
    }
