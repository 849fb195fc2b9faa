"""The queue and the page of a reader: who sees what, who may do what, and what helps them."""

from __future__ import annotations

import html
from typing import Any

import pytest

from services.translation.catalogue import load
from services.translation.domain.risk_diff import Change, changes
from services.translation.handlers import texts
from services.translation.store import review as store
from services.translation.tables import METADATA
from shared.messaging.envelope import new_event
from shared.store import insert_rows
from tests.unit.services.translation.test_translation_web import NOW, runtime, signed_in, viewings

__all__ = ["runtime", "signed_in"]  # fixtures

NOTICE = "Riya is suspended for 1 day."
SPANISH = "Riya queda suspendida por 1 día."
PAGE = "/translation/review/m-1/1/es"
HTML = {"Accept": "text/html"}


def listed(runtime: Any, review: dict[str, Any] | None = None) -> None:
    """Staff and settings: interpreter-1 and interpreter-2 read all; teacher-1 only if named."""
    with runtime.unit_of_work("translation", "riverside") as uow:
        school = {"school_id": "org-green", "revision": 1, "config_version": "v", "name": "Greenview", "timezone": "UTC",
                  "settings": {"office_phone": "+13125550100", "review": review}}  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["school"], [school], on_conflict="update")
        staff = [
            {"staff_id": who, "revision": 1, "active": True, "role": who[:-2], "school_ids": ["org-green"], "class_ids": [],
             "given_name": "Mohamed", "family_name": who, "email": None}
            for who in ("interpreter-1", "interpreter-2", "teacher-1")
        ]  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["staff"], staff, on_conflict="update")
        homes = [
            {"guardian_id": f"g-{n}", "revision": 1, "language": tag, "given_name": "A", "family_name": "B", "email": None, "sms": None, "phone": None}
            for n, tag in enumerate(("so", "so", "km", "en"))
        ]  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["guardian"], homes, on_conflict="update")


def wrote(runtime: Any, ports: Any, text: str = NOTICE, kind: str = "concern", *, message: str = "m-1", target: str = "es") -> None:
    data = {
        "message_id": message, "content_version": 1, "kind": kind, "risk": "low", "source_language": "en", "targets": [target],
        "text": text, "catalogue_key": None, "protected": ["Riya"],
    }  # fmt: skip
    event = new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW, school="org-green")
    with runtime.unit_of_work("translation", "riverside") as uow:
        texts.message_composed(uow, ports, [event])


@pytest.fixture
def waiting(runtime: Any, ports: Any) -> None:
    listed(runtime)
    wrote(runtime, ports)


@pytest.mark.usefixtures("waiting")
def test_a_reader_sees_what_waits_and_each_look_is_audited(signed_in, runtime):
    answer = signed_in("interpreter", schools=()).get("/translation/review").json
    assert [(row["text_id"], row["language"], row["waits"]) for row in answer["waiting"]] == [("m-1", "es", True)]
    assert viewings(runtime) == [("interpreter-1", "allowed")]


@pytest.mark.usefixtures("waiting")
def test_another_school_s_office_sees_nothing_of_it(signed_in, runtime):
    office = signed_in("office", schools=("org-north",))
    assert office.get("/translation/review").json["waiting"] == []
    assert office.get(PAGE).status_code == 403
    assert viewings(runtime) == [("office-1", "denied")]


@pytest.mark.usefixtures("waiting")
def test_a_teacher_who_is_no_reader_sees_none_of_it(signed_in):
    assert signed_in("teacher").get("/translation/review").json["waiting"] == []
    assert signed_in("teacher").get(PAGE).status_code == 403


def test_a_teacher_whom_the_district_names_reads_that_language_alone(signed_in, runtime, ports):
    listed(runtime, {"readers": {"es": ["teacher-1"]}})
    wrote(runtime, ports)
    assert signed_in("teacher").post(PAGE, json={"text": SPANISH}).json["decision"] == "edited"
    assert signed_in("interpreter", schools=()).get(PAGE).json["readers"] == ["teacher-1"]


