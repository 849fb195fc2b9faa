"""Pages of rhythm and balance, through the built app: each thing on Today is done in three taps or fewer."""

from __future__ import annotations

import base64
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from falcon import testing

from services.notifications.domain.inbound import Inbound
from services.notifications.handlers import alerting, guides, listening, media, meetings, nudges, welcome
from services.notifications.handlers.tasks import task
from services.notifications.store import briefs, conversation, ledger
from services.notifications.store import rhythm as store
from services.notifications.tables import DELIVERY, TASK
from services.notifications.tables.rhythm import BRIEF, GUIDE, LIVE_MISSING, LOAD, MEDIA, MEDIA_TAG, NUDGE
from shared.messaging.uow import DueItem
from shared.store import insert_rows
from tests.unit.services.notifications.rhythm.test_balance_flow import grade, night, send, signal
from tests.unit.services.notifications.rhythm.test_rhythm_rules import jpeg, segment
from tests.unit.services.notifications.test_notifications_web import Site

TODAY = "/notifications/today"
FAMILY = "/notifications/family/s-mateo"


@pytest.fixture
def site(district):
    return Site(district)


class Teacher:
    """Signs in anew for every page: tests let weeks pass."""

    def __init__(self, site):
        self.site = site

    def get(self, *args, **kwargs):
        return self.site.as_("t-alvarez", "teacher").get(*args, **kwargs)

    def post(self, *args, **kwargs):
        return self.site.as_("t-alvarez", "teacher").post(*args, **kwargs)


@pytest.fixture
def alvarez(site):
    return Teacher(site)


def press(client, page, label):
    """Follow the form or the link that carries the label, with the fields it has."""
    for action, inside in re.findall(r'<form method="post" action="([^"]+)">(.*?)</form>', page, re.S):
        if f">{label}</button>" in inside:
            fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inside))
            return client.post(action, form={name: value for name, value in fields.items() if name != "_csrf"} or {"x": "1"})
    href = re.search(rf'<a class="button" href="([^"]+)">{label}</a>', page)
    assert href, f"no button {label}"
    return client.get(href[1].replace("&amp;", "&"))


def cards(client):
    return re.findall(r'<li class="card"><h2>(.*?)</h2>', client.get(TODAY).text)


def miss(district, texts=9):
    with district.transaction() as uow:
        store.save_live_missing(uow.connection, "greenview", [{
            "student_id": "s-mateo", "term_id": "t1", "school_id": "greenview", "guardian_id": "g-ana", "text_count": texts,
            "since": date(2026, 12, 1),
        }])  # fmt: skip


def test_an_empty_today_says_so(alvarez):
    assert "Nothing needed." in alvarez.get(TODAY).text and cards(alvarez) == []


def test_a_fourth_concern_asks_for_good_news_once_and_then_goes(alvarez, district):
    for _ in range(3):
        send(district, "concern")
    before = len(district.rows(DELIVERY))
    form = {"student_id": "s-mateo", "kind": "concern", "text": "A fourth sheet is unfinished."}
    asked = alvarez.post("/notifications/messages", form=form)
    assert asked.status_code in (200, 201) and "No good news yet: add one?" in asked.text
    assert "0 good, 3 concerns; the school aims at 3 to 1." in asked.text
    assert "A fourth sheet is unfinished." in asked.text and len(district.rows(DELIVERY)) == before, "nothing is lost or sent"
    assert alvarez.post("/notifications/messages", form={**form, "seen": "true"}).status_code == 303
    assert len(district.rows(DELIVERY)) == before + 2


def test_the_warning_names_the_day_of_the_last_good_news(alvarez, district):
    district.now = datetime(2026, 9, 2, 15, 0, tzinfo=UTC)
    send(district, "positive", category="kindness")
    district.now = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
    assert "No good news since Wed 2 Sep: add one?" in alvarez.get("/notifications/compose?student_id=s-mateo&kind=concern").text


def test_a_program_that_writes_is_not_asked(alvarez, district):
    note = {"student_id": "s-mateo", "kind": "concern", "text": "Three sheets are unfinished."}
    assert alvarez.post("/notifications/messages", json=note).status_code == 201


