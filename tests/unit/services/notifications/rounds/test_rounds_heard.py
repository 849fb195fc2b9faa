"""What a conference round becomes here: one invitation, one evening in one message, a call for who stays silent."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain import wording
from services.notifications.handlers import rounds
from services.notifications.store import ladder
from services.notifications.tables import DELIVERY, MESSAGE, TASK

START = datetime(2026, 10, 26, 22, 0, tzinfo=UTC)
ROUND = {"round_id": "round-1", "school_id": "greenview", "student_ids": ["s-mateo"]}


def invited(district: Any, guardian_id: str) -> Any:
    return district.event(
        "scheduling.round_invited", **ROUND, guardian_id=guardian_id, first_on=date(2026, 10, 26),
        last_on=date(2026, 10, 27), answer_by=START - timedelta(days=7), link=f"https://h/r/{guardian_id}",
    )  # fmt: skip


def told(district: Any, guardian_id: str, *, meetings: int = 2, **changed: Any) -> Any:
    held = [
        {"staff_id": "t-alvarez", "student_ids": ["s-mateo"], "start": START + timedelta(minutes=15 * n), "end": START}
        for n in range(meetings)
    ]
    data = {**ROUND, "version": 1, "change": "published", "unmet": 1, **changed}
    return district.event(
        "scheduling.round_told", **data, guardian_id=guardian_id, meetings=held, link=f"https://h/r/{guardian_id}"
    )


def call(district: Any, guardian_id: str) -> Any:
    return district.event("scheduling.round_call_due", **ROUND, guardian_id=guardian_id, answer_by=START)


def keys(district: Any) -> list[str]:
    return sorted(row["catalogue_key"] for row in district.rows(MESSAGE))


def test_both_homes_are_invited_by_one_text_each_with_its_own_link(district: Any):
    district.hear(rounds.round_invited, invited(district, "g-ana"), invited(district, "g-daniel"))
    district.hear(rounds.round_invited, invited(district, "g-ana"))
    assert keys(district) == ["round.invited"]
    links = {row["recipient_id"]: row["params"]["link"] for row in district.rows(DELIVERY)}
    assert links == {"g-ana": "https://h/r/g-ana", "g-daniel": "https://h/r/g-daniel"}


def test_an_evening_is_one_message_however_many_meetings_it_has(district: Any):
    district.hear(rounds.round_told, told(district, "g-ana", meetings=4))
    (row,) = district.rows(DELIVERY)
    assert row["recipient_id"] == "g-ana" and len(row["params"]["meetings"]["visits"]) == 4
    assert keys(district) == ["round.published"]


def test_the_evening_is_written_with_names_and_times_on_the_family_s_clock(district: Any):
    district.hear(rounds.round_told, told(district, "g-daniel", meetings=1))
    district.settle()
    assert district.delivery_to("g-daniel")["state"] != "refused"
    params = district.delivery_to("g-daniel")["params"]
    text = wording.fill("{meetings}", params, language="en", zone=ZoneInfo("America/Chicago"))
    assert text == "Mon 26 Oct, 5:00 PM Elena Alvarez"


def test_every_kind_of_news_has_words_of_its_own(district: Any):
    district.hear(rounds.round_told, told(district, "g-ana", meetings=0), told(district, "g-daniel", change="moved", version=2))
    district.hear(rounds.round_told, told(district, "g-ana", meetings=0, change="place_free", version=3))
    assert keys(district) == ["round.changed", "round.nothing", "round.place_free"]


def test_whom_a_court_keeps_away_is_told_nothing(district: Any):
    district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-daniel", student_id="s-mateo", revision=9,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    district.hear(rounds.round_told, told(district, "g-daniel"), told(district, "g-ana"))
    district.hear(rounds.round_invited, invited(district, "g-daniel"))
    states = {(row["recipient_id"], row["state"]) for row in district.rows(DELIVERY)}
    assert states == {("g-daniel", "refused"), ("g-ana", "planned")}


def test_a_silent_home_is_a_call_of_the_office_until_it_answers(district: Any):
    district.hear(lambda uow, ports, events: rounds.round_call_due(uow, events), call(district, "g-ana"), call(district, "g-ana"))
    (task,) = district.rows(TASK)
    assert (task["kind"], task["staff_id"]) == ("call_round", "o-office")
    with district.transaction() as uow:
        assert [row["task_id"] for row in ladder.calls(uow.connection, ["greenview"])] == [task["task_id"]]
    done = district.event("scheduling.round_call_done", round_id="round-1", guardian_id="g-ana")
    district.hear(lambda uow, ports, events: rounds.round_call_done(uow, events), done)
    assert district.rows(TASK)[0]["closed_at"] is not None


def test_a_teacher_hears_once_that_the_list_is_ready_and_no_name_is_in_the_message(district: Any):
    ready = district.event(
        "scheduling.round_list_ready", round_id="round-1", version=1, staff_id="t-alvarez", school_id="greenview",
        meetings=14, first_on=date(2026, 10, 26), link="https://h/my-rounds/round-1",
    )  # fmt: skip
    district.hear(rounds.round_list_ready, ready)
    (row,) = district.rows(DELIVERY)
    assert (row["recipient_id"], row["recipient_kind"], row["params"]["count"]) == ("t-alvarez", "staff", "14")
    assert row["students"] == []
