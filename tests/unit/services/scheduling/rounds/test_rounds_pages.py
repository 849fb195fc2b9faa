"""A round by its pages: a family by its link, the office in a session, and nobody who has no business there."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from services.scheduling.handlers import roster
from services.scheduling.store import rounds as store
from services.scheduling.tables import MEETING
from shared.directory import projection
from tests.unit.services.scheduling.rounds.rounds_scene import (
    MONDAY,
    ROUND,
    SCHOOL,
    TUESDAY,
    answers,
    computed,
    drawn_up,
    everybody_answers,
    home,
    opened,
    plan_of,
    planned,
    the_round,
)
from tests.unit.services.scheduling.scene import World, guardian, restriction

BROWSER = {"Accept": "text/html"}
WISHES = {
    "wish": ["t-alvarez:2", "t-lee:1", "t-kim:0"],
    "evening": ["1"],
    "start": ["0 17:00", "1 17:30"],
    "end": ["0 19:00", "1 18:30"],
    "mode": "video",
    "interpreter": "true",
}


def token_of(answer: Any) -> str:
    """The form's own link, which is of the answer as it stands."""
    found = re.search(r'action="/scheduling/r/([^"/]+)', answer.text)
    assert found is not None
    return found[1]


def send(site: Any, guardian_id: str, form: dict[str, Any]) -> Any:
    shown = site.nobody.get(site.path(guardian_id), headers=BROWSER)
    return site.nobody.post(f"/scheduling/r/{token_of(shown)}", form=form, headers=BROWSER)


def wishes(world: World, home_id: str) -> dict[str, int]:
    with world.unit() as uow:
        return {wish["staff_id"]: wish["weight"] for wish in store.wishes(uow.connection, ROUND, [home_id])}


def test_a_family_says_whom_it_would_like_to_meet_and_when(site: Any, town: World):
    opened(town)
    answer = send(site, "g-ana", WISHES)
    assert answer.status_code == 303
    assert wishes(town, "g-ana") == {"t-alvarez": 2, "t-lee": 1}
    mine = home(town, "g-ana")
    assert (mine["mode"], mine["language"], mine["state"], mine["via"]) == ("video", "es", "answered", "page")
    assert mine["windows"] == [{"on": TUESDAY, "start": "17:30", "end": "18:30"}]


def test_an_answer_can_be_changed_but_the_same_link_sends_it_only_once(site: Any, town: World):
    opened(town)
    shown = site.nobody.get(site.path("g-ana"), headers=BROWSER)
    token = token_of(shown)
    assert site.nobody.post(f"/scheduling/r/{token}", form=WISHES, headers=BROWSER).status_code == 303
    assert site.nobody.post(f"/scheduling/r/{token}", form=WISHES, headers=BROWSER).status_code in (403, 404, 410)
    again = site.nobody.get(site.path("g-ana"), headers=BROWSER)
    assert token_of(again) != token
    answer = site.nobody.post(f"/scheduling/r/{token_of(again)}", form=WISHES | {"wish": ["t-kim:2"]}, headers=BROWSER)
    assert answer.status_code == 303
    assert wishes(town, "g-ana") == {"t-kim": 2}


def test_a_forged_link_opens_nothing(site: Any, town: World):
    opened(town)
    path = site.path("g-ana")
    assert site.nobody.get(path[:-3] + "AAA", headers=BROWSER).status_code in (403, 404, 410)


def test_neither_home_s_page_names_the_other(site: Any, town: World):
    opened(town)
    everybody_answers(town)
    daniel = site.nobody.get(site.path("g-daniel"), headers=BROWSER).text
    ana = site.nobody.get(site.path("g-ana"), headers=BROWSER).text
    assert "Lucia" in ana and "Lucia" not in daniel
    assert "Ana" not in daniel and "Daniel" not in ana and "Kim" not in daniel


def test_a_family_that_cannot_come_says_so(site: Any, town: World):
    opened(town)
    send(site, "g-meera", {"mode": "in_person", "declined": "true"})
    assert home(town, "g-meera")["state"] == "declined"


