"""What is masked, what a sentence's end is, and the repairs that engines need."""

from __future__ import annotations

import pytest

from services.translation.domain.checks import inspect
from services.translation.domain.findings import Code, Severity
from services.translation.domain.polish import polished
from services.translation.domain.protection import Kind, TokenStyle, protect


def kinds(text, names=()):
    return [
        (str(token.kind), token.surface)
        for token in protect(text, names=names, style=TokenStyle.PH, source="en").tokens
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Bring $12.50 or €3.", [("money", "$12.50"), ("money", "€3")]),
        ("<b>Read</b> &amp; count", [("tag", "<b>"), ("tag", "</b>"), ("tag", "&amp;")]),
        ("5 < 6 & 7 > 2", [("number", "5"), ("number", "6"), ("number", "7"), ("number", "2")]),
        ("from 9 to 11 AM", [("number", "9"), ("time", "11 AM")]),
        ("at 5 PM. It", [("time", "5 PM")]),
        ("at 5 p.m. in", [("time", "5 p.m.")]),
        ("Write to ana@example.org.", [("link", "ana@example.org")]),
    ],
)
def test_each_piece_is_masked_whole(text, found):
    assert kinds(text) == found


def test_a_name_is_masked_in_front_of_a_particle_and_not_inside_a_name():
    assert kinds("Riya가 Riyana를", ["Riya"]) == [("name", "Riya")]
    assert Kind.NAME == "name"


def test_a_sentence_that_ends_in_a_time_keeps_its_end():
    masked = protect("It closes at 4:00 PM. It is not open.", names=(), style=TokenStyle.PH, source="en").masked
    assert masked == "It closes at PH0X. It is not open."


def test_a_stop_is_not_doubled_and_friends_become_families():
    assert polished("Cierra a las 4:00 p. m.. No abre.", "es") == "Cierra a las 4:00 p. m. No abre."
    assert polished("Vosotros podéis venir si tenéis tiempo.", "es") == "Ustedes pueden venir si tienen tiempo."
    assert polished("Vosotros podéis", "pt") == "Vosotros podéis"


@pytest.mark.parametrize(
    ("source", "translation", "target"),
    [
        ("You must pick up your child.", "Tiene que elegir arriba de su niño.", "es"),
        ("Lunch is free.", "La comida es libre.", "es"),
        ("Lunch is free.", "Le repas est libre.", "fr"),
        ("This is only a drill.", "Esto es sólo un martillo.", "es"),
        ("There is still time.", "Hay tiempo quieto.", "es"),
        ("He needs glasses.", "Necesita vasos.", "es"),
        ("Read with your child.", "Leído con su niño.", "es"),
        ("Please wait outside.", "Comprazer a espera exterior.", "pt"),
        ("Please keep your child home.", "Si us plau mantingui la casa de nen.", "ca"),
        ("The meeting is at 5:30 PM.", "L'aplec és a 5:30 primer ministre.", "ca"),
    ],
)
def test_what_an_engine_was_seen_to_say_stays_held(source, translation, target):
    findings = inspect(source, translation, languages=("en", target))
    assert any(finding.severity is Severity.HOLDS for finding in findings)


def test_marks_of_unknown_words_are_never_sent():
    findings = inspect("Bring the zarf #math.", "Traiga el *zarf #math.", languages=("en", "es"))
    assert [finding.code for finding in findings] == [Code.UNKNOWN_WORDS]
