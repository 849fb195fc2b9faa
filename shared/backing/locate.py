"""Which RabbitMQ and PostgreSQL to use: the configured ones, the machine's own, or our private pair."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from shared.backing.private import PrivateBacking
from shared.backing.state import backing_root
from shared.errors import HomeroomError

DEFAULT_AMQP = "amqp://guest:guest@127.0.0.1:5672/%2F"
DEFAULT_MANAGEMENT = "http://guest:guest@127.0.0.1:15672"
DEFAULT_PG = "postgresql://postgres@127.0.0.1:5432/postgres"


@dataclass(frozen=True)
class BackingUrls:
    """Where to reach the servers; `management` is RabbitMQ's HTTP API, None when it is not enabled.

    `private_amqp`, `private_pg`: whether we started it (and may kill it).
    """

    amqp: str = field(repr=False)  # the URLs carry passwords
    pg: str = field(repr=False)
    management: str | None = field(repr=False)
    private_amqp: bool = False
    private_pg: bool = False


@dataclass(frozen=True)
class Found:
    """What answers now; None where nothing does."""

    amqp: str | None = field(repr=False)
    pg: str | None = field(repr=False)
    management: str | None = field(repr=False)
    private_amqp: bool = False
    private_pg: bool = False


def amqp_answers(url: str) -> bool:
    """Whether a broker lets us in under that URL."""
    import pika
    from pika.exceptions import AMQPError

    parameters = pika.URLParameters(url)
    parameters.socket_timeout = parameters.stack_timeout = parameters.blocked_connection_timeout = 3
    parameters.connection_attempts = 1
    try:
        pika.BlockingConnection(parameters).close()
    except (AMQPError, OSError):
        return False
    return True


def pg_answers(url: str) -> bool:
    """Whether a database lets us in as a superuser under that URL (tests create databases and roles)."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=3) as connection:
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def management_answers(url: str) -> bool:
    """Whether RabbitMQ's HTTP API is there."""
    import requests

    try:
        return requests.get(f"{url}/api/whoami", timeout=3).ok
    except requests.RequestException:
        return False


def resolve(environ: Mapping[str, str] = os.environ, *, state: Path | None = None) -> Found:
    """Look in order at: the environment (final if set), our private pair, the machine's own on the usual ports."""
    private = PrivateBacking(state or backing_root(environ))
    amqp, management, private_amqp = _amqp(environ, private)
    pg, private_pg = _pg(environ, private)
    return Found(amqp, pg, management, private_amqp, private_pg)


def urls(environ: Mapping[str, str] = os.environ) -> BackingUrls:
    """The servers to use; BACKING_DOWN when one does not answer."""
    found = resolve(environ)
    if found.amqp is None or found.pg is None:
        missing = " and ".join(
            name for name, url in (("RabbitMQ", found.amqp), ("PostgreSQL", found.pg)) if url is None
        )
        raise HomeroomError("BACKING_DOWN", f"{missing} does not answer", "run ./homeroom backing up")
    return BackingUrls(found.amqp, found.pg, found.management, found.private_amqp, found.private_pg)


def _amqp(environ: Mapping[str, str], private: PrivateBacking) -> tuple[str | None, str | None, bool]:
    configured = environ.get("HOMEROOM_AMQP_URL")
    if configured:
        _must_answer("HOMEROOM_AMQP_URL", configured, amqp_answers(configured))
        management = environ.get("HOMEROOM_AMQP_MANAGEMENT_URL")
        return configured, management if management and management_answers(management) else None, False
    if private.running("rabbitmq"):
        return private.amqp_url(), private.management_url(), True
    if amqp_answers(DEFAULT_AMQP):
        return DEFAULT_AMQP, DEFAULT_MANAGEMENT if management_answers(DEFAULT_MANAGEMENT) else None, False
    return None, None, False


def _pg(environ: Mapping[str, str], private: PrivateBacking) -> tuple[str | None, bool]:
    configured = environ.get("HOMEROOM_PG_URL")
    if configured:
        _must_answer("HOMEROOM_PG_URL", configured, pg_answers(configured))
        return configured, False
    if private.running("postgresql"):
        return private.pg_url(), True
    return (DEFAULT_PG, False) if pg_answers(DEFAULT_PG) else (None, False)


def _must_answer(variable: str, url: str, answers: bool) -> None:
    if answers:
        return
    parts = urlsplit(url)
    raise HomeroomError(
        "BACKING_UNREACHABLE",
        f"the server named by {variable} does not let us in",
        f"start it, or correct or unset {variable}",
        where=f"{parts.scheme}://{parts.hostname}:{parts.port or ''}",
    )
