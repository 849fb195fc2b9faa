"""Series of check-ins, campaigns, late requests, and attempts to reach a parent for a special-education meeting."""

from __future__ import annotations
