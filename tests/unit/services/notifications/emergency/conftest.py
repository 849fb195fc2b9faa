"""A school of many families, its office, its principal, and what is announced there."""

from __future__ import annotations

import pytest

from services.translation.catalogue import load
from tests.unit.services.notifications import world
from tests.unit.services.notifications.emergency.alerts import House


@pytest.fixture
def house(district, monkeypatch) -> House:
    """Greenview with thirty families, each with a text number; a principal, an administrator and the office."""
    english = load().wordings["en"]
    for key in ("announcement.correction", "emergency.exercise"):
        monkeypatch.setitem(world.CATALOGUE, key, english[key].text)
    made = House(district)
    made.fill(30)
    return made
