"""How much memory this process holds."""

from __future__ import annotations

import resource
import sys


def resident_mb() -> float:
    """The most that was resident so far, in megabytes of 2^20 bytes (Linux counts kilobytes, macOS bytes)."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (2**20 if sys.platform == "darwin" else 2**10), 1)
