"""Starting, recognising and ending server processes without systemd."""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shared.clock import monotonic
from shared.errors import HomeroomError

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Identity:
    """A process told apart from a later one that got the same pid, by its start tick."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The identity of a running process, None if there is none (a zombie has ended)."""
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if fields[0] == "Z" else cls(pid=pid, started=int(fields[19]))

    def alive(self) -> bool:
        return Identity.of(self.pid) == self


@dataclass(frozen=True)
class Account:
    """The unprivileged user a server runs as; the current one when we are not root."""

    name: str
    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> Account:
        if os.geteuid() != 0:
            me = pwd.getpwuid(os.geteuid())
            return cls(me.pw_name, me.pw_uid, me.pw_gid)
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            raise HomeroomError(
                "BACKING_USER_MISSING", f"there is no user {name}", "run ./homeroom backing up as root once"
            ) from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)

    def make_folder(self, path: Path) -> Path:
        """A folder of this account's own, mode 0700."""
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, self.uid, self.gid)
        path.chmod(0o700)
        return path

    def write(self, path: Path, text: str, *, mode: int = 0o600) -> Path:
        """A file of this account's own; an existing one is replaced."""
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, mode)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
        os.chown(path, self.uid, self.gid)
        return path

    def start(self, command: Sequence[str], *, env: Mapping[str, str], log: Path, cwd: Path) -> subprocess.Popen[bytes]:
        """Start in a session of its own, output to `log`, so that it outlives this command."""
        with log.open("ab") as output:
            return subprocess.Popen(
                list(command),
                env=dict(env),
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self._user,
                group=self._group,
                extra_groups=self._extra_groups,
            )

    def run(
        self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        """Run to its end and return what it said."""
        return subprocess.run(
            list(command),
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            user=self._user,
            group=self._group,
            extra_groups=self._extra_groups,
        )

    # None leaves a process under our own user: only root may change it.
    @property
    def _user(self) -> int | None:
        return self.uid if os.geteuid() == 0 else None

    @property
    def _group(self) -> int | None:
        return self.gid if os.geteuid() == 0 else None

    @property
    def _extra_groups(self) -> list[int] | None:
        return [] if os.geteuid() == 0 else None


def wait_for(
    ready: Callable[[], bool], *, process: subprocess.Popen[bytes], what: str, seconds: float, log: Path
) -> None:
    """Return when `ready`; when `process` died or took too long, end what it left and name the log."""
    deadline = monotonic() + seconds
    while not ready():
        if process.poll() is not None or monotonic() > deadline:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise HomeroomError(
                "BACKING_START_FAILED", f"{what} did not start", f"read the last lines of {log}", where=str(log)
            )
        time.sleep(POLL_SECONDS)


def end(identity: Identity, *, gently: signal.Signals = signal.SIGTERM, seconds: float = 30) -> None:
    """Ask a process to end, insist after `seconds`; returns when it is gone."""
    for step in (gently, signal.SIGKILL):
        if not identity.alive():
            return
        os.kill(identity.pid, step)
        deadline = monotonic() + seconds
        while identity.alive() and monotonic() < deadline:
            time.sleep(POLL_SECONDS)


def free_port(preferred: int) -> int:
    """`preferred` on loopback, or one the kernel picks when it is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise HomeroomError("BACKING_NO_PORT", "no free port on 127.0.0.1", "end a process that holds many ports")


def listening(port: int) -> bool:
    """Whether something accepts connections on that loopback port."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0
