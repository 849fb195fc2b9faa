"""A spreadsheet becomes a definition: what it says is kept, what it cannot say here is refused with its cell."""

from __future__ import annotations

import pytest

from services.surveys.exchange.grid import BIGGEST, read_book
from services.surveys.exchange.headers import language_of, named, read_header
from services.surveys.exchange.xlsform_import import import_xlsform
from shared.errors import HomeroomError
from tests.unit.services.surveys.exchange.exchangeforms import HEADER, WHY, completed, form, refused, workbook

CHOICES = (("list_name", "name", "label"), ("way", "bus", "By bus"), ("way", "foot", "On foot"), ("way", "3", "By car"))
WAY = ("select_one way", "way", "How does your child come?", WHY)


def test_a_small_form_is_ready_to_be_asked() -> None:
    imported = form(WAY, ("text", "else", "Anything else?", WHY), choices=CHOICES)
    assert imported.complete or [each.code for each in imported.remarks] == ["xlsform.renamed"]
    assert [question["id"] for question in imported.content["questions"]] == ["way", "else"]
    assert [option["value"] for option in imported.content["questions"][0]["options"]] == ["bus", "foot", "c3"]
    assert imported.content["title"] == {"en": "Hello"}


@pytest.mark.parametrize(
    ("row", "kind", "more"),
    [
        (("select_multiple way", "q", "Q?", WHY), "multi", {}),
        (("rank way", "q", "Q?", WHY), "ranking", {}),
        (("integer", "q", "Q?", WHY), "number", {"step": 1}),
        (("decimal", "q", "Q?", WHY), "number", {}),
        (("date", "q", "Q?", WHY), "date", {}),
        (("time", "q", "Q?", WHY), "time", {}),
        (("dateTime", "q", "Q?", WHY), "datetime", {}),
        (("note", "q", "Hello.", WHY), "note", {}),
        (("acknowledge", "q", "I agree.", WHY), "consent", {}),
        (("audio", "q", "Tell us.", WHY), "voice", {}),
        (("phone number", "q", "Q?", WHY), "text", {}),
    ],
)  # fmt: skip
def test_each_type_has_its_kind(row: tuple[str, ...], kind: str, more: dict[str, object]) -> None:
    question = form(row, choices=CHOICES).content["questions"][0]
    assert question["type"] == kind
    assert more.items() <= question.items()


@pytest.mark.parametrize(
    ("type_", "appearance", "parameters", "kind"),
    [
        ("text", "multiline", "", "long_text"),
        ("select_one yn", "", "", "yes_no"),
        ("select_one way", "likert", "", "scale"),
        ("range", "", "start=1 end=5 step=1", "scale"),
        ("range", "rating", "start=1 end=5 step=1", "rating"),
    ],
)  # fmt: skip
def test_looks_make_a_kind_of_their_own(type_: str, appearance: str, parameters: str, kind: str) -> None:
    choices = (*CHOICES, ("yn", "yes", "Yes"), ("yn", "no", "No"))
    header = (*HEADER, "appearance", "parameters")
    question = form((type_, "q", "Q?", WHY, appearance, parameters), header=header, choices=choices).content[
        "questions"
    ][0]
    assert question["type"] == kind
    assert kind not in ("scale", "rating") or "options" in question or question["max"] == 5


def test_conditions_are_said_in_our_words() -> None:
    header = (*HEADER, "relevant", "constraint", "constraint_message", "required")
    imported = form(
        WAY,
        ("integer", "minutes", "How many minutes?", WHY, "selected(${way}, 'bus') or ${way} = 3", ". >= 1 and . <= 90", "", "yes"),
        ("date", "since", "Since when?", WHY, "${minutes} > 30", ". <= today()", "Not in the future.", "${way} = 'bus'"),
        header=header, choices=CHOICES,
    )  # fmt: skip
    assert refused(imported) == []
    minutes, since = imported.content["questions"][1:]
    assert minutes["visible_if"] == "{way} = 'bus' or {way} = 'c3'"
    assert (minutes["min"], minutes["max"], minutes["required_if"]) == (1, 90, "true")
    assert (since["constraint"], since["constraint_text"]) == ("{since} <= today()", {"en": "Not in the future."})
    assert since["required_if"] == "{way} = 'bus'"


