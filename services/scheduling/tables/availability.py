"""Rules of when a person can be met, exceptions, and what their own calendars say."""

from __future__ import annotations
