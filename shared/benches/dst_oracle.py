"""What the clocks of a place show, found by letting time pass: nothing here shares code or data with what it judges.

The data is the copy that python-dateutil carries, read by its own reader; changes of clocks are found by stepping through
UTC hour by hour and then minute by minute, and a wall time is looked up among the instants that showed it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from dateutil.zoneinfo import get_zonefile_instance

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - walls and instants are both counted in seconds from here
HOUR, DAY, GRID = 3_600, 86_400, 300


class Clocks:
    """The clocks of one zone between two years (the last included)."""

    def __init__(self, name: str, first: int, last: int) -> None:
        self._zone: Any = get_zonefile_instance().get(name)
        self._known: dict[int, list[int]] = {}
        begin, end = _seconds(datetime(first, 1, 1)) - 3 * DAY, _seconds(datetime(last + 1, 1, 1)) + 3 * DAY  # noqa: DTZ001
        self._from, self._offsets = [begin], [self._shown(begin) - begin]
        for moment in range(begin + HOUR, end, HOUR):
            if self._shown(moment) - moment != self._offsets[-1]:
                change = next(at for at in range(moment - HOUR + 60, moment + 60, 60) if self._shown(at) - at != self._offsets[-1])
                self._from.append(change)
                self._offsets.append(self._shown(change) - change)

    def changes(self) -> list[int]:
        """The instants at which the clocks change."""
        return self._from[1:]

    def instants(self, wall: int) -> list[int]:
        """Every instant at which the clocks show `wall`: none, one or two."""
        known = self._known.get(wall)
        if known is not None:
            return known
        near = range(bisect_right(self._from, wall - 2 * DAY) - 1, bisect_right(self._from, wall + 2 * DAY))
        offsets = {self._offsets[at] for at in near if at >= 0}
        found = sorted(wall - offset for offset in offsets if self._offset(wall - offset) == offset)
        self._known[wall] = found
        return found

    def slots(self, midnight: int, window: tuple[int, int], *, length: int, apart: int = 0) -> Iterator[tuple[int, int]]:
        """(start, end) of slots in a window (minutes of that day): each of its walls shows once, one after the other.

        `apart`: minutes that pass between two of them; where half an hour of walls is skipped they are fewer than on the wall.
        """
        free_from, step = 0, length + apart
        for minute in range(window[0], window[1] - length + 1, step):
            wall = midnight + minute * 60
            shown = [self.instants(wall + later) for later in range(0, length * 60 + 1, GRID)]
            if all(len(each) == 1 for each in shown):
                times = [each[0] for each in shown]
                if times[0] >= free_from and all(after - before == GRID for before, after in pairwise(times)):
                    free_from = times[-1] + apart * 60
                    yield times[0], times[-1]

    def _offset(self, moment: int) -> int:
        return self._offsets[bisect_right(self._from, moment) - 1]

    def _shown(self, moment: int) -> int:
        shown = datetime.fromtimestamp(moment, UTC).astimezone(self._zone)
        return _seconds(shown.replace(tzinfo=None))


def _seconds(naive: datetime) -> int:
    return (naive - EPOCH) // timedelta(seconds=1)
