"""Greenview with Bao, whose grandmother Lan reads Vietnamese, and the real words around letters."""

from __future__ import annotations

import pytest

from services.notifications.handlers.lettering import KEYS
from services.translation.catalogue import load
from tests.unit.services.notifications import world
from tests.unit.services.notifications.paper.papermill import Mill


@pytest.fixture
def mill(district: world.District, monkeypatch: pytest.MonkeyPatch) -> Mill:
    """The district with a printing press."""
    english = load().wordings["en"]
    for key in KEYS:
        monkeypatch.setitem(world.CATALOGUE, key, english[key].text)
    return Mill.at(district)
