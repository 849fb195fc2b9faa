"""Results as each reader sees them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.surveys.handlers import results
from services.surveys.store import results as store
from services.surveys.tables.results import OPENED
from services.surveys.web.results_seen import Seen
from tests.unit.services.surveys.results.resultsworld import ROUND, SURVEY, families, said, school, town
from tests.unit.services.surveys.surveyhouse import DUE, SENT, House

PATH = f"/surveys/results/belonging/{ROUND}"


@pytest.fixture
def answered(empty: House) -> House:
    town(empty)
    empty.clock.advance_to(DUE)
    return empty


def test_the_lead_sees_all_schools_with_n_beside_each_figure(answered):
    page = answered.as_staff("d-lead", "administrator", ()).get(PATH)
    assert page.status_code == 200
    assert "n = 185" in page.text and "<td>112</td>" in page.text and "<td>73</td>" in page.text
    assert "Somali" in page.text and "Not heard from enough" in page.text


def test_a_school_with_six_homes_is_nowhere_in_the_figures(answered):
    with answered.unit() as uow:
        told = results.published(uow, "belonging", ROUND)
    assert told is not None
    rows = {row for sheet in told.content["sheets"].values() for row, n in _totals(sheet).items() if n}
    assert rows == {"green", "north"}
    assert set(told.content["traits"]["school"]) == {"green", "north"}


def _totals(sheet):
    width = len(sheet["columns"]) + 1
    return {row: sheet["values"][number * width + width - 1] for number, row in enumerate(sheet["rows"])}


def test_a_principal_sees_their_own_school_only(answered):
    page = answered.as_staff("p-1", "principal", ("north",)).get(PATH)
    assert page.status_code == 200
    assert "n = 73" in page.text and "n = 112" not in page.text and "Greenview" not in page.text
    assert answered.as_staff("p-1", "principal", ("north",)).get(f"{PATH}?school=green").status_code == 404


def test_a_teacher_does_not_see_a_schools_round(answered):
    assert answered.as_staff("t-1", "teacher", ("north",)).get(PATH).status_code == 404


def test_three_noes_are_hidden_and_not_to_be_had_by_subtraction(answered):
    page = answered.as_staff("p-1", "principal", ("north",)).get(PATH).text
    assert "hidden" in page
    with answered.unit() as uow:
        sheet = results.published(uow, "belonging", ROUND).content["sheets"]["welcome"]
    north = sheet["rows"].index("north") * (len(sheet["columns"]) + 1)
    assert sum(k in sheet["hidden"] for k in range(north, north + len(sheet["columns"]))) >= 2


def test_a_snapshot_stays_until_ten_more_homes_have_answered(answered):
    with answered.unit() as uow:
        first = results.published(uow, "belonging", ROUND)
    families(answered, "green", [said("yes")] * 9, start=900)
    with answered.unit() as uow:
        assert not results.refresh(uow, "belonging", ROUND)
        assert results.published(uow, "belonging", ROUND) == first
    families(answered, "green", [said("yes")], start=950)
    with answered.unit() as uow:
        assert results.refresh(uow, "belonging", ROUND)
        assert results.published(uow, "belonging", ROUND).content["homes"] == first.content["homes"] + 10


def test_the_past_says_what_it_said(answered):
    with answered.unit() as uow:
        first = results.published(uow, "belonging", ROUND)
    then = answered.clock.now()
    answered.clock.advance_to(then + timedelta(hours=1))
    families(answered, "green", [said("yes")] * 30, start=900)
    with answered.unit() as uow:
        later = results.published(uow, "belonging", ROUND)
        again = results.published(uow, "belonging", ROUND, as_of=then)
    assert later.content != first.content
    assert again.content == first.content


def test_a_household_counts_once(answered):
    families(answered, "north", [said("no")] * 30, start=900, household="one-home")
    with answered.unit() as uow:
        assert store.answered(uow.connection, "belonging", ROUND) == {"green": 112, "north": 74, "tiny": 6}


def test_rates_and_funnel_are_those_of_the_invitations(answered):
    with answered.unit() as uow:
        content = results.published(uow, "belonging", ROUND).content
    assert content["asked"] == 120 + 52 + 83
    assert content["ends"]["complete"] == 185
    assert content["rates"][0] == pytest.approx(185 / 255, abs=5e-4)
    assert content["funnel"] == {
        "invited": 255, "delivered": 255, "opened": 185, "started": 185, "completed": 185, "acted": 185,
    }  # fmt: skip
    assert content["minutes"]["web"] == {"median": 4, "n": 185}
    assert content["traits"]["language"]["so"] == [52, 12]


def test_the_daily_look_takes_a_snapshot_and_ends_after_the_round(answered):
    with answered.unit() as uow:
        results.watch(uow, "belonging", ROUND)
    answered.clock.advance_to(DUE + timedelta(days=2))
    with answered.unit() as uow:
        from shared.messaging import due

        results.survey_results(uow, due.claim(uow, [results.DUE]))
        assert store.newest_snapshot(uow.connection, "belonging", ROUND) is not None


def test_nobody_elses_pages_are_open(answered):
    assert answered.as_staff("d-lead", "administrator", ()).get("/surveys/results/none/2026").status_code == 404
    listed = answered.as_staff("d-lead", "administrator", ()).get("/surveys/results").text
    assert "How is school?" in listed


def test_who_only_looked_counts_as_opened(house):
    house.advance(SENT)
    assert house.anyone().get(house.link("g-ana")).status_code == 200
    house.as_staff("d-lead", "administrator", ()).get("/surveys/results/intake/2026-2027")
    assert [row.assignment_id for row in house.rows(OPENED)] == [house.assignment("g-ana").assignment_id]


def test_openings_are_written_by_the_dozen_or_after_a_minute():
    seen, now = Seen(), SENT
    for number in range(49):
        assert seen.note("riverside", f"a-{number}", now) == {}
    assert len(seen.note("riverside", "a-49", now)) == 50
    assert seen.note("riverside", "a-50", now) == {}
    assert seen.note("lakeside", "b-1", now) == {}
    assert set(seen.note("riverside", "a-51", now + timedelta(minutes=1))) == {"a-50", "a-51"}
    assert set(seen.take("lakeside")) == {"b-1"} and seen.take("lakeside") == {}


def test_a_school_may_ask_for_more_than_ten_never_for_fewer(answered):
    with answered.unit() as uow:
        assert results.least_of(uow, "belonging", ROUND) == 10
    school(answered, "north", "Northgate", small_group=80)
    with answered.unit() as uow:
        told = results.published(uow, "belonging", ROUND)
    assert told.content["least"] == 80
    assert set(told.content["traits"]["school"]) == {"green"}
    school(answered, "north", "Northgate", small_group=3)
    with answered.unit() as uow:
        assert results.least_of(uow, "belonging", ROUND) == 10


def test_a_teacher_sees_what_was_put_to_their_own_class(empty):
    empty.staff("t-alvarez", classes=("class-3a",))
    school(empty, "org-greenview", "Greenview")
    families(empty, "org-greenview", [said("yes")] * 20 + [said("no")] * 14, class_id="class-3a")
    empty.clock.advance_to(DUE)
    page = empty.as_staff("t-alvarez", "teacher").get(PATH)
    assert page.status_code == 200 and "n = 34" in page.text
    empty.staff("t-lee", classes=("class-4b",))
    assert empty.as_staff("t-lee", "teacher").get(PATH).status_code == 404


def test_what_was_said_in_confidence_goes_to_the_district_only(empty):
    confidential = {**SURVEY, "identified": "confidential"}
    school(empty, "north", "Northgate")
    families(empty, "north", [said("yes")] * 20, content=confidential)
    empty.clock.advance_to(DUE)
    assert empty.as_staff("p-1", "principal", ("north",)).get(f"{PATH}/responses/csv").status_code == 403
    taken = empty.as_staff("d-lead", "administrator", ()).get(f"{PATH}/responses/csv")
    assert (
        taken.status_code == 200
        and "Jo" not in taken.text
        and "g-north" not in taken.text
        and "a-north" not in taken.text
    )


def test_a_large_round_is_counted_by_the_worker_not_while_somebody_waits(answered, monkeypatch):
    monkeypatch.setattr(results, "AT_ONCE", 50)
    lead = answered.as_staff("d-lead", "administrator", ())
    assert "Nothing can be shown yet" in lead.get(PATH).text
    answered.work()
    assert "n = 185" in lead.get(PATH).text


def test_counting_anew_is_a_button(answered):
    lead = answered.as_staff("d-lead", "administrator", ())
    assert lead.post(f"{PATH}/refresh", form={}).status_code == 303
    with answered.unit() as uow:
        assert store.newest_snapshot(uow.connection, "belonging", ROUND) is not None
