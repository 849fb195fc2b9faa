"""Pages, JSON and webhooks of notifications, through the built app."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from falcon import testing
from twilio.request_validator import RequestValidator

import services.notifications as package
from services.notifications.handlers import meetings
from services.notifications.handlers.tasks import task
from services.notifications.store import ledger, threads
from services.notifications.tables import DELIVERY, OPEN_QUESTION, REPLY, SUPPRESSION, TASK
from services.notifications.web import api
from shared.identity import Identity, Kind
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.notifications.test_notifications_hearing import booked

LOCALE = Path(package.__file__).parent / "locale"
GUARDIANS_TITLES = {"notifications.inbox", "notifications.stop", "notifications.stopped"}
HOST = "http://falconframework.org"
INBOUND = "/notifications/webhooks/sms/inbound"
STATUS = "/notifications/webhooks/sms/status"


class Site:
    """The app over the district's database, and people to be."""

    def __init__(self, district) -> None:
        self.district = district
        self.identity = Identity.build("k" * 40, mode="demo", secure=False)
        self.app = build_app(api, runtime=self, ports=district.ports, clock=self, identity=self.identity, mode="demo", sign_in_path=None)

    def now(self):
        return self.district.now

    @contextmanager
    def unit_of_work(self, service: str, district: str):
        with self.district.transaction() as uow:
            yield uow

    def as_(self, person: str, role: str, school: str = "greenview") -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.now(), district="riverside", person_id=person, role=role, schools=(school,)
        )
        return SignedIn(self.app, self.identity, session)

    def sms(self, path: str, token: str = "secret", query: str = "", **fields: str):
        signature = RequestValidator(token).compute_signature(f"{HOST}{path}{query}", fields)
        client = SignedIn(self.app, self.identity, None)
        return client.post(path, form=fields, headers={"X-Twilio-Signature": signature}, query_string=query.removeprefix("?"))


@pytest.fixture
def site(district):
    return Site(district)


@pytest.fixture
def alvarez(site):
    return site.as_("t-alvarez", "teacher")


def test_a_note_in_thirty_seconds_works_without_javascript(site, alvarez, district):
    page = alvarez.get("/notifications/compose?student_id=s-mateo")
    assert "Mateo Rivera" in page.text and "Kindness" in page.text and "<script" not in page.text
    assert "Reaches 2 of 2 guardians" in page.text
    form = {"student_id": "s-mateo", "kind": "positive", "category": "kindness", "_once": "abc"}
    sent = alvarez.post("/notifications/messages", form=form)
    assert sent.status_code == 303
    district.settle()
    assert "Sent: 2 of 2 guardians" in alvarez.get(sent.headers["location"]).text
    assert len(district.sms.took) == len(district.email.took) == 1


