"""Logs without personal data, metrics named in one place, traces through events, health."""
