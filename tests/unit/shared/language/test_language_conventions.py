"""How a language writes a date: CLDR's way, ours where CLDR has none, English names before anything made up."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.localedata import locale_identifiers

from shared.language.bidi import isolated, right_to_left, without_isolates
from shared.language.conventions import conventions
from shared.language.overrides_file import OverrideError
from shared.language.tags import normal, serving

FRIDAY = datetime(2026, 10, 2, 22, 30, tzinfo=UTC)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("tag", "origin", "said"),
    [
        ("en", "en.yaml", "Fri 2 Oct, 5:30 PM"), ("es", "cldr", "vie, 2 oct, 17:30"), ("zh", "cldr", "10月2日周五 17:30"),
        ("ht", "ht.yaml", "vandredi 2 okt, 5:30 PM"), ("mww", "hmn.yaml", "Hnub Friday, 2 Lub Kaum Hli, 5:30 PM"),
        ("mh", "mh.yaml", "Bōraide, 2 Oktoba, 5:30 PM"), ("chk", "chk.yaml", "Friday, 2 Oktopa, 5:30 PM"),
        ("sm", "sm.yaml", "Aso Faraile, 2 Oketopa, 5:30 PM"), ("ksw", "ksw.yaml", "မုၢ်ဖီဖး, 2 လါအီးကထိဘၢၣ်, 5:30 PM"),
        ("tl", "cldr", "Biy, Okt 2, 5:30 PM"), ("ht-US", "ht.yaml", "vandredi 2 okt, 5:30 PM"),
        ("zh-Hans-US", "cldr", "10月2日周五 17:30"), ("rhg", "none", "Fri 2 Oct, 5:30 PM"), ("??", "none", "Fri 2 Oct, 5:30 PM"),
    ],
)  # fmt: skip
def test_a_moment_is_written_as_its_reader_writes_it(tag: str, origin: str, said: str) -> None:
    how = conventions(tag)
    assert (how.origin, how.moment(FRIDAY, CHICAGO)) == (origin, said)


def test_no_language_of_cldr_gets_a_stand_in_for_a_month() -> None:
    languages = {identifier.split("_")[0] for identifier in locale_identifiers()} - {"root"}
    strange = {tag for tag in languages if re.search(r"M\d\d", conventions(tag).writer("::yMMMMd")(FRIDAY))}
    assert len(languages) > 200 and not strange


@pytest.mark.parametrize(
    "tag", ["", " ", "-", "x" * 5000, "en_US.UTF-8", "zz-Zzzz-ZZ-zzzz", "ar\u202e", "../../etc/passwd", "\x00"]
)
def test_any_tag_of_a_roster_is_served(tag: str) -> None:
    assert conventions(tag).day(FRIDAY)


def test_a_language_is_added_by_a_file_alone(tmp_path: Path) -> None:
    months = ", ".join(f"Moon{number}x" for number in range(1, 13))
    days = "A, B, C, D, Fifthday, F, G"
    (tmp_path / "xkk.yaml").write_text(
        f"language: xkk\nalso: [xkl]\nmonths: [{months}]\ndays: [{days}]\nplural: {{one: n is 1}}\n"
        "direction: rtl\npatterns: {day: 'EEEE d MMMM', 'time.short': 'HH.mm'}\n",
        "utf-8",
    )
    how = conventions("xkl-US", tmp_path)
    assert (how.moment(FRIDAY, CHICAGO), how.rtl, how.counted) == ("Fifthday 2 Moon10x, 17.30", True, {"one", "other"})
    assert conventions("xkk").origin == "none"


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("months: [one, two]\n", "bad.yaml:months"), ("monhts: []\n", "bad.yaml:monhts"), ("[", "bad.yaml"), ("", "bad.yaml"),
        ("days: [1, 2, 3, 4, 5, 6, 7]\n", "bad.yaml:days"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, content: str, where: str) -> None:
    (tmp_path / "bad.yaml").write_text(content, "utf-8")
    with pytest.raises(OverrideError) as refused:
        conventions("en", tmp_path)
    assert refused.value.where == where and refused.value.remedy


def test_a_rosters_code_is_made_a_tag_and_a_script_is_never_swapped() -> None:
    assert [normal(tag) for tag in ("ES_mx", "zh", "tl-PH", "hat", "zh_TW", "prs")] == [
        "es-MX",
        "zh-Hans",
        "fil-PH",
        "ht",
        "zh-Hant",
        "fa-AF",
    ]
    assert serving("zh-TW", ["zh-Hans"]) is None and serving("fil-PH", ["fil"]) == "fil"


def test_what_runs_against_the_line_is_isolated_and_nothing_else() -> None:
    assert isolated("Elena", rtl=False) == "Elena" and isolated("Nguyễn", rtl=False) == "Nguyễn"
    assert isolated("فاطمة", rtl=False) == "\u2068فاطمة\u2069" and isolated("فاطمة", rtl=True) == "فاطمة"
    assert isolated("+1 555-0100", rtl=True) == "\u2068+1 555-0100\u2069" and isolated("64", rtl=True) == "64"
    assert isolated("https://h.example/l/x", rtl=True) == "https://h.example/l/x"
    assert isolated("Ana\u202e\u2069", rtl=False) == "\u2068Ana\u2069", (
        "a mark that is never closed would turn the rest round"
    )
    assert isolated("one\ntwo", rtl=True) == "\u2068one\u2069\n\u2068two\u2069", "an isolate ends with its line"
    assert without_isolates("\u2068a\u2069") == "a"
    assert [right_to_left(tag) for tag in ("ar-EG", "ps", "az-Arab", "ku-Latn", "en", "ur-Latn")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]
