"""Which language a reply is in: the script first, then the letters, with the declared language as prior."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.langid import Guess, identify, languages

SHORT = [
    ("si", "es"),
    ("cam on co", "vi"),
    ("shukriya", "ur"),
    ("mahadsanid", "so"),
    ("mèsi anpil", "ht"),
    ("salamat po", "tl"),
    ("Ua tsaug ntau", "hmn"),
    ("xiexie", "zh-Hans"),
    ("dhonnobad", "bn"),
    ("OBRIGADA!!!", "pt-BR"),
]


@pytest.mark.parametrize(("text", "declared"), SHORT)
def test_words_that_need_the_prior_are_read_as_declared(text, declared):
    assert identify(text, declared).language == declared


@pytest.mark.parametrize("declared", ["so", "es", "vi", "ht", "ar", "zh-Hans", "hmn", "ru", "bg", "xx", "chk"])
@pytest.mark.parametrize("text", ["Thank you so much", "She will be late today", "yes", "Can you call me after 5?"])
def test_english_is_seen_whoever_writes_it(text, declared):
    assert identify(text, declared).language == "en"


@pytest.mark.parametrize(
    "text", ["", "   ", "👍🏽", "12:30", "https://example.org/gracias", "a@example.org", "…!?", "\u200f\u202e"]
)
def test_a_text_without_words_says_nothing(text):
    assert identify(text, "so") == Guess("so", 0.0)
    assert identify(text).confidence == 0.0


@pytest.mark.parametrize("declared", ["so", "ar", "zh-Hant"])
def test_ok_is_nobodys_language(declared):
    assert identify("Ok 👍", declared) == Guess(declared, 0.5)


def test_another_language_of_the_home_is_seen():
    assert identify("mañana no puedo ir", "vi", ["es"]).language == "es"
    assert identify("ngày mai tôi không đi được", "es", ["vi"]).language == "vi"


def test_the_script_overrules_what_was_declared():
    assert identify("شكرا جزيلا", "so").language == "ar"
    assert identify("감사합니다", "es").language == "ko"
    assert identify("спасибо вам большое", "en").language == "ru"
    assert identify("ありがとう", "zh-Hans").language == "ja"


def test_a_language_that_is_asked_alone_is_not_sure_of_what_it_does_not_explain():
    assert identify("thank you, see you tomorrow", "en").confidence > 0.9
    assert identify("gracias", "en").confidence < 0.6
    assert identify("mañana no puedo", "en").confidence < 0.6


def test_a_long_text_of_a_third_language_is_believed():
    guess = identify("Bonjour madame, mon fils est malade et ne viendra pas à l'école aujourd'hui", "so")
    assert guess.language == "fr" and guess.confidence > 0.9


def test_neighbours_are_told_apart_and_one_language_to_the_eye_stays_as_declared():
    assert identify("میں کل آؤں گی", "ur", ["fa"]).language == "ur"
    assert identify("зателефонуйте мені", "uk", ["ru"]).language == "uk"
    assert identify("hvala, vidimo se sutra", "hr").language == "hr"
    assert identify("хвала, видимо се сутра", "sr").language == "sr"
    assert identify("selamat pagi, anak saya sakit hari ini", "ms").language == "ms"


def test_karen_is_not_taken_for_burmese():
    assert identify("တၢ်ဘျုး", "my").language == "ksw"
    assert identify("ကျေးဇူး", "my") == Guess("my", 1.0)


def test_regions_and_scripts_come_back_as_declared():
    assert identify("gracias por todo", "es-MX").language == "es-MX"
    assert identify("謝謝老師", "zh-Hant").language == "zh-Hant"


def test_a_language_without_a_file_is_kept_where_english_does_not_explain_the_text():
    assert identify("tqanto lo kwxa nqe", "xx").language == "xx"


def test_a_very_long_text_costs_no_more_than_a_long_one():
    assert identify("waan imanayaa berri subax " * 20_000, "so").language == "so"


@pytest.mark.parametrize("letter", ["ﷺ", "ǅ", "ꙮ", "ᐃ", "ͱ", "አ"])
@pytest.mark.parametrize("declared", [None, "en", "ar", "ru", "am"])
def test_a_letter_that_no_page_has_over_and_over_is_a_guess_like_any_other(letter, declared):
    assert 0.0 <= identify(letter * 450, declared).confidence <= 1.0


def test_every_language_has_a_file_that_can_be_read():
    assert len(languages()) >= 60
    for language in languages():
        assert identify("", language) == Guess(language, 0.0)


TAG = st.sampled_from(["en", "so", "ar", "hi", "zh-Hans", "xx", "", "not a tag", "../en", "es_419", "X-y-z"])


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80) | st.text(string.ascii_letters + " 'áñ", max_size=40), TAG, TAG)
def test_anything_can_be_asked(text, declared, other):
    guess = identify(text, declared, [other])
    assert guess.language and 0.0 <= guess.confidence <= 1.0