def test_a_group_is_a_page_and_its_condition_is_that_of_its_questions() -> None:
    imported = form(
        WAY,
        ("begin_group", "trip", "The way to school", "", "${way} = 'bus'"),
        ("text", "stop", "Which stop?", WHY, ""),
        ("text", "line", "Which line?", WHY, "${stop} != ''"),
        ("end_group", "", "", "", ""),
        header=(*HEADER, "relevant"), choices=CHOICES,
    )  # fmt: skip
    assert imported.content["pages"] == [{"id": "trip", "title": {"en": "The way to school"}}]
    assert [question.get("visible_if") for question in imported.content["questions"]] == [
        None,
        "{way} = 'bus'",
        "({way} = 'bus') and ({stop} notempty)",
    ]


def test_a_table_of_one_list_is_a_matrix() -> None:
    imported = form(
        ("begin_group", "subjects", "How is it going?", WHY, "table-list"),
        ("select_one way", "reading", "Reading", "", ""),
        ("select_one way", "maths", "Maths", "", ""),
        ("end_group", "", "", "", ""),
        ("text", "more", "Tell us more", WHY, ""),
        header=(*HEADER, "appearance"), choices=CHOICES,
    )  # fmt: skip
    matrix = imported.content["questions"][0]
    assert (matrix["type"], [row["value"] for row in matrix["rows"]]) == ("matrix_single", ["reading", "maths"])


def test_what_repeats_is_asked_per_child_or_refused() -> None:
    rows = [("text", "name_said", "How is the name said?", WHY), ("end_repeat", "", "", "")]
    assert form(("begin_repeat", "per_child", "", ""), *rows).content["questions"][0]["per_child"] is True
    assert refused(form(("begin_repeat", "cars", "", ""), *rows)) == [("survey!A2", "xlsform.repeat")]


