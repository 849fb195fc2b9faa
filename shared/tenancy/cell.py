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
_KEYS = {
    "cell",
    "mode",
    "broker",
    "database",
    "state_dir",
    "base_url",
    "durability",
    "districts",
    "smtp",
    "sms",
    "channels",
}
# what each kind of provider understands, and what it cannot do without once the first of those is given
_TWILIO = {"base", "account_sid", "auth_token", "sender", "lookup"}
_PROVIDERS: dict[str, dict[str, tuple[set[str], tuple[str, ...]]]] = {
    "email": {
        "smtp": (
            {
                "host",
                "port",
                "sender",
                "user",
                "password",
                "starttls",
                "postal_address",
                "bounce_domain",
                "reply_domain",
            }
            | {"inbound_token", "dkim_domain", "dkim_selector", "dkim_key_file"},
            ("host",),
        )
    },
    "sms": {
        "twilio": (_TWILIO | {"segments"}, ("base", "account_sid", "auth_token", "sender")),
        "smpp": (
            {"host", "port", "system_id", "password", "sender", "window", "segments"},
            ("host", "port", "system_id", "password"),
        ),
    },
    "whatsapp": {
        "cloud": (
            {"base", "phone_number_id", "access_token", "app_secret", "verify_token", "templates"},
            ("base", "phone_number_id", "access_token", "app_secret"),
        )
    },
    "push": {"vapid": ({"private_key", "subject", "allow_plain"}, ("private_key", "subject"))},
    "voice": {"twilio": (_TWILIO | {"tries", "ring_seconds"}, ("base", "account_sid", "auth_token", "sender"))},
    "speech": {"whisper": ({"model"}, ("model",))},
    "translation": {
        "apertium": ({"resident", "stall"}, ()),
        "ctranslate2": ({"models", "threads", "beam", "resident"}, ("models",)),
        "libretranslate": ({"url", "key", "outside"}, ("url",)),
        "deepl": ({"key", "url", "formality", "glossaries", "price"}, ("key",)),
        "google": ({"project", "location", "credentials_file", "glossaries", "url", "price"}, ("project",)),
        "azure": ({"key", "region", "url", "price"}, ("key",)),
        "amazon": (
            {"region", "access_key", "secret_key", "formality", "terminologies", "url", "price"},
            ("region",),
        ),
    },
}
_COMMON = {"provider", "name", "weight"}
# the short form of one account: `smtp:` and `sms:` at the top of the file
_SHORT = {"smtp": ("email", "smtp"), "sms": ("sms", "twilio")}


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
    channels: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)

    def accounts(self, channel: str) -> list[dict[str, Any]]:
        """The provider accounts of a channel, each with `provider` (its kind) and `name` (unique in the channel)."""
        if given := self.channels.get(channel):
            return [{"name": f"{one['provider']}-{number}", **one} for number, one in enumerate(given, start=1)]
        for short, (of, kind) in _SHORT.items():
            settings = {"smtp": self.smtp, "sms": self.sms}[short]
            if of == channel and settings:
                return [{"provider": kind, "name": kind, **settings}]
        return []

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
    channels: dict[str, list[dict[str, Any]]] | None = None,
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
        channels=channels or {},
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
            channels={
                channel: [_expand_all(one, path, environ) for one in accounts]
                for channel, accounts in (raw.get("channels") or {}).items()
            },
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
    for short, (channel, kind) in _SHORT.items():
        _check_account(_PROVIDERS[channel][kind], raw.get(short) or {}, f"{path}:{short}")
    _check_channels(raw.get("channels") or {}, path)


def _check_channels(channels: Any, path: Path) -> None:
    """`channels: {email: [{provider: smtp, …}, …], …}`; the first account is used unless weights say otherwise."""
    where = f"{path}:channels"
    if not isinstance(channels, dict):
        raise HomeroomError(
            "cell.shape", "channels is not a mapping", "give a list of accounts per channel", where=where
        )
    for channel, accounts in channels.items():
        at = f"{where}.{channel}"
        if channel not in _PROVIDERS:
            raise HomeroomError(
                "cell.channel", f"unknown channel {channel}", f"known: {', '.join(_PROVIDERS)}", where=at
            )
        if not isinstance(accounts, list) or not all(isinstance(one, dict) for one in accounts):
            raise HomeroomError(
                "cell.shape", f"{channel} is not a list of accounts", "begin each with - provider:", where=at
            )
        for number, one in enumerate(accounts, start=1):
            kind = one.get("provider")
            if kind not in _PROVIDERS[channel]:
                known = ", ".join(_PROVIDERS[channel])
                raise HomeroomError(
                    "cell.provider", "unknown provider", f"known for {channel}: {known}", where=f"{at}[{number}]"
                )
            _check_account(_PROVIDERS[channel][kind], one, f"{at}[{number}]")
        names = [one.get("name") for one in accounts if one.get("name")]
        if len(set(names)) < len(names):
            raise HomeroomError("cell.provider", "two accounts have one name", "name each differently", where=at)


def _check_account(shape: tuple[set[str], tuple[str, ...]], settings: Any, where: str) -> None:
    """A misspelt account would be noticed only when a message is handed over, with the message then in doubt."""
    if not isinstance(settings, dict):
        raise HomeroomError("cell.shape", "an account is not a mapping", "give its keys below it", where=where)
    known, needed = shape
    for key in settings:
        if key not in known | _COMMON:
            raise HomeroomError(
                "cell.unknown_key",
                f"unknown key {key}",
                f"known keys: {', '.join(sorted(known | _COMMON))}",
                where=where,
            )
    given = set(settings) - _COMMON
    for key in needed if "provider" in settings or (given and settings.get(needed[0])) else ():
        if not settings.get(key):
            raise HomeroomError("cell.missing_key", f"key {key} is missing", f"add it beside {needed[0]}", where=where)
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
