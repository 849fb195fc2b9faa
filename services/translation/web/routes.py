"""The routes of translation hang on this."""

from __future__ import annotations

from shared.web import Api

api = Api("translation", prefix="/translation")
