"""What is taken, by whom: people, rooms, interpreters, seats; holds that end by themselves, waitlists."""

from __future__ import annotations
