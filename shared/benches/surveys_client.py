"""`python -m shared.benches.surveys_client CLIENTS PORTS JOURNEYS RESULTS RATE`: families at their telephones.

JOURNEYS holds a JSON array a line: the path of the page, and the form that is sent there. A journey is GET, POST and the
page that the POST leads to. With RATE 0 every client begins its next journey when the last has ended; else journeys
begin so many a second whether or not the server keeps up, and waiting for a free client counts as waiting for the page
(no coordinated omission). RESULTS gets a JSON object.
"""

from __future__ import annotations

import json
import selectors
import socket as sockets
import sys
from collections import Counter, deque
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

from shared.clock import monotonic

PATIENCE_S = 60.0
STEPS = ("get", "post", "receipt")


@dataclass
class Client:
    """One telephone: a kept-alive connection, a journey at a time."""

    ports: list[int]
    at: int
    socket: sockets.socket | None = None
    read: bytes = b""
    step: int = 0
    journey: int = -1
    path: str = ""
    body: str = ""
    cookies: dict[str, str] = field(default_factory=dict)
    sent: float = 0.0
    begun: float = 0.0

    def connect(self) -> sockets.socket:
        made = sockets.create_connection(("127.0.0.1", self.ports[self.at % len(self.ports)]), timeout=10)
        made.setsockopt(sockets.IPPROTO_TCP, sockets.TCP_NODELAY, 1)
        self.socket = made
        return made

    def send(self, *, since: float | None = None) -> None:
        assert self.socket is not None
        self.read = b""
        kept = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = f" {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n" + (f"Cookie: {kept}\r\n" if kept else "")
        if self.step == 1:
            form = "Content-Type: application/x-www-form-urlencoded\r\n"
            request = f"POST{head}{form}Content-Length: {len(self.body)}\r\n\r\n{self.body}"
        else:
            request = f"GET{head}\r\n"
        self.sent = monotonic() if since is None else since
        self.socket.sendall(request.encode())

    def answer(self) -> tuple[int, dict[str, str], bytes] | None:
        """Status, headers and body, once it is whole."""
        assert self.socket is not None
        fresh = self.socket.recv(262_144)
        if not fresh:
            raise ConnectionError("the server hung up")
        self.read += fresh
        head, found, body = self.read.partition(b"\r\n\r\n")
        if not found:
            return None
        lines = head.decode("latin-1").split("\r\n")
        headers: dict[str, str] = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "set-cookie":
                cookie, _, rest = value.strip().partition(";")[0].partition("=")
                self.cookies[cookie] = rest
            headers[name.lower()] = value.strip()
        if len(body) < int(headers.get("content-length", "0")):
            return None
        return int(lines[0].split(" ", 2)[1]), headers, body


def run(clients: list[Client], journeys: list[list[object]], rate: float) -> dict[str, object]:
    """Every journey once."""
    selector = selectors.DefaultSelector()
    for client in clients:
        selector.register(client.connect(), selectors.EVENT_READ, client)
    waiting = deque(range(len(journeys)))
    free = deque(clients)
    latencies: dict[str, list[int]] = {step: [] for step in (*STEPS, "journey")}
    statuses: Counter[str] = Counter()
    done: list[int] = []
    bytes_read = 0
    begun = monotonic()
    left = len(journeys)
    while left:
        now = monotonic()
        while waiting and free and (not rate or begun + waiting[0] / rate <= now):
            client, number = free.popleft(), waiting.popleft()
            path, form = journeys[number]
            client.journey, client.step, client.path, client.cookies = number, 0, str(path), {}
            client.body = form if isinstance(form, str) else urlencode(form, doseq=True)  # type: ignore[arg-type]
            client.begun = begun + number / rate if rate else now
            client.send(since=client.begun)
        patience = PATIENCE_S if not (rate and waiting and free) else max(0.0, begun + waiting[0] / rate - monotonic())
        ready = selector.select(patience)
        if not ready and patience == PATIENCE_S:
            raise TimeoutError(f"no answer for {PATIENCE_S:.0f} s")
        for key, _ in ready:
            client = key.data
            answer = client.answer()
            if answer is None:
                continue
            status, headers, body = answer
            at = monotonic()
            bytes_read += len(client.read)
            latencies[STEPS[client.step]].append(int((at - client.sent) * 1e6))
            statuses[f"{STEPS[client.step]} {status}"] += 1
            if client.step < 2 and status in (200, 302, 303):
                _onwards(client, headers, body)
                client.send()
                continue
            latencies["journey"].append(int((at - client.begun) * 1e6))
            if client.step == 2 and status == 200 and b'id="survey"' not in body:
                done.append(client.journey)
            left -= 1
            free.append(client)
    return {"latencies": latencies, "statuses": dict(statuses), "done": done, "bytes": bytes_read, "seconds": monotonic() - begun}


def _onwards(client: Client, headers: dict[str, str], body: bytes) -> None:
    """To the form that was shown, then to where it leads. A form's hidden token (Django's) is sent back."""
    client.step += 1
    if client.step == 2:
        client.path = headers.get("location", client.path)
        return
    _, found, rest = body.partition(b'name="csrfmiddlewaretoken" value="')
    if found:
        client.body += "&csrfmiddlewaretoken=" + rest.partition(b'"')[0].decode()


if __name__ == "__main__":
    count, ports, given, results = int(sys.argv[1]), [int(each) for each in sys.argv[2].split(",")], *map(Path, sys.argv[3:5])
    asked = [json.loads(line) for line in given.read_text().splitlines()]
    results.write_text(json.dumps(run([Client(ports, n) for n in range(count)], asked, float(sys.argv[5]))))
