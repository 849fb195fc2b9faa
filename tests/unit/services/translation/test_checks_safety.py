"""No flip of the safety set is released, in any language that has word lists; good translations mostly are."""

from __future__ import annotations

import pytest

from services.translation.domain.checks import holds, inspect
from services.translation.domain.findings import Code
from services.translation.domain.meaning_words import compiled, languages, words
from shared.benches import checks_corpus

FLIPS = list(checks_corpus.flips())


def held(source, translation, target):
    return holds(inspect(source, translation, languages=("en", target)))


@pytest.mark.parametrize("language", sorted({flip.language for flip in FLIPS}))
def test_what_binds_or_forbids_is_never_released_turned_round(language):
    released = [
        flip for flip in FLIPS if flip.language == language if not held(flip.source, flip.translation, language)
    ]
    assert released == []


def test_every_right_translation_of_the_safety_set_is_released():
    assert [pair.id for pair in checks_corpus.rights() if held(pair.source, pair.translation, pair.languages[1])] == []


@pytest.mark.parametrize(
    ("source", "translation", "target"),
    [
        ("You may not leave early.", "No puede salir temprano.", "es"),
        ("There is no longer a mask requirement.", "Ya no se exige el uso de mascarilla.", "es"),
        ("Not only did she pass, she got the best grade.", "No solo aprobó, sino que sacó la mejor nota.", "es"),
        ("Make sure your child does not forget the lunch.", "Asegúrese de que su hijo no olvide el almuerzo.", "es"),
        (
            "If your child is sick, do not send them to school.",
            "Si su hijo está enfermo, no lo mande a la escuela.",
            "es",
        ),
        ("We are closed on Monday.", "No abrimos el lunes.", "es"),
        ("Return it no later than Monday.", "Devuélvalo a más tardar el lunes.", "es"),
        ("Payment is optional.", "El pago es opcional.", "es"),
        ("You don't need to bring anything.", "Quý vị không cần mang gì.", "vi"),
        ("Do not be late.", "لا تتأخروا.", "ar"),
        ("There is no school tomorrow.", "明天不上课。", "zh-Hans"),
        ("Do not bring toys.", "રમકડાં લાવશો નહીં.", "gu"),
        ("You must call the office.", "Waa inaad wacdaa xafiiska.", "so"),
    ],
)
def test_good_translations_with_denials_of_their_own_are_released(source, translation, target):
    assert not held(source, translation, target)


@pytest.mark.parametrize(
    ("source", "translation", "target"),
    [
        ("You may not leave early.", "Puede que no salga temprano.", "es"),
        ("No parents may enter.", "Los padres pueden entrar.", "es"),
        ("Come before 9:00 AM.", "Venga después de las 9:00 a. m.", "es"),
        ("School is open today.", "La escuela está abierta mañana.", "es"),
        ("Don't call 911.", "Llame al 911.", "es"),
        ("Call 911.", "No llame al 911.", "es"),
        ("You must sign. You may bring food.", "Puede firmar. Debe traer comida.", "es"),
        ("You don't need to bring anything.", "Quý vị không được mang gì.", "vi"),
        ("You must sign.", "لا يلزم أن توقعوا.", "ar"),
        ("Do not bring toys.", "不必携带玩具。", "zh-Hans"),
        ("Do not bring toys.", "રમકડાં લાવો.", "gu"),
        ("Do not bring toys.", "Keen alaabta ciyaarta.", "so"),
    ],
)
def test_wrong_ones_are_held(source, translation, target):
    assert held(source, translation, target)


def test_the_place_of_what_was_lost_is_named():
    source = "Hello. Students must not eat peanuts."
    findings = inspect(source, "Hola. Los alumnos no tienen que comer cacahuetes.", languages=("en", "es"))
    lost = next(finding for finding in findings if finding.code is Code.PROHIBITION)
    assert source[slice(*lost.span)] == "must not"


@pytest.mark.parametrize("language", languages())
def test_every_word_list_is_whole(language):
    known = words(language)
    assert known is not None
    empty = [str(force) for force, pattern in known.forces.items() if pattern.pattern == "(?!)"]
    assert empty == [] and len(known.weekdays) == 7
    assert known.numerals and (known.common or not known.spaced)


def test_a_language_without_a_file_has_no_lists_whatever_its_tag_says():
    assert words("qqq") is None and words("../en") is None and words("") is None


def test_the_small_patterns_mean_what_they_say():
    assert compiled(("no … later",), spaced=True).search("no one came later")
    assert not compiled(("no",), spaced=True).search("nobody")
    assert compiled(("bring*",), spaced=True).fullmatch("bringing")
    assert compiled(("^(please )*stop",), spaced=True).search("Rain. Please please stop")
    assert not compiled(("^stop",), spaced=True).search("We stop")
    assert compiled(("不 要",), spaced=False).search("请不要来")
