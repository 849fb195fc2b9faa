"""A brokerage event as clauses: satisfiable under the assumption `at_most(k)` if and only if some schedule has at most k breaks.

Variables say in which slot a meeting is and when a participant is busy; per participant a counter over the slots in order says how
many meetings lie behind. Two implied constraints are decisive [measured]: each participant is busy exactly as often as there are
meetings, and those busy in a slot are even in number and at most two a table. Standard library only.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from shared.benches.b2b_event import FAIRNESS, Event


class Formula:
    """Clauses over numbered variables. A literal is a variable, negative for "not"; `true` is a variable that holds."""

    def __init__(self) -> None:
        self.variables = 0
        self.clauses: list[list[int]] = []
        self.true = self.new()
        self.add(self.true)

    def new(self) -> int:
        self.variables += 1
        return self.variables

    def add(self, *literals: int) -> None:
        """At least one of them holds; what is known is left out."""
        if self.true in literals:
            if len(literals) == 1 and not self.clauses:
                self.clauses.append([self.true])
            return
        self.clauses.append([one for one in literals if one != -self.true])

    def both(self, one: int, other: int) -> int:
        if -self.true in (one, other):
            return -self.true
        if self.true in (one, other):
            return other if one == self.true else one
        found = self.new()
        self.add(-found, one)
        self.add(-found, other)
        self.add(found, -one, -other)
        return found

    def either(self, one: int, other: int) -> int:
        return -self.both(-one, -other)

    def any_of(self, literals: Iterable[int]) -> int:
        """A literal that holds exactly when one of them does."""
        some = [one for one in literals if one != -self.true]
        if not some:
            return -self.true
        if self.true in some:
            return self.true
        if len(some) == 1:
            return some[0]
        found = self.new()
        for one in some:
            self.add(found, -one)
        self.add(-found, *some)
        return found

    def at_most_one(self, literals: Sequence[int]) -> None:
        for one, other in combinations(literals, 2):
            self.add(-one, -other)

    def count(self, literals: Sequence[int], most: int) -> list[int]:
        """A totalizer, in both directions: the k-th answer (from 0) holds exactly when more than k of them do, up to `most`."""
        if len(literals) <= 1:
            return list(literals)[:most]
        half = len(literals) // 2
        left, right = self.count(literals[:half], most), self.count(literals[half:], most)
        size = min(len(left) + len(right), most)
        out = [self.new() for _ in range(size)]
        for i in range(len(left) + 1):
            for j in range(len(right) + 1):
                ours = [left[i - 1]] if i else []
                theirs = [right[j - 1]] if j else []
                if 0 < i + j <= size:
                    self.add(out[i + j - 1], *(-one for one in ours + theirs))
                missing = ([left[i]] if i < len(left) else []) + ([right[j]] if j < len(right) else [])
                if i + j < size:
                    self.add(-out[i + j], *missing)
        return out


class Encoding:
    """The event's rules, and `at most so many breaks in all`, as clauses."""

    def __init__(self, event: Event, most_breaks: int) -> None:
        self.event, self.formula = event, Formula()
        slots = range(event.slots)
        false = -self.formula.true
        self.held = [[self.formula.new() if s in allowed else false for s in slots] for allowed in event.allowed]
        self._meetings()
        of = [event.of(participant) for participant in range(event.participants)]
        self.busy = [[self.formula.any_of(self.held[m][s] for m in mine) for s in slots] for mine in of]
        for mine in of:
            for s in slots:
                self.formula.at_most_one([self.held[m][s] for m in mine])
        breaks = [self._breaks(busy, len(mine)) for busy, mine in zip(self.busy, of, strict=True)]
        self._tables()
        self._limit(breaks, most_breaks)

    def slot_of(self, model: Sequence[int]) -> list[int]:
        """The slot of each meeting in a solver's model (literals in the order of variables)."""
        return [next(s for s, one in enumerate(row) if one > 0 and model[one - 1] > 0) for row in self.held]

    def _meetings(self) -> None:
        add = self.formula.add
        for meeting, row in enumerate(self.held):
            add(*row)
            self.formula.at_most_one(row)
            for ahead in self.event.before[meeting]:
                for s, here in enumerate(row):
                    add(-here, *self.held[ahead][:s])

    def _breaks(self, busy: Sequence[int], meetings: int) -> list[int]:
        """Literals, one per slot, that hold where a break ends; and the participant is busy as often as there are meetings.

        Tried, and slower: to say as well that without a break the slots after the first hold meetings until all are over, and
        that all slots together hold all meetings.
        """
        if meetings == 0:
            return []
        formula, found = self.formula, []
        done = [formula.true] + [-formula.true] * meetings
        for s, here in enumerate(busy):
            if s > 0:
                found.append(formula.both(done[1], formula.both(-busy[s - 1], here)))
            done = [done[0]] + [
                formula.either(done[k], formula.both(here, done[k - 1])) for k in range(1, meetings + 1)
            ]
        formula.add(done[meetings])
        return [one for one in found if one != -formula.true]

    def _tables(self) -> None:
        """Those busy in a slot: an even number, at most two a table."""
        most = 2 * self.event.tables
        for s in range(self.event.slots):
            count = self.formula.count([row[s] for row in self.busy if row[s] != -self.formula.true], most + 1)
            for beyond in count[most:]:
                self.formula.add(-beyond)
            for odd in range(0, min(len(count), most), 2):
                self.formula.add(-count[odd], *count[odd + 1 : odd + 2])

    def _limit(self, breaks: Sequence[Sequence[int]], most: int) -> None:
        """At most `most` breaks in all, and no two participants further apart than is fair."""
        counts = [self.formula.count(one, len(one)) for one in breaks]
        for level in range(1, max(map(len, counts), default=0) - FAIRNESS + 1):
            everybody = self.formula.new()
            for count in counts:
                self.formula.add(-everybody, *count[level - 1 : level])
                if len(count) >= level + FAIRNESS:
                    self.formula.add(-count[level + FAIRNESS - 1], everybody)
        total = self.formula.count([one for count in counts for one in count], most + 1)
        if len(total) > most:
            self.formula.add(-total[most])
