"""Letters as PDF: every shipped script, tagged, each on a sheet of its own."""

from __future__ import annotations

import io
import re
import subprocess
from typing import Any

import pypdf
import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifications.paper.letter import Copy, Letter, job, on_paper, read_job
from services.notifications.paper.render import render
from services.translation.catalogue import load
from shared.paper.binding import MASK
from shared.paper.printed import Printed
from tests.unit.services.notifications.paper.papermill import pages_of, text_of

LINK = "https://homeroom.example.org/notifications/inbox/abcDEF123"
ENGLISH = Copy("en", "Dear Lan,", "Bao read aloud today.", heading="The same letter in English")
# one pangram-like line per script: what the font must have, not what a letter would say
SCRIPTS = {
    "es": "¿Mañana habrá reunión? Sí: pingüino, ñandú.",
    "so": "Waxaad haysataa fariin cusub oo ku saabsan ilmahaaga.",
    "vi": "Kính gửi phụ huynh: buổi họp sẽ bắt đầu lúc 7 giờ rưỡi tối.",
    "ar": "ساعد باو اليوم تلميذا آخر في القراءة.",
    "gu": "બાઓએ આજે બીજા વિદ્યાર્થીને વાંચવામાં મદદ કરી.",
    "zh-Hans": "宝今天帮助另一位同学阅读。",
    "ru": "Сегодня Бао помог другому ученику.",
    "hi": "बाओ ने आज दूसरे छात्र की पढ़ने में मदद की।",
    "am": "ባኦ ዛሬ ሌላ ተማሪን ረድቷል።",
    "km": "ថ្ងៃនេះបាវបានជួយសិស្សម្នាក់ទៀត។",
    "my": "ဘအိုသည် ယနေ့ အခြားကျောင်းသားကို ကူညီခဲ့သည်။",
}


def letter(*copies: Copy, code: str = "A1-1.1", **changes: Any) -> Letter:
    given: dict[str, Any] = {
        "code": code, "name": "Lan Nguyen", "school": "Greenview", "date": "29 September 2026", "link": LINK,
        "copies": copies or (ENGLISH,), "office": "+1 312 555 0100",
    }  # fmt: skip
    return Letter(**given | changes)


def structure(pdf: bytes) -> list[tuple[str, str | None]]:
    """Every tag of the PDF in reading order with the language it names."""
    found: list[tuple[str, str | None]] = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((str(node["/S"]), str(node["/Lang"]) if "/Lang" in node else None))
            if "/K" in node:
                walk(node["/K"])

    walk(pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]["/StructTreeRoot"]["/K"])
    return found


@pytest.fixture(scope="module")
def every_script() -> Printed:
    letters = [letter(Copy(tag, "—", text), ENGLISH, code=f"S-{n}") for n, (tag, text) in enumerate(SCRIPTS.items())]
    return render(letters)


def test_no_script_lacks_a_font(every_script: Printed) -> None:
    listed = subprocess.run(["pdffonts", "-"], input=every_script.pdf, capture_output=True, check=True).stdout.decode()
    for font in ("Arabic", "Gujarati", "CJK", "Devanagari", "Ethiopic", "Khmer", "Myanmar"):
        assert font in listed, f"no Noto font for {font}"
    embedded = [line.split()[-5] for line in listed.splitlines()[2:]]
    assert set(embedded) == {"yes"}, "a font that is not in the file is a guess at the printer"


@pytest.mark.parametrize("language", ["es", "so", "vi", "zh-Hans", "ru"])
def test_words_come_back_out_of_the_file_as_they_went_in(every_script: Printed, language: str) -> None:
    place = list(SCRIPTS).index(language) + 1
    assert SCRIPTS[language].split()[0] in " ".join(text_of(every_script.pdf, place).split())


def test_a_character_that_no_font_has_is_named(every_script: Printed) -> None:
    assert every_script.missing == (), "a shipped script has a hole"
    assert render([letter(Copy("en", "Dear Lan,", "Bao \u0378"))]).missing == ("U+0378",)


