"""Whether it is a translation at all; hostile and odd texts get an answer, in time."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.domain.checks import check_machine, holds, inspect, placed
from services.translation.domain.checks_script import right_to_left, scripts
from services.translation.domain.findings import Code, Severity
from services.translation.domain.protection import Kind, Token, TokenStyle, protect
from services.translation.domain.sentences import sentences
from shared.clock import monotonic

LONG = "Your child should bring a warm coat and water. We will walk to the park at noon. Thank you for your help."
LARGO = "Su hijo debería traer un abrigo y agua. Caminaremos al parque al mediodía. Gracias por su ayuda."


def held(source, translation, target="es"):
    findings = inspect(source, translation, languages=("en", target))
    return {finding.code for finding in findings if finding.severity is Severity.HOLDS}


def test_a_good_translation_is_released():
    assert held(LONG, LARGO) == set()


@pytest.mark.parametrize(
    ("translation", "code"),
    [
        ("", Code.EMPTY),
        ("\u200f \n", Code.EMPTY),
        ("Su hijo debería traer un abrigo y agua.", Code.OMISSION),
        ("Su hijo debería traer un abri", Code.OMISSION),
        (LARGO + " El autobús sale a la misma hora de siempre y los maestros acompañan a los niños.", Code.ADDITION),
        (LARGO + " ayuda ayuda ayuda ayuda", Code.REPETITION),
        (
            LARGO.replace("Gracias por su ayuda.", "por su su su ayuda por su ayuda por su ayuda por su ayuda"),
            Code.REPETITION,
        ),
        (LARGO + " Gracias por su ayuda.", Code.REPETITION),
        (LONG, Code.UNTRANSLATED),
        (LARGO.replace("Caminaremos al parque al mediodía.", "We will walk to the park at noon."), Code.UNTRANSLATED),
        (LARGO.replace("parque", "pаrque"), Code.SCRIPT),  # a Cyrillic letter
        ("당신의 자녀는 따뜻한 외투와 물을 가져와야 합니다. 정오에 공원으로 걸어갑니다. 감사합니다.", Code.SCRIPT),
        ("\u202e" + LARGO, Code.BIDI),
        (LARGO.replace("agua", "\u2067agua"), Code.BIDI),
        (LARGO.replace("agua", "ag\u00adua"), Code.HIDDEN),
        (LARGO.replace("agua", "ag\U000e0041ua"), Code.HIDDEN),
        (LARGO.replace("Su hijo", "Su estúpido hijo"), Code.ABUSE),
    ],
)
def test_what_is_no_whole_translation_is_held(translation, code):
    assert code in held(LONG, translation)


@pytest.mark.parametrize(
    ("source", "translation", "target"),
    [
        ("OK", "OK", "es"),
        ("🎉 Great job, Leo! 🎉", "🎉 ¡Muy bien, Leo! 🎉", "es"),
        ("No, no, no!", "¡No, no, no!", "es"),
        ("2", "2", "es"),
        ("", "", "es"),
        ("Good news.", "Haber ñuṣka.", "qu"),
        ("Ha ha ha ha!", "¡Ja ja ja ja!", "es"),
    ],
)
def test_short_odd_and_repeating_texts_may_be_right(source, translation, target):
    assert not held(source, translation, target)


def test_scripts_come_from_the_language_and_from_the_tag():
    assert scripts("zh-Hant") == scripts("zh") == {"Hani"}
    assert scripts("sr-Latn") == {"Latn"} and scripts("ko") == {"Hang", "Hani"}
    assert scripts("tlh-Piqd") == {"Piqd"} and scripts("qqq") == frozenset()
    assert right_to_left("ar") and right_to_left("ur-PK") and not right_to_left("az")


def test_a_latin_piece_in_a_text_from_the_right_is_isolated_and_still_found():
    token = Token(Kind.NAME, "Ms Alvarez", "PH0X")
    assert placed(token, source="en", target="ar") == "\u2068Ms Alvarez\u2069"
    assert placed(token, source="en", target="es") == "Ms Alvarez"
    protected = protect("Ms Alvarez is here.", names=["Ms Alvarez"], style=TokenStyle.PH, source="en")
    text = protected.restore("PH0X هنا.", lambda each: placed(each, source="en", target="ar"))
    checks = check_machine(protected, "Ms Alvarez is here.", text, languages=("en", "ar"), unknown=0.0)
    assert checks.passed, checks


def test_a_piece_that_a_repair_has_touched_is_noticed():
    protected = protect("Bring $12.50 to Mr. Lee.", names=["Mr. Lee"], style=TokenStyle.PH, source="en")
    wrong = "Traiga $12.50 a Mr Lee."
    checks = check_machine(protected, "Bring $12.50 to Mr. Lee.", wrong, languages=("en", "es"), unknown=0.0)
    assert not checks.passed and "name" in checks.reasons


def test_no_half_of_the_day_reaches_an_engine():
    for text in ("9 to 11 AM", "in the PM", "at 9:00 A.M.", "8 am"):
        masked = protect(text, names=(), style=TokenStyle.PRIVATE, source="en").masked
        assert not {"am", "pm", "a.m."} & set(masked.lower().split()), text
    assert protect("I AM HERE", names=(), style=TokenStyle.PH, source="en").masked == "I AM HERE"


def test_sentences_end_where_they_end_in_any_script():
    text = "Mr. Lee comes at 5:30 p. m. on Friday. Bring $3.50! ¿Sí? 今天。明天！ આજે. كيف؟ نعم."
    assert len(sentences(text)) == 8
    assert sentences("...") == () and sentences("") == ()


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "a ", "1 ", "no ", "{", "<b ", "\u2067", "p.m. ", "не ", "不", "must not ", "a'a", "1:1", "@", "x-", ".", "!?", " "],
)
def test_a_text_made_to_be_slow_is_checked_in_time_that_grows_with_its_length(piece):
    text = (piece * 10_000)[:10_000] + "z"
    inspect("Hello.", "Hola.", languages=("en", "es"))
    begun = monotonic()
    inspect(text, text[::-1], languages=("en", "es"))
    assert monotonic() - begun < 3.0


def test_a_text_too_long_to_look_at_goes_to_a_person():
    assert holds(inspect("a" * 30_000, "b", languages=("en", "es")))


@settings(max_examples=60)
@given(st.text(max_size=100), st.text(max_size=100), st.sampled_from(["es", "ar", "zh-Hans", "so", "xx", ""]))
def test_any_two_texts_get_findings_whose_places_exist(source, translation, target):
    for finding in inspect(source, translation, languages=("en", target)):
        assert 0 <= finding.span[0] <= finding.span[1]
