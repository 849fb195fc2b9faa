"""Memory serves what a person approved, for every name, number and day; and never the wrong text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translation.domain.memory import Approved, NotTheSame, key, keys, recall, remember, slotted

WORDS = st.lists(st.sampled_from("the child read helped class today kind and".split()), min_size=1, max_size=12).map(
    " ".join
)


def recalled(entry, text, *, names=(), target="es"):
    slots = slotted(text, names=names, source="en")
    if entry.key not in keys(slots, source="en", target=target):
        return None
    return recall(Approved(entry.key, entry.target_text, "t-abdi"), slots, source="en", target=target)


def test_an_approval_serves_another_child_number_and_link():
    entry = remember(
        "Riya read 3 books: https://a.example/1",
        "Riya leyó 3 libros: https://a.example/1",
        names=["Riya"],
        source="en",
        target="es",
    )
    assert (
        recalled(entry, "Bao read 41 books: https://b.example/2", names=["Bao"])
        == "Bao leyó 41 libros: https://b.example/2"
    )
    assert "Riya" not in entry.source_text + entry.target_text


def test_dates_are_recalled_in_the_reader_s_language():
    entry = remember(
        "Picture day is March 12.", "El día de la foto es el 12 de marzo.", names=[], source="en", target="es"
    )
    assert recalled(entry, "Picture day is Oct 2.") == "El día de la foto es el 2 de octubre."


def test_a_text_with_a_name_where_a_number_stood_is_another_text():
    entry = remember("Meet Riya.", "Conozca a Riya.", names=["Riya"], source="en", target="es")
    assert recalled(entry, "Meet 3.") is None


def test_space_and_case_do_not_matter_and_the_target_does():
    entry = remember("Good  news!", "¡Buenas noticias!", names=[], source="en", target="es")
    assert recalled(entry, "good news!") == "¡Buenas noticias!"
    assert recalled(entry, "Good news!", target="so") is None


def test_an_approval_that_lost_a_number_or_a_name_is_refused_and_says_which_kind():
    with pytest.raises(NotTheSame, match="name, number"):
        remember("Riya has 3 books.", "Tiene libros.", names=["Riya"], source="en", target="es")


@pytest.mark.parametrize(
    ("text", "translation", "other"),
    [
        ("Grade 3 meets in room 3.", "En el salón 3 se reúne el grado 3.", "Grade 4 meets in room 7."),
        ("Three books go to room 3.", "3 libros van al salón 3.", "Three books go to room 7."),
        ("From Oct 2, not before October 2.", "Del 2 de octubre, no antes del 2 de octubre.", "From Oct 2, not before October 9."),
    ],
)
def test_where_two_pieces_look_alike_an_approval_serves_its_own_text_alone(text, translation, other):
    entry = remember(text, translation, names=[], source="en", target="es")
    assert recalled(entry, other) is None
    assert recalled(entry, text) == translation


def test_stress_makes_no_other_text_and_need_not_be_in_the_translation():
    entry = remember("Do *not* come on Friday.", "*No* vengan el viernes.", names=[], source="en", target="es")
    assert recalled(entry, "Do not come on Friday.") == "No vengan el viernes."


@given(WORDS, WORDS, st.integers(0, 9999), st.integers(0, 9999))
def test_what_is_remembered_comes_back_with_the_new_number(source, target, before, after):
    entry = remember(f"{source} {before}", f"{target} {before}", names=[], source="en", target="es")
    assert recalled(entry, f"{source} {after}") == f"{target} {after}"


@given(WORDS, WORDS)
def test_different_words_have_different_keys(one, other):
    found = {key(slotted(text, names=(), source="en"), source="en", target="es") for text in (one, other)}
    assert len(found) == (1 if one == other else 2)
