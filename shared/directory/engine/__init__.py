"""Validate, plan, apply, roll back.

A drop is read into a staging file (`shared.directory.oneroster.staging`), compared with the district's records by a merge
of two sorted streams (`diff`), the people it touches are gathered (`scope`), what services need to know of them is derived
(`derive`), compared again, and the differences leave as events (`events`) in the transaction that writes them (`apply`).
"""

from shared.directory.engine.apply import Applied, apply, rollback
from shared.directory.engine.plan import Hold, Plan
from shared.directory.engine.prepare import plan, plan_rollback
from shared.directory.engine.status import Status, history, status
from shared.directory.engine.validate import validate

__all__ = [
    "Applied", "Hold", "Plan", "Status", "apply", "history", "plan", "plan_rollback", "rollback", "status", "validate",
]  # fmt: skip