def test_good_news_due_is_done_in_three_taps(alvarez, district):
    for _ in range(3):
        send(district, "concern")
    night(district)
    page = alvarez.get(TODAY).text
    assert "Good news is due for Mateo Rivera" in page and "0 good, 3 concerns" in page
    note = press(alvarez, page, "Write good news").text  # 1
    assert re.search(r'name="kind" value="positive" checked', note) and '<option value="s-mateo" selected>' in note
    form = {"student_id": "s-mateo", "kind": "positive", "category": "kindness"}  # 2: a strength
    assert alvarez.post("/notifications/messages", form=form).status_code == 303  # 3: send
    assert "Good news is due" not in alvarez.get(TODAY).text


def test_silence_about_a_failing_grade_is_a_card_that_leads_to_a_word_about_it(alvarez, district):
    district.now = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)
    district.hear(alerting.grade_recorded, grade(district, 60.0))
    night(district, datetime(2026, 11, 4, 8, 30, tzinfo=UTC))
    page = alvarez.get(TODAY).text
    assert "Algebra is failing, and the home has not heard" in page
    assert re.search(r'name="kind" value="concern" checked', press(alvarez, page, "Write to the home").text)


def test_a_home_nobody_has_spoken_with_comes_with_ten_minutes_and_one_tap_ends_it(alvarez, district):
    district.hear(
        meetings.availability_published,
        district.event(
            "scheduling.availability_published", staff_id="t-alvarez", version=1, modes=["phone"], reply_within_school_days=1,
            windows=[{"weekday": "wed", "start": "15:30", "end": "16:30"}],
        ),
    )  # fmt: skip
    miss(district)
    page = alvarez.get(TODAY).text
    assert "Nobody has spoken with Mateo Rivera&#39;s home this term (9 messages)" in page
    assert "Ten minutes: Wed 30 Sep, 3:30" in page
    assert press(alvarez, page, "I have called").status_code == 303
    assert district.rows(LIVE_MISSING) == [] and cards(alvarez) == []


def test_a_call_is_written_down_from_the_family_page_and_only_with_a_guardian_of_the_child(site, alvarez, district):
    miss(district)
    page = alvarez.get(FAMILY).text
    assert "Nobody has spoken with this home this term." in page
    assert alvarez.post(f"{FAMILY}/contacts", form={"guardian_id": "g-ana", "mode": "video"}).status_code == 303
    assert "this term." not in alvarez.get(FAMILY).text
    assert alvarez.post(f"{FAMILY}/contacts", form={"guardian_id": "g-other", "mode": "video"}).status_code == 404
    assert alvarez.post(f"{FAMILY}/contacts", form={"guardian_id": "g-ana", "mode": "pigeon"}).status_code == 422
    stranger = site.as_("t-okafor", "teacher", "northgate")
    assert stranger.post(f"{FAMILY}/contacts", form={"guardian_id": "g-ana", "mode": "phone"}).status_code == 403


def test_strengths_stand_on_the_family_page_and_go_into_a_conference_brief(site, alvarez, district):
    send(district, "positive", "Carried the blocks without being asked.", "kindness")
    told = alvarez.get("/notifications/strengths/s-mateo").json
    assert [example["text"] for example in told["examples"]["kindness"]] == ["Carried the blocks without being asked."]
    assert told["unnoticed"] == ["academic", "social", "emotional", "creative", "leadership"]
    fragment = alvarez.get("/notifications/strengths/s-mateo?fragment=true").text
    assert fragment.startswith("<section") and "Kindness (1)" in fragment and "Nobody has noticed yet: Learning" in fragment
    card = alvarez.get(FAMILY).text
    assert "Carried the blocks" in card and "Your notes in the last 30 days: 1 good, 0 concerns." in card
    assert site.as_("t-okafor", "teacher", "northgate").get("/notifications/strengths/s-mateo").status_code == 403


