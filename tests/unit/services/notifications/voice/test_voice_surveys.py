"""A survey by telephone, on the side that places the call: in a voice of the family's language, or by a person."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.channels.twiml import Script, talk
from services.notifications.handlers import asking, calling, listening
from services.notifications.store import threads
from services.notifications.tables import DELIVERY, TASK
from shared.demo.telephony import Manner
from shared.directory import projection
from tests.unit.services.notifications.voice.phones import phones

HOME = "+13125550172"
MENU = "{base}/surveys/voice/menu?district=riverside&assignment=a-1"


@pytest.fixture
def rings(district, tmp_path):
    """Ana has a telephone and Spanish; surveys' menu is a page that nobody serves here."""
    district.link("g-ana", "s-mateo", language="es", revision=2, phone=HOME, sms="+13125550111")
    with phones(district, tmp_path) as opened:
        yield opened


def ask(rings, *, times: int = 1) -> None:
    data = {
        "assignment_id": "a-1", "survey_id": "intake", "guardian_id": "g-ana", "student_ids": ["s-mateo"], "school_id": "greenview",
        "language": "es", "due_at": rings.district.now + timedelta(days=3), "menu": MENU.format(base=rings.base),
    }  # fmt: skip
    known = rings.district.rows(projection.GUARDIAN)
    data["language"] = next(row["language"] for row in known if row["guardian_id"] == "g-ana")
    for _ in range(times):
        rings.district.hear(asking.call_asked, rings.district.event("surveys.call_asked", **data))
    rings.settle()


def test_a_call_greets_and_goes_on_at_the_surveys_menu_in_the_same_voice(rings):
    ask(rings)
    (call,) = rings.stand.calls
    assert call["to"] == HOME
    assert all(line.startswith("[es-US]") for line in call["heard"])
    script = talk(Script("es", "Hola", then="https://x.example/menu?a=1&voice=es-US"), action="unused").decode()
    assert '<Redirect method="POST">https://x.example/menu?a=1&amp;voice=es-US</Redirect>' in script
    assert "Gather" not in script


def test_the_menu_is_named_with_its_voice_and_is_not_spoken(rings):
    ask(rings)
    row = next(row for row in rings.district.rows(DELIVERY) if row["channel"] == "voice")
    assert calling._then(row) == f"{MENU.format(base=rings.base)}&voice=es-US"
    assert "menu" not in " ".join(rings.stand.calls[0]["heard"])


def test_asked_for_twice_in_an_hour_it_rings_once(rings):
    ask(rings, times=3)
    assert len(rings.stand.calls) == 1


def test_where_no_voice_speaks_the_language_the_teacher_calls_and_no_voice_does(rings):
    rings.district.link("g-ana", "s-mateo", language="so", revision=3, phone=HOME)
    ask(rings)
    assert rings.stand.calls == []
    (task,) = [task for task in rings.district.rows(TASK) if task["kind"] == "call_instead"]
    assert (task["staff_id"], task["guardian_id"]) == ("t-alvarez", "g-ana")


def test_without_a_telephone_a_person_is_asked_as_well(rings):
    rings.district.link("g-ana", "s-mateo", language="es", revision=3, email="ana@example.org")
    ask(rings)
    assert rings.stand.calls == []
    assert [task["kind"] for task in rings.district.rows(TASK)] == ["call_instead"]


def test_a_restricted_guardian_is_not_called(rings):
    rings.district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=rings.district.now.date(), ends_on=None, lifted=False, authority_ref="court",
    )  # fmt: skip
    ask(rings)
    assert rings.stand.calls == []


def test_a_machine_is_told_who_called_and_is_asked_nothing(rings):
    rings.teach(HOME, Manner(picks_up="machine_end_beep"))
    ask(rings)
    assert len(rings.stand.calls[0]["heard"]) == 1


def test_help_while_a_survey_is_open_is_the_surveys_to_answer_and_stop_is_not(rings):
    with rings.district.transaction() as uow:
        threads.ask(
            uow.connection,
            [{"guardian_id": "g-ana", "kind": "survey", "ref": "a-1", "asked_at": uow.now, "expires_at": uow.now + timedelta(days=1)}],
        )
    before = len(rings.district.told("reply_received"))
    for number, text in enumerate(("ayuda", "STOP")):
        with rings.district.transaction() as uow:
            listening.sms_received(uow, rings.district.ports, provider_id=f"p-{number}", number="+13125550111", text=text)
    replies = rings.district.told("reply_received")[before:]
    assert [(reply["text"], reply["open_kind"]) for reply in replies] == [("ayuda", "survey")]
