"""Two SMSCs: a whole one by other hands than our client's (smpp34), and a rude one that breaks off where it is told to."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import smpp34


@dataclass
class Smsc:
    """What it took, and how it answers a number: an SMPP command_status for so many times."""

    port: int = 0
    took: list[Any] = field(default_factory=list)
    rejects: dict[str, tuple[int, int]] = field(default_factory=dict)
    sessions: dict[str, Any] = field(default_factory=dict)
    most_under_way: int = 0
    hold: int = 0  # answers only once so many wait
    _loop: Any = None

    def deliver(self, octets: bytes, **fields: Any) -> None:
        """Brings something to whoever listens; returns when the listener has acknowledged it."""
        esme = next(session for session in self.sessions.values() if session.can_receive)
        asked = asyncio.run_coroutine_threadsafe(self._deliver(esme, octets, fields), self._loop)
        answer = asked.result(timeout=10)
        assert answer.is_success, answer.command_status

    @staticmethod
    async def _deliver(esme: Any, octets: bytes, fields: dict[str, Any]) -> Any:
        return await esme.deliver_sm((octets and fields.pop("to", "13125559999")) or "13125559999", octets, **fields)

    @property
    def listened_to(self) -> bool:
        return any(session.can_receive for session in self.sessions.values())

    async def serve(self, started: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        server = smpp34.Server("127.0.0.1", self.port, system_id="SMSC")
        await server.start()
        started.set()
        waiting: list[Any] = []
        while True:
            event = await server.next()
            if isinstance(event, smpp34.SubmitSmEvent):
                waiting.append(event)
                self.most_under_way = max(self.most_under_way, len(waiting))
                if len(waiting) >= self.hold:
                    for one in waiting:
                        self._answer(one)
                    waiting.clear()
            elif isinstance(event, smpp34.Unbound):
                self.sessions.pop(event.session_id, None)
            else:
                self.sessions[event.session_id] = event

    def _answer(self, event: Any) -> None:
        status, times = self.rejects.get(event.destination_addr, (0, 0))
        if times:
            self.rejects[event.destination_addr] = (status, times - 1)
            event.reject(status)
            return
        self.took.append(event)
        event.accept(f"id-{len(self.took)}")


@contextmanager
def smsc() -> Iterator[Smsc]:
    made, started = Smsc(port=free_port()), threading.Event()
    loop = asyncio.new_event_loop()

    def run() -> None:
        asyncio.set_event_loop(loop)
        with suppress(asyncio.CancelledError):
            loop.run_until_complete(made.serve(started))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(10)
    yield made
    loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
    thread.join(timeout=10)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


RESPONSE = 0x80000000
BINDS = BIND_RECEIVER, BIND_TRANSMITTER, BIND_TRANSCEIVER = 0x01, 0x02, 0x09
SUBMIT_SM, ENQUIRE_LINK, UNBIND = 0x04, 0x15, 0x06


@contextmanager
def rude_smsc(*, bind_status: int = 0, refuses: tuple[int, ...] = BINDS, hangs_up_at: int | None = None, unbinds_at: int | None = None) -> Iterator[tuple[int, list[int]]]:
    """Its port, and the commands it heard: refuses the bind, or goes at the so-many-th message without a word (or with one)."""
    heard: list[int] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                _converse(connection)

    def _converse(connection: socket.socket) -> None:
        messages = 0
        while (header := connection.recv(16, socket.MSG_WAITALL)) and len(header) == 16:
            length, command, _, sequence = struct.unpack(">LLLL", header)
            if length > 16:
                connection.recv(length - 16, socket.MSG_WAITALL)
            heard.append(command)
            if command == SUBMIT_SM:
                messages += 1
                if messages == hangs_up_at:
                    return
                if messages == unbinds_at:
                    connection.sendall(struct.pack(">LLLL", 16, UNBIND, 0, 1))
                    continue
                body = f"r-{messages}\0".encode()
                connection.sendall(struct.pack(">LLLL", 16 + len(body), command | RESPONSE, 0, sequence) + body)
            elif command in BINDS:
                status = bind_status if command in refuses else 0
                body = b"" if status else b"RUDE\0"
                connection.sendall(struct.pack(">LLLL", 16 + len(body), command | RESPONSE, status, sequence) + body)
            elif not command & RESPONSE:
                connection.sendall(struct.pack(">LLLL", 16, command | RESPONSE, 0, sequence))

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.close()