def test_what_others_wait_for_never_fills_a_reader_s_page(signed_in, runtime, ports, monkeypatch):
    monkeypatch.setattr(store, "MOST", 2)
    listed(runtime, {"readers": {"so": ["teacher-1"], "es": ["interpreter-2"]}})
    for number in range(3):
        wrote(runtime, ports, message=f"m-{number}")
    wrote(runtime, ports, message="m-9", target="so")
    reader = signed_in("teacher")
    assert [row["text_id"] for row in reader.get("/translation/review").json["waiting"]] == ["m-9"]
    somali = "Riya waa laga joojiyay 1 maalin."
    assert reader.post("/translation/review/m-9/1/so", json={"text": somali}).status_code == 200
    assert somali in reader.get("/translation/review/history").text


def test_who_sees_a_text_may_still_not_be_the_one_to_release_it(signed_in, runtime, ports):
    listed(runtime, {"readers": {"es": ["interpreter-2"]}})
    wrote(runtime, ports)
    for person in (signed_in("interpreter", schools=()), signed_in("office")):
        assert person.get(PAGE).status_code == 200
        for act in ("", "/claim", "/release", "/withdraw"):
            assert person.post(f"{PAGE}{act}", json={"text": SPANISH}).status_code == 403


@pytest.mark.usefixtures("waiting")
def test_what_a_reader_writes_is_done_once_and_another_hears_so(signed_in):
    reader = signed_in("interpreter", schools=())
    assert reader.post(PAGE, json={"text": SPANISH}).json == {"decision": "edited", "edited": True, "second": False, "remembered": True}
    again = reader.post(PAGE, json={"text": SPANISH})
    assert (again.status_code, again.json["code"]) == (409, "REVIEW_GONE")
    assert reader.get("/translation/review").json["waiting"] == []
    assert SPANISH in reader.get("/translation/review/history").text


@pytest.mark.usefixtures("waiting")
def test_a_lost_number_is_shown_and_sent_only_when_its_reader_is_sure(signed_in):
    reader = signed_in("interpreter", schools=())
    wrong = "Riya queda suspendida por un día."
    assert reader.post(PAGE, json={"text": wrong}).status_code == 422
    back = html.unescape(reader.post(PAGE, form={"text": wrong}).text)
    assert "Something of the text is missing here: a number." in back
    assert wrong in back
    assert reader.post(PAGE, form={"text": wrong, "sure": "true"}).status_code == 303


@pytest.mark.usefixtures("waiting")
def test_checking_keeps_nothing_and_shows_what_the_checks_say(signed_in):
    reader = signed_in("interpreter", schools=())
    back = html.unescape(reader.post(f"{PAGE}/check", form={"text": "Riya 3 días."}).text)
    assert "What the checks noticed" in back
    assert [row["text_id"] for row in reader.get("/translation/review").json["waiting"]] == ["m-1"]


@pytest.mark.usefixtures("waiting")
def test_an_approval_for_a_text_like_it_is_shown_beside_it(signed_in, runtime, ports):
    reader = signed_in("interpreter", schools=())
    reader.post("/translation/memory", json={"target": "es", "text": "Bao is suspended for 2 days.", "translation": "Bao queda suspendido 2 días.", "names": ["Bao"]})
    [near] = reader.get(PAGE).json["near"]
    assert near["percent"] >= 90
    assert near["target"] == "⟦0⟧ queda suspendido ⟦1⟧ días."


def test_the_memory_takes_the_word_of_those_whom_the_district_names_alone(signed_in, runtime, ports):
    listed(runtime, {"readers": {"es": ["interpreter-2"]}})
    wrote(runtime, ports)
    office = signed_in("office")
    for text in ({"text": NOTICE, "names": ["Riya"]}, {"text_id": "m-1"}):
        assert office.post("/translation/memory", json={"target": "es", "translation": SPANISH, **text}).status_code == 403
    assert [row["text_id"] for row in office.get("/translation/review").json["waiting"]] == ["m-1"]