def test_a_double_press_sends_one_note(alvarez, district):
    note = {"student_id": "s-mateo", "kind": "info", "text": "Trip on Friday."}
    for _ in range(2):
        answer = alvarez.post("/notifications/messages", json=note, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201
    assert answer.json["planned"] == 2
    assert len(district.rows(DELIVERY)) == 2


def test_a_teacher_of_another_school_is_refused_and_the_refusal_is_kept(site, district):
    stranger = site.as_("t-okafor", "teacher", "northgate")
    for answer in (
        stranger.get("/notifications/family/s-mateo"),
        stranger.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Hello."}),
    ):
        assert answer.status_code == 403
    viewed = [event.data for event in district.said if event.type == "district.record_viewed"]
    assert [(v["viewer_id"], v["subject_id"], v["outcome"], v["rule"]) for v in viewed] == [
        ("t-okafor", "s-mateo", "denied", "not_own_school")
    ] * 2
    assert district.rows(DELIVERY) == []


@pytest.mark.parametrize("wrong", [
    {"kind": "info", "text": "x"}, {"student_id": "s", "class_id": "c", "kind": "info", "text": "x"},
    {"student_id": "s-mateo", "kind": "info"}, {"student_id": "s-mateo", "kind": "gossip", "text": "x"},
])  # fmt: skip
def test_a_wrong_note_is_refused_with_its_field_and_nothing_is_written(alvarez, district, wrong):
    answer = alvarez.post("/notifications/messages", json=wrong)
    assert answer.status_code == 422
    assert answer.json["errors"]
    assert district.rows(DELIVERY) == [] and district.said == []


def test_a_form_with_a_mistake_comes_back_with_what_was_written(alvarez):
    answer = alvarez.post("/notifications/messages", form={"student_id": "s-mateo", "kind": "info"})
    assert answer.status_code == 422
    assert "Write a text" in answer.text and 'value="s-mateo" selected' in answer.text


def test_the_family_card_of_an_own_student_shows_and_logs(alvarez, district):
    page = alvarez.get("/notifications/family/s-mateo")
    assert "Ana Rivera" in page.text and "+1312" not in page.text
    assert [e.data["outcome"] for e in district.said if e.type == "district.record_viewed"] == ["allowed"]


def test_today_says_when_nothing_needs_doing_and_what_does(alvarez, district):
    assert "Nothing needed" in alvarez.get("/notifications/today").text
    with district.transaction() as uow:
        ledger.save_tasks(uow.connection, [
            task(uow, f"task-{n}", staff_id="t-alvarez", kind="call_instead", student_id="s-mateo", due_at=uow.now) for n in range(7)
        ])  # fmt: skip
    page = alvarez.get("/notifications/today").text
    assert page.count('class="card"') == 5 and "And 2 more" in page
    assert alvarez.post("/notifications/tasks/task-0/done", form={"x": "1"}).status_code == 303
    assert "And 1 more" in alvarez.get("/notifications/today").text


def test_nobody_closes_another_ones_task(site, district):
    with district.transaction() as uow:
        ledger.save_tasks(uow.connection, [task(uow, "task-1", staff_id="t-alvarez", kind="call_instead")])
    assert site.as_("o-office", "office").post("/notifications/tasks/task-1/done", form={"x": "1"}).status_code == 404


def test_a_delivery_tells_its_way_and_a_restricted_one_does_not_exist_for_teachers(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    row = district.delivery_to("g-ana")
    told = alvarez.get(f"/notifications/deliveries/{row['delivery_id']}").json
    assert [step["what"] for step in told["trace"]] == ["planned", "decided", "sent"]
    assert "sent" in alvarez.get(f"/notifications/deliveries/{row['delivery_id']}", headers={"Accept": "text/html"}).text


def test_the_inbox_shows_both_texts_and_closes_with_a_restriction(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    link = district.sms.took[0].body.split("https://homeroom.example.org")[1].split()[0]
    reader = testing.TestClient(site.app)
    page = reader.simulate_get(link)
    assert "[es] Trip." in page.text and "<details>" in page.text
    district.project(
        "district.contact_restricted", restriction_id="r", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=district.now.date(), ends_on=None, lifted=False, authority_ref="x",
    )  # fmt: skip
    assert "Trip." not in reader.simulate_get(link).text
    assert reader.simulate_get("/notifications/inbox/forged").status_code == 410


def test_a_meetings_file_is_had_by_its_link_until_a_restriction_closes_it(site, district):
    district.hear(meetings.meeting_booked, booked(district))
    district.settle()
    path = district.sms.took[0].body.split("https://homeroom.example.org")[1].split()[0]
    reader = testing.TestClient(site.app)
    assert "VCALENDAR" in reader.simulate_get(path).text
    district.project(
        "district.contact_restricted", restriction_id="r", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=district.now.date(), ends_on=None, lifted=False, authority_ref="x",
    )  # fmt: skip
    assert reader.simulate_get(path).status_code == 404


def test_one_click_ends_emails(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    path = district.email.took[0].unsubscribe.removeprefix("https://homeroom.example.org")
    client = SignedIn(site.app, site.identity, None)
    assert "Stop emails" in client.get(path).text
    assert client.post(path, form={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert [(row["guardian_id"], row["channel"]) for row in district.rows(SUPPRESSION)] == [("g-daniel", "email")]


def test_a_signed_text_message_becomes_a_reply_once(site, district):
    for _ in range(2):
        assert site.sms(INBOUND, From="+13125550111", Body="Gracias, nos vemos", MessageSid="SM1").status_code == 200
    (reply,) = district.told("reply_received")
    assert (reply["guardian_id"], reply["language"], reply["text"], reply["open_kind"]) == ("g-ana", "es", "Gracias, nos vemos", None)
    assert len(district.rows(REPLY)) == 1


def test_what_the_provider_did_not_sign_changes_nothing(site, district):
    assert site.sms(INBOUND, token="other", From="+13125550111", Body="2", MessageSid="SM1").status_code == 403
    assert district.rows(REPLY) == []


def test_a_number_nobody_has_is_taken_and_forgotten(site, district):
    assert site.sms(INBOUND, From="+19995550000", Body="hello", MessageSid="SM1").status_code == 200
    assert district.rows(REPLY) == []


def test_a_digit_answers_the_open_offer_before_the_newer_survey(site, district):
    with district.transaction() as uow:
        later = uow.now + timedelta(days=1)
        threads.ask(uow.connection, [
            {"guardian_id": "g-ana", "kind": "meeting_offer", "ref": "o-1", "asked_at": uow.now, "expires_at": later},
            {"guardian_id": "g-ana", "kind": "survey", "ref": "a-1", "asked_at": uow.now + timedelta(hours=1), "expires_at": later},
        ])  # fmt: skip
    site.sms(INBOUND, From="+13125550111", Body=" 2. ", MessageSid="SM1")
    site.sms(INBOUND, From="+13125550111", Body="twice a week", MessageSid="SM2")
    assert [(r["open_kind"], r["open_ref"]) for r in district.told("reply_received")] == [("meeting_offer", "o-1"), ("survey", "a-1")]
    assert len(district.rows(OPEN_QUESTION)) == 2


def share_a_phone(district) -> None:
    district.link("g-daniel", "s-mateo", home="hh-b", email="daniel@example.org", sms="+13125550111", revision=2)


def offer_to(district, guardian: str) -> None:
    with district.transaction() as uow:
        threads.ask(uow.connection, [
            {"guardian_id": guardian, "kind": "meeting_offer", "ref": f"o-{guardian}", "asked_at": uow.now,
             "expires_at": uow.now + timedelta(days=1)}
        ])  # fmt: skip


def test_words_from_a_number_that_two_guardians_share_are_put_in_neithers_mouth(site, district):
    share_a_phone(district)
    for _ in range(2):
        assert site.sms(INBOUND, From="+13125550111", Body="Can we talk?", MessageSid="SM1").status_code == 200
    assert district.rows(REPLY) == [] and district.told("reply_received") == []
    (asked,) = district.rows(TASK)
    assert (asked["staff_id"], asked["kind"], asked["student_id"], asked["note"]) == (
        "t-alvarez", "shared_number", "s-mateo", "Can we talk?"
    )  # fmt: skip
    assert asked["guardian_id"] is None
    assert "guardians share this number" in site.as_("t-alvarez", "teacher").get("/notifications/today").text


def test_an_answer_from_a_shared_number_is_from_the_one_who_was_asked_and_from_nobody_if_both_were(site, district):
    share_a_phone(district)
    offer_to(district, "g-daniel")
    site.sms(INBOUND, From="+13125550111", Body="2", MessageSid="SM1")
    offer_to(district, "g-ana")
    site.sms(INBOUND, From="+13125550111", Body="2", MessageSid="SM2")
    assert [(r["guardian_id"], r["open_ref"]) for r in district.told("reply_received")] == [("g-daniel", "o-g-daniel")]
    assert [(t["kind"], t["note"]) for t in district.rows(TASK)] == [("shared_number", "2")]


def test_a_number_of_two_families_is_for_the_office_that_keeps_contact_data(site, district):
    district.enrol("s-zoe", "Zoe", school="northgate", teacher="t-okafor")
    district.link("g-zara", "s-zoe", home="hh-z", sms="+13125550111")
    site.sms(INBOUND, From="+13125550111", Body="Hello", MessageSid="SM1")
    assert district.told("reply_received") == []
    assert [(t["staff_id"], t["student_id"]) for t in district.rows(TASK)] == [("o-office", "s-mateo")]


def test_a_stop_from_a_shared_number_leaves_everybody_there_alone(site, district):
    share_a_phone(district)
    site.sms(INBOUND, From="+13125550111", Body="STOP", MessageSid="SM1")
    assert {(row["guardian_id"], row["channel"]) for row in district.rows(SUPPRESSION)} == {("g-ana", "sms"), ("g-daniel", "sms")}


def test_what_a_family_writes_is_shown_as_text_never_as_markup(site, alvarez):
    site.sms(INBOUND, From="+13125550111", Body="<script>alert(1)</script>", MessageSid="SM1")
    page = alvarez.get("/notifications/today").text
    assert "<script>" not in page and "&lt;script&gt;alert(1)" in page


def test_stop_is_confirmed_once_and_obeyed_and_start_undoes_it(site, alvarez, district):
    site.sms(INBOUND, From="+13125550111", Body="ALTO", MessageSid="SM1")
    district.settle()
    (confirmation,) = district.sms.took
    assert "Greenview: no more." in confirmation.body
    assert district.told("reply_received") == []
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    assert len(district.sms.took) == 1
    site.sms(INBOUND, From="+13125550111", Body="START", MessageSid="SM2")
    assert district.rows(SUPPRESSION) == []


def test_a_status_moves_the_delivery_and_a_late_one_does_not(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    row = district.delivery_to("g-ana")
    query = f"?district=riverside&delivery={row['delivery_id']}"
    assert site.sms(STATUS, query=query, MessageSid="x", MessageStatus="delivered").status_code in (200, 204)
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "delivered"
    site.sms(STATUS, query=query, MessageSid="x", MessageStatus="sent")
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "delivered"


def test_a_status_that_the_provider_did_not_sign_changes_nothing(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    before = district.rows(DELIVERY)
    query = f"?district=riverside&delivery={district.delivery_to('g-ana')['delivery_id']}"
    refused = site.sms(STATUS, token="other", query=query, MessageSid="x", MessageStatus="undelivered", ErrorCode="30005")
    assert refused.status_code == 403
    assert district.rows(DELIVERY) == before and district.told("delivery_failed") == []


def test_a_refused_delivery_is_told_to_its_sender_and_its_office_only(site, alvarez, district):
    district.link("g-aunt", "s-mateo", home="hh-c", email="aunt@example.org", receives=False)
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    path = f"/notifications/deliveries/{district.delivery_to('g-aunt')['delivery_id']}"
    assert alvarez.get(path).json["reason"] == "does_not_receive"
    assert site.as_("o-office", "office").get(path).status_code == 200
    assert site.as_("t-okafor", "teacher", "northgate").get(path).status_code == 404
    assert site.as_("o-other", "office", "northgate").get(path).status_code == 404


def test_a_message_that_did_not_arrive_ends_on_paper(site, alvarez, district):
    alvarez.post("/notifications/messages", json={"student_id": "s-mateo", "kind": "info", "text": "Trip."})
    district.settle()
    row = district.delivery_to("g-ana")
    query = f"?district=riverside&delivery={row['delivery_id']}"
    site.sms(STATUS, query=query, MessageSid=row["provider_ref"], MessageStatus="undelivered", ErrorCode="30005")
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "letter"
    assert [(d["error"], d["permanent"]) for d in district.told("delivery_failed")] == [("sms_30005", True)]


def test_a_signed_call_for_another_district_is_refused(site):
    assert site.sms(INBOUND, query="?district=elsewhere", From="+1", Body="2", MessageSid="S").status_code == 403


@pytest.mark.parametrize("language", ["ar", "es", "gu", "so", "vi"])
def test_a_guardian_reads_the_frame_of_every_page_in_a_language_of_theirs(site, language):
    english = json.loads((LOCALE / "en.json").read_text("utf-8"))
    words = json.loads((LOCALE / f"{language}.json").read_text("utf-8"))
    own = {key for key in english if key.startswith(("inbox.", "stop.")) or key in GUARDIANS_TITLES}
    assert own <= set(words) <= set(english)
    assert all(words[key].strip() and words[key] != english[key] for key in own - {"inbox.original"})
