"""One announcement to many: once a person, in their language, decided at the hand-over."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.notifications.channels.port import ChannelError
from services.notifications.domain.audience import Audience, address_of, ways
from services.notifications.domain.consent import Purpose
from services.notifications.handlers import announcing
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.writing import Author
from services.notifications.store import messages, outgoing, people
from services.notifications.tables import DELIVERY
from services.notifications.tables.points import CONTACT_POINT
from shared.store import insert_rows

OFFICE = Author("o-kim", "office", ("greenview",))
FAIR = Announcement(
    kind="info", title="Book fair", text="The book fair is on Friday.", audience=Audience(schools=("greenview",)),
    school_id="greenview",
)  # fmt: skip
FIRE = replace(FAIR, kind="emergency", title="School closed", text="Greenview is closed today.")


@pytest.fixture
def school(district):
    """Ana (Spanish, text) has Mateo and Lucia at one school, Daniel (English, mail) has Mateo."""
    district.enrol("s-lucia", "Lucia")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    return district


def restrict(district, guardian, student):
    district.project(
        "district.contact_restricted", restriction_id=f"r-{student}", guardian_id=guardian, student_id=student, revision=1,
        scope="all", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref=None,
    )  # fmt: skip


def announce(district, what=FAIR, author=OFFICE):
    with district.transaction() as uow:
        found = announcing.announce(uow, district.ports, author, what)
    return found.message_id


def by_person(district, message_id):
    rows = [row for row in district.rows(DELIVERY) if row["message_id"] == message_id]
    return {(row["recipient_id"], row["way"]): row for row in rows}


def test_each_person_gets_it_once_for_all_their_children_in_their_language(school):
    message_id = announce(school)
    school.settle()
    rows = by_person(school, message_id)
    assert {person: row["state"] for (person, _), row in rows.items()} == {"g-ana": "sent", "g-daniel": "sent"}
    (text,) = school.sms.took
    assert "Mateo" in text.body and "Lucia" in text.body and "[es]" in text.body
    (mail,) = school.email.took
    assert "Lucia" not in mail.body and "Mateo" in mail.body and mail.content.title == "Greenview"


def test_nothing_is_planned_for_nobody(school):
    announce(school, replace(FAIR, audience=Audience()))
    school.settle()
    assert school.sms.took == school.email.took == []


def test_a_restriction_on_one_child_leaves_the_other_in_the_message(school):
    restrict(school, "g-ana", "s-lucia")
    announce(school)
    school.settle()
    (text,) = school.sms.took
    assert "Mateo" in text.body and "Lucia" not in text.body


def test_a_restriction_on_every_child_refuses_it(school):
    restrict(school, "g-daniel", "s-mateo")
    message_id = announce(school)
    school.settle()
    assert by_person(school, message_id)["g-daniel", ""]["state"] == "refused"
    assert school.email.took == []


def test_it_waits_for_quiet_hours_and_says_so(school):
    school.now = school.now.replace(hour=4)  # 23:00 in Chicago
    message_id = announce(school)
    school.settle()
    row = by_person(school, message_id)["g-daniel", ""]
    assert (row["state"], row["reason"]) == ("held", "quiet_hours")
    school.at(row["due_at"] + timedelta(minutes=1))
    assert len(school.email.took) == 1


def test_what_is_no_business_of_the_schools_needs_a_yes(school):
    message_id = announce(school, replace(FAIR, purpose=Purpose.OTHER))
    school.settle()
    assert {row["reason"] for row in by_person(school, message_id).values()} == {"no_consent"}
    with school.transaction() as uow:
        people.save_consents(
            uow.connection,
            [{"consent_id": "c1", "guardian_id": "g-daniel", "channel": "email", "purpose": "other", "given": True,
              "source": "page", "evidence": None, "recorded_by": None, "at": uow.now}],
        )  # fmt: skip
    message_id = announce(school, replace(FAIR, purpose=Purpose.OTHER))
    school.settle()
    row = by_person(school, message_id)["g-daniel", ""]
    assert (row["state"], row["basis"]) == ("sent", "c1")


def test_a_recall_before_it_goes_stops_all_of_it(school):
    message_id = announce(school, replace(FAIR, start_at=school.now + timedelta(seconds=60)))
    school.settle()
    with school.transaction() as uow:
        outgoing.recall(uow.connection, message_id, by="o-kim", now=uow.now)
    school.at(school.now + timedelta(minutes=2))
    assert by_person(school, message_id) == {} and school.email.took == []


def test_what_has_expired_is_not_sent(school):
    school.now = school.now.replace(hour=4)
    message_id = announce(school, replace(FAIR, expires_at=school.now + timedelta(hours=2)))
    school.settle()
    school.at(school.now + timedelta(hours=12))
    assert {row["state"] for row in by_person(school, message_id).values()} == {"expired"}
    assert school.email.took == []


def test_an_emergency_takes_every_way_at_once_at_any_hour(school):
    school.now = school.now.replace(hour=4)
    message_id = announce(school, FIRE)
    school.settle()
    rows = by_person(school, message_id)
    assert rows["g-ana", "sms"]["state"] == rows["g-daniel", "email"]["state"] == rows["g-ana", "page"]["state"] == "sent"


def test_a_number_that_two_share_is_used_once(school):
    with school.transaction() as uow:
        insert_rows(
            uow.connection,
            CONTACT_POINT,
            [{"point_id": "p1", "guardian_id": "g-daniel", "channel": "sms", "address": "+13125550111", "label": None,
              "source": "page", "priority": 1, "active": True, "confirmed_at": None, "created_at": uow.now}],
        )  # fmt: skip
    message_id = announce(school, FIRE)
    school.settle()
    rows = by_person(school, message_id)
    assert sorted(rows[person, "sms"]["state"] for person in ("g-ana", "g-daniel")) == ["merged", "sent"]
    assert len(school.sms.took) == 1


def test_one_way_that_fails_does_not_become_a_letter_in_an_emergency(school):
    school.email.refuses["daniel@example.org"] = ChannelError("smtp_550", permanent=True)
    message_id = announce(school, FIRE)
    school.settle()
    assert by_person(school, message_id)["g-daniel", "email"]["state"] == "failed"


def test_where_no_translation_can_be_had_the_source_goes_and_says_so(school):
    announce(school)  # brings the labels of the language along
    school.settle()
    school.fails = {"es"}
    announce(school, replace(FAIR, text="The book fair is on Monday."))
    school.settle()
    (text,) = school.sms.took[1:]
    assert "The book fair is on Monday." in text.body and "Not translated yet" in text.body


def test_who_may_speak_to_whom(school):
    with school.transaction() as uow:
        teacher = Author("t-alvarez", "teacher", ("greenview",))
        assert announcing.may_announce(uow, OFFICE, Audience(schools=("greenview",)), safety=True).allowed
        assert not announcing.may_announce(uow, OFFICE, Audience(schools=("northgate",)), safety=False).allowed
        assert not announcing.may_announce(uow, teacher, Audience(schools=("greenview",)), safety=False).allowed
        assert announcing.may_announce(uow, teacher, Audience(classes=("class-t-alvarez",)), safety=False).allowed
        assert not announcing.may_announce(uow, teacher, Audience(classes=("class-t-alvarez",)), safety=True).allowed
        assert not announcing.may_announce(uow, OFFICE, Audience(everyone=True), safety=False).allowed
        assert not announcing.may_announce(uow, OFFICE, Audience(guardians=("g-ana",)), safety=False).allowed


def test_a_class_reaches_its_own_students_families_only(school):
    school.enrol("s-noor", "Noor", teacher="t-other")
    school.link("g-halima", "s-noor")
    message_id = announce(school, replace(FAIR, audience=Audience(classes=("class-t-alvarez",))))
    school.settle()
    assert {person for person, _ in by_person(school, message_id)} == {"g-ana", "g-daniel"}


def test_ways_are_named_by_channel_and_place():
    points = {"voice": ["+1", "+2"], "email": ["a@b"]}
    assert ways(points) == {"voice": "+1", "voice:2": "+2", "email": "a@b", "page": ""}
    assert address_of("voice:2", points) == "+2" and address_of("voice:3", points) is None


def test_a_text_message_that_may_have_gone_is_not_decided_anew(school):
    """Its worker died after the provider's yes; by the time anybody looks, the guardian's quiet hours have begun."""
    message_id = announce(school)
    school.settle()
    row = by_person(school, message_id)["g-ana", ""]
    with school.transaction() as uow:
        messages.change(uow.connection, [{"b_id": row["delivery_id"], "state": "sending", "due_at": uow.now}])
    school.now = school.now.replace(day=30, hour=4)
    school.settle()
    assert by_person(school, message_id)["g-ana", ""]["state"] == "unknown"
    assert len(school.sms.took) == 1


def test_one_that_cannot_be_written_holds_up_nobody(school):
    message_id = announce(school, replace(FAIR, start_at=school.now + timedelta(minutes=1)))
    school.settle()
    school.now += timedelta(minutes=2)
    school._due()
    with school.transaction() as uow:
        ana = next(row for row in messages.of_message(uow.connection, message_id) if row["recipient_id"] == "g-ana")
        messages.change(uow.connection, [{"b_id": ana["delivery_id"], "params": {}}])
    school.settle()
    rows = by_person(school, message_id)
    assert (rows["g-ana", ""]["state"], rows["g-daniel", ""]["state"]) == ("failed", "sent")


def test_an_account_that_is_down_is_waited_for_and_costs_nobody_their_channel(school):
    school.email.refuses["daniel@example.org"] = ChannelError("smtp_unavailable", permanent=False, account=True)
    message_id = announce(school)
    school.settle()
    school.at(school.now + timedelta(hours=2))
    assert by_person(school, message_id)["g-daniel", ""]["state"] == "due"
    school.email.refuses.clear()
    school.at(school.now + timedelta(minutes=11))
    assert by_person(school, message_id)["g-daniel", ""]["state"] == "sent"
