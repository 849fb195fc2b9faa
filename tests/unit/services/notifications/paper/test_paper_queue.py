"""The print queue: runs, parts, workers that die, and letters that must not go any more."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from services.notifications import service
from services.notifications.channels.port import ChannelError
from services.notifications.domain.ladder import LetterState
from services.notifications.handlers import ladder, lettering, paper
from services.notifications.paper.press import Press
from services.notifications.store import paper as store
from services.notifications.tables import CONTACT, LETTER
from services.notifications.tables.paper import LADDER, LETTER_STATE, PRINT_PART
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill, pages_of, text_of


@pytest.fixture
def queued(mill: Mill) -> Mill:
    """Two letters wait: Lan's, and Kim's."""
    mill.district.sms.refuses[LANS_NUMBER] = ChannelError("sms_30005", permanent=True)
    mill.write()
    mill.district.enrol("s-kim", "Kim")
    mill.district.link("g-kim", "s-kim", language="en")
    mill.write(student="s-kim", text="Kim has missed reading twice.")
    return mill


def test_a_run_takes_what_waits_and_nothing_twice(queued):
    pdf = queued.file(queued.run())
    assert pdf is not None and pages_of(pdf) == 2
    assert queued.ask() is None
    assert {row["state"] for row in queued.district.rows(LETTER_STATE)} == {"printed"}
    assert any(step.startswith("printed: letter ") for step in queued.trace())


def test_an_english_reader_gets_one_copy_and_no_second_heading(queued):
    said = text_of(queued.file(queued.run()) or b"", 2)
    assert said.count("Kim has missed reading twice.") == 1 and "The same letter in English" not in said
    assert "Dear Kim," in said


def test_a_letter_says_only_words_of_its_own_message(queued):
    said = text_of(queued.file(queued.run()) or b"", 1)
    assert "Kim has missed" not in said and "Or call us: +13125550100." in said


def test_a_restriction_before_the_run_pulls_the_letter(queued):
    queued.forbid()
    pdf = queued.file(queued.run())
    assert pdf is not None and "Lan" not in text_of(pdf)
    assert (queued.letter()["state"], queued.delivery()["state"], queued.delivery()["reason"]) == (
        "pulled", "refused", "restriction",
    )  # fmt: skip


def test_a_restriction_after_the_run_has_the_file_made_again_without_it(queued):
    run = queued.run()
    queued.forbid()
    assert queued.file(run) is None, "the old file is never given out"
    queued.make()
    pdf = queued.file(run)
    assert pdf is not None and pages_of(pdf) == 1 and "Lan" not in text_of(pdf)


def test_a_restriction_on_the_way_to_the_door_pulls_the_letter_from_the_hand(queued):
    queued.run()
    queued.forbid()
    assert queued.settle(LetterState.HANDED_OVER, queued.delivery()["delivery_id"]) == (0, 1)
    assert queued.delivery()["state"] == "refused" and queued.delivery()["delivered_at"] is None
    assert [row for row in queued.district.rows(CONTACT) if row["guardian_id"] == LAN] == []


def test_a_letter_pulled_while_it_is_printed_is_in_no_file(queued):
    run = queued.ask()
    while service.PRESS.idle:
        queued.district.settle()
    queued.forbid()
    with queued.district.transaction() as uow:
        paper.pull(uow, paper.refusals(uow, [queued.delivery()["delivery_id"]]))
    queued.make()
    pdf = queued.file(run or "")
    assert pdf is not None and "Lan" not in text_of(pdf)


def test_posted_is_on_its_way_and_may_come_back(queued):
    queued.run()
    known = queued.delivery()["delivery_id"]
    assert queued.settle(LetterState.POSTED, known) == (1, 0)
    assert (queued.delivery()["state"], queued.delivery()["delivered_at"]) == ("sent", None)
    assert queued.step()["ended_at"] is None, "nobody knows yet whether it arrived"
    assert queued.settle(LetterState.NOT_GIVEN, known) == (1, 0)
    assert (queued.delivery()["state"], queued.delivery()["reason"]) == ("failed", "not_given")
    logged = [event for event in queued.district.told("contact_logged") if event["mode"] == "letter"]
    assert len(logged) == 1


def test_what_is_settled_stays_so(queued):
    queued.run()
    known = queued.delivery()["delivery_id"]
    assert queued.settle(LetterState.HANDED_OVER, known) == (1, 0)
    assert queued.settle(LetterState.NOT_GIVEN, known) == (0, 0)
    assert queued.settle(LetterState.HANDED_OVER, known) == (0, 0)
    assert queued.delivery()["state"] == "delivered"


def test_the_file_goes_when_its_last_letter_is_given(queued):
    run = queued.run()
    letters = [row["letter_id"] for row in queued.district.rows(LETTER)]
    queued.settle(LetterState.HANDED_OVER, letters[0])
    assert queued.file(run) is not None
    queued.settle(LetterState.POSTED, letters[1])
    assert queued.file(run) is None


def test_many_letters_are_made_in_parts(mill, monkeypatch):
    monkeypatch.setattr(paper, "PART", 2)
    for number in range(5):
        mill.district.enrol(f"s-{number}", "Kim")
        mill.district.link(f"g-kim{number}", f"s-{number}")
        mill.write(student=f"s-{number}")
    run = mill.run()
    assert [(row["part"], row["state"], row["pages"]) for row in mill.district.rows(PRINT_PART)] == [
        (1, "made", 2), (2, "made", 2), (3, "made", 1),
    ]  # fmt: skip
    said = "".join(text_of(mill.file(run, part) or b"") for part in (1, 2, 3))
    assert all(said.count(f"Dear Kim{number},") == 1 for number in range(5))


def test_what_a_dead_worker_had_in_hand_is_made_by_another(queued):
    run = queued.ask()
    while not queued.district.rows(PRINT_PART)[0]["attempts"]:
        queued.district.settle()
    service.PRESS.wait(60)
    service.PRESS.finished(lambda _: True, queued.district.now)  # its result dies with it
    queued.district.settle()
    assert queued.district.rows(PRINT_PART)[0]["state"] == "making"
    queued.later(minutes=11)
    queued.make()
    assert pages_of(queued.file(run or "") or b"") == 2
    assert queued.district.rows(PRINT_PART)[0]["attempts"] == 2


def test_a_press_that_breaks_gives_the_letters_back_and_says_so(queued, monkeypatch):
    monkeypatch.setattr(service, "PRESS", Press((sys.executable, "-c", "raise SystemExit(3)")))
    queued.ask()
    for _ in range(2 * paper.MOST_TRIES + 4):
        queued.district.settle()
        service.PRESS.wait(60)
        queued.later(seconds=6)
    (part,) = queued.district.rows(PRINT_PART)
    assert part["state"] == "failed"
    with queued.district.transaction() as uow:
        assert len(store.waiting(uow.connection, ["greenview"])) == 2, "nothing is dropped"


def test_a_press_that_hangs_is_ended(queued, monkeypatch):
    press = Press((sys.executable, "-c", "import signal; signal.pause()"))
    now = queued.district.now
    press.start(("riverside",), b"{}", now)
    assert press.finished(lambda _: True, now) is None and not press.idle
    key, result = press.finished(lambda _: True, now + timedelta(minutes=6)) or ((), None)
    assert key == ("riverside",) and result is not None and result.why == "took_too_long" and press.idle


def test_a_run_waits_for_the_words_around_its_letters_but_not_for_ever(queued, monkeypatch):
    monkeypatch.setattr(type(queued.district), "_translate", lambda self: 0)
    queued.district.enrol("s-new", "Nuevo")
    queued.district.link("g-new", "s-new", language="so")
    with queued.district.transaction() as uow:
        lettering.ask(uow, {"vi", "so"})
        uow.connection.execute(LETTER.update().values(language="so"))
        assert lettering.awaited(uow, {"so"}) and not lettering.awaited(uow, {"vi"})
    queued.ask()
    queued.district.settle()
    assert (service.PRESS.idle, queued.district.rows(PRINT_PART)[0]["attempts"]) == (True, 0)
    queued.later(seconds=130)
    queued.make()
    assert queued.district.rows(PRINT_PART)[0]["state"] == "made"


def test_a_letter_without_a_school_is_printed_where_a_child_of_theirs_is(mill):
    mill.unreachable()
    mill.write()
    with mill.district.transaction() as uow:
        uow.connection.execute(LETTER_STATE.delete())
        uow.connection.execute(LADDER.delete())
        uow.connection.execute(LETTER.update().values(school_id=None))
        ladder.letters_due(uow, mill.district.ports, [])
    assert [row["school_id"] for row in mill.district.rows(LETTER)] == ["greenview"]
