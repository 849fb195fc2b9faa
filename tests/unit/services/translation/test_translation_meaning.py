"""Every danger seen in real engine output stays refused (translation notes §1); good texts pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translation.domain.findings import Code
from services.translation.domain.meaning import dangers

EN_ES = ("en", "es")
ES_EN = ("es", "en")


def codes(source, translation, languages):
    return {finding.code for finding in dangers(source, translation, languages=languages)}


@pytest.mark.parametrize(
    ("source", "translation", "languages", "danger"),
    [
        (
            "Students must not eat peanuts in class.",
            "El alumnado no tiene que comer cacahuetes en clase.",
            EN_ES,
            Code.PROHIBITION,
        ),
        ("Dont come to school today.", "Venga a la escuela hoy.", EN_ES, Code.NEGATION),
        ("At least 3 adults come.", "Vienen como máximo 3 adultos.", EN_ES, Code.CONTRAST),
        ("Keep it below 32 degrees.", "Manténgalo por encima de 32 grados.", EN_ES, Code.CONTRAST),
        ("Bring a snack unless it is raining.", "Traiga una merienda si llueve.", EN_ES, Code.CONTRAST),
        ("The trip is cancelled.", "La excursión está confirmada.", EN_ES, Code.CONTRAST),
        ("It is taken twice a day.", "Se toma una vez al día.", EN_ES, Code.CONTRAST),
        ("The bus leaves between 9 and 11.", "Las hojas de autobús entre 9 y 11.", EN_ES, Code.WORD),
        ("Call me at 5.", "Me llamo en 5.", EN_ES, Code.COMMAND),
        ("Children can't leave alone.", "Los niños no necesitan salir solos.", EN_ES, Code.PROHIBITION),
        ("Do not come to the school today.", "No viene al escolar hoy.", EN_ES, Code.PROHIBITION),
        ("Please don't send nuts.", "Por favor envíe nueces.", EN_ES, Code.NEGATION),
        ("All students are safe.", "Todos los estudiantes son fiables.", EN_ES, Code.WORD),
        (
            "Keep your child home if they have a fever.",
            "Mantener vuestra casa de niño si tienen una fiebre.",
            EN_ES,
            Code.COMMAND,
        ),
        ("Please call the office.", "Complacer llamada la oficina.", EN_ES, Code.COMMAND),
        ("You must sign the form.", "Usted firma el formulario.", EN_ES, Code.OBLIGATION),
        ("You don't have to sign.", "No puede firmar.", EN_ES, Code.EXEMPTION),
        ("We will meet on Friday.", "No nos reuniremos el viernes.", EN_ES, Code.NEGATION),
        (
            "Está enfermo y no debe comer nueces.",
            "It is ailing and does not have to eat walnuts.",
            ES_EN,
            Code.PROHIBITION,
        ),
        ("No tiene fiebre.", "He has fever.", ES_EN, Code.NEGATION),
        ("Tiene que tomar su medicina.", "He takes his medicine.", ES_EN, Code.OBLIGATION),
    ],
)
def test_a_meaning_that_may_be_lost_is_refused(source, translation, languages, danger):
    assert danger in codes(source, translation, languages)


@pytest.mark.parametrize(
    ("source", "translation", "languages"),
    [
        ("Riya helped another student today.", "Riya ayudó a otro estudiante hoy.", EN_ES),
        ("Students must not eat peanuts.", "Los estudiantes no deben comer cacahuetes.", EN_ES),
        ("You must sign the form.", "Usted debe firmar el formulario.", EN_ES),
        ("You do not need to sign.", "No necesita firmar.", EN_ES),
        ("Homework is not due today.", "Los deberes no son para hoy.", EN_ES),
        ("Mi hijo no puede ir mañana.", "My son cannot go tomorrow.", ES_EN),
        ("Gracias por los deberes.", "Thanks for the homework.", ES_EN),
    ],
)
def test_a_text_that_kept_its_meaning_passes(source, translation, languages):
    assert dangers(source, translation, languages=languages) == ()


def test_a_language_without_word_lists_gets_no_text_that_forbids_or_obliges():
    assert dangers("You must sign.", "Sie müssen unterschreiben.", languages=("en", "de"))
    assert not dangers("Good news from the class.", "Gute Nachrichten.", languages=("en", "de"))


def test_a_source_that_we_cannot_read_is_refused():
    assert dangers("Sie dürfen nicht kommen.", "No hay que venir.", languages=("de", "es"))


@given(st.text(max_size=120), st.text(max_size=120), st.sampled_from([EN_ES, ES_EN, ("en", "de"), ("de", "es")]))
def test_the_rules_have_an_answer_for_any_two_texts(source, translation, languages):
    assert codes(source, translation, languages) <= set(Code)


@given(st.text(max_size=80))
def test_dropping_a_must_not_is_refused_whatever_else_the_translation_says(translation):
    assert dangers("They must not go.", translation.replace("no", ""), languages=EN_ES)
