"""Pages and JSON of surveys: importing this declares every route."""

from services.surveys.web import (
    campaigns,
    card,
    guardian,
    guardian_answers,
    guardian_code,
    offline,
    paper,
    polls,
    preferences,
    results,
    results_export,
    staff,
    staff_entry,
    staff_lead,
    students,
    voice,
    voice_script,
)
from services.surveys.web.routes import api

__all__ = [
    "api",
    "campaigns",
    "card",
    "guardian",
    "guardian_answers",
    "guardian_code",
    "offline",
    "paper",
    "polls",
    "preferences",
    "results",
    "results_export",
    "staff",
    "staff_entry",
    "staff_lead",
    "students",
    "voice",
    "voice_script",
]