@pytest.mark.parametrize(
    ("column", "text", "place", "code"),
    [
        ("choice_filter", "country = ${way}", "survey!E3", "xlsform.choice_filter"),
        ("default", "bus", "survey!E3", "xlsform.default"),
        ("media::image", "bus.png", "survey!E3", "xlsform.image"),
        ("relevant", "pulldata('x', 'y', 'z', ${way})", "survey!E3", "xlsform.expression"),
        ("relevant", "${nobody} = 1", "survey!E3", "xlsform.expression"),
        ("constraint", "regex(., '[a-z]{3}')", "survey!E3", "xlsform.expression"),
        ("relevant", "${way} = ", "survey!E3", "xlsform.expression"),
        ("label::Klingonish", "Qapla", "survey!E1", "xlsform.unknown_language"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_here_is_refused_with_its_cell(column: str, text: str, place: str, code: str) -> None:
    imported = form((*WAY, ""), ("text", "q", "Q?", WHY, text), header=(*HEADER, column), choices=CHOICES)
    assert (place, code) in refused(imported)


@pytest.mark.parametrize(
    ("row", "place", "code"),
    [
        (("geopoint", "q", "Where?", WHY), "survey!A2", "xlsform.unknown_type"),
        (("select_one_from_file a.csv", "q", "Which?", WHY), "survey!A2", "xlsform.unknown_type"),
        (("frobnicate", "q", "Which?", WHY), "survey!A2", "xlsform.unknown_type"),
        (("select_one nowhere", "q", "Which?", WHY), "survey!A2", "xlsform.no_choices"),
        (("text", "", "Which?", WHY), "survey!B2", "xlsform.no_name"),
        (("", "q", "Which?", WHY), "survey!A2", "xlsform.no_type"),
        (("text", "q", "", WHY), "survey!C2", "survey.untranslated"),
        (("text", "q", "Hello ${way}", WHY), "survey!C2", "xlsform.answer_in_text"),
        (("end_group", "", "", ""), "survey!A2", "xlsform.unopened"),
        (("begin_group", "g", "G", ""), "survey!A2", "xlsform.unclosed"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_asked_is_refused_with_its_cell(row: tuple[str, ...], place: str, code: str) -> None:
    assert (place, code) in refused(form(row, WAY, choices=CHOICES))


@pytest.mark.parametrize("gap", ["-", "—", ""])
def test_a_dash_or_an_empty_cell_is_a_missing_translation(gap: str) -> None:
    header = ("type", "name", "label::English (en)", "label::Español (es)", "hint::English (en)", "hint::Español (es)")
    imported = form(("text", "q", "Anything else?", gap, WHY, "Para planear bien."), header=header)
    assert ("survey!D2", "survey.untranslated") in [(str(each.place), each.code) for each in completed(imported)]
    assert "es" not in imported.content["questions"][0]["text"]


def test_two_names_that_would_be_one_here_are_refused() -> None:
    imported = form(("text", "My-Name", "A?", WHY), ("text", "my_name", "B?", WHY))
    assert ("survey!B3", "xlsform.same_name") in refused(imported)


def test_a_list_that_nobody_uses_does_no_harm() -> None:
    unused = (*CHOICES, ("cars", "vw", ""))
    assert refused(form(WAY, choices=unused)) == []
    assert ("choices!C5", "xlsform.no_label") in refused(
        form(WAY, ("select_one cars", "car", "Car?", WHY), choices=unused)
    )


def test_nothing_is_taken_from_a_device_and_that_is_said() -> None:
    imported = form(("start", "start", "", ""), ("deviceid", "device", "", ""), WAY, choices=CHOICES)
    assert refused(imported) == []
    assert [str(each.place) for each in imported.remarks if each.code == "xlsform.recorded"] == [
        "survey!A2",
        "survey!A3",
    ]


def test_the_lints_word_stands_at_the_cell_it_is_about() -> None:
    long = " ".join(["How does your child come to school on an ordinary day of the week"] * 6)
    imported = form(("text", "q", long, WHY))
    assert [(str(each.place), each.code) for each in completed(imported)] == [("survey!C2", "survey.sms_too_long")]


@pytest.mark.parametrize(
    "raw", [b"\x00\x01\x02", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", b"x" * (BIGGEST + 1), b"\xff\xfe"]
)
def test_a_file_that_is_no_spreadsheet_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(HomeroomError) as refusal:
        import_xlsform(raw, stem="form")
    assert refusal.value.code == "SURVEY_FILE_UNREADABLE"
    assert refusal.value.remedy


def test_a_text_without_a_survey_sheet_is_refused() -> None:
    assert refused(import_xlsform(b"hello,world\n", stem="form")) == [("", "xlsform.no_survey")]


def test_a_sheet_that_claims_to_be_endless_is_refused() -> None:
    with pytest.raises(HomeroomError, match="rows"):
        read_book(workbook(survey=[HEADER, WAY], choices=[("name",)] * 6_000))


@pytest.mark.parametrize(
    ("written", "tag"),
    [("Español (es)", "es"), ("es", "es"), ("Spanish", "es"), ("Tiếng Việt", "vi"), ("Somali", "so"), ("Português (pt-BR)", "pt-BR"), ("Klingonish", None)],
)  # fmt: skip
def test_a_columns_language_is_known_by_its_code_or_its_name(written: str, tag: str | None) -> None:
    assert language_of(written) == tag
    assert tag is None or language_of(named(tag)) == tag


@pytest.mark.parametrize(
    ("written", "key"),
    [("label", "label"), ("Caption", "label"), ("constraint message", "constraint_message"), ("bind:relevant", "relevant"),
     ("jr:count", "repeat_count"), ("bind::jr:constraintMsg", "constraint_message"), ("read_only", "readonly")],
)  # fmt: skip
def test_a_header_is_understood_in_all_the_ways_it_was_ever_written(written: str, key: str) -> None:
    assert read_header(written).key == key
