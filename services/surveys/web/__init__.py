"""Pages and JSON of surveys: importing this declares every route."""

from services.surveys.web import campaigns, guardian, offline, preferences, staff, students
from services.surveys.web.routes import api

__all__ = ["api", "campaigns", "guardian", "offline", "preferences", "staff", "students"]
