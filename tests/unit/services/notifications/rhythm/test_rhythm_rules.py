"""The rules of balance, strengths, briefs, Today, load, nudges and guides, without a database."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import brief, guides, load, nudges, strengths, today
from services.notifications.domain.balance import Counts, Direction, before_sending, has_example, judge
from services.notifications.domain.load import Band
from services.notifications.domain.media import Unreadable, content_type, without_consent, without_metadata
from services.notifications.library import LibraryError, guide_in, library

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
COUNTS = st.builds(Counts, st.integers(0, 40), st.integers(0, 10))


@pytest.mark.parametrize(("text", "category", "counts"), [
    ("Great week!", None, False), ("", None, False), (None, "kindness", True),
    ("Helped Lucia carry the blocks without being asked.", None, True),
])  # fmt: skip
def test_only_a_note_that_names_something_seen_counts(text, category, counts):
    assert has_example(text, category) is counts


def test_sam_with_three_concerns_and_no_good_news_is_out_of_balance():
    sam = Counts(0, 3)
    assert judge(sam, target=3, failing=False, told=True) is Direction.MORE_GOOD
    assert before_sending("concern", sam, target=3, failing=False, told=True) is Direction.MORE_GOOD
    assert before_sending("positive", sam, target=3, failing=False, told=True) is None


@given(COUNTS, st.floats(0.5, 20), st.booleans())
def test_at_or_above_the_target_nobody_is_asked_for_more_good_news(counts, target, told):
    found = judge(counts, target=target, failing=False, told=told)
    assert (found is Direction.MORE_GOOD) == (counts.concern > 0 and counts.positive < target * counts.concern)
    assert found in (None, Direction.MORE_GOOD)


@given(COUNTS)
def test_a_failing_grade_that_nobody_speaks_of_is_flagged_whether_praise_goes_out_or_silence(counts):
    found = judge(counts, target=3, failing=True, told=False)
    if counts.concern == 0:
        assert found is (Direction.ONLY_PRAISE if counts.positive else Direction.SILENT)
    told = judge(Counts(counts.positive, 0), target=3, failing=True, told=True)
    assert told is None, "an early alert has told the home"


def test_praise_over_a_failing_grade_is_questioned_before_it_goes():
    assert before_sending("positive", Counts(5, 0), target=3, failing=True, told=False) is Direction.ONLY_PRAISE


def test_strengths_stand_dated_by_kind_with_what_nobody_has_noticed_yet():
    rows = [
        {"category": "academic", "at": NOW - timedelta(days=days), "text": f"example {days}", "source": "school"} for days in (3, 1, 2, 9)
    ] + [{"category": "kindness", "at": NOW, "text": "read to her brother", "source": "home"}]
    found = strengths.gather(rows)
    assert [example.text for example in found.examples["academic"]] == ["example 1", "example 2", "example 3", "example 9"]
    assert (found.count("academic"), found.count("kindness"), found.count("leadership")) == (4, 1, 0)
    assert found.unnoticed == ("social", "emotional", "creative", "leadership")


@given(st.lists(st.sampled_from(["family", "don't", "9:00", "niño", "lớp"]), max_size=300))
def test_words_are_counted_as_a_reader_counts_them(words):
    assert brief.count_words("  ".join(words)) == len([w for word in words for w in word.split(":")])


def test_a_brief_says_how_many_words_to_trim():
    assert brief.measure("word " * 180, 120).over == 60
    assert brief.measure("word " * 120, 120).over == 0
    assert brief.count_words("今天我们读书") == 3


@given(st.lists(st.tuples(st.sampled_from((*today.URGENT, *today.ROUTINE, "novel")), st.none() | st.integers(0, 99)), max_size=40))
def test_today_keeps_every_card_and_puts_whoever_waits_before_what_can_wait(cards):
    chosen = today.choose(cards, kind=lambda c: c[0], due=lambda c: None if c[1] is None else NOW + timedelta(hours=c[1]))
    assert sorted(chosen, key=str) == sorted(cards, key=str)
    routine = [card[0] in today.ROUTINE for card in chosen]
    assert routine == sorted(routine)


def test_fourteen_gaps_do_not_hide_the_one_child_who_needs_good_news():
    cards = [("gap", n) for n in range(14)] + [("good_news", 0), ("live", 0)]
    chosen = today.choose(cards, kind=lambda c: c[0], due=lambda c: None)
    assert [kind for kind, _ in chosen[: today.MOST]] == ["live", "gap", "good_news", "gap", "gap"]


@given(st.integers(0, 200), st.integers(0, 50), st.integers(1, 100), st.integers(1, 30))
def test_more_work_is_never_a_lighter_band(threads, late, heavy_threads, heavy_late):
    order = [Band.LIGHT, Band.USUAL, Band.HEAVY]
    limits = {"heavy_threads": heavy_threads, "heavy_after_hours": heavy_late}
    one = load.band(open_threads=threads, after_hours=late, **limits)
    more = load.band(open_threads=threads + 1, after_hours=late + 1, **limits)
    assert order.index(more) >= order.index(one)
    assert (one is Band.HEAVY) == (threads >= heavy_threads or late >= heavy_late)


def test_only_what_can_wait_is_put_off_and_only_under_a_heavy_load():
    assert load.defers("gap", Band.HEAVY) and not load.defers("gap", Band.USUAL)
    assert not any(load.defers(kind, Band.HEAVY) for kind in today.URGENT)


@pytest.mark.parametrize(("count", "score", "worth"), [(2, 81.0, True), (1, 81.0, False), (2, None, True), (5, 64.0, False)])
def test_two_missed_homeworks_at_81_percent_are_worth_a_word_and_a_failing_grade_is_the_alerts(count, score, worth):
    assert nudges.worth_a_word("missing_work", count=count, score=score, threshold=70) is worth


@pytest.mark.parametrize(("title", "topic"), [
    ("Algebra I", "math_practice"), ("English Language Arts", "reading"), ("Grade 3 Reading", "reading"), ("Science", "homework"),
    ("Relational Databases", "homework"),
])  # fmt: skip
def test_a_guide_fits_its_course(title, topic):
    assert guides.topic_of_course(title) == topic


@pytest.mark.parametrize("language", sorted(library()))
def test_every_language_of_the_library_has_every_guide_with_three_steps_at_most_and_the_childs_name_to_fill_in(language):
    assert set(library()[language]) == set(guides.TOPICS)
    for guide in library()[language].values():
        assert 1 <= len(guide.steps) <= guides.MOST_STEPS and len(guide.page) >= 4
        assert any("{student}" in text for text in (*guide.steps, *guide.page)) or guide.topic == "screen_time"
        assert "{" not in "".join((*guide.steps, *guide.page, guide.hard)).replace("{student}", "")
        assert guide.numbered.startswith("1) ")


def test_every_language_of_the_pages_has_its_guides():
    assert {language.split("-")[0] for language in library()} >= {"en", "es", "so", "vi", "ar", "gu", "zh"}
    assert guide_in("es-MX", "sleep")[0] == "es" and guide_in("zh", "sleep")[0] == "zh-Hans" and guide_in("qu", "sleep") is None


def test_a_guide_that_is_not_whole_is_named_with_its_file(tmp_path):
    (tmp_path / "xx.yaml").write_text("homework: {title: T, steps: [a, b, c, d], page: [p], hard: h}\n")
    with pytest.raises(LibraryError, match=r"xx.yaml: homework: steps"):
        library(tmp_path)


@given(st.dictionaries(st.sampled_from("abc"), st.lists(st.booleans(), max_size=3)), st.sets(st.sampled_from("abcd")))
def test_a_child_is_shown_only_if_somebody_agreed_and_nobody_did_not(consents, tagged):
    blocked = without_consent(tagged, consents)
    for child in tagged:
        said = consents.get(child, [])
        assert (child in blocked) == (not said or False in said)


def segment(marker: int, body: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*extra: bytes) -> bytes:
    return b"\xff\xd8" + segment(0xE0, b"JFIF") + b"".join(extra) + segment(0xDB, bytes(64)) + segment(0xDA, b"x") + b"scan\xff\xd9"


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*extra: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + b"".join(extra) + chunk(b"IDAT", b"d") + chunk(b"IEND", b"")


def test_a_picture_does_not_say_where_it_was_taken():
    assert without_metadata(jpeg(segment(0xE1, b"Exif\0\0GPS 41.8 -87.6"), segment(0xFE, b"my phone"))) == jpeg()
    assert without_metadata(png(chunk(b"eXIf", b"GPS"), chunk(b"tEXt", b"Author"))) == png()
    assert (content_type(jpeg()), content_type(png())) == ("image/jpeg", "image/png")


@given(st.binary(max_size=200))
def test_what_is_no_picture_is_refused_whatever_it_is(junk):
    for content in (junk, b"\xff\xd8\xff" + junk, b"\x89PNG\r\n\x1a\n" + junk):
        try:
            clean = without_metadata(content)
        except Unreadable:
            continue
        assert content_type(clean) in ("image/jpeg", "image/png") and len(clean) <= len(content)


@pytest.mark.parametrize("content", [b"GIF89a", b"<svg onload=alert(1)>", jpeg()[:9], png()[:30]])
def test_a_gif_a_drawing_with_script_and_half_a_picture_are_refused(content):
    with pytest.raises(Unreadable):
        without_metadata(content)
