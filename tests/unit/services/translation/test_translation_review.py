"""What waits for a person is read by who may, by one or two, goes out as they wrote it and is remembered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.translation.catalogue import load
from services.translation.domain.memory import NotTheSame
from services.translation.domain.risk_reading import Reading
from services.translation.handlers import review, review_drafts, texts
from services.translation.handlers.review import ReviewRefused
from services.translation.store import review as store
from services.translation.tables import METADATA, REVIEW
from shared.messaging.envelope import new_event
from shared.messaging.uow import DueItem
from shared.store import insert_rows

NOTICE = "Riya is suspended for 1 day."
SPANISH = "Riya queda suspendida por 1 día."
KEY = ("m-1", 1, "es")


@pytest.fixture
def district(uow: Any) -> Any:
    """Sets the district's `review` block and lists its staff."""

    def onboard(review: dict[str, Any] | None = None, **settings: Any) -> None:
        school = {"school_id": "green", "revision": 1, "config_version": "v", "name": "Greenview", "timezone": "UTC"}
        row = school | {"settings": {"review": review, "office_phone": "+13125550100", **settings}}
        insert_rows(uow.connection, METADATA.tables["school"], [row], on_conflict="update")
        people = [
            {"staff_id": who, "revision": 1, "active": True, "role": role, "school_ids": ["green"], "class_ids": [], "given_name": who,
             "family_name": "X", "email": None}
            for who, role in (("i-abdi", "interpreter"), ("i-rosa", "interpreter"), ("t-luz", "teacher"))
        ]  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["staff"], people, on_conflict="ignore")

    return onboard


@pytest.fixture
def waiting(uow: Any, ports: Any, composed: Any, district: Any) -> None:
    district()
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, protected=["Riya"])])


def of(said: Any, type_: str) -> list[dict[str, Any]]:
    return [data for event, data in said() if event == f"translation.{type_}"]


def test_an_essential_text_asks_for_a_person_and_says_nothing_else(waiting, said, engine):
    [asked] = of(said, "review_requested")
    assert (asked["ground"], asked["waits"], asked["topics"], asked["readers"]) == ("essential", True, ["discipline"], ["i-abdi", "i-rosa"])
    assert asked["due_at"] - asked["opened_at"] == timedelta(hours=24)
    assert asked["warn_at"] - asked["opened_at"] == timedelta(hours=20)
    assert of(said, "text_translated") == []
    assert engine.asked == []


def test_asked_for_again_it_still_waits(waiting, uow, ports, composed, said):
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, protected=["Riya"])])
    assert of(said, "text_translated") == []
    assert [data["round"] for data in of(said, "review_requested")] == [1, 1]


def test_the_source_s_own_readers_have_it_at_once(uow, ports, composed, said, district):
    district()
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, targets=["en", "es"])])
    assert [data["target"] for data in of(said, "text_translated")] == ["en"]


def test_what_the_person_writes_is_what_is_sent_and_is_remembered_for_another_child(waiting, uow, ports, composed, said):
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    [told] = of(said, "text_translated")
    assert (told["text"], told["engine"], told["machine"], told["approved_by"]) == (SPANISH, "person", False, "i-abdi")
    [done] = of(said, "review_completed")
    assert (done["decision"], done["edited"], done["waited"], done["reviewer_id"]) == ("edited", True, True, "i-abdi")
    texts.message_composed(uow, ports, [composed(message_id="m-2", kind="concern", text="Bao is suspended for 3 day.", protected=["Bao"])])
    assert of(said, "text_translated")[-1]["text"] == "Bao queda suspendida por 3 día."
    assert len(of(said, "review_requested")) == 1


def test_heard_again_afterwards_it_is_answered_with_the_person_s_text(waiting, uow, ports, composed, said):
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, protected=["Riya"])])
    assert [data["text"] for data in of(said, "text_translated")] == [SPANISH, SPANISH]


def test_what_its_reader_has_withdrawn_goes_to_nobody_who_is_asked_about_later(waiting, uow, ports, composed, said):
    review.withdraw(uow, KEY, by="i-abdi")
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, protected=["Riya"])])
    assert of(said, "text_translated") == []


