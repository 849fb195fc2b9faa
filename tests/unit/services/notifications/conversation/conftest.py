"""Greenview, whose settings a test may change."""

from __future__ import annotations

from typing import Any

import pytest

from services.notifications.handlers import wishes
from tests.unit.services.notifications.world import SCHOOL, District


@pytest.fixture
def district(district: District) -> District:
    """The same district; `hear_settings` onboards the school anew."""

    def hear_settings(**changes: Any) -> None:
        event = district.event(
            "district.school_onboarded", school_id="greenview", revision=2, config_version="v2", name="Greenview",
            timezone="America/Chicago", **{**SCHOOL, **changes},
        )  # fmt: skip
        district.hear(wishes.school_onboarded, event)

    district.hear_settings = hear_settings  # type: ignore[attr-defined]
    return district
