"""Scheduling's pages and JSON: importing the route modules fills `api`."""

from services.scheduling.web import calendar, guardian, office_hours, promises
from services.scheduling.web.routes import api

__all__ = ["api", "calendar", "guardian", "office_hours", "promises"]
