"""Words for the guardian alone that reach nobody: no paper of the office, a call by somebody who may know."""

from __future__ import annotations

import pytest

from services.notifications.domain.ladder import LetterState
from services.notifications.handlers import asking, ladder, lettering, wishes
from services.notifications.store import ledger, messages, paper
from services.notifications.tables import LETTER
from shared.messaging.uow import DueItem
from tests.unit.services.notifications.paper.papermill import LAN, Mill
from tests.unit.services.notifications.world import person


def answered(mill: Mill, assignment: str = "a-1") -> None:
    """Lan has named a need; the receipt that says so is for Lan alone."""
    event = mill.district.event(
        "surveys.response_submitted", assignment_id=assignment, survey_id="needs", kind="needs", guardian_id=LAN,
        student_ids=["s-bao"], via="paper", language="vi", receipt=[], priorities=None, changes="food for the weekend",
    )  # fmt: skip
    mill.district.hear(asking.response_submitted, event)
    mill.district.settle()


def counselor(mill: Mill) -> None:
    mill.district.project(
        "district.staff_listed", staff_id="c-reed", revision=1, school_ids=["greenview"], role="counselor", class_ids=[],
        active=True, name=person("June", "Reed"), email=None,
    )  # fmt: skip


def tasks(mill: Mill, staff_id: str) -> list[str]:
    with mill.district.transaction() as uow:
        return [row["kind"] for row in ledger.tasks_of(uow.connection, staff_id)]


def test_a_receipt_that_reaches_no_screen_is_no_paper_and_the_counselor_calls(mill):
    counselor(mill)
    mill.unreachable()
    answered(mill)
    assert mill.letter()["state"] == LetterState.WITHHELD
    assert mill.ask() is None, "nothing to print"
    assert tasks(mill, "c-reed") == ["call_guarded"]
    assert mill.calls() == [], "the office's list does not know of it"
    assert mill.district.told("letter_queued") == []
    with mill.district.transaction() as uow:
        assert paper.waiting(uow.connection, ["greenview"]) == []
        assert paper.withheld(uow.connection, ["greenview"]) == 1
        (row,) = ledger.tasks_of(uow.connection, "c-reed")
    assert row["note"] == ""


def test_what_was_queued_before_is_not_printed_either(mill):
    mill.unreachable()
    answered(mill)
    known = mill.delivery()["delivery_id"]
    with mill.district.transaction() as uow:  # as it stood before words were withheld
        paper.settle_letters(uow.connection, [known], LetterState.WAITING, now=uow.now, by=None, settled=False)
        letter = {**mill.district.rows(LETTER)[0], "given_name": "Lan", "family_name": "Nguyen", "part": 1, "place": 1}
        assert paper.waiting(uow.connection, ["greenview"]) == []
        assert lettering.write(uow, mill.district.ports, [letter], messages.deliveries(uow.connection, [known]), code="AB12") == {}


@pytest.mark.parametrize("kinds", [["concern", "ask", "info"]])
def test_silence_about_it_is_followed_by_no_paper_either(mill, kinds):
    counselor(mill)
    mill.rules(kinds=kinds)
    answered(mill)
    assert mill.delivery()["state"] == "sent"
    mill.later(hours=60)
    item = DueItem("ladder", "greenview", mill.district.now, {}, 0)
    mill.district.hear(lambda uow, ports, _: ladder.beat(uow, ports, [item]))
    assert mill.letter()["state"] == LetterState.WITHHELD
    assert tasks(mill, "c-reed") == ["call_guarded"]


def test_the_call_is_called_off_when_the_guardian_has_read(mill):
    counselor(mill)
    mill.unreachable()
    answered(mill)
    with mill.district.transaction() as uow:
        messages.change(uow.connection, [{"b_id": mill.delivery()["delivery_id"], "opened_at": uow.now}])
        ladder.beat(uow, mill.district.ports, [DueItem("ladder", "greenview", uow.now, {}, 0)])
    assert tasks(mill, "c-reed") == []
    assert mill.letter()["state"] == LetterState.PULLED


def test_where_nobody_may_know_it_waits_and_the_office_sees_that_it_does(mill):
    mill.unreachable()
    answered(mill)
    assert mill.letter()["state"] == LetterState.WITHHELD
    assert "not printed: words for the guardian alone" in mill.trace()


def test_a_family_that_chose_letters_still_gets_its_other_letters(mill):
    wish = mill.district.event(
        "surveys.preference_changed", guardian_id=LAN, version=1, channel_order=["letter"], contacts_per_month=None,
        live_mode=None, available_after=None, quiet_start=None, quiet_end=None, timezone=None, language=None,
    )  # fmt: skip
    mill.district.hear(wishes.preference_changed, wish)
    answered(mill)
    mill.write()
    with mill.district.transaction() as uow:
        assert len(paper.waiting(uow.connection, ["greenview"])) == 1
        assert paper.withheld(uow.connection, ["greenview"]) == 1
