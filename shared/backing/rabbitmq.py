"""A private RabbitMQ: its own node name, epmd, cookie, ports and data folder, all on loopback."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from shared.backing.process import Account, Identity, end, listening, wait_for
from shared.errors import HomeroomError

HOME = Path("/usr/lib/rabbitmq/bin")
"""Debian's real scripts; those in /usr/sbin change user and folder behind our back."""

START_SECONDS = 120.0
CONFIGURATION = """\
listeners.tcp.1 = 127.0.0.1:{amqp_port}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management_port}
default_user = homeroom
default_pass = {password}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
disk_free_limit.absolute = 200MB
collect_statistics_interval = 1000
log.file.level = warning
"""


@dataclass(frozen=True)
class RabbitPorts:
    """Loopback ports of one node."""

    amqp: int
    management: int
    distribution: int
    epmd: int


@dataclass(frozen=True)
class RabbitNode:
    """One node; every method may be called from a fresh process, nothing is kept in memory."""

    folder: Path
    ports: RabbitPorts
    password: str
    log: Path

    @staticmethod
    def installed() -> bool:
        return (HOME / "rabbitmq-server").exists() and shutil.which("epmd") is not None

    def start(self) -> list[Identity]:
        """Start epmd and the node, wait until it accepts AMQP and HTTP; the processes started, epmd first."""
        account = Account.named("rabbitmq")
        home = self._prepare(account)
        env = self._environment()
        started: list[Identity] = []
        if not listening(self.ports.epmd):
            epmd = account.start(
                ["epmd", "-port", str(self.ports.epmd), "-address", "127.0.0.1"], env=env, log=self.log, cwd=home
            )
            wait_for(
                lambda: listening(self.ports.epmd),
                what="epmd",
                seconds=10,
                log=self.log,
                process=epmd,
            )
            started += _identities(epmd.pid)
        server = account.start([str(HOME / "rabbitmq-server")], env=env, log=self.log, cwd=home)
        wait_for(
            lambda: listening(self.ports.amqp) and listening(self.ports.management),
            what="RabbitMQ",
            seconds=START_SECONDS,
            log=self.log,
            process=server,
        )
        return started + _identities(server.pid) + self._node_process(home)

    def ctl(self, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """`rabbitmqctl …` against this node."""
        account = Account.named("rabbitmq")
        return account.run(
            [str(HOME / "rabbitmqctl"), *arguments], env=self._environment(), cwd=self.folder, timeout=timeout
        )

    def stop(self, processes: list[Identity]) -> None:
        """End the node gently, then its wrapper and epmd."""
        node_file = self.folder / "rabbit.pid"
        node = Identity.of(int(node_file.read_text())) if node_file.exists() else None
        if node in processes and node is not None:
            end(node, seconds=60)
        for identity in reversed(processes):
            end(identity, seconds=10)

    def kill(self) -> None:
        """SIGKILL the node as a crash would; epmd stays."""
        identity = Identity.of(int((self.folder / "rabbit.pid").read_text()))
        if identity is not None:
            end(identity, gently=signal.SIGKILL)

    def _prepare(self, account: Account) -> Path:
        home = account.make_folder(self.folder)
        for name in ("mnesia", "log"):
            account.make_folder(home / name)
        if not (home / ".erlang.cookie").exists():
            account.write(home / ".erlang.cookie", secrets.token_hex(20), mode=0o400)
        account.write(
            home / "rabbitmq.conf",
            CONFIGURATION.format(
                amqp_port=self.ports.amqp, management_port=self.ports.management, password=self.password
            ),
        )
        account.write(home / "enabled_plugins", "[rabbitmq_management].\n")
        (home / "rabbit.pid").unlink(missing_ok=True)
        return home

    def _node_process(self, home: Path) -> list[Identity]:
        try:
            return _identities(int((home / "rabbit.pid").read_text()))
        except (OSError, ValueError):
            raise HomeroomError(
                "BACKING_START_FAILED", "RabbitMQ wrote no pid file", f"read the last lines of {self.log}"
            ) from None

    def _environment(self) -> dict[str, str]:
        # The node is named @localhost because a fresh machine's own name often does not resolve.
        home = self.folder
        return {
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
            "LANG": "C.UTF-8",
            "HOME": str(home),
            "ERL_EPMD_PORT": str(self.ports.epmd),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": "homeroom@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports.distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_CONFIG_FILE": str(home / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(home / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(home / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(home / "mnesia"),
            "RABBITMQ_LOG_BASE": str(home / "log"),
            "RABBITMQ_PID_FILE": str(home / "rabbit.pid"),
        }


def _identities(pid: int) -> list[Identity]:
    identity = Identity.of(pid)
    return [identity] if identity else []
