"""The list of results asks as often for forty rounds as for one, and a round's responses are found by an index."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from services.surveys.store import results as store
from services.surveys.tables import CAMPAIGN, RESPONSE
from shared.store import insert_rows
from tests.unit.services.surveys.results.resultsworld import ROUND, families, said, town
from tests.unit.services.surveys.surveyhouse import DUE, SENT, House

HTML = {"Accept": "text/html"}


@contextmanager
def statements(house: House) -> Iterator[list[str]]:
    """What the page's transactions ask of the database."""
    asked: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def rounds(house: House, number: int) -> None:
    with house.unit() as uow:
        rows = [
            {"campaign_id": f"c-{n}", "survey_id": f"survey{n}", "round": "r", "school_id": "green", "class_id": None,
             "send_at": SENT, "remind_at": None, "due_at": DUE, "started_by": "configuration"}
            for n in range(number)
        ]  # fmt: skip
        insert_rows(uow.connection, CAMPAIGN, rows)


def test_the_list_of_results_asks_no_more_for_many_rounds(empty: House) -> None:
    town(empty)
    for reader in (empty.as_staff("d-lead", "administrator", ()), empty.as_staff("p-1", "principal", ("green",))):
        with statements(empty) as before:
            assert "How is school?" in reader.get("/surveys/results", headers=HTML).text
        assert len(before) <= 6
    rounds(empty, 40)
    with statements(empty) as after:
        page = empty.as_staff("p-1", "principal", ("green",)).get("/surveys/results", headers=HTML).text
    assert "survey39" in page
    assert "How is school?" in page
    assert len(after) == len(before)


def test_a_rounds_responses_are_found_by_an_index_and_older_ones_by_their_assignment(empty: House) -> None:
    families(empty, "green", [said("yes")] * 3)
    with empty.unit() as uow:
        first = uow.connection.execute(sa.select(sa.func.min(RESPONSE.c.assignment_id))).scalar_one()
        older = sa.update(RESPONSE).where(RESPONSE.c.assignment_id == first).values(campaign_id=None)
        uow.connection.execute(older)  # from before responses named their campaign
        assert store.answered(uow.connection, "belonging", ROUND) == {"green": 3}
        found = sa.select(store._of_round("belonging", ROUND)).compile(uow.connection.engine, compile_kwargs={"literal_binds": True})
        plan = [row[-1] for row in uow.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {found}")]
    assert any("response_campaign_id" in line for line in plan)
    assert not [line for line in plan if line.startswith("SCAN") and "of_round" not in line and "CONSTANT" not in line and "campaign" not in line]
