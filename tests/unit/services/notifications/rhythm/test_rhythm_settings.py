"""A school's rhythm settings: what the docs show is what the files may say, and what holds where they say nothing."""

from __future__ import annotations

import dataclasses
import re

import pytest
import yaml
from marshmallow import ValidationError

from services.notifications.domain.rhythm import Rhythm
from shared.backing.state import REPOSITORY
from shared.contracts import latest
from shared.directory.config.schemas import Rhythm as Schema
from shared.directory.config.schemas import SchoolSchema


def shown() -> dict:
    (block,) = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "docs" / "rhythm.md").read_text("utf-8"), re.S)
    return yaml.safe_load(block)


def test_the_docs_show_every_setting_with_its_default():
    loaded = SchoolSchema().load(shown())["rhythm"]
    assert set(loaded) == set(Schema().fields) == {field.name for field in dataclasses.fields(Rhythm)}
    assert dataclasses.replace(Rhythm.of({"rhythm": loaded}), live_contact_on=()) == Rhythm()


def test_the_settings_travel_with_the_school():
    assert "rhythm" in latest("district.school_onboarded").fields


@pytest.mark.parametrize("wrong", [
    {"brief_on": "freitag"}, {"brief_at": "25:00"}, {"brief_words": 5}, {"welcome_days": 0}, {"brief_word": 120},
])  # fmt: skip
def test_a_wrong_setting_is_refused(wrong):
    with pytest.raises(ValidationError):
        SchoolSchema().load({"rhythm": wrong})
