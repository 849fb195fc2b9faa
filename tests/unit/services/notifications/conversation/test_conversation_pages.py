"""Conversations on pages: staff's and the family's own, through the built app."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.handlers import asking, insights, planning, referrals, wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import conversation as talk
from services.notifications.store import people
from services.notifications.tables import CONCERN, CONSENT, REPLY, SUPPRESSION, TASK
from services.notifications.tables.conversation import THREAD, UNKNOWN_WORDS
from services.notifications.tables.points import CONTACT_POINT
from shared.web.testing import SignedIn
from tests.unit.services.notifications.conversation.talk import SATURDAY_NIGHT, concern, says, staff
from tests.unit.services.notifications.test_notifications_hearing import assigned
from tests.unit.services.notifications.test_notifications_web import Site

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))
ANAS = "/notifications/threads/g-ana"


@pytest.fixture
def site(district):
    return Site(district)


@pytest.fixture
def alvarez(site):
    return site.as_("t-alvarez", "teacher")


class Family:
    """A guardian with the link from a message."""

    def __init__(self, site: Site, guardian: str, language: str = "en") -> None:
        link = site.district.ports.link("", "riverside", guardian, purpose="inbox", now=site.now(), language=language)
        self.token = link.rpartition("/")[2]
        self.client = SignedIn(site.app, site.identity, None)

    def get(self, page: str = "inbox", query: str = ""):
        return self.client.get(f"/notifications/{page}/{self.token}{query}")

    def post(self, page: str, **form: str):
        path, _, rest = page.partition("/")
        return self.client.post(f"/notifications/{path}/{self.token}{'/' if rest else ''}{rest}", form=form)


@pytest.fixture
def ana(site):
    return Family(site, "g-ana")


def translated(district, text):
    reply = district.rows(REPLY)[-1]
    district.hear(planning.text_translated, district.event(
        "translation.text_translated", text_id=reply["reply_id"], content_version=1, source="es", target="en", text=text,
        engine="x", machine=True, labelled=False, approved_by=None, glossary_hits=0, checks={},
    ))  # fmt: skip


def test_a_thread_shows_both_sides_with_original_and_translation(alvarez, district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip on Friday.", "s-mateo"))
    district.settle()
    says(district, "¿A qué hora?")
    translated(district, "At what time?")
    page = alvarez.get(ANAS).text
    for words in ("Trip on Friday.", "[es] Trip on Friday.", "¿A qué hora?", "At what time?", "Answer by", "Elena Alvarez"):
        assert words in page
    assert "<script" not in page and "+1312" not in page
    assert [e.data["outcome"] for e in district.said if e.type == "district.record_viewed"] == ["allowed"]


def test_a_thread_does_not_hand_the_familys_own_links_to_staff(alvarez, district):
    district.hear(asking.survey_assigned, assigned(district, link=f"https://h/surveys/{'t' * 60}"))
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip on Friday.", "s-mateo"))
    district.settle()
    assert any("/notifications/inbox/" in letter.body for letter in district.sms.took)
    page = alvarez.get(ANAS).text
    assert "survey.invitation" in page and "Trip on Friday." in page
    assert "/notifications/inbox/" not in page and "t" * 60 not in page


def test_what_help_a_family_asked_for_is_theirs_alone_and_in_no_teachers_thread(alvarez, district):
    district.hear(referrals.services_listed, district.event(
        "scheduling.services_listed", need_id="n-1", guardian_id="g-ana", student_id="s-mateo", school_id="greenview", language="es",
        services="Riverside pantry, 12 Main Street",
    ))  # fmt: skip
    district.hear(asking.response_submitted, district.event(
        "surveys.response_submitted", assignment_id="a-1", survey_id="needs", kind="needs", guardian_id="g-ana",
        student_ids=["s-mateo"], via="web", language="es", receipt=[], priorities=None, changes="You get a list for: food.",
    ))  # fmt: skip
    district.hear(insights.safeguarding_raised, district.event(
        "surveys.safeguarding_raised", concern_id="c-1", guardian_id="g-ana", student_id="s-mateo", school_id="greenview",
        role="counselor", language="es", text="Tiene miedo.", due_at=district.now + timedelta(hours=2),
    ))  # fmt: skip
    district.settle()
    sent = "".join(each.body for each in district.sms.took)
    page = alvarez.get(ANAS).text
    for text in ("support.services", "survey.receipt_changes", "concern.ack"):
        assert text in sent and text not in page


def test_a_link_written_into_a_text_is_the_familys_own_too(alvarez, district):
    district.hear(asking.question_asked, district.event(
        "surveys.question_asked", assignment_id="a-1", guardian_id="g-ana", school_id="greenview", question_id="mode",
        position=1, total=6, language="es", text=f"Siga aquí: https://h.example.org/surveys/s/{'k' * 60}",
    ))  # fmt: skip
    district.settle()
    page = alvarez.get(ANAS).text
    assert "Siga aquí: …" in page and "k" * 60 not in page


def test_an_answer_goes_out_translated_and_stops_the_clock(alvarez, district):
    says(district, "¿A qué hora?")
    district.now += timedelta(hours=1)
    sent = alvarez.post(f"{ANAS}/answer", form={"text": "At nine.", "_once": "k1"})
    assert sent.status_code == 303
    assert alvarez.post(f"{ANAS}/answer", form={"text": "At nine.", "_once": "k1"}).status_code == 303
    district.settle()
    (letter,) = district.sms.took
    assert "[es] At nine." in letter.body
    (thread,) = district.rows(THREAD)
    assert thread["answered_by"] == "t-alvarez" and thread["answered_at"] == district.now
    assert "on its way" in alvarez.get(sent.headers["location"]).text
    district.at(datetime(2026, 10, 5, 21, 0, tzinfo=UTC))
    assert district.told("reply_overdue") == []


def test_an_empty_or_endless_answer_comes_back_with_what_was_written(alvarez, district):
    says(district, "Hola")
    assert "Write an answer." in alvarez.post(f"{ANAS}/answer", form={"text": "  "}).text
    long = "x" * 4001
    answer = alvarez.post(f"{ANAS}/answer", form={"text": long})
    assert answer.status_code == 422 and long in answer.text
    assert district.rows(THREAD)[0]["answered_at"] is None


def test_a_stranger_to_the_child_sees_no_thread_and_the_refusal_is_kept(site, district):
    says(district, "Hola")
    other = site.as_("t-okafor", "teacher", "northgate")
    for answer in (other.get(ANAS), other.post(f"{ANAS}/answer", form={"text": "Hi"}), other.post(f"{ANAS}/share", form={"x": "1"})):
        assert answer.status_code == 403
    assert {e.data["outcome"] for e in district.said if e.type == "district.record_viewed"} == {"denied"}
    assert "Ana" not in other.get("/notifications/threads").text
    assert other.get("/notifications/threads/nobody").status_code == 404


def test_what_is_about_a_sibling_at_another_school_is_not_in_the_teachers_thread(alvarez, district):
    district.onboard("northgate")
    district.enrol("s-lucia", "Lucia", school="northgate", teacher="t-okafor")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-okafor", "teacher", ("northgate",)), Note("info", "Lucia was late.", "s-lucia"))
    district.settle()
    page = alvarez.get(ANAS).text
    assert "was late" not in page and "Lucia" not in page


def test_words_of_the_night_are_not_shown_to_the_teacher_before_her_morning(site, alvarez, district):
    district.now = SATURDAY_NIGHT
    says(district, "¿Hay tarea?")
    alvarez, office = site.as_("t-alvarez", "teacher"), site.as_("o-office", "office")
    assert "¿Hay tarea?" not in alvarez.get(ANAS).text and "outside your hours" in alvarez.get(ANAS).text
    assert "Ana" not in alvarez.get("/notifications/threads").text
    assert "tarea" in office.get(ANAS).text, "the office is there for what cannot wait"
    district.at(datetime(2026, 10, 5, 12, 30, tzinfo=UTC))
    assert "tarea" in site.as_("t-alvarez", "teacher").get(ANAS).text
    assert "Ana" in site.as_("t-alvarez", "teacher").get("/notifications/threads").text


def test_the_list_has_who_waits_longest_first_and_marks_the_late(site, alvarez, district):
    says(district, "Hola")
    district.now += timedelta(hours=2)
    says(district, "Hi", key="2", channel="email", sender="daniel@example.org")
    page = alvarez.get("/notifications/threads").text
    assert page.index("Ana Rivera") < page.index("Daniel Rivera") and "Late" not in page
    district.now += timedelta(days=2)
    assert "Late" in site.as_("t-alvarez", "teacher").get("/notifications/threads").text


def test_the_office_is_asked_to_help_in_one_tap(alvarez, district):
    says(district, "Hola")
    assert alvarez.post(f"{ANAS}/share", form={"x": "1"}).status_code == 303
    assert [(t["staff_id"], t["kind"]) for t in district.rows(TASK)] == [("o-office", "thread_shared")]
    assert "shared with the office" in alvarez.get(ANAS).text
    alvarez.post(f"{ANAS}/answer", form={"text": "At nine."})
    assert all(t["closed_at"] for t in district.rows(TASK))
    assert alvarez.post(f"{ANAS}/share", form={"x": "1"}).status_code == 409


def test_an_answer_to_a_concern_asks_the_guardian_who_closes_it_on_her_page(alvarez, ana, district):
    concern(district, due_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    district.settle()
    assert 'name="concern_ids" value="c-1"' in alvarez.get(ANAS).text
    alvarez.post(f"{ANAS}/answer", form={"text": "I sit with him now.", "concern_ids": "c-1"})
    district.settle()
    assert "concern.asks" in district.sms.took[-1].body
    assert district.rows(CONCERN)[0]["closed_at"] is None
    assert "Is your concern about Mateo answered?" in ana.get().text
    assert ana.post("inbox/concerns", concern_id="c-1", answer="1").status_code == 303
    assert district.rows(CONCERN)[0]["closed_at"] is not None
    assert [c["via"] for c in district.told("concern_answered")] == ["page"]
    assert "concern about Mateo" not in ana.get().text


def test_ticking_a_concern_off_on_today_asks_the_guardian(alvarez, district):
    concern(district, due_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    assert alvarez.post("/notifications/tasks/c-1/done", form={"x": "1"}).status_code == 303
    district.settle()
    assert "concern.asks" in district.sms.took[-1].body and district.rows(CONCERN)[0]["closed_at"] is None


def test_words_from_the_page_land_in_the_thread_and_are_shown_to_who_wrote_them(alvarez, ana, district):
    assert ana.post("inbox/words", text="¿Puedo hablar?", call_back="1", _once="k").status_code == 303
    assert ana.post("inbox/words", text="¿Puedo hablar?", call_back="1", _once="k").status_code == 303
    assert len(district.rows(REPLY)) == 1
    assert "¿Puedo hablar?" in ana.get(query="?said=words").text and "has arrived" in ana.get(query="?said=words").text
    page = alvarez.get(ANAS).text
    assert "¿Puedo hablar?" in page and "Asks to be called back" in page
    assert [t["kind"] for t in district.rows(TASK)] == ["call_back"]


def test_nothing_or_too_much_is_said_kindly_and_stays_in_the_box(ana, district):
    assert "Please write something" in ana.post("inbox/words", text=" ").text
    long = "y" * 4001
    answer = ana.post("inbox/words", text=long)
    assert answer.status_code == 422 and long in answer.text and "4,000 characters" in answer.text
    assert district.rows(REPLY) == []


def test_a_forged_link_opens_nothing(site):
    client = SignedIn(site.app, site.identity, None)
    for path in ("inbox/x/words", "inbox/x/concerns", "preferences/x", "preferences/x/point"):
        assert client.post(f"/notifications/{path}", form={"text": "x"}).status_code in (401, 403, 404, 410)


def test_channels_are_closed_and_opened_one_by_one_with_a_receipt(ana, district):
    district.link("g-ana", "s-mateo", language="es", sms="+13125550111", email="ana@example.org", revision=2)
    page = ana.get("preferences").text
    assert "… 0111" in page and "a…@example.org" in page and "+1312" not in page and "<script" not in page
    assert ana.post("preferences", open="email").status_code == 303
    assert {(s["channel"], s["source"]) for s in district.rows(SUPPRESSION)} == {("sms", "stop"), ("voice", "stop")}
    assert "text message: no" in ana.get("preferences").text.replace("</", "<")
    ana.post("preferences", open="sms")
    assert {s["channel"] for s in district.rows(SUPPRESSION)} == {"email", "voice"}
    assert len(district.rows(CONSENT)) == 7, "two words when one is closed, one when it is opened"


def test_whoever_called_a_mail_unwanted_may_have_mails_again_by_their_own_word(ana, district):
    district.link("g-ana", "s-mateo", language="es", sms="+13125550111", email="ana@example.org", revision=2)
    with district.transaction() as uow:
        people.suppress(uow.connection, [{"guardian_id": "g-ana", "channel": "email", "source": "complained", "since": uow.now}])
        people.suppress(uow.connection, [{"guardian_id": "g-ana", "channel": "sms", "source": "carrier", "since": uow.now}])
    assert 'value="email" checked' not in ana.get("preferences").text
    ana.post("preferences", open="email")
    assert {(s["channel"], s["source"]) for s in district.rows(SUPPRESSION)} == {("sms", "carrier"), ("sms", "stop"), ("voice", "stop")}


def test_one_button_stops_all_but_emergencies(ana, district):
    ana.post("preferences", stop_all="1", other="1")
    assert {s["channel"] for s in district.rows(SUPPRESSION)} == {"sms", "whatsapp", "voice", "email", "push"}
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip.", "s-mateo"))
        writing.write(uow, district.ports, Author("o-office", "office", ("greenview",)), Note("emergency", "Out!", "s-mateo"))
    district.settle()
    assert ["Out!" in m.body for m in district.sms.to("+13125550111")] == [True]


def test_other_matters_are_opt_in_and_may_be_taken_back(ana, district):
    for other, given in (("1", True), ("", False)):
        ana.post("preferences", open="sms", **({"other": other} if other else {}))
        district.now += timedelta(minutes=1)
        newest = max((c for c in district.rows(CONSENT) if (c["channel"], c["purpose"]) == ("*", "other")), key=lambda c: c["at"])
        assert newest["given"] is given


def test_a_new_number_waits_until_the_office_has_asked(site, ana, district):
    assert "no telephone number" in ana.post("preferences/point", channel="sms", address="call me").text
    assert ana.post("preferences/point", channel="sms", address="(312) 555-0199").status_code == 303
    (point,) = district.rows(CONTACT_POINT)
    assert (point["address"], point["active"]) == ("+13125550199", False)
    with district.transaction() as uow:
        wishes.wrong_number(uow, ["g-ana"], "sms", evidence="x")
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip.", "s-mateo"))
    district.settle()
    assert district.sms.took == []
    office = site.as_("o-office", "office")
    assert "+13125550199" in office.get("/notifications/unknown").text
    assert site.as_("o-other", "office", "northgate").post(f"/notifications/points/{point['point_id']}/confirm", form={"x": "1"}).status_code == 404
    assert office.post(f"/notifications/points/{point['point_id']}/confirm", form={"x": "1"}).status_code == 303
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Second trip.", "s-mateo"))
    district.settle()
    assert len(district.sms.to("+13125550199")) == 1
    assert [t["closed_at"] is not None for t in district.rows(TASK) if t["kind"] == "number_corrected"] == [True]


def test_a_number_that_is_not_theirs_is_forgotten(site, ana, district):
    ana.post("preferences/point", channel="sms", address="+1 312 555 0199")
    point = district.rows(CONTACT_POINT)[0]["point_id"]
    assert site.as_("o-office", "office").post(f"/notifications/points/{point}/refuse", form={"x": "1"}).status_code == 303
    assert district.rows(CONTACT_POINT) == []


def test_the_one_you_have_is_not_mine_closes_it_at_once(ana, district):
    ana.post("preferences/point", channel="sms", wrong="1")
    assert [(s["source"], s["channel"]) for s in district.rows(SUPPRESSION)] == [("invalid", "sms")]
    assert [t["kind"] for t in district.rows(TASK)] == ["wrong_number"]
    assert "does not reach you" in ana.get("preferences").text


def test_the_office_looks_after_words_from_strangers(site, alvarez, district):
    says(district, "Soy la tía de Mateo", sender="+13125559999")
    office = site.as_("o-office", "office")
    assert "Soy la tía" in office.get("/notifications/unknown").text
    assert alvarez.get("/notifications/unknown").status_code == 403
    (words,) = district.rows(UNKNOWN_WORDS)
    path = f"/notifications/unknown/{words['words_id']}/settle"
    assert office.post(path, form={"x": "1"}).status_code == 303
    assert office.post(path, form={"x": "1"}).status_code == 404
    assert district.rows(UNKNOWN_WORDS)[0]["settled_by"] == "o-office"
    assert all(t["closed_at"] for t in district.rows(TASK))


def test_a_counselor_reads_a_thread_that_was_copied_to_her(site, district):
    staff(district, "c-chen", "counselor", "Mei")
    concern(district, due_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    assert "Come solo." in site.as_("c-chen", "counselor").get(ANAS).text


def test_an_answer_that_no_way_is_open_to_is_said_so_without_a_reason(alvarez, district):
    says(district, "Hola")
    district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    sent = alvarez.post(f"{ANAS}/answer", form={"text": "At nine."})
    page = alvarez.get(sent.headers["location"]).text
    assert "could not be sent" in page and "restriction" not in page and "At nine." not in page
    district.settle()
    assert district.sms.took == []
    with district.transaction() as uow:
        assert talk.thread(uow.connection, "g-ana")["answered_at"] is None