def test_every_language_of_the_catalogue_has_the_words_around_a_letter() -> None:
    for language, wordings in load().wordings.items():
        for key in ("letter.dear_as", "letter.scan", "relation.grandmother"):
            assert key in wordings, f"{language} lacks {key}"


def test_it_is_tagged_and_each_section_says_its_language(every_script: Printed) -> None:
    root = pypdf.PdfReader(io.BytesIO(every_script.pdf)).trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert b"pdfuaid:part" in root["/Metadata"].get_object().get_data()
    spoken = [language for tag, language in structure(every_script.pdf) if tag == "/Sect"]
    assert spoken == [tag for language in SCRIPTS for tag in (language, "en")]


def test_arabic_runs_from_the_right() -> None:
    pdf = render([letter(Copy("ar", "—", "السلام عليكم"))]).pdf
    (word,) = re.findall(r'xMin="([\d.]+)"[^>]*>[^<]*عليكم', _boxes(pdf)) or re.findall(
        r'xMin="([\d.]+)"[^>]*>[^<]*مكيلع', _boxes(pdf)
    )
    assert float(word) > 300, "the first line ends at the left margin only when it is full"


def _boxes(pdf: bytes) -> str:
    return subprocess.run(["pdftotext", "-bbox", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()


def test_the_code_leads_to_the_familys_page() -> None:
    pdf = render([letter()]).pdf
    (image,) = (one for one in pypdf.PdfReader(io.BytesIO(pdf)).pages[0].images)
    drawn = image.image.convert("1")
    wanted = segno.make(LINK, error="m", micro=False, mask=MASK)
    side = len(wanted.matrix)
    step = drawn.width // side
    read = [[drawn.getpixel((x * step + step // 2, y * step + step // 2)) == 0 for x in range(side)] for y in range(side)]
    assert read == [[bool(cell) for cell in row] for row in wanted.matrix]


def test_every_letter_begins_on_a_front_when_both_sides_are_printed() -> None:
    long = Copy("en", "Dear Lan,", "\n\n".join(["Bao read aloud today. " * 12] * 14))
    letters = [letter(code="X-1"), letter(long, code="X-2"), letter(code="X-3")]
    once, both = render(letters), render(letters, duplex=True)
    assert once.pages[0] == once.pages[2] == 1 and once.pages[1] >= 2
    assert all(count % 2 == 0 for count in both.pages) and pages_of(both.pdf) == sum(both.pages)
    assert text_of(both.pdf, 2).strip() == "", "a back that nothing is on"
    assert "X-3" in text_of(both.pdf, both.pages[0] + both.pages[1] + 1)
    assert f"1/{once.pages[1]}" in text_of(once.pdf, 2), "pages count within a letter"


def test_strange_words_call_nobody_and_stay_words() -> None:
    rude = '<img src="https://tracker.example/x.png"><script>alert(1)</script> & "quoted"'
    pdf = render([letter(Copy("en", "Dear Lan,", rude))]).pdf
    said = " ".join(text_of(pdf).split())
    assert "<script>alert(1)</script>" in said and "tracker.example" in said


@given(st.text(max_size=200), st.text(max_size=40))
@settings(max_examples=50)
def test_a_job_arrives_at_the_press_as_it_was(text: str, name: str) -> None:
    sent = [letter(Copy("vi", name, text), ENGLISH, name=name)]
    assert read_job(job(sent, duplex=True)) == (sent, True)


@pytest.mark.parametrize(
    ("text", "paper"),
    [
        ("See https://x.example/a?b=c now", "See (code) now"),
        ("Original: http://x.example/abc\nBye", "Original: (code)\nBye"),
        ("No address", "No address"),
    ],
)
def test_addresses_give_way_to_the_code(text: str, paper: str) -> None:
    assert on_paper(text, "(code)") == paper
