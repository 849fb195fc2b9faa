"""A private PostgreSQL: its own cluster on a loopback port, durable settings, run as an unprivileged user."""

from __future__ import annotations

import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path

from shared.backing.process import Account, Identity, end, listening, wait_for
from shared.errors import HomeroomError

SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 300
shared_buffers = 256MB
fsync = on
synchronous_commit = on
logging_collector = off
log_min_messages = warning
timezone = 'UTC'
"""


def binaries() -> Path | None:
    """The folder of the newest installed server, None if there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


@dataclass(frozen=True)
class PostgresServer:
    """One cluster; every method may be called from a fresh process, nothing is kept in memory."""

    folder: Path
    port: int
    password: str
    log: Path

    def start(self) -> list[Identity]:
        """Make the cluster on first use, start it, wait until it accepts connections; the process started."""
        account = Account.named("postgres")
        bin_folder = self._binaries()
        data = self._prepare(account, bin_folder)
        server = account.start(
            [str(bin_folder / "postgres"), "-D", str(data)], env=self._environment(), log=self.log, cwd=self.folder
        )
        wait_for(
            lambda: listening(self.port) and self._accepting(bin_folder),
            what="PostgreSQL",
            seconds=60,
            log=self.log,
            process=server,
        )
        identity = Identity.of(server.pid)
        return [identity] if identity else []

    def stop(self, processes: list[Identity]) -> None:
        """Fast shutdown: open sessions end, nothing committed is lost."""
        for identity in processes:
            end(identity, gently=signal.SIGINT, seconds=60)

    def kill(self) -> None:
        """SIGKILL the postmaster as a crash would; its children notice and end."""
        first_line = (self.folder / "data" / "postmaster.pid").read_text().splitlines()[0]
        identity = Identity.of(int(first_line))
        if identity is not None:
            end(identity, gently=signal.SIGKILL)

    def _prepare(self, account: Account, bin_folder: Path) -> Path:
        account.make_folder(self.folder)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists() or (self.folder / "initdb.unfinished").exists():
            self._make_cluster(account, bin_folder, data=data)
        account.write(data / "homeroom.conf", SETTINGS.format(port=self.port))
        return data

    def _make_cluster(self, account: Account, bin_folder: Path, *, data: Path) -> None:
        marker = self.folder / "initdb.unfinished"
        marker.touch()
        shutil.rmtree(data, ignore_errors=True)
        secret = account.write(self.folder / "initial-password", self.password)
        made = account.run(
            [
                str(bin_folder / "initdb"),
                "-D",
                str(data),
                "-U",
                "postgres",
                "-E",
                "UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
                "--no-instructions",
            ],
            env=self._environment(),
            cwd=self.folder,
        )
        secret.unlink()
        if made.returncode:
            raise HomeroomError(
                "BACKING_INITDB_FAILED", made.stderr.strip()[-300:], "free disk space or remove the folder", str(data)
            )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as handle:
            handle.write("\ninclude = 'homeroom.conf'\n")
        marker.unlink()

    def _accepting(self, bin_folder: Path) -> bool:
        answer = Account.named("postgres").run(
            [str(bin_folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)],
            env=self._environment(),
            cwd=self.folder,
            timeout=10,
        )
        return answer.returncode == 0

    def _binaries(self) -> Path:
        found = binaries()
        if found is None:
            raise HomeroomError(
                "BACKING_MISSING", "PostgreSQL is not installed", "run: sudo apt-get install -y postgresql"
            )
        return found

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LANG": "C.UTF-8", "HOME": str(self.folder)}