def test_a_translation_that_lost_the_name_or_the_number_is_not_taken_unless_its_reader_is_sure(waiting, uow, said):
    with pytest.raises(NotTheSame, match="number"):
        review.complete(uow, KEY, "Riya queda suspendida por un día.", by="i-abdi")
    assert of(said, "review_completed") == []
    done = review.complete(uow, KEY, "Riya queda suspendida por un día.", by="i-abdi", sure=True)
    assert not done.remembered


def test_it_is_done_once(waiting, uow):
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    with pytest.raises(ReviewRefused, match="gone"):
        review.complete(uow, KEY, SPANISH, by="i-rosa")


def test_while_one_works_on_it_another_does_not(waiting, uow):
    review.claim(uow, KEY, by="i-abdi")
    for act in (review.claim, review.withdraw):
        with pytest.raises(ReviewRefused, match="held"):
            act(uow, KEY, by="i-rosa")
    review.release(uow, KEY, by="i-abdi")
    review.claim(uow, KEY, by="i-rosa")


def test_a_withdrawn_text_goes_to_nobody(waiting, uow, said):
    review.withdraw(uow, KEY, by="i-abdi")
    assert of(said, "text_translated") == []
    assert [(data["decision"], data["text"]) for data in of(said, "review_completed")] == [("withdrawn", None)]


def test_where_two_are_wanted_the_first_reading_sends_nothing_and_the_second_is_another_person_s(uow, ports, composed, said, district):
    district({"readers": {"es": ["i-abdi", "t-luz"]}, "two_readers": ["es"]})
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, protected=["Riya"])])
    assert review.complete(uow, KEY, SPANISH, by="i-abdi").second
    assert of(said, "text_translated") == []
    with pytest.raises(ReviewRefused, match="same_reader"):
        review.complete(uow, KEY, SPANISH, by="i-abdi")
    assert review.complete(uow, KEY, SPANISH, by="t-luz").decision == "edited"
    assert {(step["what"], step["by"]) for step in store.steps_of(uow.connection, "m-1")} == {
        ("opened", None), ("read", "i-abdi"), ("edited", "t-luz"),
    }  # fmt: skip


def test_only_those_whom_the_district_names_read_a_language(uow, ports, composed, said, district):
    district({"readers": {"so": ["i-abdi"], "es": ["t-luz", "gone"]}})
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE, targets=["es", "so", "ar"])])
    assert {data["target"]: data["readers"] for data in of(said, "review_requested")} == {"es": ["t-luz"], "so": ["i-abdi"], "ar": []}


def test_families_are_told_meanwhile_only_where_the_district_wants_it(uow, ports, composed, said, district):
    district({"notice": True, "phone": "+18005550199"})
    texts.message_composed(uow, ports, [composed(kind="concern", text=NOTICE)])
    assert of(said, "review_requested")[0]["notice_phone"] == "+18005550199"


def test_a_sensitive_text_goes_and_is_read_after(uow, ports, composed, said, district):
    district()
    texts.message_composed(uow, ports, [composed(kind="concern", text="Bao was quiet.", targets=["so"])])
    assert [data["target"] for data in of(said, "text_translated")] == ["so"]
    [asked] = of(said, "review_requested")
    assert (asked["ground"], asked["waits"]) == ("sensitive", False)
    assert asked["due_at"] - asked["opened_at"] == timedelta(hours=72)


def test_a_district_may_leave_sensitive_texts_to_the_machine(uow, ports, composed, said, district):
    district({"read_sensitive": False})
    texts.message_composed(uow, ports, [composed(kind="concern", text="Bao was quiet.", targets=["so"])])
    assert of(said, "review_requested") == []


def test_where_nobody_reads_the_language_no_pile_of_what_went_out_grows(uow, ports, composed, said, district):
    district({"readers": {"es": ["i-rosa"]}})
    texts.message_composed(uow, ports, [composed(kind="concern", text="Bao was quiet.", targets=["so"])])
    assert of(said, "review_requested") == []


def test_an_emergency_goes_at_once_as_it_was_written_and_a_person_has_an_hour(uow, ports, composed, said, engine, district):
    district()
    texts.message_composed(uow, ports, [composed(kind="emergency", text="Lockdown. Do not come to the school.")])
    [told] = of(said, "text_translated")
    assert (told["engine"], told["labelled"]) == ("source", True)
    assert engine.asked == []
    [asked] = of(said, "review_requested")
    assert asked["due_at"] - asked["opened_at"] == timedelta(hours=1)


