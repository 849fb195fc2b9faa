"""Repairs make a draft readable and change nothing that matters."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translation.domain.polish import polished


@pytest.mark.parametrize(
    ("draft", "read"),
    [
        ("La tarde es en 26 de octubre en 5:30 p. m.", "La tarde es el 26 de octubre a las 5:30 p. m."),
        ("Un suplente enseñará viernes, 2 de octubre.", "Un suplente enseñará el viernes, 2 de octubre."),
        ("Trae $5 por 2 de octubre.", "Trae $5 a más tardar el 2 de octubre."),
        ("Podemos hablar encima martes en 1:15.", "Podemos hablar el martes a la 1:15."),
        ("Vuestro niño y vuestras hijas.", "Su niño y sus hijas."),
        ("El viernes, 2 de octubre.", "El viernes, 2 de octubre."),
        ("Desde el viernes, 2 de octubre.", "Desde el viernes, 2 de octubre."),
    ],
)
def test_dates_times_and_address_read_as_families_write(draft, read):
    assert polished(draft, "es") == read


@given(st.text(max_size=200))
def test_no_digit_and_no_language_without_rules_is_touched(text):
    assert re.findall(r"\d", polished(text, "es")) == re.findall(r"\d", text)
    assert polished(text, "so") == text
