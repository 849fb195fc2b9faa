"""Frozen snapshots of what was published."""
