"""Scheduling's pages and JSON: importing the route modules fills `api`."""

from services.scheduling.web import (
    calendar,
    guardian,
    loop_notes,
    loop_support,
    office_hours,
    plans,
    plans_home,
    promises,
)
from services.scheduling.web.routes import api

__all__ = [
    "api",
    "calendar",
    "guardian",
    "loop_notes",
    "loop_support",
    "office_hours",
    "plans",
    "plans_home",
    "promises",
]
