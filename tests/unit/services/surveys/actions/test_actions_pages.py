"""Pages of polls and of the family's card: what each reader sees, and what nobody sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.surveys.domain.polls import survey_id
from services.surveys.ports import PREFERENCES
from services.surveys.tables.actions import BARRIER, TAUGHT
from shared.store import insert_rows
from tests.unit.services.surveys.actions.test_actions_answers import answer, failed, put
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, NORTH, SENT, House

HTML = {"Accept": "text/html"}
FRIDAY = "2026-09-25T17:00"
CLOSE = datetime(2026, 9, 25, 22, 0, tzinfo=UTC)
TRIP = {"question": "Where shall we go?", "options": "Museum\nFarm\n\nRiver", "class_id": "class-3a", "closes_at": FRIDAY}


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def card_link(house: House, guardian_id: str, language: str = "en") -> str:
    token = house.ports.preferences_token(DISTRICT, guardian_id, now=house.clock.now(), language=language, school=GREEN)
    return f"/surveys/card/{token}"


def contact(house: House, number: int, guardian_id: str, student_id: str = "s-mateo", mode: str = "phone") -> None:
    house.hear(
        house.event(
            "notifications.contact_logged", contact_id=f"c-{number}", student_id=student_id, guardian_id=guardian_id, mode=mode,
            kind="positive", personal=True, live=True, at=house.clock.now() + timedelta(minutes=number),
        )
    )  # fmt: skip


def open_trip(house: House, **changes: Any) -> str:
    result = house.as_staff().post("/surveys/polls", json={**TRIP, **changes})
    assert result.status_code == 201, result.text
    house.advance(house.clock.now() + timedelta(minutes=11))
    return str(result.json["poll_id"])


def votes(house: House, number: int, *, language: str = "en", option: str = "o1") -> None:
    """That many further families of the class vote."""
    for each in range(number):
        link = next(
            e.data["link"] for e in house.invitations()
            if e.data["kind"] == "poll" and e.data["guardian_id"] == f"g-{language}{each}"
        )  # fmt: skip
        path = link.removeprefix("https://homeroom.example.org")
        assert house.anyone().post(path, json={"answers": {"vote": {"values": [option]}}}).status_code == 200


def test_a_teacher_asks_the_own_class_and_nobody_else_s(sent: House) -> None:
    open_trip(sent)
    assert sent.as_staff().post("/surveys/polls", json={**TRIP, "class_id": "class-alg1"}).status_code == 403
    polls = {e.data["guardian_id"] for e in sent.invitations() if e.data["kind"] == "poll"}
    assert polls == {"g-ana", "g-meera", "g-george"}
    assert sent.said("surveys.poll_opened")[0].data["options"] == 3


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"options": "Museum"}, "Choices"), ({"options": "Farm\nFarm"}, "Choices"), ({"quorum": 0}, "Answers needed"),
        ({"question": ""}, "Question"),
    ],
)  # fmt: skip
def test_a_poll_that_cannot_be_is_refused_with_its_field(sent: House, wrong: dict[str, Any], field: str) -> None:
    result = sent.as_staff().post("/surveys/polls", json={**TRIP, **wrong})
    assert result.status_code == 422
    form = sent.as_staff().post("/surveys/polls", form={**TRIP, **wrong})
    assert form.status_code == 422
    assert f"Please check: {field}" in form.text


def test_a_form_s_text_area_has_a_choice_a_line(sent: House) -> None:
    form = {**TRIP, "options": "Museum\r\nFarm\r\n"}
    assert sent.as_staff().post("/surveys/polls", form=form).status_code == 303
    assert sent.said("surveys.poll_opened")[0].data["options"] == 2


def test_a_poll_cannot_close_before_it_opens(sent: House) -> None:
    assert sent.as_staff().post("/surveys/polls", json={**TRIP, "closes_at": "2026-08-01T17:00"}).status_code == 409


def test_the_result_is_shown_before_deciding_and_told_once(sent: House) -> None:
    for language, number in (("en", 14), ("es", 12)):
        for each in range(number):
            sent.guardian(f"g-{language}{each}", "s-riya", language=language)
    poll_id = open_trip(sent)
    running = sent.as_staff().get(f"/surveys/polls/{poll_id}", headers=HTML).text
    assert "Votes are counted when it closes" in running
    votes(sent, 14, option="o2")
    votes(sent, 12, language="es", option="o2")
    before = sent.as_staff().post(f"/surveys/polls/{poll_id}/decision", json={"decision": "the farm", "reason": "most chose it"})
    assert before.status_code == 409
    sent.advance(CLOSE)
    page = sent.as_staff().get(f"/surveys/polls/{poll_id}", headers=HTML).text
    assert "Most chose: Farm" in page
    assert "26 of 29 answered (90 %)" in page
    decided = sent.as_staff().post(f"/surveys/polls/{poll_id}/decision", json={"decision": "the farm", "reason": "most chose it"})
    assert decided.status_code == 200
    sent.work()
    told = [event.data for event in sent.said("surveys.poll_decided")]
    assert len(told) == 1
    assert told[0]["text"].splitlines()[1:] == ["You said: Farm.", "We do: the farm.", "Because: most chose it"]
    again = sent.as_staff().post(f"/surveys/polls/{poll_id}/decision", json={"decision": "the river", "reason": "no"})
    assert again.status_code == 409


def test_a_poll_is_seen_by_who_opened_it_and_the_office_of_its_school(sent: House) -> None:
    poll_id = open_trip(sent)
    assert sent.as_staff("t-okafor", schools=(NORTH,)).get(f"/surveys/polls/{poll_id}").status_code == 404
    assert sent.as_office().get(f"/surveys/polls/{poll_id}").status_code == 200
    assert sent.as_office(schools=(NORTH,)).get(f"/surveys/polls/{poll_id}").status_code == 403
    assert "Where shall we go?" in sent.as_staff().get("/surveys/polls", headers=HTML).text
    assert "Where shall we go?" not in sent.as_staff("t-okafor", schools=(NORTH,)).get("/surveys/polls", headers=HTML).text


def test_one_screen_tells_how_to_reach_the_family_and_whom_to_ask(sent: House) -> None:
    sent.student("s-dev", "Dev", classes=("class-5b",))
    with sent.unit() as uow:
        insert_rows(uow.connection, TAUGHT, [{"staff_id": "t-lee", "student_id": "s-dev", "since": sent.clock.now()}])
    sent.staff("t-lee", classes=("class-5b",))
    sent.guardian("g-meera", "s-dev", language="gu")
    for number in range(7):
        contact(sent, number, "g-meera", "s-riya")
    answer(sent, "g-meera", mode={"values": ["phone"], "time": "18:00"})
    put(sent, "welcome")
    answer(sent, "g-meera", name_said={"children": {"s-riya": {"text": "REE-ya"}, "s-dev": {"text": "DAYV"}}})
    card = sent.as_staff().get("/surveys/students/s-riya/card").json
    assert card["siblings"] == [{"teacher": "Elena Alvarez", "sibling": "Dev"}]
    assert len(card["contacts"]) == 5
    assert card["worked"] == ["telephone"]
    assert card["said_like"]["text"] == "REE-ya"
    meera = card["guardians"][0]
    assert (meera["language"], meera["after"]) == ("Gujarati", "18:00")
    page = sent.as_staff().get("/surveys/students/s-riya/card", headers=HTML).text
    assert "taught Dev: ask them" in page
    assert "DAYV" not in page


def test_a_card_is_for_those_who_work_with_the_child(sent: House) -> None:
    assert sent.as_staff("t-okafor", schools=(NORTH,)).get("/surveys/students/s-riya/card").status_code == 403


def test_a_guardian_reads_the_own_card_without_the_other_home_s(sent: House) -> None:
    sent.guardian("g-daniel", "s-mateo")
    contact(sent, 1, "g-ana")
    contact(sent, 2, "g-daniel", mode="video")
    put(sent, "barriers")
    answer(sent, "g-daniel", reaching={"values": ["no_internet"]})
    own = sent.anyone().get(card_link(sent, "g-ana", "es"), headers=HTML).text
    assert "Daniel" not in own
    assert "video" not in own
    assert "sin internet" not in own
    assert "teléfono" in own
    other = sent.anyone().get(card_link(sent, "g-daniel"), headers=HTML).text
    assert "no internet at home" in other
    assert "Ana" not in other


def test_a_child_behind_a_court_s_order_is_not_on_the_card(sent: House) -> None:
    sent.restrict("g-ana", "s-lucia")
    own = sent.anyone().get(card_link(sent, "g-ana"), headers=HTML).text
    assert "Mateo" in own
    assert "Lucia" not in own


def test_a_guardian_lifts_a_barrier_that_no_longer_holds(sent: House) -> None:
    failed(sent, "g-ana", "m-1")
    failed(sent, "g-ana", "m-2")
    link = card_link(sent, "g-ana")
    assert "text messages do not arrive" in sent.anyone().get(link, headers=HTML).text
    assert sent.anyone().post(link, json={"lift": "texts_fail"}).status_code == 200
    assert [row.active for row in sent.rows(BARRIER)] == [False]
    last = sent.said("surveys.barrier_identified")[-1].data
    assert (last["active"], last["source"]) == (False, "guardian")
    assert sent.said("surveys.preference_changed")[-1].data["channel_order"] == []
    assert sent.anyone().post(link, json={"lift": "laziness"}).status_code == 422


def test_the_card_says_keep_to_the_child_s_learning(sent: House) -> None:
    put(sent, "family_story")
    answer(sent, "g-george", own_schooling={"declined": True})
    page = sent.as_staff().get("/surveys/students/s-sam/card", headers=HTML).text
    assert "Keep to the child" in page
    assert PREFERENCES == "preferences"


def test_nobody_s_own_vote_is_on_any_page_of_staff(sent: House) -> None:
    poll_id = open_trip(sent, options="Museum\nFarm\nRiver Walk")
    link = next(e.data["link"] for e in sent.invitations() if e.data["kind"] == "poll" and e.data["guardian_id"] == "g-ana")
    voted = {"answers": {"vote": {"values": ["o3"]}}}
    assert sent.anyone().post(link.removeprefix("https://homeroom.example.org"), json=voted).status_code == 200
    for role in ("teacher", "counselor", "principal"):
        page = sent.as_staff("t-alvarez", role).get("/surveys/students/s-mateo", headers=HTML)
        assert page.status_code == 200
        assert "River Walk" not in page.text
    lead = sent.as_staff("d-lead", "administrator", ())
    assert "poll_" not in lead.get("/surveys/results", headers=HTML).text
    assert lead.get(f"/surveys/results/{survey_id(poll_id)}/{poll_id}", headers=HTML).status_code == 404
