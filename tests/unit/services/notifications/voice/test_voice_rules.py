"""Which telephone rings next, what can be said aloud, and TwiML that nothing from outside can break."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels import twiml
from services.notifications.channels.twiml import Script
from services.notifications.domain.calls import Ladder, by_voice, in_turn, next_call, spoken

LADDER = Ladder()
ANY_TEXT = st.text(max_size=300)


def calls(telephones: int, ladder: Ladder = LADDER, seed: str = "d") -> list[tuple[int, timedelta]]:
    made: list[tuple[int, timedelta]] = []
    while (upcoming := next_call(len(made), telephones, ladder=ladder, seed=seed)) is not None:
        made.append((upcoming.place, upcoming.after))
    return made


@given(st.integers(1, 6), st.integers(1, 5), st.text(max_size=10))
def test_each_telephone_rings_as_often_as_it_may_and_rests_between(telephones, tries, seed):
    ladder = Ladder(tries=tries)
    made = calls(telephones, ladder, seed)
    assert [place for place, _ in made] == list(range(telephones)) * tries
    rests = [after for number, (place, after) in enumerate(made) if place == 0 and number]
    assert all(ladder.least <= rest <= ladder.most for rest in rests)
    assert all(after == timedelta(0) for number, (place, after) in enumerate(made) if place or not number)


def test_telephones_ring_in_the_order_of_their_kinds_and_each_once():
    given = [("work", "+3"), ("", "+4"), ("home", "+2"), ("mobile", "+1"), ("home", "+1")]
    assert in_turn(given, LADDER) == ["+1", "+2", "+3", "+4"]
    assert in_turn(given, Ladder.of({"telephones": ["home"]})) == ["+2", "+1", "+4"]


def test_a_schools_word_holds_before_the_accounts_and_that_before_the_usual():
    assert Ladder.of(None) == Ladder() and Ladder.of({}, tries=5).tries == 5
    assert Ladder.of({"tries": 2, "apart_minutes": 30}, tries=5) == Ladder(2, timedelta(minutes=30), timedelta(minutes=35))


def test_without_a_telephone_nothing_rings():
    assert next_call(0, 0, ladder=LADDER) is None


def test_calls_of_one_announcement_do_not_all_ring_at_the_same_minute():
    assert len({next_call(1, 1, ladder=LADDER, seed=f"d-{n}") for n in range(50)}) > 20


def test_what_leads_to_a_page_is_not_read_aloud():
    text = "Elena Alvarez · Greenview\nMateo ayudó hoy.\nOriginal: https://h.example.org/x?y=1"
    assert spoken(text) == "Elena Alvarez Greenview\nMateo ayudó hoy."
    assert spoken("Answer here: https://h.example.org/x") == "Answer here:"


@given(ANY_TEXT)
def test_what_is_said_is_always_valid_xml_and_says_nothing_else(text):
    said = spoken(text)
    for written in (
        twiml.talk(Script("es", said, menu=said), action="https://h/x?a=1&b=<2>"),
        twiml.leave(Script("es", said)),
        twiml.goodbye(said, "es"),
    ):
        tree = ElementTree.fromstring(written)
        assert {element.tag for element in tree.iter()} <= {"Response", "Gather", "Pause", "Say", "Hangup"}
        assert all((element.text or "").split() == said.split() for element in tree.iter("Say"))


def test_words_that_look_like_commands_are_only_words():
    written = twiml.leave(Script("en", "</Say><Dial>+1900</Dial>"))
    assert [element.tag for element in ElementTree.fromstring(written)] == ["Say", "Hangup"]


@pytest.mark.parametrize("language", ["so", "hmn", "ti", "ps", "km", "rw"])
def test_no_language_is_spoken_by_another_ones_voice(language):
    assert twiml.voice_for(language) is None and Script(language, "words").silent
    assert b"<Say" not in twiml.talk(Script(language, "words", menu="menu"), action="/x")
    assert not Script(language, "words", audio="https://h/a").silent


def test_a_recording_is_played_in_place_of_a_voice():
    tree = ElementTree.fromstring(twiml.leave(Script("en", "words", audio="https://h/a?x=1&y=2")))
    assert [(element.tag, element.text) for element in tree] == [("Play", "https://h/a?x=1&y=2"), ("Hangup", None)]


def test_a_text_of_more_words_than_a_family_reads_on_a_telephone_is_heard():
    assert by_voice("word " * 121, most_words=120) and not by_voice("word " * 120, most_words=120)
