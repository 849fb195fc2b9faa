"""A real mail server that keeps nothing: postfix's `smtp-sink`, with a note of every Message-ID and when it came.

The same for everybody who is measured. It writes what it takes to a file in memory; a thread reads along and keeps
Message-ID, moment and size, so that losses, duplicates and delays are counted at the far end and not by the sender.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from shared.backing.process import free_port, listening
from shared.benches.processes import until
from shared.clock import monotonic
from shared.errors import HomeroomError

LOOK_S = 0.02
_BEGIN = b"X-Client-Addr: "  # of every mail in the dump
_ID = re.compile(rb"^Message-ID: *(\S+)", re.IGNORECASE | re.MULTILINE)
_TO = re.compile(rb"^X-Rcpt-Args: <([^>\r\n]*)>", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Arrival:
    """One mail at the far end; `at` by the monotonic clock, at most `LOOK_S` late; `size` in bytes."""

    message_id: str
    to: str
    at: float
    size: int


class MailSink:
    """A context, one for each run that is counted. `arrivals` only grows; `kept` holds the first `keep` mails whole."""

    def __init__(self, *, port: int | None = None, keep: int = 0) -> None:
        program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
        if program is None:
            raise HomeroomError(
                "BENCH_SINK_MISSING", "postfix's smtp-sink is not here", "sudo apt-get install -y postfix"
            )
        self._program = program
        self._keep = keep
        self._rest = b""
        self.kept: list[bytes] = []
        self.port = port or free_port(0)
        self.arrivals: list[Arrival] = []
        self._ending = threading.Event()

    def __enter__(self) -> MailSink:
        memory = Path("/dev/shm")
        self._folder = Path(tempfile.mkdtemp(dir=memory if memory.is_dir() else None))
        as_user: list[str] = []
        if os.geteuid() == 0:  # it refuses to run as root
            shutil.chown(self._folder, "nobody")
            as_user = ["-u", "nobody"]
        command = [self._program, *as_user, "-D", "dump", f"127.0.0.1:{self.port}", "1000"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, cwd=self._folder, stdin=quiet, stdout=quiet, stderr=quiet)
        until(lambda: listening(self.port), what="smtp-sink", seconds=10)
        self._reader = threading.Thread(target=self._read_along, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._reader.join()
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_for(self, count: int, *, seconds: float) -> bool:
        """Until so many have come; whether they have."""
        deadline = monotonic() + seconds
        while len(self.arrivals) < count:
            if monotonic() > deadline:
                return False
            self._ending.wait(LOOK_S)
        return True

    def _read_along(self) -> None:
        dump = self._folder / "dump"
        offset = 0
        ending = False
        while not ending:
            ending = self._ending.wait(LOOK_S)
            if not dump.exists():
                continue
            with dump.open("rb") as file:
                file.seek(offset)
                fresh = file.read()
            offset += len(fresh)
            if fresh:
                self._take(fresh)

    def _take(self, fresh: bytes) -> None:
        """Note every mail that is whole: the next one has begun, or the writer stands between two."""
        now = monotonic()
        *whole, last = (self._rest + fresh).split(_BEGIN)
        if last.endswith(b"\n\n"):
            whole.append(last)
            last = b""
        self._rest = _BEGIN + last if last else b""
        for mail in filter(None, whole):
            found, to = _ID.search(mail), _TO.search(mail)
            if found is None:  # the end of one that an empty line had made look whole
                continue
            address = to[1].decode(errors="replace") if to else ""
            self.arrivals.append(Arrival(found[1].decode(errors="replace"), address, now, len(mail)))
            if len(self.kept) < self._keep:
                self.kept.append(mail)
