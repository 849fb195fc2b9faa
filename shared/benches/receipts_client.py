"""`python -m shared.benches.receipts_client PORT CONNECTIONS REQUESTS RESULTS`: prepared requests, as fast as answered.

REQUESTS holds requests, each after its length (4 bytes, big-endian). On each kept-alive connection one request follows
the answer to the one before. RESULTS gets a JSON object: status counts, latencies in microseconds, seconds.
"""

from __future__ import annotations

import json
import selectors
import socket
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from shared.clock import monotonic

PATIENCE_S = 60.0


class _Connection:
    """One kept-alive connection and the answer it is reading."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self._read = b""

    def send(self, request: bytes) -> None:
        self._read = b""
        self.begun = monotonic()
        self.socket.sendall(request)

    def status(self) -> int | None:
        """Read what is there; the status once the answer is whole."""
        fresh = self.socket.recv(65536)
        if not fresh:
            raise ConnectionError("the server hung up")
        self._read += fresh
        head, found, body = self._read.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
        )
        return int(head[9:12]) if len(body) >= length else None


def requests_in(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    place = 0
    while place < len(content):
        (size,) = struct.unpack_from(">I", content, place)
        yield content[place + 4 : place + 4 + size]
        place += 4 + size


def run(port: int, connections: int, path: Path) -> dict[str, object]:
    waiting = requests_in(path)
    selector = selectors.DefaultSelector()
    statuses: Counter[int] = Counter()
    latencies: list[int] = []
    begun = monotonic()
    for _ in range(connections):
        request = next(waiting, None)
        if request is None:
            break
        connection = _Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(request)
    while selector.get_map():
        ready = selector.select(PATIENCE_S)
        if not ready:
            raise TimeoutError(f"no answer for {PATIENCE_S:.0f} s")
        for key, _ in ready:
            connection = key.data
            status = connection.status()
            if status is None:
                continue
            statuses[status] += 1
            latencies.append(int((monotonic() - connection.begun) * 1e6))
            request = next(waiting, None)
            if request is None:
                selector.unregister(connection.socket)
                connection.socket.close()
            else:
                connection.send(request)
    return {"statuses": dict(statuses), "latencies": latencies, "begun": begun, "ended": monotonic()}


if __name__ == "__main__":
    given = sys.argv[1:]
    Path(given[3]).write_text(json.dumps(run(int(given[0]), int(given[1]), Path(given[2]))))
