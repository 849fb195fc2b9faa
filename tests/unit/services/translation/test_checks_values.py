"""What has a value comes through with that value, however a language writes it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.translation.domain.checks_values import changed
from services.translation.domain.findings import Code
from services.translation.domain.numbers import ascii_digits, canonical, values


def codes(source, translation, languages=("en", "es"), names=()):
    return {finding.code for finding in changed(source, translation, languages=languages, names=names)}


@pytest.mark.parametrize(
    ("source", "translation", "target"),
    [
        ("At 9:00 AM on October 2.", "A las 9:00 de la mañana del 2 de octubre.", "es"),
        ("At 9:00 AM on October 2.", "10月2日上午9:00。", "zh-Hans"),
        ("At 9:00 AM on October 2.", "٢ أكتوبر الساعة ٩:٠٠ صباحًا.", "ar"),
        ("At 9:00 AM on October 2.", "ngày 2 tháng 10 lúc 9:00 sáng.", "vi"),
        ("At 5:30 PM.", "À 17 h 30.", "fr"),
        ("At 3:30.", "A las 3 y media.", "es"),
        ("At half past 3.", "3点半。", "zh-Hans"),
        ("At 3 PM.", "A las 3 de la tarde.", "es"),
        ("It costs $1,200.50.", "Custa $1.200,50.", "pt"),
        ("We need two adults.", "Necesitamos 2 adultos.", "es"),
        ("We need 2 adults.", "Necesitamos dos adultos.", "es"),
        ("See you Friday.", "Hẹn gặp thứ 6.", "vi"),
        ("Open on weekends.", "Bukas tuwing Sabado at Linggo.", "fil"),
        ("You may bring 2 friends.", "Puede traer a 2 amigos.", "es"),
        ("Ana read 5 books.", "આના: 5 પુસ્તકો. Ana", "gu"),
    ],
)
def test_the_same_value_written_another_way_is_the_same(source, translation, target):
    assert codes(source, translation, ("en", target)) == set()


@pytest.mark.parametrize(
    ("source", "translation", "code"),
    [
        ("At 9:00 AM.", "A las 9:00 p. m.", Code.TIME),
        ("At 9:00 AM.", "A las 9:30 a. m.", Code.TIME),
        ("On October 2.", "El 2 de noviembre.", Code.DATE),
        ("On October 2.", "El 3 de octubre.", Code.NUMBER),
        ("On October 2.", "El 2.", Code.DATE),
        ("See you Friday.", "Nos vemos el jueves.", Code.DATE),
        ("Bring 12 pencils.", "Traiga lápices.", Code.NUMBER),
        ("Bring pencils.", "Traiga 12 lápices.", Code.NUMBER),
        ("Bring $5.", "Traiga €5.", Code.NUMBER),
        ("Call (312) 555-0142.", "Llame al (312) 555-0124.", Code.PHONE),
        ("See https://example.org/a.", "Vea https://example.org/b.", Code.LINK),
        ("Write to a@example.org.", "Escriba a b@example.org.", Code.LINK),
        ("{student} reads.", "{alumno} lee.", Code.PLACEHOLDER),
        ("{student} reads.", "PH0X lee.", Code.PLACEHOLDER),
        ("{student} reads.", "{student} {student} lee.", Code.PLACEHOLDER),
        ("%(name)s reads.", "% (name) s lee.", Code.PLACEHOLDER),
        ("<b>Read</b> it.", "<b>Léalo.", Code.TAG),
        ("<b><i>Read</i></b> it.", "<b><i>Léalo</b></i>.", Code.TAG),
        ("Read & write &amp; count.", "Lea y escriba.", Code.TAG),
    ],
)
def test_a_value_that_was_changed_dropped_or_added_is_found(source, translation, code):
    assert code in codes(source, translation)


def test_a_name_must_stand_as_it_is_also_where_particles_are_written_onto_it():
    assert codes("Ana met Ana.", "Ana conoció a ella.", names=["Ana"]) == {Code.NAME}
    assert codes("Riya가 왔습니다.", "Somebody came.", ("ko", "en"), names=["Riya"]) == {Code.NAME}
    assert codes("Anabel came.", "Ella vino.", names=["Ana", " "]) == set()


def test_a_finding_says_where_and_holds_no_text():
    (finding,) = changed("Call (312) 555-0142 now.", "Llame ya.", languages=("en", "es"))
    assert "Call (312) 555-0142 now."[slice(*finding.span)] == "(312) 555-0142"
    assert "555" not in str(finding.as_dict())


def test_numbers_have_one_canonical_form():
    assert [canonical(each) for each in ("1,000", "1.000", "1 000", "1000", "12,50", "12.5", "007")] == [
        "1000", "1000", "1000", "1000", "12.5", "12.5", "7",
    ]  # fmt: skip
    assert ascii_digits("٣ ૩ ३ 3") == "3 3 3 3"


def test_beside_a_time_of_24_hours_an_unmarked_one_is_in_the_morning():
    assert codes("From 7:30 PM to 8:00 PM.", "Das 7:30 às 20:00.", ("en", "pt")) == {Code.TIME}
    assert codes("From 7:30 AM to 4:00 PM.", "Das 7:30 às 16:00.", ("en", "pt")) == set()


@settings(max_examples=60)
@given(st.text(max_size=120), st.sampled_from(["en", "es", "zh-Hans", "ar", "xx", "gu", "ko"]))
def test_every_text_has_its_own_values(text, language):
    assert not changed(text, text, languages=(language, language))
    assert len(values(text, language).digits) == len(text)


def test_a_number_of_thousands_of_digits_is_a_number():
    much = "1" + ",000" * 2_000
    assert codes(f"Bring {much} books.", f"Traiga {much} libros.") == set()
    assert codes(f"Bring {much} books.", "Traiga 5 libros.") == {Code.NUMBER}
