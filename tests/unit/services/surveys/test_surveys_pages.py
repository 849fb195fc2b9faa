"""Pages work without JavaScript, in every language, within one packet; staff see what policy lets them see."""

from __future__ import annotations

import gzip
import json
import re
from datetime import timedelta

import pytest

from services.surveys.tables import CAMPAIGN, DRAFT, RESPONSE
from services.surveys.words import LOCALE
from tests.unit.services.surveys.surveyhouse import DISTRICT, DUE, GREEN, NORTH, SENT, House
from tests.unit.services.surveys.surveykinds import CONTENT, put_to

HTML = {"Accept": "text/html"}
LANGUAGES = ("en", "es", "so", "vi", "ar", "gu")


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_six_questions_says_why_and_fits_the_budget(sent: House, language: str) -> None:
    page = sent.anyone().get(f"{sent.link('g-ana')}?lang={language}")
    assert page.status_code == 200
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page.text
    assert page.text.count("<fieldset") == 6
    assert len(re.findall(r'name="\w+\.declined"', page.text)) == 6
    why = json.loads((LOCALE / f"{language}.json").read_text())["page.why"]
    assert page.text.count(why) == 6
    assert "<script>" not in page.text  # scripts are files of ours, and extra
    assert all('<script defer src="/surveys/' in line for line in page.text.splitlines() if "<script" in line)
    assert first_page_bytes(sent, page.text) < 14_000


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_shipped_survey_and_one_of_every_kind_open_within_the_budget(sent: House, language: str) -> None:
    names = sent.ports.library.names(DISTRICT)
    assert len(names) >= 7
    contents = {name: sent.ports.library.find(DISTRICT, name).content for name in names} | {"all_kinds": CONTENT}
    sizes = {}
    for name, content in contents.items():
        page = sent.anyone().get(f"{put_to(sent, content=content, round='budget')}?lang={language}")
        assert page.status_code == 200, name
        sizes[name] = first_page_bytes(sent, page.text)
    assert max(sizes.values()) < 14_000, sizes


def first_page_bytes(house: House, html: str) -> int:
    """What a telephone loads before the first answer can be given, as our server compresses it: page, style, scripts, icon."""
    files = re.findall(r'(?:href|src)="(/surveys/(?:assets|browser)/[^"]+)"', html)
    assert len(files) in (3, 4)  # with the conditions, where the survey has any
    answers = [house.anyone().get(file, headers={"Accept-Encoding": "gzip"}) for file in files]
    return len(gzip.compress(html.encode(), compresslevel=5)) + sum(len(answer.content) for answer in answers)


def test_the_page_speaks_the_guardians_language_and_names_their_children(sent: House) -> None:
    page = sent.anyone().get(sent.link("g-ana")).text
    assert '<html lang="es"' in page
    assert "Lucia" in page
    assert "Mateo" in page
    assert "viernes 11 septiembre, 17:00" in page
    assert 'href="?lang=gu"' in page


def test_a_form_is_sent_onwards_to_its_receipt_in_their_language(sent: House) -> None:
    form = {
        "contact_frequency": "twice_a_month", "mode": "phone", "mode.time": "18:00", "home_learning": ["reading", "homework"],
        "concern": "peers", "concern.about": "s-mateo", "concern.text": "come solo", "anything_else.declined": "1", "wish": "send",
    }  # fmt: skip
    posted = sent.anyone().post(f"{sent.link('g-ana')}?lang=es", form=form)
    assert posted.status_code == 303
    receipt = sent.anyone().get(posted.headers["Location"]).text
    for line in ("a partir de las 18:00", "como máximo: 2", "teléfono", "amistades", "no se vuelve a preguntar"):
        assert line in receipt
    assert "come solo" not in receipt
    changes = re.search(r'href="(/surveys/changes/[^"#]+)#available_after"', receipt)
    assert changes is not None
    assert 'value="18:00"' in sent.anyone().get(changes[1].replace("&amp;", "&")).text


