"""`python -m shared.benches.rush_client CLIENTS PORTS WISHES RESULTS`: families at their telephones, all let go at once.

WISHES holds one path a line, a household's one after the other; each client has households of its own. A client posts a
choice, and where the time was taken chooses among the next three it is shown, until it has a meeting. Who loses the
connection tries again at the next server, as a browser does. RESULTS gets a JSON object: what became of each line.
"""

from __future__ import annotations

import json
import random
import selectors
import socket
import sys
from collections import Counter, deque
from pathlib import Path

from shared.clock import monotonic

PATIENCE_S = 30.0
TRIES = 12  # choices of one wish, before its family gives up


class Client:
    """One family's telephone after the other: one request at a time on a kept-alive connection."""

    def __init__(self, ports: list[int], lines: list[tuple[int, str]], seed: int) -> None:
        self._ports = ports
        self._lines = deque(lines)
        self._dice = random.Random(seed)
        self._at = seed % len(ports)
        self._read = b""
        self._request = b""
        self.begun = 0.0
        self.socket: socket.socket | None = None
        self.line, self.path, self.tries = -1, "", 0

    def connect(self) -> socket.socket:
        """To the next server that lets us in."""
        for _ in range(400):
            try:
                made = socket.create_connection(("127.0.0.1", self._ports[self._at]), timeout=5)
            except OSError:
                self._at = (self._at + 1) % len(self._ports)
                continue
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.socket = made
            return made
        raise ConnectionError("no server answers")

    def next_wish(self) -> bool:
        if not self._lines:
            return False
        self.line, self.path = self._lines.popleft()
        self.tries = 0
        self._prepare(1)
        return True

    def choose_again(self, path: str) -> None:
        """One of the times that the page shows."""
        self.path, self.tries = path, self.tries + 1
        self._prepare(self._dice.randint(1, 3))

    def send(self) -> None:
        assert self.socket is not None
        self._read, self.begun = b"", monotonic()
        self.socket.sendall(self._request)

    def answer(self) -> tuple[int, str] | None:
        """(status, location) once it is whole; ConnectionError when the server is gone."""
        assert self.socket is not None
        fresh = self.socket.recv(65536)
        if not fresh:
            raise ConnectionError("the server hung up")
        self._read += fresh
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return None
        headers = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
        if len(body) < int(headers.get(b"content-length", b"0")):
            return None
        location = next((line[9:].strip() for line in head.split(b"\r\n") if line.lower().startswith(b"location:")), b"")
        return int(head[9:12]), location.decode()

    def _prepare(self, n: int) -> None:
        body = f"n={n}&mode=phone"
        self._request = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def run(clients: list[Client]) -> dict[str, object]:
    """Until every household has what it wants; all start when all are connected."""
    selector = selectors.DefaultSelector()
    statuses: Counter[str] = Counter()
    latencies: list[int] = []
    booked: dict[int, str] = {}
    moments: list[float] = []
    for client in clients:
        selector.register(client.connect(), selectors.EVENT_READ, client)
    begun = monotonic()
    for client in clients:
        if client.next_wish():
            client.send()
    while selector.get_map():
        ready = selector.select(PATIENCE_S)
        if not ready:
            raise TimeoutError(f"no answer for {PATIENCE_S:.0f} s")
        for key, _ in ready:
            client = key.data
            try:
                answer = client.answer()
            except OSError:
                statuses["reconnected"] += 1
                selector.unregister(key.fileobj)
                selector.register(client.connect(), selectors.EVENT_READ, client)
                client.send()  # the same click again
                continue
            if answer is None:
                continue
            latencies.append(int((monotonic() - client.begun) * 1e6))
            moments.append(round(monotonic() - begun, 3))
            if not _goes_on(client, answer, booked, statuses):
                selector.unregister(key.fileobj)
                continue
            client.send()
    return {
        "booked": booked,
        "statuses": dict(statuses),
        "latencies": latencies,
        "moments": moments,
        "seconds": monotonic() - begun,
    }


def _goes_on(client: Client, answer: tuple[int, str], booked: dict[int, str], statuses: Counter[str]) -> bool:
    """Note what became of the request; whether there is another to send."""
    status, location = answer
    if status == 303 and "/scheduling/m/" in location:
        statuses["booked"] += 1
        booked[client.line] = location
        return client.next_wish()
    if status == 303 and client.tries < TRIES:
        statuses["offered_again"] += 1
        client.choose_again(location.partition("?")[0])
        return True
    statuses["gave_up" if status == 303 else f"status_{status}"] += 1
    return client.next_wish()


if __name__ == "__main__":
    count, ports, given, results = int(sys.argv[1]), [int(each) for each in sys.argv[2].split(",")], *map(Path, sys.argv[3:5])
    paths = given.read_text().splitlines()
    per_household = int(sys.argv[5])
    made = []
    for n in range(count):
        mine = [(line, path) for line, path in enumerate(paths) if line // per_household % count == n]
        made.append(Client(ports, mine, n))
    results.write_text(json.dumps(run(made)))
