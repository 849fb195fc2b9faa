"""A long text by SMS: two lines, a page to hear and read it on, and the teacher sees that it was played (F16)."""

from __future__ import annotations

import re

import pytest

from services.notifications.handlers import calling, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import people
from services.notifications.tables import DELIVERY
from services.notifications.web import api
from shared.identity import Identity
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.notifications.voice.phones import Site
from tests.unit.services.notifications.world import CATALOGUE

LONG = "Riya worked well with others today and finished her project. " * 30  # 300 words


@pytest.fixture
def reader(district):
    site = Site(district)
    identity = Identity.build("k" * 40, mode="demo", secure=False)
    app = build_app(api, runtime=site, ports=district.ports, clock=site, identity=identity, mode="demo", sign_in_path=None)
    return SignedIn(app, identity, None)


@pytest.fixture(autouse=True)
def two_lines(monkeypatch):
    monkeypatch.setitem(CATALOGUE, "message.voice_note", "{school} has a message.\nListen or read: {link}")


def write(district, text: str = LONG, kind: str = "info") -> None:
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note(kind, text, "s-mateo"))
    district.settle()


def recorded(district, language: str = "es") -> None:
    message = district.rows(DELIVERY)[0]["message_id"]
    data = {"text_id": message, "content_version": 1, "language": language, "audio": "/translation/audio/abc", "seconds": 41}
    district.hear(calling.voice_rendered, district.event("translation.voice_rendered", **data))


def link_in(text: str) -> str:
    return re.search(r"https://homeroom\.example\.org(/notifications/listen/\S+)", text)[1]


def test_a_long_text_is_two_lines_and_a_link_by_sms_and_whole_by_email(district):
    write(district)
    (text,) = district.sms.to("+13125550111")
    assert len(text.body.splitlines()) == 2 and "Greenview" in text.body and link_in(text.body)
    assert "finished her project" in district.email.to("daniel@example.org")[0].body


@pytest.mark.parametrize(("end", "cut"), [("", True), (" https://homeroom.example.org/surveys/s/abc", False)])
def test_a_text_of_many_messages_is_cut_but_never_what_it_asks_for(district, end, cut):
    write(district, "Здравствуйте, дорогие родители. " * 16 + end)  # fewer than 120 words, more than six messages
    (letter,) = district.sms.to("+13125550111")
    assert (letter.link is not None) is cut
    if cut:
        assert "/notifications/listen/" in letter.link


def test_a_short_text_goes_as_it_is(district):
    write(district, "Mateo helped today.")
    assert "Mateo helped today." in district.sms.took[0].body


def test_the_page_has_the_words_and_once_there_is_one_the_recording(district, reader):
    write(district)
    path = link_in(district.sms.took[0].body)
    before = reader.get(path)
    assert "finished her project" in before.text and "<audio" not in before.text and 'lang="es"' in before.text
    assert reader.get(f"{path}/audio").status_code == 404
    recorded(district)
    after = reader.get(path)
    assert 'preload="none"' in after.text and "41 segundos" in after.text and "<script" not in after.text


def test_playing_it_is_seen_and_looking_at_the_page_is_not_playing(district, reader):
    write(district)
    recorded(district)
    path = link_in(district.sms.took[0].body)
    reader.get(path)
    district.settle()
    assert district.delivery_to("g-ana")["opened_at"] is None
    for _ in range(2):
        played = reader.get(f"{path}/audio")
        assert (played.status_code, played.headers["location"]) == (302, "/translation/audio/abc")
    district.settle()
    ana = district.delivery_to("g-ana")
    assert (ana["opened_how"], ana["opened_at"]) == ("played", district.now)
    assert len(district.told("message_opened")) == 1


def test_a_guardian_who_would_rather_be_called_hears_short_texts_too_where_there_is_a_recording(district):
    with district.transaction() as uow:
        people.save_preferences(
            uow.connection,
            [{"guardian_id": "g-ana", "version": 9, "channel_order": ["sms", "voice"], "contacts_per_month": None, "live_mode": None,
              "available_after": None, "quiet_start": "09:00", "quiet_end": "11:00", "timezone": None, "language": None}],
        )  # fmt: skip
    write(district, "Mateo helped today.")  # held: it is ten o'clock
    recorded(district)
    district.at(district.now.replace(hour=18))
    assert link_in(district.sms.to("+13125550111")[0].body)


def test_a_restriction_closes_the_page_too(district, reader):
    write(district)
    path = link_in(district.sms.took[0].body)
    district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=district.now.date(), ends_on=None, lifted=False, authority_ref="court",
    )  # fmt: skip
    assert reader.get(path).status_code == 404
    assert reader.get(f"{path}/audio").status_code == 404


def test_one_guardians_link_opens_no_others_message(district, reader):
    write(district)
    daniels = district.delivery_to("g-daniel")["delivery_id"]
    with district.transaction() as uow:
        forged = district.ports.link(
            "/notifications/listen", uow.district, "g-ana", purpose="listen", resource=daniels, now=uow.now
        )
    assert reader.get(forged.removeprefix("https://homeroom.example.org")).status_code == 404
