"""Alerts, approvals, recalls and the alarm that nothing arrives."""

from __future__ import annotations
