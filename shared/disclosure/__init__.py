"""Which cells of a published table stay hidden, so that no small group can be told, not even by subtraction or next week."""

from shared.disclosure.lists import protect_list
from shared.disclosure.protect import protect
from shared.disclosure.series import Frozen, Step, next_snapshot, with_bounds
from shared.disclosure.table import LEAST, Figures, with_totals

__all__ = [
    "LEAST",
    "Figures",
    "Frozen",
    "Step",
    "next_snapshot",
    "protect",
    "protect_list",
    "with_bounds",
    "with_totals",
]
