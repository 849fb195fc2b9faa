"""The real handlers of notifications in front of a database in memory; whatever leaves is caught and kept.

Nothing here decides anything: events come in as they would from the broker, due work runs when its time has come,
effects run until nothing moves. Channels, printing press and translation are played at their interfaces.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import StaticPool

from shared.identity import Links
from shared.messaging import due
from shared.messaging.envelope import Event, new_event, open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.paper.printed import Printed
from shared.privacy.keyring import Keyring, new_master_key

DISTRICT = "bench"
SERVICE = "services.notifications"
NAMED = re.compile(r"Kid\d+[abc]")


def module(name: str) -> Any:
    """A part of the service: benches may not import it by name, the product's import law being what it is."""
    return import_module(f"{SERVICE}.{name}")


class Catcher:
    """A channel that takes everything."""

    keeps_keys = True

    def __init__(self, channel: str, world: World) -> None:
        self.name = channel
        self._channel, self._world = channel, world

    def carry(self, batch: Sequence[Any]) -> list[Any]:
        receipt = module("channels.port").Receipt
        for letter in batch:
            words = " ".join(
                (letter.body, letter.content.title, *map(str, letter.extras.values()), *letter.values.values())
            )
            self._world.caught.append(
                (self._channel, letter.to, self._world.now, letter.delivery_id, frozenset(NAMED.findall(words)))
            )
        return [receipt(f"ref-{letter.delivery_id}") for letter in batch]


class CatchingPress:
    """Takes what is to be printed, as the press's own process would read it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._job: tuple[tuple[str, ...], int] | None = None

    @property
    def idle(self) -> bool:
        return self._job is None

    def start(self, key: tuple[str, ...], job: bytes, now: datetime) -> None:
        letters, _ = module("paper.letter").read_job(job)
        for letter_id, letter in zip(key[4:], letters, strict=True):
            self._world.caught.append(("letter", "", now, letter_id, frozenset(NAMED.findall(str(asdict(letter))))))
        self._job = (key, len(letters))

    def finished(self, mine: Callable[[tuple[str, ...]], bool], now: datetime) -> Any:
        if self._job is None:
            return None
        (key, letters), self._job = self._job, None
        return key, Printed(b"%PDF-", (1,) * letters)


class World:
    """`now` moves only when told to; `caught`: (channel, address, when, delivery, names) of all that left."""

    def __init__(self, folder: Path, now: datetime) -> None:
        self.now = now
        self.caught: list[tuple[str, str, datetime, str, frozenset[str]]] = []
        self.vault = Keyring.create(folder / "keys.json", new_master_key())
        self.engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        self.tables = module("tables").METADATA.tables
        module("tables").METADATA.create_all(self.engine)
        accounts = {channel: {channel: Catcher(channel, self)} for channel in ("email", "sms", "voice", "push")}
        self.ports = module("ports").Ports(
            accounts=accounts, base_url="https://homeroom.example.org", districts=(DISTRICT,), links=Links("k" * 40)
        )
        self._unheard: list[Event] = []
        self._press = CatchingPress(self)
        service = import_module(f"{SERVICE}.service").NotificationsService
        self._due: dict[str, Callable[..., None]] = {}
        self._effects: list[Callable[..., int]] = []
        self._on: dict[str, Callable[..., None]] = {}
        for _, method in inspect.getmembers(service, inspect.isfunction):
            for entrypoint in getattr(method, "nameko_entrypoints", ()):
                if hasattr(entrypoint, "kind"):
                    self._due[entrypoint.kind] = method
                elif hasattr(entrypoint, "type"):
                    self._on[entrypoint.type] = method
                elif method.__name__ != "print_letters":  # the press is ours
                    self._effects.append(method)

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service="notifications", district=DISTRICT, now=self.now, vault=self.vault)
            yield uow
            self._unheard += [
                open_envelope(parse(row["body"]), self.vault)
                for row in uow.emitted
                if row["routing_key"].endswith(".notifications.message_composed")
            ]
            uow.flush()

    def event(self, type_: str, **data: Any) -> Event:
        return new_event(type_, data, district=DISTRICT, source=type_.split(".")[0], now=self.now)

    def hear(self, *events: Event) -> None:
        """Events of one type, as the inbox hands them on."""
        for start in range(0, len(events), 500):
            with self.transaction() as uow:
                self._on[events[start].type](SimpleNamespace(ports=self.ports), uow, list(events[start : start + 500]))

    def settle(self) -> None:
        """Translation answers, due work runs, deliveries go, until nothing moves."""
        me = SimpleNamespace(ports=self.ports)
        while True:
            moved = self._translate() + self._run_due(me)
            moved += sum(effect(me, self.transaction) for effect in self._effects)
            if moved == 0:
                return

    def at(self, moment: datetime) -> None:
        """Time passes, stopping wherever something is due."""
        self.settle()
        while True:
            with self.transaction() as uow:
                upcoming = due.next_due(uow.connection)
            if not isinstance(upcoming, datetime) or upcoming > moment:
                break
            self.now = max(self.now, upcoming)
            self.settle()
        self.now = moment
        self.settle()

    def pass_time(self, moment: datetime, *, step: timedelta) -> None:
        """Time passes in steps: what is due in between runs at the end of its step."""
        while self.now < moment:
            self.now = min(moment, self.now + step)
            self.settle()

    def print_everything(self, school_id: str) -> None:
        """The office asks for the queue, and the press makes it."""
        paper = module("handlers.paper")
        with self.transaction() as uow:
            paper.ask_run(uow, school_id=school_id, staff_id="t-office", duplex=False)
        self.settle()
        idle = 0
        while idle < 2:
            idle = 0 if paper.make(self.transaction, self.ports, self._press) or not self._press.idle else idle + 1

    def rows(self, query: sa.Select[Any]) -> list[Mapping[str, Any]]:
        with self.engine.begin() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def _run_due(self, me: Any) -> int:
        with self.transaction() as uow:
            items = due.claim(uow, sorted(self._due))
            for kind, method in self._due.items():
                if mine := [item for item in items if item.kind == kind]:
                    method(me, uow, mine)
        return len(items)

    def _translate(self) -> int:
        """The text as it is, whatever the language: the names that are looked for survive translation by contract."""
        heard, self._unheard = self._unheard, []
        answers = [
            self.event(
                "translation.text_translated", text_id=event.data["message_id"], content_version=event.data["content_version"],
                source=event.data["source_language"], target=target, engine="bench", machine=False, labelled=False,
                text=event.data["text"] or "{student} {link}", approved_by=None, glossary_hits=0, checks={},
            )
            for event in heard
            for target in event.data["targets"]
        ]  # fmt: skip
        if answers:
            self.hear(*answers)
        return len(answers)
