"""Threads, what staff wrote in them, and the clocks on answers."""

from __future__ import annotations
