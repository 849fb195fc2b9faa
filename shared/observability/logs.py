"""structlog writing one JSON object a line to stderr; foreign libraries' records go there too, without their data."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO, cast

import orjson
import structlog

from shared.clock import Clock, SystemClock
from shared.observability.redact import exception_summary, redact

QUIET = ("pika", "amqp", "kombu", "nameko", "urllib3", "asyncio")
"""Libraries whose informational records describe their own inner life."""


def configure(
    service: str, *, cell: str | None = None, clock: Clock | None = None, stream: TextIO | None = None
) -> None:
    """Set up logging for this process; call once at its start. Level from HOMEROOM_LOG_LEVEL (default INFO)."""
    level = logging.getLevelNamesMapping().get(os.environ.get("HOMEROOM_LOG_LEVEL", "INFO").upper(), logging.INFO)
    out = stream or sys.stderr
    time_source = clock or SystemClock()
    base = {"service": service, "pid": os.getpid()} | ({"cell": cell} if cell else {})

    def stamp(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.update(base)
        if logger.names:
            event["component"] = logger.names[0]
        event["timestamp"] = time_source.now().isoformat(timespec="milliseconds")
        event["level"] = method if method != "warn" else "warning"
        return event

    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, stamp, _exception, _redact, _render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *names: _NamedLogger(out, names),
        cache_logger_on_first_use=False,
    )
    handler = _ForeignRecords()
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


def get_logger(name: str) -> structlog.typing.FilteringBoundLogger:
    """`structlog.get_logger(name)`, typed. A call's first argument is a constant sentence, never data."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(name))


class _NamedLogger(structlog.WriteLogger):
    """Keeps what `get_logger` was given, which structlog's own loggers drop."""

    def __init__(self, out: TextIO, names: tuple[Any, ...]) -> None:
        super().__init__(out)
        self.names = names


class _ForeignRecords(logging.Handler):
    """A library's record: its template without the arguments, which may be message bodies."""

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, Any] = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exception"] = exception_summary(record.exc_info[1])
        template = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
        logger = structlog.get_logger(record.name)
        getattr(logger, record.levelname.lower(), logger.info)(template, **fields)


def _exception(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    given = event.pop("exc_info", None)
    error = given if isinstance(given, BaseException) else given[1] if isinstance(given, tuple) else None
    if given is True:
        error = sys.exc_info()[1]
    if error is not None:
        event["exception"] = exception_summary(error)
    return event


def _redact(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return redact(event)


def _render(logger: Any, method: str, event: MutableMapping[str, Any]) -> str:
    return orjson.dumps(dict(event), default=str, option=orjson.OPT_NON_STR_KEYS).decode()
