"""Pages and JSON of surveys: importing this declares every route."""

from services.surveys.web import guardian, preferences, staff
from services.surveys.web.routes import api

__all__ = ["api", "guardian", "preferences", "staff"]
