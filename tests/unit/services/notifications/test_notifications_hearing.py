"""What notifications makes of the other services' events."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.handlers import (
    alerting,
    asking,
    concerns,
    listening,
    meetings,
    planning,
    promises,
    wishes,
    writing,
)
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import (
    ALERT_STATE,
    CONCERN,
    DELIVERY,
    GAP,
    MESSAGE,
    OPEN_QUESTION,
    REPLY,
    STAFF_CARD,
    TASK,
)

DUE = datetime(2026, 10, 11, 22, 0, tzinfo=UTC)


def assigned(district, *guardians, student_ids=("s-mateo",), link="https://h/s/t", assignment_id=None, **changes):
    return district.event("surveys.survey_assigned", **{
        "survey_id": "intake", "kind": "intake", "school_id": "greenview", "question_ids": ["mode"], "due_at": DUE, "reminder": False,
        "asked": [
            {"assignment_id": assignment_id or f"a-{who}", "guardian_id": who, "student_ids": list(student_ids), "link": link}
            for who in guardians or ("g-ana",)
        ],
        **changes,
    })  # fmt: skip


def grade(district, score, revision=2, **changes):
    return district.event("district.grade_recorded", **{
        "student_id": "s-mateo", "school_id": "greenview", "class_id": "class-t-alvarez", "course_id": "c-1", "course_title": "Algebra",
        "revision": revision, "score_pct": score, "previous_pct": None, "as_of": date(2026, 9, 29), **changes,
    })  # fmt: skip


def offered(district, **changes):
    return district.event("scheduling.meeting_offered", **{
        "offer_id": "o-1", "kind": "alert", "again": False, "guardian_id": "g-ana", "student_id": "s-mateo", "staff_id": "t-alvarez",
        "school_id": "greenview", "modes": ["phone"], "expires_at": DUE, "link": "https://h/o/t",
        "slots": [{"n": 1, "start": datetime(2026, 10, 6, 23, 0, tzinfo=UTC), "end": datetime(2026, 10, 6, 23, 20, tzinfo=UTC)}], **changes,
    })  # fmt: skip


def booked(district, **changes):
    return district.event("scheduling.meeting_booked", **{
        "meeting_id": "m-1", "offer_id": "o-1", "kind": "alert", "guardian_id": "g-ana", "student_id": "s-mateo",
        "staff_id": "t-alvarez", "school_id": "greenview", "start": datetime(2026, 10, 6, 23, 0, tzinfo=UTC),
        "end": datetime(2026, 10, 6, 23, 20, tzinfo=UTC), "mode": "phone", "sequence": 0,
        "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "dial_in": None, **changes,
    })  # fmt: skip


def commitment(district, what, **changes):
    return district.event(f"scheduling.commitment_{what}", **{
        "commitment_id": "p-1", "owner_id": "t-alvarez", "owner_kind": "staff", "student_id": "s-mateo", "guardian_id": "g-ana",
        "school_id": "greenview", "due_on": date(2026, 10, 2), "text": "an extra sheet", **changes,
    })  # fmt: skip


def test_a_campaign_asks_for_its_text_once_per_language(district):
    district.hear(asking.survey_assigned, assigned(district))
    district.hear(asking.survey_assigned, assigned(district, "g-daniel"))
    district.settle()
    asked = [d["targets"] for d in district.told("message_composed") if d["catalogue_key"] == "survey.invitation"]
    assert [t for targets in asked for t in targets] == ["en", "es"]
    assert len([m for m in district.rows(MESSAGE) if m["catalogue_key"]]) == 1
    assert len(district.sms.took) == len(district.email.took) == 1


def test_a_family_with_a_child_in_two_classes_is_invited_by_both(district):
    for campaign in ("c-1", "c-1", "c-2"):
        asked = {"survey_id": "conference_feedback", "kind": "conference", "campaign_id": campaign}
        district.hear(asking.survey_assigned, assigned(district, assignment_id=f"a-{campaign}", **asked))
    asked = [each["opens"]["ref"] for each in district.rows(DELIVERY)]
    assert sorted(asked) == ["a-c-1", "a-c-2"]


def test_an_invitation_opens_its_question_and_a_reminder_names_hours_to_talk(district):
    district.hear(asking.survey_assigned, assigned(district, "g-daniel", reminder=True))
    district.settle()
    (question,) = district.rows(OPEN_QUESTION)
    assert (question["kind"], question["ref"], question["expires_at"]) == ("survey", "a-g-daniel", DUE + timedelta(days=7))
    assert "Greenview: until Sun 11 Oct, 5:00 PM https://h/s/t Call Wed 3:30 PM–4:30 PM." in district.email.took[0].body


def test_a_guardian_who_wants_no_surveys_is_not_asked(district):
    district.hear(wishes.boundary_set, district.event(
        "surveys.boundary_set", guardian_id="g-ana", scope="no_surveys", active=True, version=1, set_by="g-ana"
    ))  # fmt: skip
    district.hear(asking.survey_assigned, assigned(district))
    district.settle()
    assert district.sms.took == []
    assert [d["reason"] for d in district.told("message_held")] == ["boundary"]


def test_a_boundary_set_while_an_invitation_waits_for_the_morning_holds_for_it(district):
    district.now = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
    district.hear(asking.survey_assigned, assigned(district))
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "held"
    district.hear(wishes.boundary_set, district.event(
        "surveys.boundary_set", guardian_id="g-ana", scope="no_surveys", active=True, version=1, set_by="g-ana"
    ))  # fmt: skip
    district.at(datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    assert district.sms.took == [] and district.delivery_to("g-ana")["state"] == "refused"


def restrict(district, guardian, student, **changes):
    district.project("district.contact_restricted", **{
        "restriction_id": f"r-{guardian}-{student}", "guardian_id": guardian, "student_id": student, "revision": 1,
        "scope": "no_contact", "starts_on": date(2026, 9, 1), "ends_on": None, "lifted": False, "authority_ref": "court-1", **changes,
    })  # fmt: skip


def test_a_message_about_two_children_names_only_the_one_it_may_tell_of(district):
    district.enrol("s-lucia", "Lucia")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    restrict(district, "g-ana", "s-lucia")
    district.hear(asking.survey_assigned, assigned(district, student_ids=["s-mateo", "s-lucia"]))
    district.settle()
    (sent,) = district.sms.took
    assert "Mateo" in sent.body and "Lucia" not in sent.body
    assert district.delivery_to("g-ana")["students"] == ["s-mateo"]


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({}, False),
        ({"scope": "a_word_of_next_year"}, False),
        ({"scope": "no_pickup"}, True),
        ({"lifted": True}, True),
        ({"starts_on": date(2026, 9, 30)}, True),
        ({"starts_on": date(2026, 9, 29)}, False),
        ({"ends_on": date(2026, 9, 28)}, True),
        ({"ends_on": date(2026, 9, 29)}, False),
    ],
)
def test_no_way_out_passes_a_restriction_and_none_outlives_it(district, changes, goes):
    restrict(district, "g-ana", "s-mateo", **changes)
    district.hear(asking.survey_assigned, assigned(district))
    district.hear(meetings.meeting_offered, offered(district))
    district.hear(meetings.meeting_booked, booked(district))
    district.hear(promises.commitment_kept, commitment(district, "kept"))
    district.hear(alerting.grade_recorded, grade(district, 60.0))
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
        writing.write(uow, district.ports, Author("o-office", "office", ("greenview",)), Note("emergency", "Out!", "s-mateo"))
    district.settle()
    assert len(district.sms.took) == (8 if goes else 0)
    assert len(district.email.to("daniel@example.org")) == 4, "the other home hears as before"


def test_what_waits_for_the_morning_is_stopped_by_a_restriction_that_begins_that_day(district):
    district.now = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)  # the evening of the 29th in Chicago
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    restrict(district, "g-ana", "s-mateo", starts_on=date(2026, 9, 30))
    district.at(datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    assert district.sms.took == [] and len(district.email.took) == 1


def test_only_the_guardian_lifts_a_boundary(district):
    for version, active, by in ((1, True, "g-ana"), (2, False, "t-alvarez")):
        district.hear(wishes.boundary_set, district.event(
            "surveys.boundary_set", guardian_id="g-ana", scope="no_surveys", active=active, version=version, set_by=by
        ))  # fmt: skip
    district.hear(asking.survey_assigned, assigned(district))
    district.settle()
    assert district.sms.took == []


def test_a_question_goes_as_it_is_even_at_night_since_the_guardian_is_answering(district):
    district.now = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
    district.hear(asking.question_asked, district.event(
        "surveys.question_asked", assignment_id="a-1", guardian_id="g-ana", school_id="greenview", question_id="mode",
        position=1, total=6, language="es", text="1/6 ¿Cómo?",
    ))  # fmt: skip
    district.settle()
    assert [m.body for m in district.sms.took] == ["1/6 ¿Cómo?"]


def test_no_answer_by_the_deadline_is_a_call_and_a_late_answer_ends_it(district):
    district.hear(asking.response_overdue, district.event(
        "surveys.response_overdue", assignment_id="a-1", survey_id="intake", guardian_id="g-ana", student_ids=["s-mateo"],
        school_id="greenview", due_at=DUE,
    ))  # fmt: skip
    (task,) = district.rows(TASK)
    assert (task["staff_id"], task["kind"], task["student_id"]) == ("t-alvarez", "call_instead", "s-mateo")
    district.hear(asking.response_submitted, district.event(
        "surveys.response_submitted", assignment_id="a-1", survey_id="intake", kind="intake", guardian_id="g-ana",
        student_ids=["s-mateo"], via="phone", language="es", receipt=[],
    ))  # fmt: skip
    assert district.rows(TASK)[0]["closed_at"] is not None
    district.settle()
    assert "survey.receipt" in district.sms.took[0].body


def test_an_early_alert_names_who_teaches_and_how_long_there_is(district):
    district.hear(alerting.grade_recorded, grade(district, 64.0))
    district.settle()
    (alert,) = district.told("early_alert_raised")
    assert (alert["teacher_id"], alert["score"], alert["threshold"], alert["days_to_midterm"]) == ("t-alvarez", 64.0, 70.0, 24)
    assert "Mateo is at 64% in Algebra" in district.email.took[0].body
    assert {m["kind"] for m in district.rows(MESSAGE) if m["message_id"] == district.delivery_to("g-ana")["message_id"]} == {"concern"}


def test_no_second_alert_until_recovered_past_the_mark_and_fallen_again(district):
    for revision, score in enumerate((64.0, 60.0, 72.0, 65.0, 73.0, 69.0), 2):
        district.hear(alerting.grade_recorded, grade(district, score, revision))
    assert [a["score"] for a in district.told("early_alert_raised")] == [64.0, 69.0]


def test_grades_of_one_batch_are_judged_in_order_and_an_older_one_is_ignored(district):
    district.hear(alerting.grade_recorded, grade(district, 80.0, 4), grade(district, 60.0, 3))
    district.hear(alerting.grade_recorded, grade(district, 50.0, 2))
    assert [a["score"] for a in district.told("early_alert_raised")] == [60.0]
    assert [(s["score"], s["alerted"]) for s in district.rows(ALERT_STATE)] == [(80.0, False)]


def test_an_offer_is_written_on_the_guardians_own_clock_and_opens_its_question(district):
    district.hear(meetings.meeting_offered, offered(district))
    district.settle()
    assert "1) mar, 6 oct, 18:00" in district.sms.took[0].body
    assert [(q["kind"], q["ref"]) for q in district.rows(OPEN_QUESTION)] == [("meeting_offer", "o-1")]


def test_a_booking_is_confirmed_to_both_sides_with_the_calendar_file(district):
    district.hear(meetings.meeting_offered, offered(district))
    district.settle()
    district.hear(meetings.meeting_booked, booked(district))
    district.settle()
    (teacher,) = district.email.to("t-alvarez@school.example.org")
    assert "VCALENDAR" in teacher.extras["ics"] and teacher.extras["ics_method"] == "REQUEST" and "Ana" not in teacher.body
    assert "Booked: mar, 6 oct, 18:00" in district.sms.took[-1].body and "/notifications/calendar/" in district.sms.took[-1].body
    assert district.rows(OPEN_QUESTION) == []


def test_a_cancelled_meeting_leaves_both_calendars(district):
    data = {k: v for k, v in booked(district).data.items() if k not in ("offer_id", "kind", "end", "mode", "sequence", "dial_in")}
    district.hear(meetings.meeting_cancelled, district.event("scheduling.meeting_cancelled", **data, cancelled_by="staff"))
    district.settle()
    assert district.email.to("t-alvarez@school.example.org")[0].extras["ics_method"] == "CANCEL"
    assert len(district.sms.took) == 1


def test_a_promise_is_reminded_by_mail_and_on_today_then_told_when_kept(district):
    district.hear(promises.commitment_due, commitment(district, "due"))
    district.settle()
    assert "Due Fri 2 Oct: an extra sheet" in district.email.to("t-alvarez@school.example.org")[0].body
    assert [(t["kind"], t["note"]) for t in district.rows(TASK)] == [("promise_due", "an extra sheet")]
    district.hear(promises.commitment_kept, commitment(district, "kept"))
    district.settle()
    assert district.rows(TASK)[0]["closed_at"] is not None
    assert "promise.kept" in district.sms.took[0].body


def test_a_missed_promise_is_shown_to_its_owner_only(district):
    district.hear(promises.commitment_due, commitment(district, "due"))
    district.hear(promises.commitment_missed, commitment(district, "missed"))
    assert [t["kind"] for t in district.rows(TASK) if t["closed_at"] is None] == ["promise_missed"]
    district.settle()
    assert district.sms.took == []


def test_a_concern_is_acknowledged_at_once_and_due_with_the_teacher(district):
    district.now = datetime(2026, 9, 30, 3, 0, tzinfo=UTC)
    district.hear(concerns.concern_raised, district.event(
        "surveys.concern_raised", concern_id="c-1", guardian_id="g-ana", student_id="s-mateo", school_id="greenview",
        topic="peers", language="es", text="Come sola.", due_at=DUE,
    ))  # fmt: skip
    district.settle()
    assert "concern.ack" in district.sms.took[0].body
    assert [(t["staff_id"], t["kind"], t["due_at"]) for t in district.rows(TASK)] == [("t-alvarez", "concern", DUE)]
    assert len(district.rows(CONCERN)) == 1


def test_a_teachers_card_is_kept_in_its_newest_version(district):
    for version in (2, 1):
        district.hear(meetings.availability_published, district.event(
            "scheduling.availability_published", staff_id="t-alvarez", version=version, windows=[], modes=["phone"], reply_within_school_days=version,
        ))  # fmt: skip
    assert [c["reply_within_school_days"] for c in district.rows(STAFF_CARD)] == [2]


def test_a_replys_translation_stands_beside_it(district):
    with district.transaction() as uow:
        listening.sms_received(uow, district.ports, provider_id="SM1", number="+13125550111", text="Gracias")
    reply = district.rows(REPLY)[0]
    district.hear(planning.text_translated, district.event(
        "translation.text_translated", text_id=reply["reply_id"], content_version=1, source="es", target="en", text="Thanks",
        engine="x", machine=True, labelled=False, approved_by=None, glossary_hits=0, checks={},
    ))  # fmt: skip
    assert district.rows(REPLY)[0]["english"] == "Thanks"


@pytest.mark.parametrize(("nights", "gaps"), [(31, 0), (32, 1)])
def test_a_home_not_heard_of_for_longer_than_the_floor_is_a_gap(district, nights, gaps):
    district.at(datetime(2026, 9, 1, 8, 0, tzinfo=UTC) + timedelta(days=nights - 1))
    assert len(district.rows(GAP)) == gaps
    assert len(district.told("contact_gap_detected")) == gaps


def test_a_personal_note_closes_the_gap_and_a_broadcast_does_not(district):
    district.at(datetime(2026, 10, 5, 15, 0, tzinfo=UTC))
    author = Author("t-alvarez", "teacher", ("greenview",))
    for note, still_open in ((Note("info", "Trip.", class_id="class-t-alvarez"), 1), (Note("info", "Hello.", "s-mateo"), 0)):
        with district.transaction() as uow:
            writing.write(uow, district.ports, author, note)
        district.settle()
        assert len(district.rows(GAP)) == still_open


def test_an_invitation_said_before_invitations_came_in_pages_is_still_sent(district):
    page = assigned(district)
    single = {name: value for name, value in page.data.items() if name != "asked"} | page.data["asked"][0]
    district.hear(asking.survey_assigned, replace(page, version=1, data=single), assigned(district, "g-daniel"))
    district.settle()
    assert {d["recipient_id"] for d in district.rows(DELIVERY) if d["opens"]} == {"g-ana", "g-daniel"}


def test_everything_said_twice_is_sent_once(district):
    for _ in range(2):
        event = assigned(district)
        district.hear(asking.survey_assigned, event)
        district.hear(meetings.meeting_offered, offered(district, offer_id="o-9"))
        district.settle()
    assert len([d for d in district.rows(DELIVERY) if d["opens"] and d["opens"]["kind"] == "survey"]) == 1


def test_what_no_database_keeps_is_left_out_of_what_a_family_wrote(district):
    with district.transaction() as uow:
        text = "Gracias\0 por\ud83d todo"
        listening.sms_received(uow, district.ports, provider_id="SM-nul", number="+13125550111", text=text)
    assert [row["text"] for row in district.rows(REPLY)] == ["Gracias por todo"]
