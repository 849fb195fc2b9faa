"""From a note to what each home reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.channels.port import ChannelError
from services.notifications.handlers import wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import messages
from services.notifications.tables import CONTACT, DELIVERY, LETTER, STRENGTH, SUPPRESSION

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))


def write(district, text="Mateo helped today.", kind="info", **changes):
    with district.transaction() as uow:
        return writing.write(uow, district.ports, ALVAREZ, Note(kind=kind, text=text, student_id="s-mateo", **changes))


def restrict(district, guardian="g-daniel", student="s-mateo"):
    district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id=guardian, student_id=student, revision=1,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="court",
    )  # fmt: skip


def prefer(district, **changes):
    wish = {
        "guardian_id": "g-ana", "version": 1, "channel_order": [], "contacts_per_month": None, "live_mode": None,
        "available_after": None, "quiet_start": None, "quiet_end": None, "timezone": None, "language": None,
    } | changes  # fmt: skip
    district.hear(wishes.preference_changed, district.event("surveys.preference_changed", **wish))


def test_two_homes_get_one_note_each_in_their_own_language_and_one_version(district):
    reach = write(district)
    district.settle()
    (ana,), (daniel,) = district.sms.to("+13125550111"), district.email.to("daniel@example.org")
    assert "[es] Mateo helped today." in ana.body and "Translated by machine" in ana.body and "/inbox/" in ana.body
    assert "Mateo helped today." in daniel.body and "machine" not in daniel.body and "inbox" not in daniel.body
    sent = {data["guardian_id"]: data for data in district.told("message_sent")}
    assert {d["content_version"] for d in sent.values()} == {1}
    assert (sent["g-ana"]["household_id"], sent["g-daniel"]["household_id"]) == ("hh-a", "hh-b")
    assert (reach.planned, reach.guardians) == (2, 2)


def test_neither_home_reads_the_other_ones_address_and_no_subject_names_the_child(district):
    write(district)
    district.settle()
    for letter in (*district.sms.took, *district.email.took):
        others = {"+13125550111", "daniel@example.org", "Ana", "Daniel"} - {letter.to}
        assert not any(word in letter.body + letter.content.title for word in others)
        assert "Mateo" not in letter.content.title


def test_a_restricted_guardian_gets_nothing_and_the_sender_learns_only_a_number(district):
    restrict(district)
    reach = write(district)
    district.settle()
    assert district.email.took == []
    assert len(district.sms.took) == 1
    assert (reach.planned, reach.guardians) == (1, 2)
    (held,) = district.told("message_held")
    assert (held["guardian_id"], held["reason"], held["release_at"]) == ("g-daniel", "restriction", None)


def test_a_restriction_that_comes_after_planning_still_stops_the_hand_over(district):
    district.now = datetime(2026, 9, 30, 4, 0, tzinfo=UTC)  # 23:00 in Chicago: held
    write(district)
    district.settle()
    restrict(district)
    district.at(datetime(2026, 9, 30, 18, 0, tzinfo=UTC))
    assert district.email.took == []
    assert district.delivery_to("g-daniel")["state"] == "refused"


def test_a_note_at_night_waits_for_the_guardians_own_morning(district):
    prefer(district, quiet_start="21:00", quiet_end="09:00")
    district.now = datetime(2026, 9, 30, 3, 14, tzinfo=UTC)  # 22:14
    write(district)
    district.settle()
    assert district.sms.took == []
    held = {data["guardian_id"]: data for data in district.told("message_held")}
    assert held["g-ana"]["release_at"] == datetime(2026, 9, 30, 14, 0, tzinfo=UTC)
    district.at(datetime(2026, 9, 30, 13, 59, tzinfo=UTC))
    assert district.sms.took == []
    district.at(datetime(2026, 9, 30, 14, 0, tzinfo=UTC))
    assert len(district.sms.took) == 1


def test_the_third_routine_note_waits_for_the_digest_and_a_concern_goes_labelled(district):
    prefer(district, contacts_per_month=2)
    district.now = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
    for text in ("One.", "Two.", "Three.", "Four."):
        write(district, text)
        district.settle()
    assert len(district.sms.took) == 2
    write(district, "Please call.", "concern")
    district.settle()
    assert district.sms.took[-1].body.startswith("[es] Extra, because it matters: ")
    district.at(datetime(2026, 10, 31, 23, 0, tzinfo=UTC))
    digest = district.sms.took[-1].body
    assert len(district.sms.took) == 4
    assert "News from Greenview" in digest and "Three." in digest and "Four." in digest
    assert [r["state"] for r in district.rows(DELIVERY)].count("merged") == 1


def test_the_cap_counts_what_one_batch_sends(district):
    prefer(district, contacts_per_month=2)
    for text in ("One.", "Two.", "Three."):
        write(district, text)
    district.settle()
    assert len(district.sms.took) == 2


def test_a_strength_without_words_takes_the_catalogues_and_credits_home(district):
    write(district, None, "positive", category="kindness")
    district.settle()
    assert "positive.kindness: Mateo" in district.email.took[0].body
    assert "This begins at home." in district.email.took[0].body
    (strength,) = district.told("strength_recorded")
    assert (strength["category"], strength["source"]) == ("kindness", "school")
    assert len(district.rows(STRENGTH)) == 1
    assert {row["kind"] for row in district.rows(CONTACT)} == {"positive"}


def test_a_contact_is_personal_unless_it_went_to_a_class(district):
    write(district)
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note(kind="info", text="Trip.", class_id="class-t-alvarez"))
    district.settle()
    personal = sorted(data["personal"] for data in district.told("contact_logged"))
    assert personal == [False, False, True, True]


def test_a_guardian_of_two_in_the_class_hears_once(district):
    district.enrol("s-lucia", "Lucia")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note(kind="info", text="Trip.", class_id="class-t-alvarez"))
    district.settle()
    assert len(district.sms.took) == 1
    assert sorted(district.delivery_to("g-ana")["students"]) == ["s-lucia", "s-mateo"]


def test_where_translation_fails_a_low_risk_text_goes_in_its_source_and_says_so(district):
    district.fails = {"es"}
    write(district)
    district.settle()
    assert "Mateo helped today." in district.sms.took[0].body


def test_where_translation_fails_a_high_risk_text_waits_for_a_person(district):
    district.fails = {"es"}
    write(district, risk="high")
    district.settle()
    assert district.sms.took == []
    assert (district.delivery_to("g-ana")["state"], district.delivery_to("g-ana")["reason"]) == ("held", "needs_person")


def test_a_temporary_failure_is_tried_again_later(district):
    district.sms.refuses["+13125550111"] = ChannelError("sms_unavailable", permanent=False)
    write(district)
    district.settle()
    assert district.told("delivery_failed") == []
    district.sms.refuses.clear()
    district.at(district.now + timedelta(seconds=31))
    assert len(district.sms.took) == 1


def test_a_permanent_failure_takes_the_next_channel_and_then_paper(district):
    district.link("g-ana", "s-mateo", language="es", revision=2, sms="+13125550111", email="ana@example.org")
    district.sms.refuses["+13125550111"] = ChannelError("sms_30003", permanent=True)
    district.email.refuses["daniel@example.org"] = ChannelError("smtp_550", permanent=True)
    write(district)
    district.settle()
    assert len(district.email.to("ana@example.org")) == 1
    assert [row["guardian_id"] for row in district.rows(LETTER)] == ["g-daniel"]
    assert {data["guardian_id"] for data in district.told("delivery_failed")} == {"g-ana", "g-daniel"}


def test_a_stop_between_planning_and_hand_over_is_obeyed(district):
    with district.transaction() as uow:
        wishes.stop(uow, ["g-ana"], "sms")
    write(district)
    district.settle()
    assert district.sms.took == []
    assert [row["source"] for row in district.rows(SUPPRESSION)] == ["stop"]
    assert [row["guardian_id"] for row in district.rows(LETTER)] == ["g-ana"]


def test_only_an_emergency_passes_a_stop_and_the_night(district):
    district.now = datetime(2026, 9, 30, 4, 0, tzinfo=UTC)
    with district.transaction() as uow:
        wishes.stop(uow, ["g-ana"], "sms")
        writing.write(uow, district.ports, Author("o-office", "office", ("greenview",)), Note("emergency", "Come now.", "s-mateo"))
    district.settle()
    assert len(district.sms.took) == 1
    assert len(district.email.took) == 1


def test_every_step_of_a_delivery_is_told_in_its_trace(district):
    write(district)
    district.settle()
    with district.transaction() as uow:
        steps = [row["what"] for row in messages.trace_of(uow.connection, district.delivery_to("g-ana")["delivery_id"])]
    assert steps == ["planned", "decided", "sent"]


@pytest.mark.parametrize(("author", "allowed"), [
    (ALVAREZ, True), (Author("t-okafor", "teacher", ("northgate",)), False), (Author("o-office", "office", ("greenview",)), True),
])  # fmt: skip
def test_only_who_works_with_the_student_may_write(district, author, allowed):
    with district.transaction() as uow:
        assert writing.may_write(uow, author, Note("info", "Hello.", "s-mateo")).allowed is allowed