def test_a_draft_is_kept_and_shown_and_has_no_effect(sent: House) -> None:
    saved = sent.anyone().post(sent.link("g-meera"), form={"mode": "phone", "mode.time": "17:15", "wish": "save"})
    assert saved.status_code == 303
    page = sent.anyone().get(saved.headers["Location"]).text
    assert 'value="phone" checked' in page
    assert 'value="17:15"' in page
    sent.anyone().post(sent.link("g-meera"), form={"contact_frequency": "weekly", "wish": "save"})
    assert set(sent.rows(DRAFT)[0].answers) == {"mode", "contact_frequency"}
    assert sent.rows(RESPONSE) == []
    assert sent.said("surveys.preference_changed") == []


def test_an_empty_form_is_shown_again_and_keeps_what_was_written(sent: House) -> None:
    again = sent.anyone().post(sent.link("g-george"), form={"wish": "send"})
    assert (again.status_code, 'role="alert"' in again.text) == (422, True)
    wrong = sent.anyone().post(sent.link("g-george"), form={"mode.time": "late", "anything_else.text": "She sings", "wish": "send"})
    assert wrong.status_code == 422
    assert "She sings" in wrong.text
    assert 'aria-invalid="true"' in wrong.text


def test_what_a_guardian_writes_is_shown_as_text_never_as_markup(sent: House) -> None:
    sent.anyone().post(sent.link("g-george"), form={"anything_else.text": "<script>alert(1)</script>", "wish": "save"})
    assert "<script>" not in sent.anyone().get(sent.link("g-george")).text


@pytest.mark.parametrize("path", ["/surveys/s/forged", "/surveys/preferences/forged"])
def test_a_link_that_is_not_ours_opens_nothing(sent: House, path: str) -> None:
    assert sent.anyone().get(path).status_code == 410
    assert sent.anyone().post(path, json={}).status_code == 410


def test_a_survey_link_does_not_open_preferences_and_dies_some_time_after_the_survey(sent: House) -> None:
    token = sent.link("g-ana").rpartition("/")[2]
    assert sent.anyone().get(f"/surveys/preferences/{token}").status_code == 410
    sent.advance(DUE + timedelta(days=38))
    assert "closed" not in sent.anyone().get(sent.link("g-ana")).text


def test_the_office_sees_how_a_survey_stands_and_no_answers(sent: House) -> None:
    sent.anyone().post(sent.link("g-george"), json={"answers": {"anything_else": {"text": "a secret"}}})
    page = sent.as_office().get(f"/surveys/assignments?school={GREEN}", headers=HTML)
    assert page.status_code == 200
    assert "Ana Rivera" in page.text
    assert "a secret" not in page.text
    counts = sent.as_office().get(f"/surveys/assignments?school={GREEN}").json["surveys"]["intake"]
    assert (counts["answered"], counts["open"]) == (1, 2)


def test_another_schools_office_and_a_teacher_are_refused_and_it_is_kept(sent: House) -> None:
    refused = sent.as_office((NORTH,)).get(f"/surveys/assignments?school={GREEN}")
    assert refused.status_code == 403
    viewed = sent.said("district.record_viewed")[-1].data
    assert (viewed["outcome"], viewed["viewer_id"], viewed["subject_id"]) == ("denied", "o-chen", GREEN)
    assert sent.as_staff().get(f"/surveys/assignments?school={GREEN}").status_code == 403
    other = sent.as_staff("t-okafor", schools=(NORTH,)).get("/surveys/students/s-riya")
    assert other.status_code == 403
    assignment = sent.assignment("g-meera").assignment_id
    body = {"via": "paper", "wish": "decline_all"}
    assert sent.as_office((NORTH,)).post(f"/surveys/assignments/{assignment}/answers", json=body).status_code == 403
    assert sent.rows(RESPONSE) == []


def test_the_office_types_in_a_paper_form(sent: House) -> None:
    assignment = sent.assignment("g-meera").assignment_id
    page = sent.as_office().get(f"/surveys/assignments/{assignment}/answers", headers=HTML)
    assert page.text.count("<fieldset") == 7
    form = {"via": "phone", "mode": "in_person", "wish": "send"}
    posted = sent.as_office().post(f"/surveys/assignments/{assignment}/answers", form=form)
    assert (posted.status_code, posted.headers["Location"]) == (303, f"/surveys/enter?done={assignment}")
    assert sent.rows(RESPONSE)[0].via == "phone"


