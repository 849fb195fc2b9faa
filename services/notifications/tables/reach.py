"""Contact repair and the figures that reports are made of."""

from __future__ import annotations
