"""Whatever a reader adds, subtracts and remembers, a small group stays open by ten people or more. Asked of linear programming."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.benches.suppression_attack import Attack, Publication, parts, table
from shared.disclosure import (
    LEAST,
    Figures,
    next_snapshot,
    protect,
    protect_list,
    with_totals,
)
from shared.disclosure.cube import cube_with_totals, protect_cube
from shared.disclosure.flow import Residual

COUNTS = st.one_of(st.just(0), st.integers(0, 15), st.integers(10, 300))


def tables(most_rows=6, most_columns=5, counts=COUNTS):
    return st.tuples(st.integers(1, most_rows), st.integers(1, most_columns)).flatmap(
        lambda size: st.lists(st.lists(counts, min_size=size[1], max_size=size[1]), min_size=size[0], max_size=size[0])
    )


def figures_of(cells) -> Figures:
    return Figures(len(cells), len(cells[0]), with_totals(cells))


def published(figures: Figures, hidden) -> Publication:
    told = Publication(figures.rows * figures.columns)
    shape = (figures.rows, figures.columns)
    shown = {divmod(k, figures.columns + 1): v for k, v in enumerate(figures.values) if k not in hidden}
    table(told, shape, shown)
    return told


def narrow(figures: Figures, hidden) -> list[tuple[int, float]]:
    """Hidden figures that the attacker knows to within fewer than ten."""
    attack = Attack(published(figures, hidden))
    shape = (figures.rows, figures.columns)
    widths = []
    for k in hidden:
        low, high = attack.range(parts(shape, divmod(k, figures.columns + 1), (0,)))
        widths.append((k, high - low))
    return [(k, width) for k, width in widths if width < LEAST - 1e-6]


@settings(max_examples=120, deadline=None)
@given(tables())
@example([[4, 30, 60]])
@example([[5]])
@example([[12, 0], [0, 12]])
@example([[3, 40], [40, 3]])
def test_no_hidden_figure_is_known_to_within_ten(cells):
    figures = figures_of(cells)
    hidden = protect(figures, figures.small())
    assert figures.small() <= hidden or figures.values[-1] < LEAST
    if figures.values[-1] >= LEAST:
        assert narrow(figures, hidden) == []
    else:
        assert len(hidden) == (len(figures.values) if figures.values[-1] else 0)


@settings(max_examples=60, deadline=None)
@given(tables(4, 4))
def test_the_range_by_flows_is_the_range_by_linear_programming(cells):
    figures = figures_of(cells)
    hidden = figures.small() | set(range(0, len(figures.values), 3))
    residual, attack = Residual(figures, hidden), Attack(published(figures, hidden))
    for k in hidden:
        low, high = attack.range(parts((figures.rows, figures.columns), divmod(k, figures.columns + 1), (0,)))
        width = residual.width(k)
        assert width == pytest.approx(high - low) or (width > 1e6 and high > 1e6)


@given(tables())
def test_without_small_figures_everything_is_told(cells):
    figures = figures_of([[count + LEAST for count in row] for row in cells])
    assert protect(figures, figures.small()) == frozenset()


def test_one_small_cell_takes_three_along_not_more():
    figures = figures_of([[4, 30, 60], [40, 50, 70], [80, 90, 95]])
    assert len(protect(figures, figures.small())) == 4


def test_nobody_out_of_somebody_is_as_telling_as_everybody():
    figures = figures_of([[0, 40], [30, 30]])
    assert figures.at(0, 0) in figures.small()
    assert figures.at(0, 0) not in figures.small(empty=False)


def test_a_group_without_people_tells_of_nobody():
    figures = figures_of([[0, 0], [30, 30]])
    assert figures.small() == frozenset()


@settings(max_examples=80, deadline=None)
@given(st.lists(COUNTS, min_size=1, max_size=8))
def test_a_single_row_with_its_total_keeps_its_secrets(values):
    hidden = protect_list(values)
    if hidden is None:
        return
    told = Publication(len(values))
    told.tell(range(len(values)), sum(values))
    for k, value in enumerate(values):
        if k not in hidden:
            told.tell([k], value)
    attack = Attack(told)
    for k in hidden:
        low, high = attack.range([k])
        assert high - low >= LEAST - 1e-6


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 3), st.integers(2, 3), st.integers(2, 4)).flatmap(
        lambda size: st.lists(COUNTS, min_size=size[0] * size[1] * size[2], max_size=size[0] * size[1] * size[2]).map(
            lambda flat: [
                [flat[(a * size[1] + b) * size[2] : (a * size[1] + b + 1) * size[2]] for b in range(size[1])]
                for a in range(size[0])
            ]
        )
    )
)
def test_a_three_way_table_keeps_its_secrets(cells):
    counts = cube_with_totals(cells)
    hidden = protect_cube(counts)
    if len(hidden) == counts.size:
        return
    shape = tuple(size - 1 for size in counts.shape)
    told = Publication(shape[0] * shape[1] * shape[2])
    everything = list(product(*(range(size) for size in counts.shape)))
    table(told, shape, {cell: int(counts[cell]) for cell in everything if cell not in hidden})
    attack = Attack(told)
    for cell in hidden:
        low, high = attack.range(parts(shape, cell, (0,)))
        assert high - low >= LEAST - 1e-6


def growing():
    return st.tuples(st.integers(1, 3), st.integers(2, 4), st.integers(2, 5)).flatmap(
        lambda size: st.lists(
            st.lists(
                st.lists(
                    st.one_of(st.just(0), st.integers(0, 6), st.integers(10, 60)), min_size=size[1], max_size=size[1]
                ),
                min_size=size[0],
                max_size=size[0],
            ),
            min_size=size[2],
            max_size=size[2],
        )
    )


@settings(max_examples=120, deadline=None)
@given(growing())
def test_no_difference_of_two_snapshots_tells_of_anybody(increments):
    """The attacker has kept every snapshot; people only came. Each hidden figure, and each small difference, stays open."""
    rows, columns = len(increments[0]), len(increments[0][0])
    shape, size = (rows, columns), rows * columns
    cells = [[0] * columns for _ in range(rows)]
    last, kept = None, []
    for upto, more in enumerate(increments):
        cells = [[a + b for a, b in zip(x, y, strict=True)] for x, y in zip(cells, more, strict=True)]
        new = next_snapshot(last, rows, columns, with_totals(cells))
        if new is not None:
            last = new
            kept.append((upto, new))
    told = Publication(size * len(increments))
    for upto, snapshot in kept:
        shown = {divmod(k, columns + 1): value for k, value in enumerate(snapshot.values) if k not in snapshot.hidden}
        table(told, shape, shown, offsets=[size * step for step in range(upto + 1)])
    if not kept:
        return
    attack = Attack(told)
    for number, (upto, snapshot) in enumerate(kept):
        figures = Figures(rows, columns, snapshot.values)
        for k in figures.small() | snapshot.hidden:
            offsets = [size * step for step in range(upto + 1)]
            low, high = attack.range(parts(shape, divmod(k, columns + 1), offsets))
            assert high - low >= LEAST - 1e-6, "a snapshot's own figure"
        for before, earlier in kept[:number]:
            came = Figures(rows, columns, [a - b for a, b in zip(snapshot.values, earlier.values, strict=True)])
            for k in came.small():
                offsets = [size * step for step in range(before + 1, upto + 1)]
                low, high = attack.range(parts(shape, divmod(k, columns + 1), offsets))
                assert high - low >= LEAST - 1e-6, "the difference of two snapshots"


def test_a_snapshot_stays_frozen_until_enough_have_come():
    first = next_snapshot(None, 2, 2, with_totals([[40, 30], [50, 60]]))
    assert first is not None and first.hidden == frozenset()
    assert next_snapshot(first, 2, 2, with_totals([[41, 30], [50, 60]])) is None
    later = next_snapshot(first, 2, 2, with_totals([[60, 45], [70, 85]]))
    assert later is not None and later.hidden == frozenset()


def test_what_was_hidden_comes_out_once_enough_have_come():
    first = next_snapshot(None, 2, 2, with_totals([[4, 30], [50, 60]]))
    assert first is not None and first.hidden
    later = next_snapshot(first, 2, 2, with_totals([[104, 130], [150, 160]]))
    assert later is not None and later.hidden == frozenset()


def test_people_who_were_erased_freeze_the_table():
    first = next_snapshot(None, 2, 2, with_totals([[40, 30], [50, 60]]))
    assert next_snapshot(first, 2, 2, with_totals([[39, 130], [150, 160]])) is None
