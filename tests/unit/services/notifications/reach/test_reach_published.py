"""What may be shown: small groups hidden in every view, words of association, formulas harmless."""

from __future__ import annotations

import csv
import io

import pytest
from pypdf import PdfReader

from services.notifications.domain.equity import switch
from services.notifications.domain.figures import Homes, Name
from services.notifications.reports import words
from services.notifications.reports.verb import english, tell
from shared.errors import HomeroomError
from tests.unit.services.notifications.reach.reachhouse import ReachHouse


@pytest.fixture
def peopled(house: ReachHouse) -> ReachHouse:
    """Greenview: 40 English homes of whom 24 wrote back, 20 Somali homes of whom 6 did, 4 Vietnamese; Northgate: 30 English."""
    for n in range(40):
        house.family(f"g-en{n}")
        house.send(f"g-en{n}")
    for n in range(20):
        house.family(f"g-so{n}", language="so")
        house.send(f"g-so{n}", channel="email")
        if n < 12:
            house.send(f"g-so{n}", channel="voice", state="delivered")
    for n in range(4):
        house.family(f"g-vi{n}", language="vi")
        house.send(f"g-vi{n}")
    for n in range(30):
        house.family(f"g-no{n}", school="northgate")
        house.send(f"g-no{n}", school="northgate")
    house.pass_time(hours=2)
    for n in range(24):
        house.reply(f"g-en{n}")
    for n in range(6):
        house.reply(f"g-so{n}")
    house.count()
    return house


def _told(house: ReachHouse, **how):
    with house.transaction() as uow:
        return tell(uow, **how)


def test_somali_homes_stand_beside_all_homes_with_n_and_the_channel_to_try(peopled: ReachHouse):
    told = _told(peopled)
    somali = next(one for one in told.report.tongues if one.language == "so")
    assert (somali.n, somali.reach, somali.reply) == (20, 100.0, 30.0)
    assert somali.reply_gap == pytest.approx(30.0 - 100 * 30 / 94)
    assert (somali.switch.to, somali.switch.n, somali.switch.instead_of) == ("voice", 12, "email")
    text = "\n".join(told.lines)
    assert "Somali" in text and "To try: voice call" in text and "Association, not cause" in text


def test_a_small_language_is_hidden_and_so_is_what_would_give_it_away(peopled: ReachHouse):
    for school in ("", "greenview"):
        tongues = {one.language: one for one in _told(peopled, school=school).report.tongues}
        assert tongues["vi"].hidden and tongues["vi"].n == 0
        assert any(one.hidden for language, one in tongues.items() if language != "vi")


def test_schools_are_told_with_their_figures_and_n(peopled: ReachHouse):
    lines = {line.name: line.figures for line in _told(peopled).report.lines}
    assert lines["Northgate"][Name.REACH].value == 100.0 and lines["Northgate"][Name.REACH].n == 30
    assert lines[""][Name.REPLY].n == 94
    assert "Families reached" in "\n".join(_told(peopled, school="northgate").lines)


def test_a_district_of_a_few_families_tells_nothing(house: ReachHouse):
    house.family("g-ana")
    told = _told(house)
    assert all(line.figures is None for line in told.report.lines)
    assert all(row["hidden"] and row["value"] is None and row["n"] is None for row in told.payload["figures"])
    assert told.report.ways == ()


def test_as_of_repeats_what_was_told(peopled: ReachHouse):
    before = _told(peopled)
    peopled.pass_time(days=1)
    peopled.reply("g-so19")
    assert _told(peopled).payload["figures"] != before.payload["figures"]
    again = _told(peopled, as_of=before.report.as_of)
    assert again.payload == before.payload and again.csv == before.csv


def test_an_unknown_school_is_named_with_those_there_are(house: ReachHouse):
    with pytest.raises(HomeroomError, match="no such school"):
        _told(house, school="elsewhere")


def test_the_csv_has_every_figure_with_its_definition(peopled: ReachHouse):
    rows = list(csv.DictReader(io.StringIO(_told(peopled).csv.decode("utf-8-sig"))))
    assert {row["table"] for row in rows} == {"schools", "channels", "languages"}
    assert all(row["definition"] and row["as_of"] for row in rows)
    hidden = [row for row in rows if row["hidden"] == "True"]
    assert hidden and all(row["value"] == row["n"] == "" for row in hidden)


def test_a_cell_that_would_be_a_formula_stays_text():
    table = words.as_csv([{"name": "=HYPERLINK(1)"}], columns=["name"])
    assert table.decode("utf-8-sig").splitlines()[1] == "'=HYPERLINK(1)"


def test_the_pdf_is_tagged_and_says_association(peopled: ReachHouse, tmp_path):
    pdf = tmp_path / "report.pdf"
    pdf.write_bytes(_told(peopled).pdf())
    reader = PdfReader(pdf)
    text = " ".join(page.extract_text() for page in reader.pages)
    assert "Association, not cause" in " ".join(text.split()) and "Somali" in text
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert reader.trailer["/Root"]["/Lang"] == "en"


def test_no_switch_is_named_for_a_few_points_or_a_few_homes():
    assert switch({"email": Homes(40, 40, 40, 10), "voice": Homes(20, 20, 20, 6)}) is None
    assert switch({"email": Homes(40, 40, 40, 4), "voice": Homes(9, 9, 9, 9)}) is None
    assert switch({"email": Homes(40, 40, 40, 4)}) is None
    found = switch({"email": Homes(40, 40, 40, 4), "voice": Homes(20, 20, 20, 10), "letter": Homes(90, 90, 90, 80)})
    assert (found.to, found.share, found.instead_of, found.other_share) == ("voice", 50.0, "email", 10.0)


def test_every_figure_has_a_name_and_a_definition_in_words():
    t = english()
    for name in Name:
        assert t(f"reach.name.{name.value}") != f"reach.name.{name.value}"
        assert "30" in t(f"reach.def.{name.value}", days=30) or name is Name.UNREACHED
