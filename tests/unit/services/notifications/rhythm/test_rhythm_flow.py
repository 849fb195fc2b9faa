"""Briefs, newsletters, welcomes and photos, from the writer to what a family reads."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.handlers import brief, media, nightly, wishes
from services.notifications.handlers.media import Picture
from services.notifications.handlers.welcome import message_id, welcomed
from services.notifications.handlers.writing import Author
from services.notifications.store import briefs
from services.notifications.tables import DELIVERY, GAP, MESSAGE
from services.notifications.tables.rhythm import BRIEF, MEDIA, WELCOME
from tests.unit.services.notifications.rhythm.test_rhythm_rules import jpeg
from tests.unit.services.notifications.world import SCHOOL

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))
FRIDAY = datetime(2026, 10, 2, 20, 40, tzinfo=UTC)  # 15:40 in Chicago


def write(district, text, *, staff="t-alvarez", school="greenview", class_id="class-t-alvarez", language="en"):
    with district.transaction() as uow:
        return brief.write(
            uow, staff_id=staff, school_id=school, class_id=class_id, text=text, language=language, send=True
        )


@pytest.fixture(autouse=True)
def no_days_to_list(district):
    """A calendar without anything for a newsletter; who wants days adds them."""
    calendar(district, "greenview")


def second_school(district):
    """Lucia, Mateo's sister, at Northgate with Mr Okafor."""
    district.project(
        "district.school_onboarded", school_id="northgate", revision=1, config_version="v1", name="Northgate",
        timezone="America/Chicago", languages=["en"], floor_days=30, concern_floor_days=7, ratio_target=3.0, alert_threshold=70.0,
        alert_recovery=73.0, quiet_start="20:30", quiet_end="07:00", monthly_cap=None, intake=None, office_hours=[], office_phone=None,
        family_friday=None,
    )  # fmt: skip
    calendar(district, "northgate")
    district.enrol("s-lucia", "Lucia", school="northgate", teacher="t-okafor")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")


