"""Numba, typed: kernels are compiled once, kept on disk, and run without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def compiled(function: Kernel) -> Kernel:
    """Compile at first call; `cache=True` keeps the machine code beside the source, so only the first run waits."""
    return cast(Kernel, numba.njit(cache=True, nogil=True)(function))


@compiled
def drawn(rng: np.ndarray, below: int) -> int:
    """A whole number from 0 to below-1 (xorshift64*, its state in rng[0])."""
    x = rng[0]
    x ^= x >> np.uint64(12)
    x ^= x << np.uint64(25)
    x ^= x >> np.uint64(27)
    rng[0] = x
    return np.int64((x * np.uint64(2685821657736338717)) >> np.uint64(33)) % np.int64(below)


@compiled
def uniform(rng: np.ndarray) -> float:
    """A number in (0, 1]."""
    return (drawn(rng, 1 << 30) + 1.0) / (1 << 30)
