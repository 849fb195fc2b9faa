"""Digests, briefs, newsletters, balance, nudges, guides, live contact and load."""

from __future__ import annotations
