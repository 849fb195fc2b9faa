"""A mail server that does as it is told: answers by address, hangs up, talks nonsense, asks for a password or TLS."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

HANG_UP = "hang up"


@dataclass
class MailServer:
    """`answers`: by the command as it is sent, or by "." for a text; a list is used up. `flights`: what came in one read."""

    offers: tuple[str, ...] = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
    answers: dict[str, str | list[str]] = field(default_factory=dict)
    greeting: str | list[str] = "220 here"
    tls: ssl.SSLContext | None = None
    mails: list[tuple[str, str, bytes]] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    flights: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    def serve(self, listener: socket.socket, stopped: threading.Event) -> None:
        while not stopped.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                self.connections += 1
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with suppress(OSError, _HungUp), connection:
            _Session(self, connection).run()

    def said(self, command: str, usual: str) -> str:
        given = self.answers.get(command, usual)
        if isinstance(given, list):
            return given.pop(0) if given else usual
        return given


class _HungUp(Exception):
    pass


class _Session:
    def __init__(self, server: MailServer, connection: socket.socket) -> None:
        self.server, self.connection, self.buffer = server, connection, b""
        self.sender = self.to = ""

    def run(self) -> None:
        greeting = self.server.greeting
        self._say((greeting.pop(0) if greeting else "220 here") if isinstance(greeting, list) else greeting)
        while True:
            self._command(self._line().decode())

    def _command(self, line: str) -> None:
        self.server.commands.append(line)
        word = line.split(":")[0].split(" ")[0].upper()
        if word == "EHLO":
            rows = ["here", *self.server.offers]
            usual = "\r\n".join(f"250{'-' if at + 1 < len(rows) else ' '}{row}" for at, row in enumerate(rows))
            self._say(self.server.said("EHLO", usual))
        elif word == "STARTTLS" and self.server.tls:
            self._say("220 go ahead")
            self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        elif word == "DATA":
            self._data()
        elif word == "QUIT":
            raise _HungUp
        else:
            answer = self.server.said(line, "250 OK")
            if word == "MAIL" and answer.startswith("250"):
                self.sender, self.to = line.partition("<")[2].rstrip(">"), ""
            if word == "RCPT" and answer.startswith("25"):
                self.to = line.partition("<")[2].rstrip(">")
            self._say(answer)

    def _data(self) -> None:
        answer = self.server.said("DATA", "354 go" if self.to else "503 no recipient")
        self._say(answer)
        if not answer.startswith("354"):
            return
        rows = []
        while (row := self._line()) != b".":
            rows.append(row.removeprefix(b"."))
        answer = self.server.said(".", "250 kept" if self.to else "554 for nobody")
        if (self.to and answer.startswith("250")) or answer == HANG_UP:
            self.server.mails.append((self.sender, self.to, b"\r\n".join(rows) + b"\r\n"))
        self.to = ""
        self._say(answer)

    def _say(self, answer: str) -> None:
        if answer == HANG_UP:
            raise _HungUp
        self.connection.sendall(answer.encode() + b"\r\n")

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            more = self.connection.recv(65_536)
            if not more:
                raise _HungUp
            self.server.flights.append(more)
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line


@contextmanager
def running(server: MailServer) -> Iterator[MailServer]:
    """Listening on a port of its own until the block ends."""
    stopped = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server.port = listener.getsockname()[1]
        thread = threading.Thread(target=server.serve, args=(listener, stopped), daemon=True)
        thread.start()
        yield server
        stopped.set()
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        thread.join(5)
