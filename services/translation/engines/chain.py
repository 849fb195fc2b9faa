"""One running chain of Apertium stages: frames in, answers out, and a clear word when it is broken.

Reads and writes are non-blocking around one selector: a large write cannot deadlock against a full pipe, and under
eventlet's monkey patching the waiting belongs to the hub, so that other greenlets run. No stage is ever waited for
without a limit.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import subprocess
from collections.abc import Iterator, Sequence

from shared.clock import monotonic

_READ = 65_536


class ChainBroken(RuntimeError):
    """The chain is of no more use: a stage has died, or nothing has come out for too long."""


class Chain:
    """The processes of one pair, connected; not shared between threads (see `Resident`)."""

    def __init__(self, stages: Sequence[Sequence[str]]) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        reader, self._in = os.pipe()
        try:
            for stage in stages:
                following, writer = os.pipe()
                try:
                    self.processes.append(
                        subprocess.Popen(  # commands come from the installed mode file, never from a text
                            list(stage),
                            stdin=reader,
                            stdout=writer,
                            stderr=subprocess.DEVNULL,
                            env={**os.environ, "LC_ALL": "C.UTF-8"},
                        )
                    )
                finally:
                    os.close(writer)
                    os.close(reader)
                    reader = following
        except OSError as error:
            self._out = reader
            self.kill()
            raise ChainBroken(f"a stage cannot be started: {error.strerror}") from None
        self._out = reader
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    def answers(self, frames: Sequence[bytes], *, stall: float, deadline: float) -> Iterator[bytes]:
        """Each frame's answer without its NUL, in order, as it comes.

        Raises ChainBroken when a stage ends or nothing comes for `stall` seconds, TimeoutError at `deadline`
        (monotonic); what was yielded before is good, and the chain must then be killed.
        """
        pending = memoryview(b"".join(frames))
        received, answered, moved = bytearray(), 0, monotonic()
        with selectors.DefaultSelector() as selector:
            selector.register(self._out, selectors.EVENT_READ)
            if pending:
                selector.register(self._in, selectors.EVENT_WRITE)
            while answered < len(frames):
                now = monotonic()
                if now >= deadline:
                    raise TimeoutError("the deadline has passed")
                if now - moved >= stall:
                    raise ChainBroken(f"nothing came out for {stall:g} s")
                for key, _ in selector.select(min(deadline - now, stall - (now - moved))):
                    if key.fd == self._in:
                        pending = pending[self._write(pending) :]
                        if not pending:
                            selector.unregister(self._in)
                        continue
                    received += self._read()
                    moved = monotonic()
                    while (end := received.find(b"\0")) >= 0:
                        answer = bytes(received[:end])
                        del received[: end + 1]
                        answered += 1
                        yield answer

    def _write(self, pending: memoryview) -> int:
        try:
            return os.write(self._in, pending[:_READ])
        except BlockingIOError:
            return 0
        except OSError:
            raise ChainBroken("a stage no longer reads") from None

    def _read(self) -> bytes:
        try:
            chunk = os.read(self._out, _READ)
        except BlockingIOError:
            return b""
        if not chunk:
            raise ChainBroken("a stage has ended")
        return chunk

    @property
    def alive(self) -> bool:
        return all(process.poll() is None for process in self.processes)

    def kill(self) -> None:
        """End every stage; safe to call twice."""
        for descriptor in (self._in, self._out):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        self._in = self._out = -1
        for process in self.processes:
            with contextlib.suppress(OSError):
                process.kill()
        for process in self.processes:
            process.wait()
        self.processes = []
