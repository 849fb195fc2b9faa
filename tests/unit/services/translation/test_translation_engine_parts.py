"""Apertium's stream, mode files, canaries and language tags, without Apertium."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translation.domain.languages import base, normal, same, serving
from services.translation.domain.protection import KNOWN_TOKEN, TokenStyle
from services.translation.engines.apertium import Apertium
from services.translation.engines.canary import choose_style
from services.translation.engines.modes import installed, parse, tag
from services.translation.engines.port import Failure, FailureKind, Segment
from services.translation.engines.stream import StreamCorrupt, frame, unframe
from shared.clock import monotonic

PLAIN = st.text(
    st.characters(codec="utf-8", exclude_characters="*#@", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"])
)


@given(st.integers(0, 10**9), PLAIN)
def test_a_frame_gives_back_its_text_whatever_is_in_it(number, text):
    raw = frame(number, text)
    assert raw.endswith(b"\0")
    assert raw.count(b"\0") == 1
    assert unframe(number, raw[:-1]).text == text


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_can_break_out_of_its_frame(text):
    body = frame(7, text)[:-1].decode().removeprefix("[n7]").removesuffix(".[][\n]")
    assert "\0" not in body
    assert not re.search(r"[\^$/<>{}\[\]@~]", re.sub(r"\\.", "", body))


def test_the_answer_to_another_text_is_refused():
    with pytest.raises(StreamCorrupt):
        unframe(2, frame(1, "hello")[:-1])
    with pytest.raises(StreamCorrupt):
        unframe(1, b"\xff")


def test_marks_are_stripped_and_counted_but_our_tokens_are_no_unknown_words():
    answer = unframe(1, b"[n1]*PH0X No trajo *deberes #ser @loc.[][\n]", known=KNOWN_TOKEN)
    assert answer.text == "PH0X No trajo deberes ser loc"
    assert (answer.unknown, answer.words) == (3, 7)


def test_a_mode_file_becomes_stages_that_flush():
    line = "lt-proc '/a b/x.bin' | apertium-tagger -g $2 '/p' | lt-proc $1 '/g'"
    assert parse(line) == (
        ("lt-proc", "-z", "/a b/x.bin"),
        ("apertium-tagger", "-z", "-g", "/p"),
        ("lt-proc", "-z", "-g", "/g"),
    )
    assert parse("lt-proc 'unclosed") == ()


def test_debian_s_names_become_language_tags():
    assert [tag(code) for code in ("spa", "es", "pt_BR", "cat_valencia")] == ["es", "es", "pt-BR", "ca-valencia"]


def test_without_apertium_there_are_no_pairs_and_no_error(tmp_path):
    engine = Apertium(modes=tmp_path / "absent")
    assert engine.capabilities().pairs == frozenset()
    assert engine.token_style("en", "es") is None
    segment = Segment("1", "en", "es", "Hello")
    assert engine.translate([segment], deadline=monotonic() + 1) == [Failure("1", FailureKind.UNSUPPORTED_PAIR)]
    engine.close()


def test_a_mode_whose_programs_are_missing_is_no_pair(tmp_path):
    (tmp_path / "eng-spa.mode").write_text("no-such-program-here '/x'")
    (tmp_path / "notes.mode").write_text("cat")
    assert installed(tmp_path) == {}


def test_a_pair_whose_program_dies_at_once_is_unavailable_and_says_so_soon(tmp_path):
    (tmp_path / "eng-spa.mode").write_text("false")
    engine = Apertium(modes=tmp_path, stall=0.2)
    answers = engine.translate([Segment(str(n), "en", "es", "Hello") for n in range(50)], deadline=monotonic() + 5)
    assert {answer.kind for answer in answers} == {FailureKind.UNAVAILABLE}
    assert engine.token_style("en", "es") is None
    assert engine.resident(("en", "es")).process_ids == []
    engine.close()


@pytest.mark.parametrize(
    ("destroys", "chosen"),
    [("", TokenStyle.PH), ("PH", TokenStyle.ZQX), ("PH|Zqx", TokenStyle.PRIVATE), ("PH|Zqx|[\ue000-\uf8ff]", None)],
)
def test_the_canary_takes_the_first_style_that_survives_and_refuses_a_pair_that_breaks_all(destroys, chosen):
    def run(lines):
        return [re.sub(destroys, "gait", line) if destroys else line for line in lines]

    assert choose_style("en", run) is chosen


def test_a_pair_that_does_not_answer_is_refused():
    assert choose_style("en", lambda lines: [None] * len(lines)) is None
    assert choose_style("so", lambda lines: []) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ES_mx", "es-MX"),
        ("zh", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("tl", "fil"),
        (" vi ", "vi"),
        ("zh-hant-hk", "zh-Hant-HK"),
    ],
)
def test_tags_are_brought_into_one_shape(written, meant):
    assert normal(written) == meant


def test_a_reader_is_served_by_the_nearest_tag_but_never_in_another_script():
    assert serving("es-419-MX", ["es", "en"]) == "es"
    assert serving("zh-Hant-HK", ["zh-Hans"]) is None
    assert serving("pt-BR", ["pt-BR", "pt"]) == "pt-BR"
    assert serving("so", ["en"]) is None
    assert same("es-MX", "es")
    assert not same("zh-CN", "zh-TW")
    assert base("pt-BR") == "pt"
