"""Scheduling's queries, set-based, by what they are about."""
