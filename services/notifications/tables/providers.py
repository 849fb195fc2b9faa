"""Accounts' health, and the calls back that they make."""

from __future__ import annotations
