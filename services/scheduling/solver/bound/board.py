"""An instance as arrays: what pricing needs, in whole units."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

SCALE = 4096
"""Units per point of score, unless an instance's weights are so great that 32 bits ask for fewer."""

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]


class Board(NamedTuple):
    """Requests sorted by household; those of household `h` are `first_request[h]` … `first_request[h+1]`−1."""

    scale: int
    evenings: int
    cells: int
    most_requests: int
    first_request: Ints
    language: Ints  # per household, −1 where no interpreter is needed
    travel: Ints
    idle: Ints  # units per idle cell
    extra: Ints  # units per extra evening
    teacher: Ints  # per request
    duration: Ints
    worth: Ints
    opens: Ints  # per request and evening: first start, and one past the last
    closes: Ints
    startable: Flags  # per request, evening and cell
    open_cell: Flags  # per teacher, evening and cell
    interpreters: Ints  # per language
