"""Paper forms: every question in its order, the family's own code, tagged, from the right where the script is."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from collections.abc import Callable

import pypdf
import pytest
import segno

from services.surveys.domain.kinds import QuestionType
from services.surveys.handlers.life import by_code
from services.surveys.paper.press import PressFailed, press
from services.surveys.paper.sheet import Item, Shape, Sheet, job, read_job
from services.surveys.tables import ASSIGNMENT
from shared.paper.binding import MASK
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, NORTH, SENT, House
from tests.unit.services.surveys.surveykinds import CONTENT, LANGUAGES, QUESTIONS, put_to

WORDS = {"scan": "scan", "code": "Code", "pin": "PIN", "return": "by Friday", "call": "", "thanks": "Thank you"}


def a_sheet(**changed: object) -> Sheet:
    items = (Item("1.", Shape.BOXES, "How?", choices=("so", "or so"), decline="rather not"), Item("2.", Shape.LINES, "Why?", lines=30))
    plain = {"language": "en", "title": "T", "intro": "I", "school": "S", "link": "https://homeroom.example.org/surveys/s/x",
             "code": "AAAA-BBBB", "pin": "1234", "guardian": "G", "about": "A", "words": WORDS, "items": items}  # fmt: skip
    return Sheet(**{**plain, **changed})  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def printed(house: House, language: str) -> bytes:
    put_to(house, language=language)
    answer = house.as_office().get("/surveys/assignments/a-g-ana-all_kinds-r1/paper.pdf")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    return bytes(answer.content)


@pytest.mark.parametrize("language", ["en", "es", "so"])
def test_every_question_stands_on_paper_in_the_familys_language_and_in_order(sent: House, language: str) -> None:
    lines = text_of(printed(sent, language))
    text = re.sub(r"\s+", " ", lines)
    places = [text.find(question["text"][language]) for question in QUESTIONS]
    assert places == sorted(places)
    assert -1 not in places
    numbers = [int(found) for found in re.findall(r"^[ \f]*(\d+)\. ", lines, re.MULTILINE)]
    assert numbers == list(range(1, sum(question["type"] != QuestionType.NOTE for question in QUESTIONS) + 1))
    assert all(option["label"][language] in text for question in QUESTIONS for option in question.get("options", ()))
    assert all(row["label"][language] in text for question in QUESTIONS for row in question.get("rows", ()))


def test_arabic_runs_from_the_right_and_the_file_says_its_language(sent: House) -> None:
    pdf = printed(sent, "ar")
    root = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    assert root["/Lang"] == "ar"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    boxes = subprocess.run(["pdftotext", "-bbox", "-f", "1", "-l", "1", "-", "-"], input=pdf, capture_output=True, check=True)
    (right,) = re.findall(r'xMax="([\d.]+)"[^>]*>Greenview<', boxes.stdout.decode())
    assert float(right) > 540, "what begins a line stands at the right margin"


def test_the_code_on_paper_opens_that_familys_survey_and_the_square_its_page(sent: House) -> None:
    pdf = printed(sent, "en")
    code, pin = re.search(r"\b([0-9A-Z]{4}-[0-9A-Z]{4})\b", text_of(pdf)), re.search(r"PIN\s+(\d{4})", text_of(pdf))
    assert code is not None
    assert pin is not None
    with sent.unit() as uow:
        assert by_code(uow, sent.ports, code[1], pin[1]).assignment_id == "a-g-ana-all_kinds-r1"
    (square,) = (one.image.convert("1") for one in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images)
    row = next(row for row in sent.rows(ASSIGNMENT) if row.assignment_id == "a-g-ana-all_kinds-r1")
    token = sent.ports.survey_token(DISTRICT, row.assignment_id, "g-ana", due_at=row.due_at, language="en", school=GREEN)
    wanted = segno.make(sent.ports.survey_link(token), error="m", micro=False, mask=MASK)
    step = square.width // len(wanted.matrix)
    middle: Callable[[int], int] = lambda place: place * step + step // 2  # noqa: E731
    side = range(len(wanted.matrix))
    assert [[square.getpixel((middle(x), middle(y))) == 0 for x in side] for y in side] == [[bool(c) for c in r] for r in wanted.matrix]


def test_a_class_is_printed_in_one_go_each_family_its_own_and_answered_ones_no_more(sent: House) -> None:
    sent.anyone().post(sent.link("g-george"), json={"wish": "decline_all"})
    batch = sent.as_office().get(f"/surveys/paper.pdf?survey=intake&class_id=class-3a&school={GREEN}")
    text = text_of(batch.content)
    assert (text.count("Ana Rivera"), text.count("Meera Rivera"), text.count("George Rivera")) == (1, 1, 0)
    assert len(set(re.findall(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", text))) == 2


def test_another_schools_office_prints_nothing_and_a_boundary_empties_the_form(sent: House) -> None:
    path = f"/surveys/assignments/{sent.assignment('g-meera').assignment_id}/paper.pdf"
    assert sent.as_office((NORTH,)).get(path).status_code == 403
    assert sent.as_office((NORTH,)).get(f"/surveys/paper.pdf?survey=intake&school={GREEN}").status_code == 403
    assert sent.as_staff().get(path).status_code == 403
    sent.restrict("g-meera", "s-riya")
    assert sent.as_office().get(path).status_code == 404


def test_the_office_gets_no_link_to_what_a_family_has_answered(sent: House) -> None:
    path = f"/surveys/assignments/{sent.assignment('g-george').assignment_id}/paper.pdf"
    assert sent.as_office().get(path).status_code == 200
    sent.anyone().post(sent.link("g-george"), json={"wish": "decline_all"})
    assert sent.as_office().get(path).status_code == 404


def test_every_form_begins_on_a_front_and_counts_its_own_pages() -> None:
    once, both = press([a_sheet(), a_sheet(code="CCCC-DDDD")]), press([a_sheet(), a_sheet(code="CCCC-DDDD")], duplex=True)
    assert len(once.pages) == 2
    assert all(count % 2 == 0 for count in both.pages)
    assert f"CCCC-DDDD · 1/{once.pages[1]}" in text_of(once.pdf)
    assert once.missing == ()


def test_a_job_arrives_at_the_press_as_it_was() -> None:
    assert read_job(job([a_sheet()], duplex=True)) == ([a_sheet()], True)


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "import sys; sys.stdin.close(); sys.exit(1)"])
def test_a_press_that_breaks_says_so_and_how_to_go_on(code: str) -> None:
    with pytest.raises(PressFailed) as failed:
        press([a_sheet()], command=(sys.executable, "-c", code))
    assert "Try again" in failed.value.remedy


def test_words_of_strangers_stay_words() -> None:
    text = text_of(press([a_sheet(guardian="<img src=x> & {{ 7*7 }}")]).pdf)
    assert "<img src=x> & {{ 7*7 }}" in text


def test_the_definition_of_these_tests_has_every_kind() -> None:
    assert {question["type"] for question in QUESTIONS} == set(QuestionType)
    assert CONTENT["languages"] == list(LANGUAGES)


GREEN_THREADS = """
import eventlet; eventlet.monkey_patch()
from services.surveys.paper.press import press
from services.surveys.paper.sheet import Item, Shape, Sheet
words = {"scan": "", "code": "", "pin": "", "call": "", "thanks": "", "return": ""}
sheet = Sheet("en", "T", "I", "S", "https://homeroom.example.org", "AAAA-BBBB", "1", "G", "A", words, (Item("1.", Shape.LINES, "x", lines=9),))
others = []
def other():
    while True:
        others.append(1)
        eventlet.sleep(0.01)
eventlet.spawn(other)
printed = press([sheet])
print(printed.pdf[:5].decode(), len(others) > 5)
"""


def test_under_green_threads_the_press_is_waited_for_while_others_go_on() -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", GREEN_THREADS], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["%PDF-", "True"]