@pytest.mark.parametrize(
    "wrong",
    [
        {"wish": ["t-alvarez:0"]},
        {"evening": ["7"]},
        {"evening": ["1"], "start": ["1 18:30"], "end": ["1 17:00"]},
        {"evening": []},
        {"wish": ["t-alvarez:9"]},
        {"mode": "by pigeon"},
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(site: Any, town: World, wrong: dict[str, Any]):
    opened(town)
    assert send(site, "g-ana", WISHES | wrong).status_code == 422
    assert home(town, "g-ana")["state"] == "invited"


def test_a_teacher_marks_whom_they_must_see_and_the_family_is_told_kindly(site: Any, town: World):
    opened(town)
    answer = site.alvarez.post(f"/scheduling/my-rounds/{ROUND}/musts", form={"student_id": ["s-mateo"]}, headers=BROWSER)
    assert answer.status_code == 303
    shown = site.nobody.get(site.path("g-ana") + "?lang=en", headers=BROWSER)
    assert "Elena Alvarez would very much like to talk with you about Mateo" in shown.text
    send(site, "g-ana", WISHES)
    assert wishes(town, "g-ana")["t-alvarez"] == 4
    stranger = site.alvarez.post(f"/scheduling/my-rounds/{ROUND}/musts", form={"student_id": ["s-lucia"]})
    assert stranger.status_code == 400


def test_a_must_see_marked_late_weighs_in_wishes_there_are(site: Any, town: World):
    opened(town)
    answers(town, "g-ana", {"t-alvarez": 1})
    site.alvarez.post(f"/scheduling/my-rounds/{ROUND}/musts", form={"student_id": ["s-mateo"]})
    assert wishes(town, "g-ana") == {"t-alvarez": 4}
    site.alvarez.post(f"/scheduling/my-rounds/{ROUND}/musts", form={})
    assert wishes(town, "g-ana") == {"t-alvarez": 2}


def test_the_office_draws_up_opens_and_writes_paper_answers_down(site: Any, town: World):
    form = {
        "title": "Spring evenings",
        "evenings": f"{MONDAY} 17:00-20:00\n{TUESDAY} 17:00-20:00",
        "answer_by": "2026-10-19T17:00",
        "interpreters": "so 1",
    }
    made = site.office.post("/scheduling/rounds", form=form, headers=BROWSER)
    assert made.status_code == 303
    path = made.headers["location"]
    assert site.office.post(f"{path}/open", form={}, headers=BROWSER).status_code == 303
    assert "0 of 8 families" in site.office.get(path, headers=BROWSER).text
    paper = site.office.post(f"{path}/homes/g-ana", form=WISHES | {"via": "paper"}, headers=BROWSER)
    assert paper.status_code == 303
    shown = site.office.get(path, headers=BROWSER).text
    assert "1 of 8 families" in shown and "on paper" in shown


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("evenings", "Monday evening"),
        ("evenings", f"{MONDAY} 20:00-17:00"),
        ("evenings", f"{MONDAY} 17:03-20:00"),
        ("evenings", f"{MONDAY} 17:00-17:05"),
        ("evenings", f"{MONDAY} 17:00-18:00\n{MONDAY} 19:00-20:00"),
        ("evenings", "2026-11-01 00:30-03:00"),
        ("answer_by", "2026-10-27T17:00"),
        ("interpreters", "two of them"),
    ],
)
def test_an_impossible_round_is_refused_by_its_field(site: Any, town: World, field: str, value: str):
    form = {"title": "Evenings", "evenings": f"{MONDAY} 17:00-20:00", "answer_by": "2026-10-19T17:00", field: value}
    answer = site.office.post("/scheduling/rounds", json=form)
    assert answer.status_code == 422
    assert field in answer.text


def test_a_round_of_another_school_does_not_exist_there(site: Any, town: World):
    opened(town)
    for path in ("", "/plan", "/homes/g-ana", "/plan.csv"):
        assert site.elsewhere.get(f"/scheduling/rounds/{ROUND}{path}").status_code == 404
    for path in ("/open", "/close", "/plans"):
        assert site.elsewhere.post(f"/scheduling/rounds/{ROUND}{path}", json={}).status_code == 404
    assert site.alvarez.get(f"/scheduling/rounds/{ROUND}").status_code == 403
    assert "Fall conferences" not in site.elsewhere.get("/scheduling/rounds", headers=BROWSER).text


