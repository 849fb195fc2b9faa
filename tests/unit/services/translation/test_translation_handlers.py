"""What translation answers to what it hears."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from services.translation.domain import memory
from services.translation.engines.port import FailureKind
from services.translation.engines.stream import frame
from services.translation.handlers import texts as handlers
from services.translation.store import texts as store
from services.translation.tables import REVIEW, TEXT, TEXT_VERSION
from shared.contracts import Lane
from shared.messaging.envelope import new_event


def only(said):
    events = said()
    assert len(events) == 1
    return events[0]


def test_a_message_is_translated_once_per_language_and_says_which_engine(uow, ports, engine, said, composed):
    engine.answers["The bus is late."] = "El autobús llega tarde."
    handlers.message_composed(uow, ports, [composed()])
    type_, data = only(said)
    assert type_ == "translation.text_translated"
    assert (data["text"], data["engine"], data["machine"], data["labelled"]) == (
        "El autobús llega tarde.",
        "taught:en-es",
        True,
        False,
    )
    assert data["checks"]["numbers"] == data["checks"]["placeholders"] == data["checks"]["names"] == "ok"


def test_five_hundred_messages_with_one_text_cost_the_engine_one_segment(uow, ports, engine, said, composed):
    handlers.message_composed(uow, ports, [composed(message_id=f"m-{n}") for n in range(500)])
    assert len(said()) == 500
    assert len(engine.asked) == 1


def test_a_message_heard_again_is_answered_from_what_was_stored(uow, ports, engine, said, composed):
    handlers.message_composed(uow, ports, [composed()])
    handlers.message_composed(uow, ports, [composed(targets=["es", "en"])])
    first, again, english = (data for _, data in said())
    assert again == first
    assert english["engine"] == "source"
    assert len(engine.asked) == 1


def test_two_events_for_the_same_message_in_one_batch_are_one_translation_and_two_answers(
    uow, ports, engine, said, composed
):
    handlers.message_composed(uow, ports, [composed(), composed()])
    assert len(said()) == 2
    assert uow.connection.execute(sa.select(sa.func.count()).select_from(TEXT_VERSION)).scalar() == 1


def test_a_draft_of_the_catalogue_goes_out_as_unapproved(uow, ports, said, composed):
    handlers.message_composed(uow, ports, [composed(text=None, catalogue_key="survey.receipt")])
    _, data = only(said)
    assert data["engine"] == "catalogue"
    assert "{student}" in data["text"]
    assert "{teacher}" in data["text"]
    assert (data["machine"], data["approved_by"]) == (True, None)


def test_a_wording_that_a_person_has_signed_goes_out_as_approved(uow, ports, said, composed):
    wording = ports.translator.catalogue.find("survey.receipt", "es")
    store.sign(
        uow.connection,
        [
            {
                "key": "survey.receipt",
                "language": "es",
                "version": wording.version,
                "approved_by": "t-abdi",
                "approved_at": uow.now,
            }
        ],
    )
    handlers.message_composed(uow, ports, [composed(text=None, catalogue_key="survey.receipt")])
    _, data = only(said)
    assert (data["machine"], data["approved_by"]) == (False, "t-abdi")


def test_a_signature_of_another_wording_does_not_count(uow, ports, said, composed):
    store.sign(
        uow.connection,
        [
            {
                "key": "survey.receipt",
                "language": "es",
                "version": "older",
                "approved_by": "t-abdi",
                "approved_at": uow.now,
            }
        ],
    )
    handlers.message_composed(uow, ports, [composed(text=None, catalogue_key="survey.receipt")])
    assert only(said)[1]["machine"] is True


def test_a_key_that_does_not_exist_fails_and_nothing_is_stored(uow, ports, said, composed):
    handlers.message_composed(uow, ports, [composed(text=None, catalogue_key="no.such_key")])
    type_, data = only(said)
    assert type_ == "translation.translation_failed"
    assert data["reason"] == "unknown_catalogue_key"
    assert uow.connection.execute(sa.select(sa.func.count()).select_from(TEXT)).scalar() == 0


def test_approved_memory_comes_before_the_engine_and_fits_another_child(uow, ports, engine, said, composed):
    entry = memory.remember("Riya read 3 books.", "Riya leyó 3 libros.", names=["Riya"], source="en", target="es")
    store.remember(uow.connection, entry, source="en", target="es", approved_by="t-abdi", now=uow.now)
    handlers.message_composed(uow, ports, [composed(text="Bao read 12 books.", protected=["Bao"])])
    _, data = only(said)
    assert (data["text"], data["engine"], data["approved_by"], data["machine"]) == (
        "Bao leyó 12 libros.",
        "memory",
        "t-abdi",
        False,
    )
    assert engine.asked == []


def test_a_text_of_high_risk_is_never_left_to_a_machine_and_waits_for_a_person(uow, ports, engine, said, composed):
    handlers.message_composed(uow, ports, [composed(risk="high")])
    type_, data = only(said)
    assert (type_, data["waits"], data["topics"]) == ("translation.review_requested", True, ["sender"])
    assert engine.asked == []
    review = uow.connection.execute(sa.select(REVIEW)).one()
    assert review.due_at - review.opened_at == timedelta(hours=24)


def test_a_language_without_an_engine_gets_the_source_labelled(uow, ports, said, composed):
    handlers.message_composed(uow, ports, [composed(targets=["so"])])
    _, data = only(said)
    assert (data["text"], data["engine"], data["machine"], data["labelled"]) == (
        "The bus is late.",
        "source",
        False,
        True,
    )
    assert store.versions(uow.connection, ["m-1"])["m-1", 1, "so"]["reasons"] == ["no_engine"]


def test_a_translation_that_lost_a_must_not_is_refused(uow, ports, engine, said, composed):
    engine.answers["Students must not chew gum."] = "El alumnado no tiene que mascar chicle."
    handlers.message_composed(uow, ports, [composed(text="Students must not chew gum.")])
    _, data = only(said)
    assert (data["text"], data["labelled"]) == ("Students must not chew gum.", True)
    assert data["checks"]["meaning"] == "refused"


def test_a_translation_that_lost_a_name_is_refused(uow, ports, engine, said, composed):
    engine.answers["PH0X is here."] = "Está aquí."
    handlers.message_composed(uow, ports, [composed(text="Riya is here.", protected=["Riya"])])
    _, data = only(said)
    assert (data["labelled"], data["checks"]["names"]) == (True, "lost")


def test_an_engine_that_fails_leaves_the_source_labelled(uow, ports, engine, said, composed):
    engine.failure = FailureKind.TIMEOUT
    handlers.message_composed(uow, ports, [composed()])
    assert only(said)[1]["labelled"] is True
    assert store.versions(uow.connection, ["m-1"])["m-1", 1, "es"]["reasons"] == ["engine_timeout"]


def test_a_reply_is_translated_into_the_school_s_language_in_its_own_lane(uow, ports, engine, said, replied):
    engine.answers["Gracias por avisar."] = "Thanks for telling us."
    handlers.reply_received(uow, ports, [replied("Gracias por avisar.")])
    _, data = only(said)
    assert (data["text_id"], data["source"], data["target"], data["text"]) == (
        "r-1",
        "es",
        "en",
        "Thanks for telling us.",
    )
    assert uow.emitted[0]["rank"] == list(Lane).index(Lane.URGENT)


def test_a_digit_is_not_translated_and_not_labelled(uow, ports, engine, said, replied):
    handlers.reply_received(uow, ports, [replied("2")])
    _, data = only(said)
    assert (data["text"], data["labelled"], data["engine"]) == ("2", False, "source")
    assert engine.asked == []


def test_words_of_a_plan_come_back_in_every_language_they_are_read_in(uow, ports, engine, said):
    data = {
        "text_id": "w-1", "source_language": "en", "targets": ["es", "so"], "text": "Riya reads aloud on Tuesday 6 Oct",
        "protected": ["Riya"],
    }  # fmt: skip
    for _ in range(2):
        event = new_event("scheduling.words_written", data, district="riverside", source="scheduling", now=uow.now)
        handlers.words_written(uow, ports, [event])
    told = [answer for type_, answer in said() if type_ == "translation.text_translated"]
    assert [(answer["text_id"], answer["target"]) for answer in told] == [("w-1", "es"), ("w-1", "so")] * 2
    assert told[0]["text"] == told[2]["text"], "heard again, answered from what was stored"
    assert "Riya" in told[0]["text"]


def test_a_stressed_word_is_translated_with_the_others(uow, ports, engine, said, composed):
    engine.answers["The bus is late today."] = "El autobús llega tarde hoy."
    handlers.message_composed(uow, ports, [composed(text="The bus is *late* today.")])
    _, data = only(said)
    assert (data["text"], data["labelled"]) == ("El autobús llega tarde hoy.", False)


def test_a_notice_all_in_stress_waits_for_a_person_like_any_other(uow, ports, said, composed):
    handlers.message_composed(uow, ports, [composed(text="*Your* *child* *is* *suspended*.")])
    assert only(said)[0] == "translation.review_requested"


def test_half_a_surrogate_pair_breaks_no_frame():
    assert b"[n1]? a" in frame(1, "\ud800 a")
