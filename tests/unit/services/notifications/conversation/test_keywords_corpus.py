"""STOP, HELP, START and "wrong number" in twelve languages; and all that only looks like them."""

from __future__ import annotations

import string
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.keywords import Keyword, keyword, plain

CORPUS = Path(__file__).parents[4] / "data" / "stop_phrases"


def phrases() -> list[tuple[str, str, str]]:
    return [
        (path.stem, *line.split("\t"))
        for path in sorted(CORPUS.glob("*.tsv"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


PHRASES = phrases()
SAID = [(label, phrase) for _, label, phrase in PHRASES if label != "none"]


def test_the_corpus_is_as_large_as_it_was_promised() -> None:
    languages = {language for language, _, _ in PHRASES}
    assert len(languages) >= 12 and {"en", "es", "so", "vi", "ar", "gu", "zh-Hans"} <= languages
    for language in languages:
        assert {label for own, label, _ in PHRASES if own == language} == {"stop", "help", "start", "wrong", "none"}
    assert len(SAID) >= 300
    assert sum(label == "none" for _, label, _ in PHRASES) >= 100


@pytest.mark.parametrize("language", sorted({language for language, _, _ in PHRASES}))
def test_every_phrase_is_taken_for_what_it_is(language: str) -> None:
    wrong = []
    for own, label, phrase in PHRASES:
        meant = keyword(phrase) if own == language else None
        if own == language and (meant.value if meant else "none") != label:
            wrong.append((phrase, label, meant))
    assert not wrong


@pytest.mark.parametrize("word", "stop stopall unsubscribe cancel end quit revoke optout".split())
def test_the_carriers_words_are_heard_as_they_hear_them(word: str) -> None:
    for said in (word, word.upper(), f" {word}. ", f"{word.title()}!"):
        assert keyword(said) is Keyword.STOP


def test_prose_that_holds_a_keyword_is_for_a_person() -> None:
    for _, label, phrase in PHRASES:
        if label == "stop":
            assert keyword(f"{phrase} because Riya lost her blue jacket in the gym") is None, phrase


def test_a_long_text_is_prose_whatever_it_begins_with() -> None:
    assert keyword("please " * 60 + "stop") is None
    assert keyword("") is None and keyword("🛑") is None and keyword("...") is None


@given(st.sampled_from(SAID), st.data())
def test_case_spacing_and_punctuation_do_not_matter(said: tuple[str, str], data: st.DataObject) -> None:
    label, phrase = said
    spaced = "".join(
        char + (data.draw(st.sampled_from(["", " ", "  ", "\n"])) if char == " " else "") for char in phrase
    )
    cased = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(spaced)
    ends = st.text(alphabet=string.punctuation.replace("'", "").replace("`", "") + " …!¡¿。،", max_size=4)
    heard = keyword(data.draw(ends) + cased + data.draw(ends))
    assert heard is not None and heard.value == label


@given(st.sampled_from([said for said in SAID if said[1].isascii() or "LATIN" in unicodedata.name(said[1][0], "")]), st.data())
def test_accents_left_out_or_added_do_not_matter(said: tuple[str, str], data: st.DataObject) -> None:
    label, phrase = said
    bare = "".join(char for char in unicodedata.normalize("NFD", phrase) if not unicodedata.combining(char))
    marks = st.sampled_from(["", "", "\u0301", "\u0303", "\u0323"])
    marked = "".join(char + (data.draw(marks) if char.isalpha() else "") for char in bare)
    for variant in (bare, marked, unicodedata.normalize("NFC", phrase), unicodedata.normalize("NFD", phrase)):
        heard = keyword(variant)
        assert heard is not None and heard.value == label


@given(st.text(max_size=200))
def test_any_text_at_all_is_taken_or_left_and_plain_words_stay_plain(text: str) -> None:
    keyword(text)
    assert plain(plain(text)) == plain(text)
