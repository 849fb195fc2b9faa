"""Replies are translated from the language that they are written in, not from the one on file."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from services.translation.handlers import texts as handlers
from services.translation.store import homes
from shared.directory.projection import GUARDIAN, GUARDIAN_LINK


@pytest.fixture
def home(uow):
    """Two guardians of one household, one of another."""
    people = [("g-ana", "so", "h-1"), ("g-luis", "es", "h-1"), ("g-lan", "vi", "h-2")]
    uow.connection.execute(
        sa.insert(GUARDIAN),
        [{"guardian_id": who, "language": tag, "given_name": "A", "family_name": "B", "revision": 1, "active": True}
         for who, tag, _ in people],
    )  # fmt: skip
    uow.connection.execute(
        sa.insert(GUARDIAN_LINK),
        [{"guardian_id": who, "student_id": "s-1", "household_id": house, "relationship": "parent", "legal_guardian": True,
          "lives_with": True, "priority": 1, "receives": True, "revision": 1, "active": True} for who, _, house in people],
    )  # fmt: skip


def source_of(said) -> str:
    return next(data["source"] for type_, data in said() if type_ == "translation.text_translated")


def test_a_somali_guardian_who_writes_english_is_not_translated(uow, ports, engine, said, replied):
    handlers.reply_received(uow, ports, [replied("Thank you, she will be there", language="so")])
    ((_, data),) = said()
    assert (data["source"], data["text"], data["engine"], data["labelled"]) == (
        "en", "Thank you, she will be there", "source", False,
    )  # fmt: skip
    assert engine.asked == []


def test_a_reply_in_the_language_of_another_of_the_home_is_translated_from_it(uow, ports, said, replied, home):
    handlers.reply_received(uow, ports, [replied("mañana no puedo ir a la escuela", language="so")])
    assert source_of(said) == "es"


def test_a_reply_that_says_nothing_stays_as_declared(uow, ports, said, replied, home):
    handlers.reply_received(uow, ports, [replied("👍", language="zh")])
    assert source_of(said) == "zh-Hans"


def test_the_languages_of_a_home_are_those_of_its_others(uow, home):
    assert homes.languages(uow.connection, ["g-ana", "g-luis", "g-lan", "nobody"]) == {
        "g-ana": ("es",),
        "g-luis": ("so",),
    }