def test_words_of_a_plan_that_no_machine_may_translate_are_said_as_written_and_again_as_translated(uow, ports, said, district):
    district()
    data = {"text_id": "m-1", "source_language": "en", "targets": ["es"], "text": "He takes his medication at 9.", "protected": []}
    texts.words_written(uow, ports, [new_event("scheduling.words_written", data, district="riverside", source="scheduling", now=uow.now)])
    review.complete(uow, KEY, "Toma su medicamento a las 9.", by="i-abdi")
    assert [(data["text"], data["labelled"]) for data in of(said, "text_translated")] == [
        ("He takes his medication at 9.", True),
        ("Toma su medicamento a las 9.", False),
    ]


def test_a_message_that_went_out_untranslated_is_read_where_somebody_reads_its_language(uow, ports, composed, said, district):
    district({"readers": {"so": ["i-abdi"]}})
    texts.message_composed(uow, ports, [composed(targets=["so", "ar"])])
    assert [(data["target"], data["labelled"]) for data in of(said, "text_translated")] == [("so", True), ("ar", True)]
    assert [(data["target"], data["ground"], data["waits"]) for data in of(said, "review_requested")] == [("so", "untranslated", False)]


def test_what_a_family_wrote_and_no_machine_reads_is_read_by_who_reads_their_language(uow, ports, replied, said, district):
    district({"readers": {"so": ["i-abdi"], "es": ["i-rosa"]}})
    texts.reply_received(uow, ports, [replied("Amina way xanuunsanaysaa maanta.", "so")])
    [wanted] = of(said, "review_requested")
    assert (wanted["target"], wanted["ground"], wanted["readers"]) == ("en", "reply", ["i-abdi"])
    review.complete(uow, ("r-1", 1, "en"), "Amina is sick today.", by="i-abdi")
    assert [(data["target"], data["text"]) for data in of(said, "text_translated")][-1] == ("en", "Amina is sick today.")


def test_one_reading_serves_the_same_notice_for_other_children(waiting, uow, ports, composed, said):
    for number, name in enumerate(("Bao", "Lan", "Leo"), 2):
        notice = composed(message_id=f"m-{number}", kind="concern", text=f"{name} is suspended for {number} day.", protected=[name])
        texts.message_composed(uow, ports, [notice])
    texts.message_composed(uow, ports, [composed(message_id="m-9", kind="concern", text="Bao is expelled.", protected=["Bao"])])
    review.claim(uow, ("m-4", 1, "es"), by="i-rosa")
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    assert sorted(data["text"] for data in of(said, "text_translated")) == [
        "Bao queda suspendida por 2 día.",
        "Lan queda suspendida por 3 día.",
        SPANISH,
    ]
    assert [row["text_id"] for row in store.queue(uow.connection)] == ["m-4", "m-9"]


@pytest.mark.parametrize("many", [2, 20])
def test_one_reading_for_many_children_costs_as_few_queries_as_for_two(waiting, uow, ports, composed, said, many):
    notices = [
        composed(message_id=f"m-{n}", kind="concern", text=f"Child{n} is suspended for {n} day.", protected=[f"Child{n}"])
        for n in range(2, 2 + many)
    ]
    texts.message_composed(uow, ports, notices)
    asked: list[str] = []
    sa.event.listen(uow.connection, "before_cursor_execute", lambda *told: asked.append(told[2]))
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    assert len(of(said, "review_completed")) == many + 1
    assert len(asked) < 40


def asked(uow: Any, guardian: str = "g-ana", *, proposal: str | None = None, language: str = "es", text_id: str = "m-1") -> Any:
    data = {"text_id": text_id, "content_version": 1, "language": language, "guardian_id": guardian, "via": "sms", "proposal": proposal}
    return new_event("notifications.person_asked", data, district="riverside", source="notifications", now=uow.now)


