"""A cell: one broker vhost, the districts it serves and where their databases are (design §2)."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

from shared.errors import HomeroomError

_SLUG = re.compile(r"^[a-z][a-z0-9_]{0,30}$")
_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)\}")
_KEYS = {"cell", "mode", "broker", "database", "state_dir", "base_url", "durability", "districts", "smtp", "sms"}
# what each channel understands, and what it cannot do without once the first of those is given
_CHANNELS = {
    "smtp": ({"host", "port", "sender", "user", "password", "starttls"}, ("host",)),
    "sms": ({"base", "account_sid", "auth_token", "sender", "lookup"}, ("base", "account_sid", "auth_token", "sender")),
}


class Mode(StrEnum):
    """Demo mode alone may offer a sign-in without a password."""

    DEMO = "demo"
    PRODUCTION = "production"


class Durability(StrEnum):
    """What SQLite survives: the death of the process, or of the machine as well (an fsync per commit)."""

    PROCESS = "process"
    POWER = "power"


@dataclass(frozen=True)
class Cell:
    """Where a cell's parts are. `database` is "sqlite" or a PostgreSQL URL of an administrator, without database."""

    name: str
    mode: Mode
    broker: str = field(repr=False)  # the URLs and `sms` hold passwords
    database: str = field(repr=False)
    state_dir: Path
    base_url: str
    districts: tuple[str, ...]
    durability: Durability = Durability.POWER
    smtp: dict[str, Any] = field(default_factory=dict, repr=False)
    sms: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def embedded(self) -> bool:
        return self.broker.startswith("embedded:")

    @property
    def sqlite(self) -> bool:
        return self.database == "sqlite"


def embedded_cell(
    state_dir: Path,
    districts: tuple[str, ...],
    *,
    name: str = "local",
    mode: Mode = Mode.PRODUCTION,
    base_url: str = "http://127.0.0.1:8080",
    durability: Durability = Durability.POWER,
    smtp: dict[str, Any] | None = None,
    sms: dict[str, Any] | None = None,
) -> Cell:
    """A cell that needs no server."""
    return Cell(
        name=name,
        mode=mode,
        broker=f"embedded://localhost/{name}",
        database="sqlite",
        state_dir=state_dir,
        base_url=base_url,
        districts=districts,
        durability=durability,
        smtp=smtp or {},
        sms=sms or {},
    )


def load_cell(path: Path, *, environ: Mapping[str, str] = os.environ) -> Cell:
    """Read a cell file; `${NAME}` comes from the environment. HomeroomError names key and remedy."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise HomeroomError(
            "cell.unreadable", f"cannot read the cell file: {error.strerror}", "check the path", where=str(path)
        ) from None
    except UnicodeDecodeError:
        raise HomeroomError("cell.encoding", "not UTF-8 text", "save it as UTF-8", where=str(path)) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        raise HomeroomError("cell.yaml", "not valid YAML", "mend the line named", where=where) from None
    if not isinstance(raw, dict):
        raise HomeroomError("cell.shape", "a cell file is a mapping", f"give the keys {sorted(_KEYS)}", where=str(path))
    for key in raw:
        if key not in _KEYS:
            raise HomeroomError(
                "cell.unknown_key", f"unknown key {key}", f"known keys: {', '.join(sorted(_KEYS))}", where=str(path)
            )
    _check_shape(raw, path)
    try:
        cell = Cell(
            name=str(raw["cell"]),
            mode=Mode(raw.get("mode", "production")),
            broker=_expand(str(raw["broker"]), path, environ),
            database=_expand(str(raw["database"]), path, environ),
            state_dir=(path.parent / _expand(str(raw["state_dir"]), path, environ)).resolve(),
            base_url=_expand(str(raw.get("base_url", "http://127.0.0.1:8080")), path, environ).rstrip("/"),
            districts=tuple(raw["districts"]),
            durability=Durability(raw.get("durability", "power")),
            smtp=_expand_all(raw.get("smtp") or {}, path, environ),
            sms=_expand_all(raw.get("sms") or {}, path, environ),
        )
    except KeyError as error:
        raise HomeroomError("cell.missing_key", f"key {error.args[0]} is missing", "add it", where=str(path)) from None
    except ValueError as error:
        raise HomeroomError("cell.value", str(error), "use one of the values named", where=str(path)) from None
    for slug in cell.districts:
        if not _SLUG.match(slug):
            raise HomeroomError(
                "cell.district", "a district is named by a-z, 0-9 and _", "rename it", where=f"{path}:districts"
            )
    _check_servers(cell, path)
    return cell


def _check_shape(raw: Mapping[str, Any], path: Path) -> None:
    """A word where a list belongs would be read letter by letter."""
    districts = raw.get("districts", [""])
    if not isinstance(districts, list) or not districts or not all(isinstance(slug, str) for slug in districts):
        raise HomeroomError(
            "cell.districts",
            "districts is not a list of names",
            "write districts: [riverside]",
            where=f"{path}:districts",
        )
    if len(set(districts)) < len(districts):
        raise HomeroomError("cell.districts", "a district is listed twice", "list it once", where=f"{path}:districts")
    for key in _CHANNELS:
        _check_channel(key, raw.get(key) or {}, path)


def _check_channel(name: str, settings: Any, path: Path) -> None:
    """A misspelt account would be noticed only when a message is handed over, with the message then in doubt."""
    where = f"{path}:{name}"
    if not isinstance(settings, dict):
        raise HomeroomError("cell.shape", f"{name} is not a mapping", "give its keys below it", where=where)
    known, (first, *needed) = _CHANNELS[name]
    for key in settings:
        if key not in known:
            raise HomeroomError(
                "cell.unknown_key", f"unknown key {key}", f"known keys: {', '.join(sorted(known))}", where=where
            )
    for key in needed if settings.get(first) else ():
        if not settings.get(key):
            raise HomeroomError("cell.missing_key", f"key {key} is missing", f"add it beside {first}", where=where)
    port = str(settings.get("port", 25))
    if not port.isdecimal() and not _VARIABLE.fullmatch(port):
        raise HomeroomError("cell.value", "port is not a number", "write the port's number, like 25", where=where)


def _check_servers(cell: Cell, path: Path) -> None:
    """Never quotes what was written: it may hold a password."""
    if not cell.broker.startswith(("amqp://", "amqps://", "embedded:")):
        raise HomeroomError(
            "cell.broker",
            "broker is no AMQP URL",
            "amqp://USER:PASSWORD@HOST/VHOST, or embedded:",
            where=f"{path}:broker",
        )
    if not cell.sqlite and not cell.database.startswith(("postgresql://", "postgresql+psycopg://", "postgres://")):
        raise HomeroomError(
            "cell.database", "database is no PostgreSQL URL", "postgresql://ADMIN:PASSWORD@HOST, or sqlite",
            where=f"{path}:database",
        )  # fmt: skip


def _expand(text: str, path: Path, environ: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        try:
            return environ[match[1]]
        except KeyError:
            raise HomeroomError(
                "cell.environment",
                f"environment variable {match[1]} is not set",
                f"export {match[1]}=…",
                where=str(path),
            ) from None

    return _VARIABLE.sub(value, text)


def _expand_all(values: dict[str, Any], path: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    return {key: _expand(value, path, environ) if isinstance(value, str) else value for key, value in values.items()}