def test_a_teacher_reads_what_their_students_family_said(sent: House) -> None:
    sent.anyone().post(sent.link("g-ana"), json={"answers": {"mode": {"values": ["phone"], "time": "18:00"}}})
    card = sent.as_staff().get("/surveys/students/s-mateo").json
    assert card["families"][0]["answers"] == [
        {"question": "How do you like to be reached, and from what time of day?", "declined": False, "chosen": ["By phone"],
         "text": None, "time": "18:00", "media": None, "language": "es"}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("person", "school", "audience", "status"),
    [
        ("t-alvarez", GREEN, {"class_id": "class-3a"}, 201),
        ("t-okafor", NORTH, {"class_id": "class-3a"}, 403),
        ("t-alvarez", GREEN, {"class_id": "class-alg1"}, 403),
        ("t-alvarez", GREEN, {"whole_school": True}, 403),
    ],
)
def test_a_teacher_starts_a_survey_with_their_own_class_only(
    sent: House, person: str, school: str, audience: dict[str, str], status: int
) -> None:
    body = {"survey": "family_story", "due_at": "2026-10-02T17:00", **audience}
    before = len(sent.rows(CAMPAIGN))
    assert sent.as_staff(person, schools=(school,)).post("/surveys/campaigns", json=body).status_code == status
    assert len(sent.rows(CAMPAIGN)) - before == (status == 201)


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"survey": "no_such"}, 400, "SURVEY_UNKNOWN"),
        ({"survey": "../../secrets"}, 400, "SURVEY_UNKNOWN"),
        ({"due_at": "2026-08-01T17:00"}, 409, "DUE_IN_PAST"),
        ({"class_id": "class-3a"}, 422, "INVALID"),
        ({"school": NORTH}, 422, "INVALID"),
    ],
)
def test_a_survey_that_cannot_be_started_is_refused_with_the_reason(
    sent: House, change: dict[str, str], status: int, code: str
) -> None:
    body = {"survey": "family_story", "whole_school": True, "due_at": "2026-10-02T17:00", **change}
    refused = sent.as_office().post("/surveys/campaigns", json=body)
    assert (refused.status_code, refused.json["code"]) == (status, code)


def test_an_office_asks_the_families_of_its_own_school_only(sent: House) -> None:
    body = {"survey": "family_story", "whole_school": True, "due_at": "2026-10-02T17:00"}
    before = len(sent.rows(CAMPAIGN))
    assert sent.as_office().post(f"/surveys/campaigns?school={NORTH}", json=body).status_code == 403
    assert len(sent.rows(CAMPAIGN)) == before
    assert sent.as_office().post("/surveys/campaigns", json=body).status_code == 201
    assert sent.rows(CAMPAIGN)[-1].school_id == GREEN


def test_what_is_said_about_one_child_is_not_read_by_the_teacher_of_another(sent: House) -> None:
    concern = {"values": ["peers"], "text": "she eats alone", "about": "s-lucia"}
    sent.anyone().post(sent.link("g-ana"), json={"answers": {"concern": concern}})
    assert "eats alone" not in sent.as_staff().get("/surveys/students/s-mateo").text
    okafor = sent.as_staff("t-okafor", schools=(NORTH,))
    assert "eats alone" in okafor.get("/surveys/students/s-lucia").text


def test_every_language_has_every_text_a_guardian_reads_with_the_same_placeholders() -> None:
    texts = {path.stem: json.loads(path.read_text("utf-8")) for path in LOCALE.glob("*.json")}
    wanted = {key: text for key, text in texts["en"].items() if not key.startswith("staff.")}
    assert set(texts) == set(LANGUAGES)
    for language, own in texts.items():
        for key, text in wanted.items():
            assert sorted(re.findall(r"{\w+}", own[key])) == sorted(re.findall(r"{\w+}", text)), (language, key)
