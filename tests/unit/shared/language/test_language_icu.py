"""ICU messages: the same as ICU writes them, refused where ICU would hide a mistake, never lost on the way to a family."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.backing.state import REPOSITORY
from shared.language.icu import message
from shared.language.icu_nodes import MessageError
from shared.language.icu_parse import parse
from shared.language.templates import has_forms, params_of, template

BUS = "{minutes, plural, =0 {on time} one {# minute late} other {# minutes late}}"
CHICAGO = ZoneInfo("America/Chicago")


def test_every_message_is_written_as_icu_writes_it() -> None:
    """Plurals and ordinals of 28 languages, offsets, apostrophes, selects, numbers: outputs recorded from ICU itself."""
    recorded = json.loads((REPOSITORY / "tests" / "data" / "icu" / "messages.json").read_text("utf-8"))
    assert len(recorded["cases"]) > 900
    different = [
        (language, text, values, expected, ours)
        for language, text, values, expected in recorded["cases"]
        if (ours := message(text, language).format(values)) != expected
    ]
    assert different == []


@pytest.mark.parametrize(
    ("language", "number", "said"),
    [
        ("ru", 1, "1 минуту"), ("ru", 3, "3 минуты"), ("ru", 11, "11 минут"), ("ru", 21, "21 минуту"), ("ru", 25, "25 минут"),
        ("ar", 2, "دقيقتين"), ("ar", 7, "7 دقائق"), ("ar", 15, "15 دقيقة"), ("ar", 100, "100 دقيقة"),
        ("fr", 0, "0 minute"), ("fr", 2, "2 minutes"), ("ht", 1, "1 minit"), ("ht", 5, "5 minit"), ("ko", 5, "5분"),
    ],
)  # fmt: skip
def test_the_catalogues_bus_is_late_in_the_grammar_of_its_reader(language: str, number: int, said: str) -> None:
    from services.translation.catalogue import load

    wording = load().find("emergency.bus", language)
    assert wording is not None
    values = {"school": "Greenview", "bus": "12", "minutes": str(number)}
    text = template(wording.text, language).fill(values, zone=CHICAGO, write=lambda value, how, zone: str(value))
    assert f" {said}" in text.replace("\u2068", "").replace("\u2069", ""), text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not a name"), ("{}", "not a name"), ("{name", "neither } nor ,"), ("{n, plural}", "no , where"),
        ("{n, plural, one {x}}", "no form `other`"), ("{n, plural, several {x} other {y}}", "unknown plural word"),
        ("{n, plural, one {a} one {b} other {c}}", "same form twice"), ("{n, plural, =x {a} other {b}}", "not a number"),
        ("{n, colour}", "unknown type"), ("{g, select, other {x}", "not the word"), ("{n, plural, other {x", "ends inside a form"),
        ("{n, number, 'x}", "ends inside a style"), ("{g, select, a {x}}", "no form `other`"), ("x" * 20_001, "characters"),
        ("{a,select,other{" * 40, "forms inside forms"), ("{n, number, ::scientific}", "number style"), ("{d, date, jj}", "no date has"), ("{d, date, ::@}", "no skeleton"),
    ],
)  # fmt: skip
def test_a_broken_message_says_what_is_wrong_and_what_to_do(text: str, says: str) -> None:
    with pytest.raises(MessageError) as refused:
        message(text, "en")
    assert says in refused.value.message
    assert refused.value.remedy
    assert len(str(refused.value)) < 250


def test_forms_inside_forms_choose_by_every_value() -> None:
    text = "{g, select, few {{n, plural, one {# child} other {# children}}} other {{n, plural, one {one} other {# of many}}}}"
    assert message(text, "en").format({"g": "few", "n": 1}) == "1 child"
    assert message(text, "en").format({"g": "few", "n": 3}) == "3 children"
    assert message(text, "en").format({"g": "?", "n": 40}) == "40 of many"
    assert message("{n, plural, other {{g, select, a {# x} other {y}}}}", "en").format({"n": 4, "g": "a"}) == "4 x"


@pytest.mark.parametrize(
    ("language", "text", "values", "said"),
    [
        ("en", "{d, date, long}", {"d": date(2026, 10, 2)}, "October 2, 2026"),
        ("es", "{d, date, full}", {"d": "2026-10-02"}, "viernes, 2 de octubre de 2026"),
        ("ht", "{d, date, ::yMMMMd}", {"d": "2026-10-02"}, "2 oktòb 2026"),
        ("hmn", "{d, date, ::MMMMd}", {"d": "2026-10-02"}, "2 Lub Kaum Hli"),
        ("en", "{t, time, short}", {"t": datetime(2026, 10, 2, 22, 30, tzinfo=UTC)}, "5:30 PM"),
        ("es", "{t, time, ::jmm}", {"t": "2026-10-02T22:30:00+00:00"}, "17:30"),
        ("en", "{t, time, ::jmm}", {"t": "2026-10-02T22:30:00+00:00"}, "5:30 PM"),
        ("en", "{t, date, ::yMMMdjm}", {"t": "2026-10-02T22:30:00+00:00"}, "Oct 2, 2026, 5:30 PM"),
        ("ko", "{t, time, short}", {"t": "2026-10-02T22:30:00+00:00"}, "PM 5:30"),
        ("en", "{n, number, percent}", {"n": Decimal("0.64")}, "64%"),
        ("fr", "{n, number}", {"n": 12345.5}, "12 345,5"),
        ("hi", "{n, number}", {"n": 1234567}, "12,34,567"),
        ("ar", "{n, number}", {"n": 1234}, "\u20681,234\u2069"),
    ],
)
def test_dates_and_numbers_are_the_languages_own_in_digits_that_everybody_has(
    language: str, text: str, values: dict[str, object], said: str
) -> None:
    assert message(text, language).format(values, zone=CHICAGO) == said


def test_a_missing_or_wrong_value_is_an_error_unless_the_text_has_to_go() -> None:
    for values in (
        {},
        {"minutes": "soon"},
        {"minutes": "1e999999999"},
        {"minutes": 10**40},
        {"minutes": "nan"},
        {"minutes": []},
    ):
        with pytest.raises(MessageError, match="MESSAGE_VALUE"):
            message(BUS, "en").format(values)
    assert message(BUS, "en").format({}, lenient=True) == "{minutes} minutes late"
    assert message("{g, select, a {x} other {y}}", "en").format({}, lenient=True) == "y"
    with pytest.raises(MessageError, match="not a date"):
        message("{d, date}", "en").format({"d": "soon"})


def test_a_plain_text_keeps_its_apostrophes_and_its_braces() -> None:
    written = template("It's {x}, l'{x}, '{x}', {no}, {", "en")
    said = written.fill({"x": "{y}"}, zone=CHICAGO, write=lambda value, how, zone: str(value))
    assert said == "It's {y}, l'{y}, '{y}', {no}, {"
    assert not has_forms("{x} {plural}") and has_forms(BUS)
    assert params_of(BUS + " {bus}") == {"minutes", "bus"}
    broken = "{n, plural, one {x} {link}"
    assert (
        template(broken, "en").fill({"link": "L"}, zone=CHICAGO, write=lambda value, how, zone: "")
        == "{n, plural, one {x} L"
    )


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="{}',# \nabnplural=0oneother日", max_size=60))
def test_whatever_is_written_is_read_or_refused_by_name(text: str) -> None:
    try:
        parse(text)
    except MessageError:
        return
    message(text, "ar").format({}, lenient=True)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_a_value_is_never_read_as_a_message(value: str) -> None:
    said = message("[{x}]", "en").format({"x": value})
    assert said.strip("[]\u2068\u2069") == value.strip("[]\u2068\u2069") or not value.isascii()
