"""apertium-apy as a server of its own, and `apertium` once a message."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode

from shared.benches import peers
from shared.clock import monotonic

PIPES = 2  # its best on two cores: more pipes are more processes for the same cores


@dataclass(frozen=True)
class Apy:
    """A running apertium-apy."""

    port: int

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Apy]:
        """With the pairs of Debian, on a free port of this machine."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        program = peers.python().parent / "apertium-apy"
        command = [str(program), "-p", str(port), "-j", "1", "-n", str(PIPES), "-i", str(PIPES), "/usr/share/apertium"]
        with tempfile.TemporaryDirectory() as scratch:  # it writes files where it stands
            server = subprocess.Popen(
                command, cwd=scratch, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
            )
            try:
                apy = cls(port)
                apy._until_ready(server)
                yield apy
            finally:
                server.send_signal(signal.SIGTERM)
                with suppress(subprocess.TimeoutExpired):
                    server.wait(5)
                server.kill()
                server.wait()

    def translate(self, texts: Sequence[str], *, clients: int) -> list[str]:
        """Each text as a request of its own, as it takes them; every client keeps its connection."""

        def some(share: Sequence[str]) -> list[str]:
            connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
            try:
                return [_asked(connection, text) for text in share]
            finally:
                connection.close()

        with ThreadPoolExecutor(clients) as pool:
            return [
                answer
                for share in pool.map(some, (texts[first::clients] for first in range(clients)))
                for answer in share
            ]

    def _until_ready(self, server: subprocess.Popen[bytes]) -> None:
        deadline = monotonic() + 60
        while monotonic() < deadline and server.poll() is None:
            with suppress(OSError):
                connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/listPairs")
                connection.getresponse().read()
                connection.close()
                return
            with suppress(subprocess.TimeoutExpired):
                server.wait(0.2)
        raise RuntimeError("apertium-apy does not answer")


def one_shot(texts: Sequence[str]) -> list[str]:
    """`apertium eng-spa`, a process tree for every message."""
    return [
        subprocess.run(["apertium", "-u", "eng-spa"], input=text, capture_output=True, text=True, check=True).stdout
        for text in texts
    ]


def _asked(connection: HTTPConnection, text: str) -> str:
    query = urlencode({"langpair": "eng|spa", "markUnknown": "no", "q": text})
    connection.request("GET", f"/translate?{query}")
    answer: str = json.loads(connection.getresponse().read())["responseData"]["translatedText"]
    return answer
