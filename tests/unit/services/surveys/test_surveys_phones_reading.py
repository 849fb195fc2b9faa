"""Every kind of question by text message: what people write, in any script, is read as they mean it, or not at all."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.domain.answers import DECLINED, Given, problems
from services.surveys.domain.reading import read_reply
from services.surveys.domain.reading_dates import date_in
from services.surveys.domain.reading_words import Command, fold
from services.surveys.domain.sms import Labels, prompt_text, segments
from services.surveys.domain.voice import as_written, entry_of, key_of
from services.surveys.domain.walk_prompts import Prompt, read
from services.surveys.words import vocabulary
from tests.unit.services.surveys.phonesurvey import DAYS, KINDS, choices, kind, question, reader, survey

LANGUAGES = ("ar", "en", "es", "gu", "so", "vi")


@pytest.mark.parametrize(
    ("name", "language", "text", "expected"),
    [
        ("single", "gu", "૨", Given(("green",))),
        ("multi", "en", "13", Given(("red", "blue"))),
        ("multi", "ar", "١، ٣", Given(("red", "blue"))),
        ("yes_no", "es", "Sí, claro", Given(("yes",))),
        ("yes_no", "so", "haa", Given(("yes",))),
        ("yes_no", "vi", "không", Given(("no",))),
        ("yes_no", "ar", "نعم", Given(("yes",))),
        ("yes_no", "gu", "ના", Given(("no",))),
        ("yes_no", "so", "yes", Given(("yes",))),
        ("yes_no", "en", "2", Given(("no",))),
        ("yes_no", "en", "perhaps", None),
        ("consent", "en", "ok", Given(("yes",))),
        ("language", "en", "2", Given(("es",))),
        ("ranking", "en", "2 1 3", Given(("green", "red", "blue"))),
        ("ranking", "gu", "૨૧૩", Given(("green", "red", "blue"))),
        ("ranking", "en", "3 1", Given(("blue", "red", "green"))),
        ("scale", "en", "4", Given(number=4.0)),
        ("scale", "en", "0", DECLINED),
        ("rating", "ar", "٥", Given(number=5.0)),
        ("number", "en", "about 3 books", Given(number=3.0)),
        ("number", "es", "2,5", Given(number=2.5)),
        ("number", "en", "0", Given(number=0.0)),
        ("number", "en", "skip", DECLINED),
        ("number", "en", "3 or 4", None),
        ("number", "en", "many", None),
        ("text", "en", " He reads a lot ", Given(text="He reads a lot")),
        ("name", "en", "Ana Rivera", Given(text="Ana Rivera")),
        ("email", "en", "it is Ana@Example.ORG.", Given(text="Ana@example.org")),
        ("email", "en", "ana at example", None),
        ("phone", "en", "312 555 0111", Given(text="+13125550111")),
        ("phone", "ar", "٣١٢٥٥٥٠١١١", Given(text="+13125550111")),
        ("phone", "en", "12", None),
        ("time", "so", "6pm", Given(time="18:00")),
        ("date", "es", "12 de septiembre", Given(text="2026-09-12")),
        ("date", "ar", "١٢ سبتمبر", Given(text="2026-09-12")),
        ("date", "vi", "ngày 12 tháng 9", Given(text="2026-09-12")),
        ("date", "gu", "12 સપ્ટેમ્બર", Given(text="2026-09-12")),
        ("date", "so", "12 Sebtembar", Given(text="2026-09-12")),
        ("date", "en", "Sept 12th", Given(text="2026-09-12")),
        ("date", "en", "13/9", Given(text="2026-09-13")),
        ("date", "en", "3/4", None),
        ("date", "en", "31 Feb", None),
        ("datetime", "en", "Sept 12 at 6pm", Given(text="2026-09-12T18:00")),
        ("datetime", "es", "12 de septiembre a las 18:30", Given(text="2026-09-12T18:30")),
        ("datetime", "en", "Sept 12", None),
        ("availability", "en", "12 33 31", Given(cells={"mon": ("noon",), "wed": ("evening", "morning")})),
        ("availability", "en", "41", None),
        ("voice", "en", "I would like to say this", Given(text="I would like to say this")),
        ("single", "en", "skip", DECLINED),
        ("single", "vi", "0", DECLINED),
    ],
)
def test_a_text_message_is_read(name: str, language: str, text: str, expected: Given | None) -> None:
    assert read_reply(kind(name), text, reader(language)) == expected


@pytest.mark.parametrize(
    ("name", "keys", "expected"),
    [
        ("single", "2", Given(("green",))),
        ("multi", "13", Given(("red", "blue"))),
        ("ranking", "213", Given(("green", "red", "blue"))),
        ("yes_no", "1", Given(("yes",))),
        ("scale", "4", Given(number=4.0)),
        ("number", "12", Given(number=12.0)),
        ("number", "2*5", Given(number=2.5)),
        ("time", "1830", Given(time="18:30")),
        ("time", "930", Given(time="09:30")),
        ("date", "20260912", Given(text="2026-09-12")),
        ("date", "20260231", None),
        ("datetime", "202609121830", Given(text="2026-09-12T18:30")),
        ("phone", "3125550111", Given(text="+13125550111")),
    ],
)
def test_keys_are_read_like_a_text(name: str, keys: str, expected: Given | None) -> None:
    prompt = Prompt(kind(name))
    assert key_of(prompt, keys) is None
    assert read(prompt, as_written(prompt, keys), reader()) == expected


@given(st.sampled_from(KINDS[:-1]), st.text(max_size=40), st.sampled_from(LANGUAGES))
def test_whatever_is_written_is_an_answer_that_fits_in_shape_or_none(entry: dict[str, object], text: str, language: str) -> None:
    asked = survey(entry).questions[0]
    found = read_reply(asked, text, reader(language))
    assert found is None or not found.empty
    if found is not None and asked.id not in ("scale", "rating", "number", "ranking", "multi"):
        assert problems([asked], {asked.id: found}, children=()) == {}


@given(st.dates(date(2026, 9, 1), date(2027, 8, 31)), st.sampled_from(LANGUAGES))
def test_a_day_that_babel_writes_in_full_is_read_back(day: date, language: str) -> None:
    from babel.dates import format_date

    written = format_date(day, "d MMMM y", locale=language)
    assert date_in(written, language, today=date(2026, 9, 1)) == day


@given(st.text(max_size=60))
def test_comparing_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_words_for_each_command_and_none_means_two_things(language: str) -> None:
    words = vocabulary(language)
    assert set(words.commands.values()) == set(Command)
    assert words.yes
    assert not words.yes & words.no
    assert not (words.skip & words.commands.keys())


@pytest.mark.parametrize(
    ("language", "text", "command"),
    [
        ("es", "Atrás", Command.BACK), ("es", "luego", Command.LATER), ("es", "LLÁMEME", Command.CALL), ("so", "Hadhow.", Command.LATER),
        ("so", "i soo wac", Command.CALL), ("ar", "لاحقاً", Command.LATER), ("gu", "પાછા", Command.BACK), ("vi", "Để sau", Command.LATER),
        ("vi", "để sau nhé", None), ("so", "later", Command.LATER), ("en", "?", Command.HELP), ("en", "call me later", None),
    ],
)  # fmt: skip
def test_a_command_is_the_whole_message(language: str, text: str, command: Command | None) -> None:
    assert vocabulary(language).command(text) is command


@pytest.mark.parametrize(
    ("text", "rest"), [("no, 2", "2"), ("sorry 3", "3"), ("*2", "2"), ("perdón, 2", "2"), ("I meant 2", None), ("2", None), ("no", None)]
)
def test_a_correction_begins_with_a_word_for_it(text: str, rest: str | None) -> None:
    assert vocabulary("es").corrected(text) == rest


def test_the_text_of_each_kind_says_how_to_answer() -> None:
    def shown(name: str, **more: object) -> str:
        return prompt_text(Prompt(kind(name), **more), "en", position=2, total=6, labels=Labels("rather not say", "yes", "no"))  # type: ignore[arg-type]

    assert shown("yes_no") == "2/6 About yes_no?\n1 yes\n2 no\n0 rather not say"
    assert shown("scale") == "2/6 About scale?\n1-5\n0 rather not say"
    assert shown("number").endswith("(rather not say)")
    assert "(2 1 3)" in shown("ranking")
    assert shown("availability").splitlines()[1:4] == ["1 Mon 2 Tue 3 Wed", "1 morning 2 noon 3 evening", "(11 33)"]
    line = survey(question("matrix_single", rows=DAYS, options=choices("good", "bad"))).questions[0]
    asked = prompt_text(Prompt(line, row=line.rows[1]), "en", position=1, total=3, labels=Labels("skip"), child="Mateo")
    assert asked == "1/3 Mateo: About matrix_single?\nTue:\n1 good\n2 bad\n0 skip"
    assert segments(asked) == 1


def test_how_each_kind_is_answered_on_the_telephone() -> None:
    found = {name: entry_of(Prompt(kind(name))).value for name in ("single", "yes_no", "multi", "number", "text", "date", "email")}
    assert found == {
        "single": "key", "yes_no": "key", "multi": "typed", "number": "typed", "text": "spoken", "date": "typed", "email": "spoken"
    }  # fmt: skip