def test_a_family_that_asks_for_a_person_opens_a_reading_and_others_join_it(uow, ports, composed, said, district, engine):
    engine.answers["The bus is late."] = "El autobús llega tarde."
    district()
    texts.message_composed(uow, ports, [composed()])
    review.person_asked(uow, [asked(uow), asked(uow, "g-leo", proposal="El bus viene tarde.")])
    requests = of(said, "review_requested")
    assert [(data["asked_by"], data["waits"], data["round"]) for data in requests] == [("g-ana", False, 1), ("g-leo", False, 1)]
    [row] = store.queue(uow.connection)
    assert (row["asked_by"], row["proposal"], row["ground"]) == (["g-ana", "g-leo"], "El bus viene tarde.", "corrected")


def test_a_text_found_right_is_said_to_be_so(uow, ports, composed, said, district, engine):
    engine.answers["The bus is late."] = "El bus llega tarde."
    district()
    texts.message_composed(uow, ports, [composed()])
    review.person_asked(uow, [asked(uow)])
    shown = store.version(uow.connection, KEY)["text"]
    done = review.complete(uow, KEY, shown, by="i-abdi")
    assert (done.decision, of(said, "review_completed")[0]["asked_by"]) == ("approved", ["g-ana"])


def test_a_text_asked_about_after_it_was_read_is_read_again(waiting, uow, said):
    review.complete(uow, KEY, SPANISH, by="i-abdi")
    review.person_asked(uow, [asked(uow)])
    assert of(said, "review_requested")[-1]["round"] == 2
    review.complete(uow, KEY, "Riya queda suspendida de la escuela por 1 día.", by="i-rosa")
    assert (of(said, "review_completed")[-1]["edited"], of(said, "review_completed")[-1]["waited"]) == (True, False)


@pytest.mark.parametrize(("text_id", "language"), [("unknown", "es"), ("m-1", "en")])
def test_there_is_nothing_to_read_in_a_text_that_does_not_exist_or_in_its_own_language(waiting, uow, said, text_id, language):
    review.person_asked(uow, [asked(uow, text_id=text_id, language=language)])
    assert len(of(said, "review_requested")) == 1


def test_a_machine_s_draft_is_for_the_reader_and_is_never_said(waiting, uow, ports, engine, said):
    engine.answers["PH0X is suspended for PH1X day."] = "PH0X está suspendida por PH1X día."
    review_drafts.review_draft(uow, ports, [DueItem(review.DRAFT, "k", uow.now, {"text_id": "m-1", "version": 1, "language": "es"}, 1)])
    assert of(said, "text_translated") == []
    row = uow.connection.execute(sa.select(REVIEW)).one()
    assert row.draft is None or row.draft.startswith("Riya")


def test_an_approval_from_the_memory_page_releases_what_waits(waiting, uow, said):
    texts.approve(uow, texts.Approval(NOTICE, SPANISH, "en", "es", ("Riya",)), by="o-pat", text_id="m-1")
    assert [data["text"] for data in of(said, "text_translated")] == [SPANISH]


def test_a_school_that_sets_nothing_has_twenty_four_hours_and_a_warning_at_twenty():
    assert Reading.of({}) == Reading()
    assert Reading.of({"review": {"hours": 6}}).warn_hours == 5


ESSENTIAL = (NOTICE, "The IEP meeting is on 2 October.", "Bring proof of residency.", "Sign the consent form.", "You have the right to appeal.",
             "Keep her home: she has a fever.", "We are in lockdown.", "Riya has missed 12 days this term.", "x" * 9_000 + " expelled")  # fmt: skip


@pytest.mark.parametrize("kind", ["info", "ask", "concern", "emergency"])
@pytest.mark.parametrize("text", ESSENTIAL, ids=range(len(ESSENTIAL)))
def test_no_machine_s_text_of_what_is_essential_ever_leaves(uow, ports, composed, said, engine, district, kind, text):
    district()
    texts.message_composed(uow, ports, [composed(kind=kind, text=text, targets=["es", "ca", "so"], protected=["Riya"])])
    texts.message_composed(uow, ports, [composed(kind=kind, text=text, targets=["es", "ca", "so"], protected=["Riya"])])
    assert engine.asked == []
    told = of(said, "text_translated")
    assert not any(data["machine"] for data in told)
    assert bool(told) == (kind == "emergency"), "an emergency goes as it was written, the rest waits"


