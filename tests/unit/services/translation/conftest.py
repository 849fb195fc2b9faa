"""A transaction of translation on SQLite in memory, and an engine that a test can teach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.translation.catalogue import load
from services.translation.domain.protection import TokenStyle
from services.translation.engines.port import Capabilities, Failure, FailureKind, Result, Segment
from services.translation.ports import Ports
from services.translation.tables import METADATA
from services.translation.translator import Translator
from shared.messaging.envelope import Event, new_event, open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)


class TaughtEngine:
    """Says what it was taught for a masked text, else the text itself in angle quotes; counts what it is asked."""

    def __init__(self, answers: dict[str, str] | None = None, *, failure: FailureKind | None = None) -> None:
        self.answers = answers or {}
        self.failure = failure
        self.asked: list[Segment] = []
        self.closed = False

    def capabilities(self) -> Capabilities:
        return Capabilities("taught", frozenset({("en", "es"), ("es", "en"), ("en", "ca")}))

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        return TokenStyle.PH

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        self.asked += batch
        if self.failure:
            return [Failure(segment.id, self.failure) for segment in batch]
        return [Result(s.id, self.answers.get(s.text, f"«{s.text}»"), "taught:en-es") for s in batch]

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def engine() -> TaughtEngine:
    return TaughtEngine()


@pytest.fixture
def ports(engine: TaughtEngine) -> Ports:
    return Ports(Translator(load(), [engine]))


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keys.json", new_master_key())


@pytest.fixture
def uow(keyring: Keyring) -> Iterator[UnitOfWork]:
    database = sa.create_engine("sqlite://")
    with database.begin() as connection:
        METADATA.create_all(connection)
        yield UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
    database.dispose()


@pytest.fixture
def said(uow: UnitOfWork, keyring: Keyring) -> Any:
    """What the unit of work is about to say, opened: (type, data) in order."""

    def read() -> list[tuple[str, dict[str, Any]]]:
        events = [open_envelope(parse(row["body"]), keyring) for row in uow.emitted]
        return [(event.type, dict(event.data)) for event in events]

    return read


@pytest.fixture
def composed() -> Any:
    """A `notifications.message_composed`, with what the test cares about changed."""

    def make(**changes: Any) -> Event:
        data = {
            "message_id": "m-1", "content_version": 1, "kind": "info", "risk": "low", "source_language": "en",
            "targets": ["es"], "text": "The bus is late.", "catalogue_key": None, "protected": [],
        } | changes  # fmt: skip
        return new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW)

    return make


@pytest.fixture
def replied() -> Any:
    """A `notifications.reply_received` from a guardian."""

    def make(text: str, language: str = "es", reply_id: str = "r-1") -> Event:
        data = {
            "thread_id": "g-ana", "reply_id": reply_id, "guardian_id": "g-ana", "channel": "sms", "language": language,
            "open_kind": None, "open_ref": None, "received_at": NOW, "text": text,
        }  # fmt: skip
        return new_event("notifications.reply_received", data, district="riverside", source="notifications", now=NOW)

    return make
