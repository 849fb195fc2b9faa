"""Numba, typed: kernels are compiled once, kept on disk, and run without the interpreter's lock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import numpy as np

Kernel = TypeVar("Kernel", bound=Callable[..., object])
Whole = Any
"""A whole number inside a kernel, of whatever width and sign numpy gives it."""


def _sources() -> bytes:
    """All kernels that others call, and the tuples they are handed."""
    folder = Path(__file__).parent
    texts = [path.read_bytes() for path in sorted(folder.glob("*.py"))]
    return b"".join(text for text in texts if b"compiled import" in text or b"NamedTuple" in text or b"numba" in text)


SOURCES = _sources()


def compiled(function: Kernel) -> Kernel:
    """Compile at first call; machine code is kept beside the source, so only the first run waits."""
    return cast(Kernel, _kept(numba.njit(cache=True, nogil=True)(function)))


def inlined(function: Kernel) -> Kernel:
    """The same, copied into its callers: where passing the arrays costs more than the work."""
    return cast(Kernel, _kept(numba.njit(cache=True, nogil=True, inline="always")(function)))


def _kept(kernel: Any) -> Any:
    """Numba looks only at a kernel's own file to tell whether kept machine code is fresh, not at what it calls; so a changed
    kernel would live on inside its callers. Here all kernels count."""
    own = Path(kernel.py_func.__code__.co_filename).read_bytes()
    kernel._cache._cache_file._source_stamp = hashlib.sha256(SOURCES + own).hexdigest()
    return kernel


@compiled
def drawn(rng: np.ndarray, below: Whole) -> Whole:
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
    return float((drawn(rng, 1 << 30) + 1.0) / (1 << 30))
