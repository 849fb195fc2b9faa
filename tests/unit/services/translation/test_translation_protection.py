"""What must not be translated comes through untouched, or the loss is noticed."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.translation.domain.protection import (
    ENGINE_STYLES,
    Kind,
    ProtectionLost,
    TokenStyle,
    has_words,
    protect,
    recased,
    unstressed,
)
from shared.clock import monotonic

NAMES = ("Riya", "Ana María", "Ms Alvarez")
PIECES = st.sampled_from(
    [
        "{student}", "{link}", "Riya", "Ana María", "Ms Alvarez", "8:05", "9:00 AM", "5:30 p.m.", "Friday 2 Oct", "March 12, 2026",
        "10/06/2026", "2026-10-06", "(312) 555-0142", "+1 312 555 0142", "https://example.org/a?b=1", "ana@example.org", "64%",
        "$12.50", "1,000", "Room #12", "4B", "12th", "*", "@", "PH0X", "Zqx3", "\ue001", "the", "bus", "não", "学校", "?", "\n",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=30).map(" ".join) | st.text(max_size=200)
STYLES = st.sampled_from([*ENGINE_STYLES, TokenStyle.SLOT])
SOURCES = st.sampled_from(["en", "es", "so"])


@given(TEXTS, STYLES, SOURCES)
def test_masking_and_restoring_gives_back_every_text_exactly(text, style, source):
    protected = protect(text, names=NAMES, style=style, source=source)
    assert protected.restore(protected.masked) == text


@given(TEXTS, STYLES, SOURCES)
def test_no_number_placeholder_or_name_is_left_for_the_engine(text, style, source):
    protected = protect(text, names=NAMES, style=style, source=source)
    rest = protected.masked
    for token in protected.tokens:
        rest = rest.replace(token.mask, " ", 1)
    assert not re.search(r"\d", rest)
    assert "{student}" not in rest
    assert not re.search(r"(?<!\w)Riya(?!\w)", rest)


@given(TEXTS, STYLES, st.data())
def test_a_token_that_is_dropped_or_doubled_is_noticed(text, style, data):
    protected = protect(text, names=NAMES, style=style, source="en")
    assume(protected.tokens)
    token = data.draw(st.sampled_from(protected.tokens))
    for broken in (protected.masked.replace(token.mask, "", 1), protected.masked + " " + token.mask):
        with pytest.raises(ProtectionLost) as lost:
            protected.restore(broken)
        assert token.kind in lost.value.kinds


@given(TEXTS, STYLES)
def test_what_a_loss_says_never_holds_the_text(text, style):
    protected = protect(text, names=NAMES, style=style, source="en")
    assume(protected.tokens)
    with pytest.raises(ProtectionLost) as lost:
        protected.restore("")
    assert set(str(lost.value).split(", ")) <= set(Kind)


def test_tokens_may_change_places():
    protected = protect("Riya has 3 books", names=["Riya"], style=TokenStyle.PH, source="en")
    assert protected.restore("PH1X libros tiene PH0X") == "3 libros tiene Riya"


def test_the_longest_name_wins_and_part_of_a_word_is_no_name():
    protected = protect("Ana María met Ana and Anabel", names=["Ana", "Ana María"], style=TokenStyle.PH, source="en")
    assert protected.masked == "PH0X met PH1X and Anabel"


@pytest.mark.parametrize("text", ["", "2", "❤", "https://example.org", " 3 / 4 ", "{link}"])
def test_nothing_to_translate_is_recognised(text):
    assert not has_words(text, source="en")


@pytest.mark.parametrize("text", ["sí", "2 please", "학교", "*Suspended* *from* *school*", "~cancelled~"])
def test_words_are_recognised_in_any_script(text):
    assert has_words(text, source="en")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("School is *closed* tomorrow.", "School is closed tomorrow."),
        ("*Do not come!* The trip is ~cancelled~", "Do not come! The trip is cancelled"),
        ("Ri*ya* and sus**pend**ed", "Ri*ya and sus**pend**ed"),
        ("**(not today)**", "(not today)"),
        ("Lunch* costs ~3 dollars, 5*3", "Lunch costs ~3 dollars, 5*3"),
        ("Do _not_ come. __Thanks!__", "Do not come. Thanks!"),
        ("https://e.org/~lee/_a_*b and a_b {first_name} _x_@e.org", "https://e.org/~lee/_a_*b and a_b {first_name} _x_@e.org"),
        ("* one\n* two @ana #family", "* one\n* two @ana #family"),
    ],
)
def test_stress_is_taken_off_words_and_numbers_keep_their_signs(text, plain):
    assert unstressed(text) == plain


def test_a_stressed_word_is_left_to_the_translation_and_a_handle_is_not():
    protected = protect("*not* for @ana", names=(), style=TokenStyle.SLOT, source="en")
    assert protected.masked == "⟦0⟧not⟦1⟧ for ⟦2⟧"


def test_a_sentence_that_a_token_began_goes_on_in_small_letters():
    assert recased("PH0X helped PH1X.", "PH0X Ayudó a PH1X.") == "PH0X ayudó a PH1X."
    assert recased("PH0X Helped.", "PH0X Ayudó.") == "PH0X Ayudó."
    assert recased("PH0X helped.", "PH0X NASA.") == "PH0X NASA."


@pytest.mark.parametrize("piece", ["a", "1", "a1", "1 ", "a@", "9:0", "{", "((", "PH", "Oct ", "+1 ", "Riya", "x-", "*", "_", "*a"])
def test_a_text_made_to_be_slow_is_masked_in_time_that_grows_with_its_length(piece):
    begun = monotonic()
    protect(unstressed((piece * 10_000)[:10_000]), names=NAMES, style=TokenStyle.PH, source="en")
    assert monotonic() - begun < 2.0
