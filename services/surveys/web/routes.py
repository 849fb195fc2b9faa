"""The one `Api` that the pages declare their routes on."""

from __future__ import annotations

from shared.web import Api

api = Api("surveys", prefix="/surveys")
