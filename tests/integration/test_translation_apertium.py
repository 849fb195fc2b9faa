"""The real Apertium, resident: what it may be trusted with, and what happens when a stage dies or hangs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from services.translation.catalogue import load
from services.translation.engines.apertium import Apertium
from services.translation.engines.chain import Chain, ChainBroken
from services.translation.engines.port import Failure, Result, Segment
from services.translation.engines.resident import STALL
from services.translation.engines.stream import frame
from services.translation.translator import Request, Translation, Translator
from shared.clock import monotonic

PAIRS = [("en", "es"), ("es", "en"), ("en", "ca"), ("es", "pt"), ("fr", "es"), ("en", "pt")]


@pytest.fixture(scope="module")
def apertium() -> Iterator[Apertium]:
    engine = Apertium()
    assert {("en", "es"), ("en", "ca"), ("es", "pt"), ("fr", "es")} <= engine.capabilities().pairs, (
        "tests need apertium-eng-spa, apertium-eng-cat, apertium-es-pt and apertium-fr-es: homeroom backing up"
    )
    yield engine
    engine.close()


def soon(seconds: float = 60.0) -> float:
    return monotonic() + seconds


def notes(count: int) -> list[Segment]:
    return [Segment(str(n), "en", "es", f"PH0X helped another student with task {n} today.") for n in range(count)]


def whole(answers: list[Result | Failure]) -> bool:
    """Every text answered by its own answer."""
    return all(
        isinstance(answer, Result) and f" {n} " in f" {answer.text} " and "PH0X" in answer.text
        for n, answer in enumerate(answers)
    )


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_has_a_token_that_it_carries_through_whole(apertium, pair):
    assert apertium.token_style(*pair) is not None


def test_answers_come_back_in_order_lines_kept_marks_gone(apertium):
    segment = Segment("a", "en", "es", "The meeting is on Monday.\n\nPH0X read a book [x] a/b.")
    (answer,) = apertium.translate([segment], deadline=soon())
    assert isinstance(answer, Result)
    assert answer.engine == "apertium:eng-spa"
    first, blank, last = answer.text.split("\n")
    assert (first, blank) == ("La reunión es el lunes.", "")
    assert "PH0X" in last
    assert "[x]" in last
    assert "*" not in answer.text


def test_a_pair_that_is_not_installed_goes_through_one_other_language(apertium):
    (answer,) = apertium.translate([Segment("a", "en", "pt", "Good news from the school.")], deadline=soon())
    assert isinstance(answer, Result)
    assert answer.engine == "apertium:eng-spa+es-pt"
    assert "escola" in answer.text


def test_a_stage_that_is_killed_costs_no_text(apertium):
    segments = notes(300)
    apertium.translate(segments[:1], deadline=soon())
    resident = apertium.resident(("en", "es"))
    starts, victim = resident.starts, resident.process_ids[5]
    killer = threading.Timer(0.05, os.kill, (victim, signal.SIGKILL))
    killer.start()
    answers = apertium.translate(segments, deadline=soon())
    killer.join()
    assert whole(answers)
    # the stage may have died after the last answer: the next text finds out
    assert whole(apertium.translate(notes(1), deadline=soon()))
    assert resident.starts == starts + 1


def test_a_wedged_stage_is_found_within_two_seconds(apertium):
    chain = Chain(apertium.resident(("en", "es")).mode.stages)
    assert len(list(chain.answers([frame(1, "warm")], stall=30.0, deadline=soon()))) == 1
    os.kill(chain.processes[5].pid, signal.SIGSTOP)
    begun = monotonic()
    with pytest.raises(ChainBroken, match="nothing came out"):
        list(chain.answers([frame(2, "wedged")], stall=STALL, deadline=soon()))
    assert monotonic() - begun <= 2.0
    chain.kill()


def test_a_wedged_stage_is_replaced_and_costs_no_text(apertium):
    apertium.translate(notes(1), deadline=soon())
    resident = apertium.resident(("en", "es"))
    starts, victim = resident.starts, resident.process_ids[5]
    os.kill(victim, signal.SIGSTOP)
    assert whole(apertium.translate(notes(40), deadline=soon()))
    assert resident.starts == starts + 1
    with pytest.raises(ProcessLookupError):
        os.kill(victim, 0)


def test_a_deadline_is_kept_and_says_so(apertium):
    apertium.translate(notes(1), deadline=soon())
    victim = apertium.resident(("en", "es")).process_ids[5]
    os.kill(victim, signal.SIGSTOP)
    begun = monotonic()
    answers = apertium.translate(notes(3), deadline=soon(0.3))
    assert monotonic() - begun < 1.4
    assert [answer.kind for answer in answers if isinstance(answer, Failure)] == ["timeout"] * 3
    assert whole(apertium.translate(notes(3), deadline=soon()))


def test_no_stage_is_left_running_after_close():
    engine = Apertium()
    engine.translate(notes(1), deadline=soon())
    ids = engine.resident(("en", "es")).process_ids
    assert len(ids) > 5
    engine.close()
    for process_id in ids:
        with pytest.raises(ProcessLookupError):
            os.kill(process_id, 0)


def translated(apertium: Apertium, text: str, *, source: str = "en", target: str = "es", names=()) -> Translation:
    translator = Translator(load(), [apertium])
    request = Request("m", 1, source, target, text, names=tuple(names))
    (outcome,) = translator.translate([request], remembered={}, signed={}, deadline=soon())
    assert isinstance(outcome, Translation)
    return outcome


def test_names_numbers_dates_times_and_links_survive_a_real_translation(apertium):
    made = translated(
        apertium,
        "Riya read 12 books with Ms Alvarez on March 12 at 9:00 AM. {student} has 64%: https://example.org/a?b=1 (312) 555-0142",
        names=["Riya", "Ms Alvarez"],
    )
    assert made.engine == "apertium:eng-spa"
    assert made.machine
    for kept in (
        "Riya",
        "12",
        "Ms Alvarez",
        "12 de marzo",
        "9:00 a. m.",
        "{student}",
        "64%",
        "https://example.org/a?b=1",
        "(312) 555-0142",
    ):
        assert kept in made.text


@pytest.mark.parametrize(
    "text",
    [
        "Students must not eat peanuts in class.",
        "Do not come to the school today.",
        "Keep your child home if they have a fever.",
        "Please call the office.",
    ],
)
def test_what_apertium_is_known_to_turn_around_goes_out_untranslated_and_labelled(apertium, text):
    made = translated(apertium, text)
    assert (made.text, made.engine, made.labelled) == (text, "source", True)


def test_a_parent_s_not_is_not_lost_on_the_way_to_the_teacher(apertium):
    text = "Está enfermo y no debe comer nueces."
    made = translated(apertium, text, source="es", target="en")
    assert made.labelled or "must not" in made.text


def test_a_system_message_in_a_language_without_catalogue_keeps_its_placeholders(apertium):
    request = Request("m", 1, "en", "pt", None, catalogue_key="positive.academic")
    (made,) = Translator(load(), [apertium]).translate([request], remembered={}, signed={}, deadline=soon())
    assert isinstance(made, Translation)
    assert made.text.count("{student}") == made.text.count("{teacher}") == 1
