"""Small groups stay hidden, whatever a reader adds and subtracts."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.notifications.domain.small_groups import ALL, LEAST, hidden, highest, with_totals

COUNTS = st.one_of(st.integers(0, 15), st.integers(10, 400))
TABLES = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 4).flatmap(
        lambda columns: st.lists(
            st.lists(COUNTS, min_size=columns, max_size=columns), min_size=rows, max_size=rows
        ).map(lambda table: {(f"r{i}", f"c{j}"): count for i, line in enumerate(table) for j, count in enumerate(line)})
    )
)


def _relations(cells: dict[tuple[str, str], int]) -> list[dict[tuple[str, str], int]]:
    """The table's sums, each as coefficients that add up to nothing."""
    rows, columns = {row for row, _ in cells}, {column for _, column in cells}
    sums = [{(row, ALL): -1} | {(row, column): 1 for column in columns} for row in rows]
    sums += [{(ALL, column): -1} | {(row, column): 1 for row in rows} for column in columns]
    return [
        *sums,
        {(ALL, ALL): -1} | {(row, ALL): 1 for row in rows},
        {(ALL, ALL): -1} | {(ALL, c): 1 for c in columns},
    ]


def _bounds(
    cells: dict[tuple[str, str], int], secret: frozenset[tuple[str, str]]
) -> dict[tuple[str, str], list[float]]:
    """An attacker: non-negative figures, every sum used again and again until nothing more follows (interval propagation)."""
    whole = with_totals(cells)
    known = {key: [0.0, float("inf")] if key in secret else [whole[key]] * 2 for key in whole}
    changed = True
    while changed:
        changed = False
        for relation in _relations(cells):
            for key, sign in relation.items():
                low = sum((-c * sign) * known[k][0 if -c * sign > 0 else 1] for k, c in relation.items() if k != key)
                high = sum((-c * sign) * known[k][1 if -c * sign > 0 else 0] for k, c in relation.items() if k != key)
                before = list(known[key])
                known[key] = [max(before[0], low), min(before[1], high)]
                changed |= known[key] != before
    return known


@settings(max_examples=200, deadline=None)
@given(TABLES)
@example({("so", "a"): 4, ("so", "b"): 30, ("en", "a"): 60, ("en", "b"): 70})
@example({("so", "a"): 5})
def test_no_reader_can_bound_a_small_group_below_ten(cells):
    secret = hidden(cells)
    whole = with_totals(cells)
    small = {key for key, count in whole.items() if 0 < count < LEAST}
    assert small <= secret
    attacked = _bounds(cells, secret)
    for key in small:
        assert highest(cells, secret, key) >= LEAST
        assert attacked[key][1] >= LEAST, f"{key} is at most {attacked[key][1]}"
        assert attacked[key][0] < attacked[key][1]


@settings(max_examples=100, deadline=None)
@given(TABLES)
def test_another_table_fits_the_published_figures_with_ten_in_the_small_group(cells):
    """Not only bounds: there is a whole table of counts, equal in all that is published, where the group is not small."""
    secret = hidden(cells)
    for key in secret:
        if with_totals(cells)[key] < LEAST:
            assert _another(cells, secret, key)


def _another(cells, secret, key) -> bool:
    """By linear programming, an attacker's tool and none of ours."""
    whole = with_totals(cells)
    free = sorted(secret)
    lines = [
        (
            [Fraction(relation.get(k, 0)) for k in free],
            Fraction(-sum(c * whole[k] for k, c in relation.items() if k not in secret)),
        )
        for relation in _relations(cells)
    ]
    return _feasible(lines, len(free), free.index(key), LEAST)


def _feasible(lines, size, index, least) -> bool:
    """Phase one of the simplex method with Bland's rule: is there x >= 0 with A x = b and x[index] >= least?"""
    rows = [([*a, Fraction()], b) for a, b in lines]
    bound = [Fraction()] * (size + 1)
    bound[index], bound[size] = Fraction(1), Fraction(-1)
    rows.append((bound, Fraction(least)))
    rows = [(a, b) if b >= 0 else ([-v for v in a], -b) for a, b in rows]
    count = len(rows)
    table = [[*a, *(Fraction(i == j) for j in range(count)), b] for i, (a, b) in enumerate(rows)]
    basis = [size + 1 + i for i in range(count)]
    cost = [-sum(line[j] for line in table) if j <= size else 0 for j in range(size + 1 + count)]
    value = -sum(line[-1] for line in table)
    while True:
        enter = next((j for j, c in enumerate(cost) if c < 0), None)
        if enter is None:
            return value == 0
        ratios = [(line[-1] / line[enter], basis[i], i) for i, line in enumerate(table) if line[enter] > 0]
        if not ratios:
            return value == 0
        _, _, leave = min(ratios)
        pivot = table[leave][enter]
        table[leave] = [v / pivot for v in table[leave]]
        for i, line in enumerate(table):
            if i != leave and line[enter]:
                factor = line[enter]
                table[i] = [v - factor * w for v, w in zip(line, table[leave], strict=True)]
        factor = cost[enter]
        value -= factor * table[leave][-1]
        cost = [c - factor * w for c, w in zip(cost, table[leave], strict=False)]
        basis[leave] = enter


@given(TABLES)
def test_without_small_groups_everything_is_published(cells):
    large = {key: count if count == 0 else count + LEAST for key, count in cells.items()}
    assert hidden(large) == frozenset()


def test_a_lone_small_group_takes_the_largest_with_it_since_the_total_would_tell():
    cells = {("so", "a"): 4, ("es", "a"): 30, ("en", "a"): 60}
    secret = hidden(cells)
    assert {("so", "a"), ("en", "a")} <= secret
    assert not {("es", "a"), (ALL, "a"), (ALL, ALL)} & secret


def test_where_columns_overlap_only_their_own_sums_are_watched():
    cells = {
        ("sms", "a"): 4,
        ("sms", "b"): 30,
        ("sms", "c"): 90,
        ("email", "a"): 40,
        ("email", "b"): 40,
        ("email", "c"): 9,
    }
    secret = hidden(cells, column_totals=False)
    assert {("sms", "a"), ("email", "c")} < secret
    assert (
        len([key for key in secret if key[0] == "sms"]) >= 2 and len([key for key in secret if key[0] == "email"]) >= 2
    )
    assert not any(row == ALL for row, _ in secret)
