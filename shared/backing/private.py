"""A private pair of servers in one state folder: the CLI keeps one, fault tests start and kill their own."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from shared.backing.postgres import PostgresServer
from shared.backing.process import Identity, free_port
from shared.backing.rabbitmq import RabbitNode, RabbitPorts
from shared.backing.state import data_root, locked, password, read_record, write_record
from shared.errors import HomeroomError

ServerName = Literal["rabbitmq", "postgresql"]
PREFERRED_PORTS = {"amqp": 5673, "management": 15673, "distribution": 25673, "epmd": 4370, "pg": 5433}


class PrivateBacking:
    """RabbitMQ and PostgreSQL under one state folder; ends only what it started.

    Ports and passwords are chosen on the first start and kept, so a killed server comes back under the same URL.
    """

    def __init__(self, state: Path) -> None:
        self.state = state.resolve()

    def start(self, name: ServerName) -> bool:
        """Start one server unless it runs; True if it was started now."""
        with locked(self.state):
            record = read_record(self.state)
            if self._alive(record, name):
                return False
            ports = self._ports(record, name)
            server = self._server(record, name)
            started = server.start()
            record["processes"] = record.get("processes", {}) | {
                name: [asdict(identity) for identity in self._leftovers(record, name) + started]
            }
            record["ports"] = record.get("ports", {}) | ports
            write_record(self.state, record)
            return True

    def stop(self, name: ServerName) -> bool:
        """End one server if we started it; True if it ran."""
        with locked(self.state):
            record = read_record(self.state)
            running = self._leftovers(record, name)
            if running:
                self._server(record, name).stop(running)
            record.get("processes", {}).pop(name, None)
            write_record(self.state, record)
            return bool(running)

    def kill(self, name: ServerName) -> None:
        """SIGKILL one server, as a crash would; `start` brings it back with its data."""
        self._server(read_record(self.state), name).kill()

    def running(self, name: ServerName) -> bool:
        return self._alive(read_record(self.state), name)

    def up(self) -> None:
        """Start both."""
        self.start("postgresql")
        self.start("rabbitmq")

    def down(self) -> None:
        """End both."""
        self.stop("rabbitmq")
        self.stop("postgresql")

    def remove(self) -> None:
        """End both and delete their data; for test instances."""
        self.down()
        data = data_root(self.state)
        for folder in (data / "rabbitmq", data / "postgresql", *([data] if data != self.state else [])):
            shutil.rmtree(folder, ignore_errors=True)

    @property
    def node(self) -> RabbitNode:
        """The RabbitMQ node, for `rabbitmqctl`."""
        server = self._server(read_record(self.state), "rabbitmq")
        assert isinstance(server, RabbitNode)
        return server

    def amqp_url(self, vhost: str = "%2F") -> str:
        record = self._started_record()
        return f"amqp://homeroom:{record['passwords']['rabbitmq']}@127.0.0.1:{record['ports']['amqp']}/{vhost}"

    def management_url(self) -> str:
        record = self._started_record()
        return f"http://homeroom:{record['passwords']['rabbitmq']}@127.0.0.1:{record['ports']['management']}"

    def pg_url(self, database: str = "postgres") -> str:
        record = self._started_record()
        secret = record["passwords"]["postgresql"]
        return f"postgresql://postgres:{secret}@127.0.0.1:{record['ports']['pg']}/{database}"

    def _started_record(self) -> dict[str, Any]:
        record = read_record(self.state)
        if "ports" not in record:
            raise HomeroomError("BACKING_DOWN", "no private servers were started", "run ./homeroom backing up")
        return record

    def _ports(self, record: dict[str, Any], name: ServerName) -> dict[str, int]:
        wanted = ("pg",) if name == "postgresql" else ("amqp", "management", "distribution", "epmd")
        kept = record.setdefault("ports", {})
        epmd_lives = bool(self._leftovers(record, name))
        for port in wanted:
            if not (port == "epmd" and epmd_lives):
                kept[port] = free_port(kept.get(port, PREFERRED_PORTS[port]))
        return {port: kept[port] for port in wanted}

    def _server(self, record: dict[str, Any], name: ServerName) -> RabbitNode | PostgresServer:
        folder = data_root(self.state) / name
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
        secret = password(self.state, record, name=name)
        ports = record.get("ports", {})
        log = self.state / f"{name}.log"
        if name == "postgresql":
            return PostgresServer(folder=folder, port=ports.get("pg", 0), password=secret, log=log)
        rabbit = RabbitPorts(**{key: ports.get(key, 0) for key in ("amqp", "management", "distribution", "epmd")})
        return RabbitNode(folder=folder, ports=rabbit, password=secret, log=log)

    def _leftovers(self, record: dict[str, Any], name: ServerName) -> list[Identity]:
        known = [Identity(**entry) for entry in record.get("processes", {}).get(name, [])]
        return [identity for identity in known if identity.alive()]

    def _alive(self, record: dict[str, Any], name: ServerName) -> bool:
        """The server itself; after a crash RabbitMQ's epmd may still run without it."""
        known = record.get("processes", {}).get(name, [])
        return bool(known) and Identity(**known[-1]).alive()
