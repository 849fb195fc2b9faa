"""One row of figures with its total: hide the small ones, and enough beside them."""

from __future__ import annotations

from collections.abc import Sequence

from shared.disclosure.table import LEAST


def protect_list(values: Sequence[int], *, least: int = LEAST, empty: bool = True) -> frozenset[int] | None:
    """Indexes to hide beside a published total; None where the total itself is too small to tell.

    Hidden figures share what is left of the total, so each is open by exactly that sum: it must reach `least`, in two
    figures or more. `empty`: nobody out of somebody is hidden, too.
    """
    whole = sum(values)
    if 0 < whole < least:
        return None
    hidden = {k for k, count in enumerate(values) if count < least and (count or (empty and whole))}
    for k in sorted(range(len(values)), key=lambda k: (values[k], k)):
        if not hidden or (len(hidden) > 1 and sum(values[other] for other in hidden) >= least):
            break
        hidden.add(k)
    return frozenset(hidden) if len(hidden) != 1 else None