def test_a_nudge_is_sent_or_binned_and_belongs_to_its_teacher(site, alvarez, district):
    district.hear(nudges.signal_recorded, signal(district))
    page = alvarez.get(TODAY).text
    assert "Mateo Rivera: 2 pieces of work missing in 7 days" in page and "Small now, easy to fix." in page
    draft = press(alvarez, page, "See the draft").text
    assert "Could you ask Mateo tonight" in draft
    (row,) = district.rows(NUDGE)
    other = site.as_("t-okafor", "teacher", "northgate")
    assert other.post(f"/notifications/nudges/{row['nudge_id']}/bin", form={"x": "1"}).status_code == 404
    assert "Could you ask" not in other.get(f"/notifications/compose?nudge={row['nudge_id']}").text
    form = {"student_id": "s-mateo", "kind": "info", "text": "My own words about it.", "nudge": row["nudge_id"]}
    alvarez.post("/notifications/messages", form=form)
    assert [row["settled_how"] for row in district.rows(NUDGE)] == ["sent"] and cards(alvarez) == []
    district.hear(nudges.signal_recorded, signal(district, revision=9))
    assert press(alvarez, alvarez.get(TODAY).text, "Bin it").status_code == 303
    assert cards(alvarez) == []


def test_what_a_family_wrote_is_first_and_a_gap_comes_after(alvarez, district):
    night(district, datetime(2026, 10, 5, 7, 30, tzinfo=UTC))
    district.now = datetime(2026, 10, 5, 15, 0, tzinfo=UTC)
    with district.transaction() as uow:
        listening.received(uow, district.ports, Inbound("sms", "SM1", "Is the trip on?", uow.now, sender="+13125550111"))
    assert cards(alvarez) == ["Ana Rivera has written", "Mateo Rivera&#39;s home has not heard from you"]


def test_a_conversation_given_to_the_office_is_on_the_offices_today_and_off_the_teachers(site, alvarez, district):
    with district.transaction() as uow:
        listening.received(uow, district.ports, Inbound("sms", "SM1", "Is the trip on?", uow.now, sender="+13125550111"))
        conversation.change_threads(uow.connection, ["g-ana"], {"shared_with": "o-office"})
    assert cards(alvarez) == [] and cards(site.as_("o-office", "office")) == ["Ana Rivera has written"]


def test_a_task_goes_to_the_office_with_one_tap_and_nobody_elses_task_does(site, alvarez, district):
    with district.transaction() as uow:
        ledger.save_tasks(uow.connection, [
            task(uow, "t-1", staff_id="t-alvarez", kind="call_instead", school_id="greenview", student_id="s-mateo", due_at=uow.now),
        ])  # fmt: skip
    office = site.as_("o-office", "office")
    assert site.as_("t-okafor", "teacher", "greenview").post("/notifications/tasks/t-1/share", form={"x": "1"}).status_code == 404
    assert press(alvarez, alvarez.get(TODAY).text, "Give to the office").status_code == 303
    assert cards(alvarez) == [] and len(cards(office)) == 1
    assert sorted((row["staff_id"], row["closed_at"] is None) for row in district.rows(TASK)) == [("o-office", True), ("t-alvarez", False)]


def carry(district, band):
    with district.transaction() as uow:
        insert_rows(uow.connection, LOAD, [{
            "staff_id": "t-alvarez", "school_id": "greenview", "week_on": date(2026, 9, 28), "open_threads": 41, "after_hours": 6, "band": band,
        }])  # fmt: skip


def test_under_a_heavy_load_what_is_easy_waits_and_nobody_who_asked_does(alvarez, district):
    district.hear(nudges.signal_recorded, signal(district))
    with district.transaction() as uow:
        ledger.save_tasks(uow.connection, [task(uow, "t-1", staff_id="t-alvarez", kind="concern", student_id="s-mateo", due_at=uow.now)])
    carry(district, "heavy")
    page = alvarez.get(TODAY).text
    assert cards(alvarez) == ["A concern from Mateo Rivera&#39;s home"] and "1 easy things wait" in page


def test_the_principal_sees_load_by_name_and_teachers_and_other_schools_do_not(site, alvarez, district):
    carry(district, "heavy")
    page = site.as_("p-1", "principal").get("/notifications/load").text
    assert "Elena Alvarez" in page and "Heavy" in page and "41" in page
    assert "Alvarez" not in site.as_("p-2", "principal", "northgate").get("/notifications/load").text
    assert alvarez.get("/notifications/load").status_code == 403


