"""Python's garbage collector in a process that lives long and works in batches."""

from __future__ import annotations

import gc


def calm_collector() -> None:
    """What is loaded by now stays: the collector need not walk it, nor run for every batch of short-lived rows.

    Once a process, when it is ready to work.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