def test_the_planner_shows_a_plan_beside_first_come_first_served_and_publishes_it(site: Any, town: World):
    opened(town)
    everybody_answers(town)
    asked = site.office.post(f"/scheduling/rounds/{ROUND}/plans", json={"preset": "parent", "limit_s": 5})
    assert asked.status_code == 202
    waiting = site.office.get(f"/scheduling/rounds/{ROUND}/plan", headers=BROWSER).text
    assert 'data-running="1"' in waiting
    computed(town, asked.json["plan_id"])
    shown = site.office.get(f"/scheduling/rounds/{ROUND}/plan", headers=BROWSER).text
    assert "first come:" in shown and "Elena Alvarez" in shown and "Rivera · Lucia, Mateo" in shown
    answer = site.office.post(f"/scheduling/rounds/{ROUND}/publish", json={"plan_id": asked.json["plan_id"]})
    assert answer.json["booked"] == len(plan_of(town, asked.json["plan_id"])["result"]["meetings"])
    assert answer.json["told"] == 7
    assert the_round(town)["state"] == "published"


def test_sheets_the_door_s_list_and_csv_hold_every_meeting(site: Any, town: World):
    opened(town)
    everybody_answers(town)
    plan_id = planned(town)
    count = len(plan_of(town, plan_id)["result"]["meetings"])
    for path in ("teachers", "door"):
        shown = site.office.get(f"/scheduling/rounds/{ROUND}/{path}?plan={plan_id}", headers=BROWSER)
        assert shown.status_code == 200 and "Rivera, Ana" in shown.text and "Rivera, Daniel" in shown.text
    lines = site.office.get(f"/scheduling/rounds/{ROUND}/plan.csv?plan={plan_id}").text.strip().splitlines()
    assert len(lines) == count + 1


def publish(site: Any, world: World) -> None:
    opened(world)
    everybody_answers(world)
    site.office.post(f"/scheduling/rounds/{ROUND}/publish", json={"plan_id": planned(world)})


def test_after_publishing_a_family_sees_its_evening_and_nobody_else_s(site: Any, town: World):
    publish(site, town)
    shown = site.nobody.get(site.path("g-daniel", "round_told"), headers=BROWSER).text
    assert "Elena Alvarez" in shown and "Sam Lee" in shown
    assert "Lucia" not in shown and "Ana" not in shown


def test_a_family_that_never_answered_can_still_take_a_free_time(site: Any, town: World):
    publish(site, town)
    shown = site.nobody.get(site.path("g-4"), headers=BROWSER)
    slots = re.findall(r'name="slot" value="([^"]+)"', shown.text)
    assert slots
    answer = site.nobody.post(f"/scheduling/r/{token_of(shown)}/take", form={"slot": slots[0]}, headers=BROWSER)
    assert answer.status_code == 303 and "again" not in answer.headers["location"]
    (mine,) = [row for row in town.rows(MEETING) if row.guardian_id == "g-4"]
    assert f"{mine.staff_id} {mine.start_at.isoformat()}" == slots[0].replace("Z", "+00:00")


def test_who_takes_a_time_too_late_is_shown_what_is_still_free(site: Any, town: World):
    opened(town)
    answers(town, "g-ana", {"t-kim": 2})
    site.office.post(f"/scheduling/rounds/{ROUND}/publish", json={"plan_id": planned(town)})
    first, second = (site.nobody.get(site.path(each), headers=BROWSER) for each in ("g-3", "g-4"))
    slot = re.findall(r'name="slot" value="([^"]+)"', first.text)[0]
    assert slot in second.text
    site.nobody.post(f"/scheduling/r/{token_of(first)}/take", form={"slot": slot}, headers=BROWSER)
    late = site.nobody.post(f"/scheduling/r/{token_of(second)}/take", form={"slot": slot}, headers=BROWSER)
    assert late.status_code == 303
    shown = site.nobody.get(late.headers["location"], headers=BROWSER).text
    assert "Somebody has just taken that time" in shown and slot not in shown
    assert re.findall(r'name="slot" value="([^"]+)"', shown)
    assert not [row for row in town.rows(MEETING) if row.guardian_id == "g-4"]


def test_a_round_that_is_drawn_up_only_has_no_page_for_families(site: Any, town: World):
    drawn_up(town)
    assert town.events("round_invited") == []