def test_a_brief_of_180_words_must_be_trimmed_and_is_kept(alvarez, district):
    district.now = datetime(2026, 10, 2, 15, 0, tzinfo=UTC)
    assert "Brief for Fri 2 Oct, 3:40" in alvarez.get(TODAY).text
    answer = alvarez.post("/notifications/brief", form={"class_id": "class-t-alvarez", "text": "word " * 180, "ready": "true"})
    assert "180 words: please trim 60. Your text is kept." in answer.text
    assert "word word" in alvarez.get("/notifications/brief").text
    assert "A draft is there" in alvarez.get(TODAY).text
    answer = alvarez.post("/notifications/brief", form={"class_id": "class-t-alvarez", "text": "word " * 120, "ready": "true"})
    assert "Ready: it goes on Fri 2 Oct, 3:40" in answer.text and "120 of 120 words." in answer.text
    assert cards(alvarez) == [] and [row["state"] for row in district.rows(BRIEF)] == ["ready"]
    assert alvarez.post("/notifications/brief", form={"class_id": "class-t-okafor", "text": "x"}).status_code == 404


def test_the_office_writes_the_newsletters_words(site, alvarez, district):
    office = site.as_("o-office", "office")
    assert "Goes on Thu 1 Oct, 4:00" in office.get("/notifications/newsletter").text
    assert "Ready" in office.post("/notifications/newsletter", form={"text": "The garden is open.", "ready": "true"}).text
    assert alvarez.get("/notifications/newsletter").status_code == 403


def test_the_welcome_page_counts_a_teachers_own_families(site, alvarez, district):
    assert "has not gone yet" in alvarez.get("/notifications/welcome").text
    district.now = datetime(2026, 8, 17, 14, 0, tzinfo=UTC)
    with district.transaction() as uow:
        welcome.welcome(uow, district.ports, [DueItem("welcome", "greenview/t1", uow.now, {}, 0)])
    district.settle()
    line = "Elena Alvarez: 1 reached, 0 by letter, of 1 families."
    assert line in alvarez.get("/notifications/welcome").text
    assert line in site.as_("o-office", "office").get("/notifications/welcome").text


def guide_path(district, guardian="g-ana"):
    district.hear(alerting.grade_recorded, grade(district, 64.0))
    row = next(row for row in district.rows(GUIDE) if row["guardian_id"] == guardian)
    link = district.ports.link(
        guides.PAGE, "riverside", guardian, purpose="guide", resource=row["guide_id"], now=district.now, language=row["language"]
    )
    return link.removeprefix("https://homeroom.example.org")


def test_a_family_reads_its_guide_and_says_how_it_goes_without_javascript(site, alvarez, district):
    path = guide_path(district)
    reader = testing.TestClient(site.app)
    page = reader.simulate_get(path).text
    assert "Pida a Mateo que explique" in page and "Es demasiado difícil" in page and "<script" not in page
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://falconframework.org"}
    answer = reader.simulate_post(path, body="answer=too_hard", headers=form).text
    assert "La escuela lo hará más fácil" in answer and "tres primeros ejercicios" in answer
    assert "the steps are too hard" in alvarez.get(TODAY).text
    assert "(too hard)" in alvarez.get(FAMILY).text
    assert reader.simulate_post(path, body="answer=never", headers=form).status_code == 422


def test_a_guides_link_is_its_familys_and_closes_with_a_restriction(site, district):
    path = guide_path(district)
    reader = testing.TestClient(site.app)
    (daniels,) = [row for row in district.rows(GUIDE) if row["guardian_id"] == "g-daniel"]
    stolen = district.ports.link(guides.PAGE, "riverside", "g-ana", purpose="guide", resource=daniels["guide_id"], now=district.now)
    assert reader.simulate_get(stolen.removeprefix("https://homeroom.example.org")).status_code == 404
    district.project(
        "district.contact_restricted", restriction_id="r", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=district.now.date(), ends_on=None, lifted=False, authority_ref="x",
    )  # fmt: skip
    assert reader.simulate_get(path).status_code == 404