def calendar(district, school, **changes):
    district.project("district.calendar_published", **{
        "school_id": school, "revision": 2, "midterm_release_on": None, "holidays": [], "cultural_days": [],
        "terms": [{"id": "t1", "title": "Fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}], **changes,
    })  # fmt: skip


def test_a_brief_of_180_words_is_kept_as_a_draft_and_does_not_go(district):
    kept = write(district, "word " * 180)
    assert (kept.ready, kept.length.over, kept.publish_at) == (False, 60, FRIDAY)
    district.at(FRIDAY + timedelta(hours=1))
    assert [(row["state"], len(row["text"].split())) for row in district.rows(BRIEF)] == [("draft", 180)]
    assert district.rows(DELIVERY) == []
    with district.transaction() as uow:
        assert brief.this_week(uow, school_id="greenview", class_id="class-t-alvarez").limit == 120


def test_a_brief_that_fits_goes_on_friday_to_each_home_in_its_language_and_is_no_contact(district):
    assert write(district, "We measured rain.").ready
    assert write(district, "We measured rain and wind.").ready, "rewritten before its day"
    district.settle()
    assert district.rows(DELIVERY) == []
    district.at(FRIDAY)
    (to_ana,) = district.sms.took
    assert "[es] We measured rain and wind." in to_ana.body and "Elena Alvarez · Greenview" in to_ana.body
    assert "We measured rain and wind." in district.email.took[0].body
    (said,) = district.told("digest_published")
    assert (said["period"], said["words"], said["class_id"]) == ("weekly", 5, "class-t-alvarez")
    assert [contact["personal"] for contact in district.told("contact_logged")] == [False, False]
    assert len(district.rows(GAP)) == 1, "a broadcast is no contact"
    district.at(FRIDAY + timedelta(days=7))
    assert len(district.sms.took) == 1, "nothing was written for the next week"


def test_a_mother_of_two_gets_one_message_for_both_children_at_two_schools(district):
    second_school(district)
    write(district, "We measured rain.")
    write(district, "We read about rivers.", staff="t-okafor", school="northgate", class_id="class-t-okafor")
    district.at(FRIDAY)
    (to_ana,) = district.sms.took
    assert all(words in to_ana.body for words in ("We measured rain.", "We read about rivers.", "Greenview", "Chidi Okafor"))
    (to_daniel,) = district.email.took
    assert "rivers" not in to_daniel.body, "he has no child in that class"
    ana = next(row for row in district.rows(DELIVERY) if row["recipient_id"] == "g-ana")
    assert sorted(ana["students"]) == ["s-lucia", "s-mateo"]


def test_a_restriction_takes_one_childs_brief_out_of_the_message(district):
    second_school(district)
    district.project(
        "district.contact_restricted", restriction_id="r", guardian_id="g-ana", student_id="s-lucia", revision=1,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    write(district, "We measured rain.")
    write(district, "We read about rivers.", staff="t-okafor", school="northgate", class_id="class-t-okafor")
    district.at(FRIDAY)
    (to_ana,) = district.sms.took
    assert "rain" in to_ana.body and "rivers" not in to_ana.body


def test_octobers_newsletter_lists_family_friday_by_itself_and_the_offices_words_before_it(district):
    district.hear(wishes.school_onboarded, district.event(
        "district.school_onboarded", school_id="greenview", revision=2, config_version="v2", name="Greenview", timezone="America/Chicago",
        **{**SCHOOL, "family_friday": {"rule": "first-friday", "start": "08:00", "end": "09:00"}},
    ))  # fmt: skip
    calendar(district, "greenview", revision=3, midterm_release_on=date(2026, 10, 23))
    with district.transaction() as uow:
        nightly.plan_nights(uow, ["greenview"])
    with district.transaction() as uow:
        brief.write(
            uow, staff_id="o-office", school_id="greenview", class_id=None, text="The garden is open.", language="en", send=True
        )
    district.at(datetime(2026, 10, 1, 21, 0, tzinfo=UTC))
    (mail,) = district.email.took
    assert "The garden is open.\nFri 2 Oct, 8:00 AM–9:00 AM: Family Friday. Come as you are.\nFri 23 Oct: midterm" in mail.body
    (said,) = district.told("digest_published")
    assert (said["period"], said["class_id"], said["item_ids"]) == ("monthly", None, ["2026-10-02", "2026-10-23"])
    district.at(datetime(2026, 10, 9, tzinfo=UTC))
    assert len(district.email.took) == 1


@pytest.mark.parametrize(("send", "days"), [(True, {}), (False, {"midterm_release_on": date(2026, 10, 23)})])
def test_a_month_without_words_or_days_sends_nothing_and_neither_does_one_that_nobody_has_let_go(district, send, days):
    calendar(district, "greenview", revision=3, **days)
    with district.transaction() as uow:
        nightly.plan_nights(uow, ["greenview"])
        brief.write(uow, staff_id="o-office", school_id="greenview", class_id=None, text="", language="en", send=send)
    district.at(datetime(2026, 10, 2, 1, 0, tzinfo=UTC))
    assert district.rows(MESSAGE) == []


def test_two_weeks_before_school_every_home_is_welcomed_and_the_page_counts_them(district):
    district.now = datetime(2026, 8, 3, 15, 0, tzinfo=UTC)
    district.link("g-lan", "s-mateo", language="vi", home="hh-c")
    district.enrol("s-bao", "Bao")
    district.link("g-lan", "s-bao", language="vi", home="hh-c")
    with district.transaction() as uow:
        nightly.plan_nights(uow, ["greenview"])
    district.at(datetime(2026, 8, 17, 13, 59, tzinfo=UTC))
    assert district.rows(WELCOME) == [] == district.rows(DELIVERY)
    district.at(datetime(2026, 8, 17, 14, 0, tzinfo=UTC))
    assert len(district.sms.took) == len(district.email.took) == 1
    assert "[es] welcome.intro" in district.sms.took[0].body
    with district.transaction() as uow:
        reached = welcomed(uow, message_id("greenview", "t1", "t-alvarez"))
    assert (reached.families, reached.reached, reached.by_letter) == (2, 1, 1)
    district.at(datetime(2026, 8, 30, tzinfo=UTC))
    assert len(district.sms.took) == 1


def consent(district, student, value, revision=2):
    district.hear(media.consent_changed, district.event(
        "district.consent_changed", student_id=student, guardian_id=f"g-{student}", revision=revision, kind="photo", value=value
    ))  # fmt: skip


def attach(district, kind="photo", tagged=("s-mateo", "s-bao")):
    district.enrol("s-bao", "Bao")
    district.link("g-lan", "s-bao", language="vi", sms="+13125550122", home="hh-c")
    picture = Picture(kind, "Rain gauges", jpeg(), "class-t-alvarez" if kind == "photo" else None, tuple(tagged))
    with district.transaction() as uow:
        return media.keep(uow, ALVAREZ, picture, school_id="greenview")


def send(district, media_id):
    with district.transaction() as uow:
        outcome = media.send(uow, district.ports, briefs.media(uow.connection, media_id))
    district.settle()
    return outcome


def test_a_class_photo_waits_until_the_child_without_consent_is_untagged(district):
    photo = attach(district)
    consent(district, "s-mateo", True)
    consent(district, "s-bao", False)
    assert send(district, photo).blocked == ("s-bao",)
    assert district.rows(DELIVERY) == []
    assert [(m["student_id"], m["reason"]) for m in district.told("media_blocked")] == [("s-bao", "no_consent")]
    with district.transaction() as uow:
        media.untag(uow, photo, "s-bao")
    assert send(district, photo).homes == 3
    assert len(district.sms.took) == 2 and "/notifications/picture/" in district.sms.took[0].body


def test_nobody_asked_is_nobody_agreed_and_the_newest_word_holds(district):
    photo = attach(district, tagged=("s-mateo",))
    assert send(district, photo).blocked == ("s-mateo",)
    consent(district, "s-mateo", True, revision=3)
    consent(district, "s-mateo", False, revision=2)
    assert send(district, photo).blocked == ()


def test_a_childs_own_work_goes_to_its_own_homes_only(district):
    both = attach(district, kind="work")
    assert send(district, both).blocked == ("s-mateo",), "one child's work, not two's"
    own = attach(district, kind="work", tagged=("s-bao",))
    assert send(district, own).homes == 1
    assert [row["recipient_id"] for row in district.rows(DELIVERY)] == ["g-lan"]


def test_a_picture_is_deleted_after_thirty_days(district):
    attach(district)
    district.at(district.now + timedelta(days=29))
    assert len(district.rows(MEDIA)) == 1
    district.at(district.now + timedelta(days=2))
    assert district.rows(MEDIA) == []
