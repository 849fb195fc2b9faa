"""The tables of surveys; only `store` writes SQL against them."""

from __future__ import annotations

from services.surveys.tables import actions, life, modes, polls, results
from services.surveys.tables.core import (
    ANSWER,
    ASSIGNMENT,
    BOUNDARY,
    CAMPAIGN,
    CONCERN,
    DECLINED,
    DRAFT,
    EFFECT,
    METADATA,
    PREFERENCE,
    RESPONSE,
    SURVEY_VERSION,
)
from services.surveys.tables.life import CODE, QUOTA_COUNT

__all__ = [
    "ANSWER",
    "ASSIGNMENT",
    "BOUNDARY",
    "CAMPAIGN",
    "CODE",
    "CONCERN",
    "DECLINED",
    "DRAFT",
    "EFFECT",
    "METADATA",
    "PREFERENCE",
    "QUOTA_COUNT",
    "RESPONSE",
    "SURVEY_VERSION",
    "actions",
    "life",
    "modes",
    "polls",
    "results",
]