def test_the_office_fixes_a_meeting_by_hand_and_the_next_plan_goes_round_it(site: Any, town: World):
    opened(town)
    everybody_answers(town)
    form = {"pair": "g-meera|t-kim", "day": TUESDAY, "clock": "18:30"}
    assert site.office.post(f"/scheduling/rounds/{ROUND}/locks", json=form).status_code == 200
    plan = plan_of(town, planned(town))
    number = plan["job"]["requests"].index(["g-meera", "t-kim"])
    (held,) = [each for each in plan["result"]["meetings"] if each["request"] == number]
    assert (held["evening"], held["start"]) == (1, 18)
    wrong = site.office.post(f"/scheduling/rounds/{ROUND}/locks", json=form | {"clock": "20:30"})
    assert wrong.status_code == 422
    site.office.post(f"/scheduling/rounds/{ROUND}/unlock", json={"pair": "g-meera|t-kim"})
    assert "locked" not in plan_of(town, planned(town))["job"]["instance"]


def test_what_the_office_looks_at_is_in_the_audit_log(site: Any, town: World):
    opened(town)
    site.office.get(f"/scheduling/rounds/{ROUND}", headers=BROWSER)
    site.office.get(f"/scheduling/rounds/{ROUND}/homes/g-ana", headers=BROWSER)
    seen = {(e.data["viewer_id"], e.data["subject_id"]) for e in town.events() if e.type == "district.record_viewed"}
    assert {("o-reyes", ROUND), ("o-reyes", "g-ana")} <= seen
    assert SCHOOL not in {subject for _, subject in seen}


def test_two_guardians_of_one_home_do_not_overwrite_each_other_unseen(site: Any, town: World):
    with town.unit() as uow:
        projection.guardian_linked(uow, [guardian("g-raj", "s-riya", "home-c", "en", "Raj Shah")])
    opened(town)
    assert home(town, "g-meera")["guardian_ids"] == ["g-meera", "g-raj"]
    raj = site.nobody.get(site.path("g-raj"), headers=BROWSER)
    send(site, "g-meera", WISHES | {"wish": ["t-kim:2"]})
    late = site.nobody.post(f"/scheduling/r/{token_of(raj)}", form=WISHES | {"wish": ["t-alvarez:2"]}, headers=BROWSER)
    assert late.status_code in (403, 404, 410)
    assert wishes(town, "g-meera") == {"t-kim": 2}
    send(site, "g-raj", WISHES | {"wish": ["t-alvarez:2"]})
    assert wishes(town, "g-meera") == {"t-alvarez": 2}


def test_who_is_kept_away_after_publishing_has_no_page_and_no_meeting_any_more(site: Any, town: World):
    publish(site, town)
    path = site.path("g-daniel", "round_told")
    with town.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
    assert site.nobody.get(path, headers=BROWSER).status_code in (403, 404, 410)
    assert not [row for row in town.rows(MEETING) if row.guardian_id == "g-daniel" and row.state == "booked"]
    assert [row for row in town.rows(MEETING) if row.guardian_id == "g-ana" and row.state == "booked"]
    paper = site.office.get(f"/scheduling/rounds/{ROUND}/homes/g-daniel", headers=BROWSER)
    assert paper.status_code == 404


def test_a_spreadsheet_computes_nothing_of_what_a_name_says(site: Any, town: World):
    with town.unit() as uow:
        projection.guardian_linked(uow, [guardian("g-evil", "s-riya", "home-z", "en", "X =2+5")])
    opened(town)
    answers(town, "g-evil", {"t-kim": 2})
    lines = site.office.get(f"/scheduling/rounds/{ROUND}/plan.csv?plan={planned(town)}").text.splitlines()
    assert "'=2+5, X" in lines[1]


def test_the_school_whose_round_it_is_must_be_the_reader_s_own(site: Any, town: World):
    form = {"title": "Evenings", "evenings": f"{MONDAY} 17:00-20:00", "answer_by": "2026-10-19T17:00"}
    assert site.office.post("/scheduling/rounds?school=org-northgate", json=form).status_code == 404
    made = site.office.post(f"/scheduling/rounds?school={SCHOOL}", json=form)
    assert (made.status_code, made.json["state"]) == (201, "draft")