def test_a_wording_is_signed_by_those_whom_the_district_names_alone(signed_in, runtime):
    listed(runtime, {"readers": {"es": ["interpreter-2"]}})
    wordings = {"wordings": [f"iep.notice@{load().find('iep.notice', 'es').version}"]}
    assert signed_in("office").post("/translation/catalogue/es/signatures", json=wordings).status_code == 403
    named = signed_in("interpreter", schools=())
    listed(runtime, {"readers": {"es": ["interpreter-1"]}})
    assert named.post("/translation/catalogue/es/signatures", json=wordings).json == {"signed": 1}


def test_the_memory_page_does_not_go_round_the_second_reader(signed_in, runtime, ports):
    listed(runtime, {"readers": {"es": ["interpreter-1", "interpreter-2"]}, "two_readers": ["es"]})
    wrote(runtime, ports)
    reader = signed_in("interpreter", schools=())
    form = {"target": "es", "translation": SPANISH, "text_id": "m-1"}
    assert reader.post("/translation/memory", json=form).status_code == 201
    assert [row["text_id"] for row in reader.get("/translation/review").json["waiting"]] == ["m-1"]
    assert reader.get(PAGE).json["near"] == [], "nothing is remembered on one word"
    assert reader.post("/translation/memory", json=form).json["code"] == "REVIEW_SAME_READER"


@pytest.mark.usefixtures("waiting")
def test_languages_that_nobody_reads_are_listed_with_whom_to_call(signed_in, runtime):
    listed(runtime, {"readers": {"es": ["interpreter-1"]}, "phone": "+18005550199"})
    unread = signed_in("office").get("/translation/review").json["unread"]
    assert unread == [
        {"language": "so", "guardians": 2, "readers": 0, "phone": "+18005550199"},
        {"language": "km", "guardians": 1, "readers": 0, "phone": "+18005550199"},
    ]
    assert "+18005550199" in signed_in("office").get("/translation/review", headers=HTML).text


def test_where_two_readers_are_wanted_a_language_with_one_is_listed_too(signed_in, runtime):
    listed(runtime, {"readers": {"so": ["interpreter-1"], "km": ["interpreter-1", "interpreter-2"]}, "two_readers": ["so", "km"]})
    assert [(each["language"], each["readers"]) for each in signed_in("office").get("/translation/review").json["unread"]] == [("so", 1)]


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("path", ["/translation/review/m-9/1/es", "/translation/review/m-1/1/xx", "/translation/review/m-1/x/es", "/translation/review/m-1/99999999999999999999/es"])
def test_what_is_not_there_is_not_found(signed_in, path):
    assert signed_in("interpreter", schools=()).get(path).status_code == 404


@pytest.mark.usefixtures("waiting")
@pytest.mark.parametrize("text", ["", "x" * 10_001])
def test_nothing_and_a_book_are_refused_with_their_field(signed_in, text):
    answer = signed_in("interpreter", schools=()).post(PAGE, json={"text": text})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["text"])


@pytest.mark.usefixtures("waiting")
def test_words_of_a_reader_are_shown_as_text_never_as_markup(signed_in):
    page = signed_in("interpreter", schools=()).post(f"{PAGE}/check", form={"text": "</textarea><script>alert(1)</script>"}).text
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("before", "after"),
    [("", "new"), ("old", ""), ("Riya queda un día", "Riya queda 1 día"), ("您的孩子停学", "您的孩子停课"), ("a  b\nc", "a b\nc"), ("شخص", "شخص واحد"), ("👨‍👩‍👧 hi", "👩‍👧 hi"), ("x " * 5000, "y")],
)
def test_what_stayed_went_and_came_makes_up_both_wordings(before, after):
    pieces = changes(before, after)
    assert "".join(p.text for p in pieces if p.change is not Change.NEW) == before
    assert "".join(p.text for p in pieces if p.change is not Change.GONE) == after