def multipart(**fields):
    parts = []
    for name, value in fields.items():
        kind = '; filename="p.jpg"\r\nContent-Type: image/jpeg' if isinstance(value, bytes) else ""
        content = value if isinstance(value, bytes) else value.encode()
        parts.append(f'--edge\r\nContent-Disposition: form-data; name="{name}"{kind}\r\n\r\n'.encode() + content + b"\r\n")
    return {"body": b"".join(parts) + b"--edge--\r\n", "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}


PHOTO = {"kind": "photo", "class_id": "class-t-alvarez", "caption": "Rain gauges", "tagged": "s-mateo"}


def test_a_photo_goes_from_a_form_to_the_homes_only_with_consent_and_without_its_place(site, alvarez, district):
    taken = jpeg(segment(0xE1, b"Exif\0\0GPS"))
    assert alvarez.post("/notifications/media", **multipart(**PHOTO, content=taken)).status_code == 303
    (row,) = district.rows(MEDIA)
    assert bytes(row["content"]) == jpeg() and row["caption"] == "Rain gauges"
    path = f"/notifications/media/{row['media_id']}"
    assert alvarez.post(f"{path}/send", json={}).status_code == 409
    refused = alvarez.post(f"{path}/send", form={"x": "1"}).text
    assert "It cannot go: no photo consent for Mateo Rivera." in refused and "Mateo Rivera is not on it" in refused
    assert district.rows(DELIVERY) == []
    district.hear(media.consent_changed, district.event(
        "district.consent_changed", student_id="s-mateo", guardian_id="g-ana", revision=2, kind="photo", value=True
    ))  # fmt: skip
    assert "Sent to 2 guardians" in alvarez.post(f"{path}/send", form={"x": "1"}).text
    assert alvarez.post(f"{path}/send", form={"x": "1"}).status_code == 404, "once"
    link = district.ports.link(media.PAGE, "riverside", "g-ana", purpose="picture", resource=row["media_id"], now=district.now)
    path = link.removeprefix("https://homeroom.example.org")
    reader = testing.TestClient(site.app)
    page = reader.simulate_get(path)
    assert 'alt="Rain gauges"' in page.text and "Thu 29 Oct" in page.text
    shown = reader.simulate_get(path.replace("/picture/", "/picture-file/"))
    assert shown.content == jpeg() and shown.headers["content-type"] == "image/jpeg"
    district.now += timedelta(days=30)
    assert reader.simulate_get(path).status_code in (404, 410)


def test_untagging_takes_a_name_off_a_picture_of_ones_own(site, alvarez, district):
    alvarez.post("/notifications/media", **multipart(**PHOTO, content=jpeg()))
    (row,) = district.rows(MEDIA)
    path = f"/notifications/media/{row['media_id']}/untag"
    assert site.as_("t-okafor", "teacher", "northgate").post(path, form={"student_id": "s-mateo"}).status_code == 404
    assert alvarez.post(path, form={"student_id": "s-mateo"}).status_code == 303
    assert district.rows(MEDIA_TAG) == []


@pytest.mark.parametrize(("changes", "status"), [
    ({"content": b"GIF89a"}, 422), ({"class_id": "class-t-okafor"}, 404), ({"tagged": "s-stranger"}, 404), ({"kind": "gossip"}, 422),
])  # fmt: skip
def test_what_is_no_picture_or_anothers_class_is_refused_and_nothing_is_kept(alvarez, district, changes, status):
    answer = alvarez.post("/notifications/media", **multipart(**{**PHOTO, "content": jpeg(), **changes}))
    assert answer.status_code == status and district.rows(MEDIA) == []


def test_a_program_sends_a_picture_as_base64_and_a_torn_form_is_named(alvarez, district):
    body = {**PHOTO, "tagged": [], "content": base64.b64encode(jpeg()).decode()}
    assert alvarez.post("/notifications/media", json=body).status_code == 201
    assert alvarez.post("/notifications/media", json={**body, "content": "not base64!"}).json["code"] == "PICTURE_UNREADABLE"
    torn = {"body": b"--edge\r\nContent-", "headers": {"Content-Type": "multipart/form-data; boundary=edge"}}
    assert alvarez.post("/notifications/media", **torn).status_code == 400
    with district.transaction() as uow:
        assert len(briefs.media_of(uow.connection, "t-alvarez")) == 1