WRITTEN_ON_AN_ENGLISH_PAGE = {
    "es": "Su hijo ha sido suspendido por tres días.",
    "so": "Wiilkaaga waa laga eryay iskuulka saddex maalmood.",
    "zh-Hans": "您的孩子被停学三天。",
    "ko": "자녀분은 3일 동안 정학을 받았습니다.",
}


@pytest.mark.parametrize("written", WRITTEN_ON_AN_ENGLISH_PAGE)
@pytest.mark.parametrize("kind", ["ask", "concern"])
def test_what_is_essential_waits_whatever_language_the_page_was_in(uow, ports, composed, said, engine, district, kind, written):
    district()
    message = composed(kind=kind, text=WRITTEN_ON_AN_ENGLISH_PAGE[written], source_language="en", targets=["ca", written])
    texts.message_composed(uow, ports, [message])
    assert engine.asked == []
    [told] = of(said, "text_translated")
    assert (told["source"], told["target"], told["engine"], told["labelled"]) == (written, written, "source", False)
    assert [data["target"] for data in of(said, "review_requested")] == ["ca"]


def notice(composed: Any, message_id: str = "m-1", **changes: Any) -> Any:
    return composed(message_id=message_id, text=None, catalogue_key="iep.notice", **changes)


def test_a_draft_of_what_the_law_asks_a_person_for_waits_until_one_has_signed_it(uow, ports, composed, said, district, engine):
    district()
    texts.message_composed(uow, ports, [notice(composed, targets=["en", "es", "ca"]), notice(composed, "m-2")])
    assert [(data["target"], data["engine"]) for data in of(said, "text_translated")] == [("en", "catalogue")]
    assert {data["target"] for data in of(said, "review_requested")} == {"es", "ca"}
    wording = load().find("iep.notice", "es")
    item = DueItem(review.DRAFT, "k", uow.now, {"text_id": "m-1", "version": 1, "language": "es"}, 1)
    review_drafts.review_draft(uow, ports, [item])
    assert store.of(uow.connection, [KEY])[KEY]["draft"] == wording.text, "its reader has the draft"
    texts.sign(uow, [wording], by="i-abdi")
    out = of(said, "text_translated")[1:]
    assert {(data["text_id"], data["target"], data["text"], data["approved_by"]) for data in out} == {
        ("m-1", "es", wording.text, "i-abdi"), ("m-2", "es", wording.text, "i-abdi")
    }  # fmt: skip
    texts.message_composed(uow, ports, [notice(composed, "m-3")])
    assert of(said, "text_translated")[-1]["approved_by"] == "i-abdi"
    assert engine.asked == []


def test_the_words_of_a_reader_serve_the_next_notice_without_a_signature(uow, ports, composed, said, district):
    district()
    texts.message_composed(uow, ports, [notice(composed)])
    review.complete(uow, KEY, load().find("iep.notice", "es").text, by="i-abdi")
    texts.message_composed(uow, ports, [notice(composed, "m-2")])
    last = of(said, "text_translated")[-1]
    assert (last["text_id"], last["engine"], last["machine"]) == ("m-2", "memory", False)


@pytest.mark.parametrize("key", ["emergency.lockdown", "iep.called_off"])
def test_what_the_catalogue_has_no_wording_for_is_no_machine_s_where_it_matters_and_goes_at_once(
    uow, ports, composed, said, district, engine, key
):
    district()
    kind = "emergency" if key.startswith("emergency") else "info"
    texts.message_composed(uow, ports, [composed(kind=kind, text=None, catalogue_key=key, targets=["ca"])])
    assert engine.asked == []
    [told] = of(said, "text_translated")
    assert (told["engine"], told["labelled"], told["machine"]) == ("source", True, False)


def test_an_alarm_s_wording_goes_at_once_in_its_language_whoever_has_signed_it(uow, ports, composed, said, district):
    district()
    alarm = composed(kind="emergency", risk="high", text=None, catalogue_key="emergency.lockdown", targets=["so"])
    texts.message_composed(uow, ports, [alarm])
    [told] = of(said, "text_translated")
    assert (told["engine"], told["labelled"]) == ("catalogue", False)
