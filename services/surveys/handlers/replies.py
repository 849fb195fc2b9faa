"""A survey answered by text message: each reply is one step of the walk, in one transaction."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Mode
from services.surveys.domain.reading_words import fold
from services.surveys.domain.walk import Outcome, Setting, Step, Walk, begin, step
from services.surveys.domain.walk_hours import next_day_at
from services.surveys.handlers.life import Opening, open_assignment, save_draft
from services.surveys.handlers.replies_saying import Saying
from services.surveys.handlers.replies_setting import goes_by, setting_of, walk_row
from services.surveys.handlers.responses import AnswersRefused, SurveyClosed, Wish, submit
from services.surveys.handlers.voice import ask_for_survey_call
from services.surveys.ports import Ports
from services.surveys.store import people, phones
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

SURVEY = "survey"
RESUME = "survey_resume"
READING = timedelta(seconds=3)  # nobody reads a question and answers it faster
THANKED_BY_RECEIPT = timedelta(minutes=2)  # after an answer by text message its receipt is on the way


def reply_received(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Replies that answer a survey; all others belong to somebody else. One survey's replies are taken in their order."""
    by_assignment: dict[str, list[Event]] = defaultdict(list)
    for event in sorted(events, key=lambda each: (each.data["received_at"], each.data["reply_id"])):
        if event.data["open_kind"] == SURVEY and event.data["open_ref"]:
            by_assignment[event.data["open_ref"]].append(event)
    for assignment_id, replies in sorted(by_assignment.items()):  # one order for all: two batches cannot wait for each other
        opening = open_assignment(uow, assignment_id, lock=True)
        if opening is None:
            continue
        # a reply of another person cannot answer for this guardian
        own = [reply for reply in replies if reply.data["guardian_id"] == opening.assignment.guardian_id]
        if own:
            Conversation(uow, ports, opening).take(own)


class Conversation:
    """One guardian's walk through one assignment, which is held until the transaction ends."""

    def __init__(self, uow: UnitOfWork, ports: Ports, opening: Opening) -> None:
        self._uow, self._ports, self._opening = uow, ports, opening
        self._id: str = opening.assignment.assignment_id
        self._row: dict[str, Any] = walk_row(uow, opening)
        self._walk = Walk(self._row["asked"], self._row["misses"], tuple(self._row["passed"]), self._row["sent"])
        self._answers: Answers = opening.draft.answers

    def take(self, replies: Sequence[Event]) -> None:
        if self._opening.receipt is not None:
            self._thank(replies[-1])
            return
        if self._opening.closed:
            if self._opening.questions and self._opening.children:  # nobody who may not be asked is written to
                self._saying(replies[-1]).closed()
            return
        if not goes_by(self._opening, Mode.SMS):
            self._to_the_page(replies[-1])
            return
        self._row["resume_at"] = None
        self._uow.cancel(RESUME, self._id)
        setting = setting_of(self._opening, self._opening.assignment.language)
        for reply in replies:
            if not self._one(reply, setting):
                return
        self._keep()

    def resume(self) -> None:
        """The one gentle question that LATER asked for."""
        if self._opening.receipt is not None or self._opening.closed or self._row["resume_at"] is None:
            return
        self._row["resume_at"] = None
        taken = begin(self._walk, self._answers, setting_of(self._opening, self._opening.assignment.language))
        if taken.outcome is Outcome.ASK:
            self._moved(taken)
            self._saying(None).resume(taken)
        self._keep()

    def _one(self, reply: Event, setting: Setting) -> bool:
        """False once it is submitted."""
        text, at = reply.data["text"], reply.data["received_at"]
        digest = hashlib.sha256(f"{self._id}:{fold(text)}".encode()).hexdigest()[:16]
        asked_at = self._row["asked_at"]
        if digest == self._row["last"] and asked_at is not None and at < asked_at + READING:
            return True  # sent twice: the second cannot be an answer to what was not there to be read
        self._row["last"] = digest
        taken = step(self._walk, self._answers, text, setting, crossed=asked_at is not None and at < asked_at)
        if taken.outcome is Outcome.SUBMIT:
            return self._submit(taken, setting, reply)
        self._moved(taken)
        self._answer(taken, reply)
        return True

    def _moved(self, taken: Step) -> None:
        if taken.outcome is Outcome.ASK:
            self._row["asked_at"] = self._uow.now
        self._walk, self._answers = taken.walk, taken.answers

    def _answer(self, taken: Step, reply: Event) -> None:
        saying = self._saying(reply)
        match taken.outcome:
            case Outcome.ASK:
                saying.question(taken)
            case Outcome.ASK_AGAIN:
                saying.again(taken)
            case Outcome.SEND_LINK:
                saying.link(taken, key="sms.rest" if taken.walk.asked is None and taken.walk.misses else "sms.link_or_call")
            case Outcome.HELP:
                saying.help(taken)
            case Outcome.LATER:
                saying.later(taken, self._later())
            case Outcome.CALL:
                ask_for_survey_call(self._uow, self._ports, self._opening, cause=reply)
                saying.will_call(taken)
            case Outcome.SILENT | Outcome.SUBMIT:
                pass

    def _later(self) -> datetime:
        """Tomorrow, at the hour from which this guardian can be reached, else at this hour."""
        wish = people.preference(self._uow.connection, self._opening.assignment.guardian_id)
        zone = wish.timezone or self._opening.timezone
        at = next_day_at(self._uow.now, zone, after=wish.available_after)
        self._uow.schedule(RESUME, self._id, at)
        self._row["resume_at"] = at
        return at

    def _submit(self, taken: Step, setting: Setting, reply: Event) -> bool:
        """False: it has been answered. What is refused at the end is asked once more, and nothing is lost."""
        wish = Wish.SEND if any(not given.empty for given in taken.answers.values()) else Wish.DECLINE_ALL
        language = self._opening.assignment.language
        try:
            submit(
                self._uow, self._id, taken.answers, via="sms", language=language, wish=wish, cause=reply, opening=self._opening
            )
        except SurveyClosed:
            self._saying(reply).closed()
            return True
        except AnswersRefused as refused:
            self._refused(refused, taken, setting, reply)
            return True
        self._row |= {"asked": None, "misses": 0, "asked_at": self._uow.now}
        phones.save_walk(self._uow.connection, self._row)
        return False

    def _refused(self, refused: AnswersRefused, taken: Step, setting: Setting, reply: Event) -> None:
        self._walk, self._answers = replace(taken.walk, asked=None), taken.answers
        prompts = setting.prompts(taken.answers)
        place = next((n for n, each in enumerate(prompts) if each.question.id in refused.faults), None)
        saying = self._saying(reply)
        if place is None:  # its places are taken, say: the page shows what else there is
            saying.full()
            saying.link()
            return
        prompt = prompts[place]
        code = refused.faults[prompt.question.id]
        again = Step(replace(taken.walk, asked=prompt.key), taken.answers, Outcome.ASK, prompt, place + 1, len(prompts), code)
        self._moved(again)
        saying.again(again)

    def _to_the_page(self, reply: Event) -> None:
        """Once a day: what is not answered by text is answered there."""
        last = self._row["asked_at"]
        if last is None or self._uow.now - last >= timedelta(days=1):
            self._row["asked_at"] = self._uow.now
            phones.save_walk(self._uow.connection, self._row)
            self._saying(reply).link(key="sms.link")

    def _thank(self, reply: Event) -> None:
        """Once, and not where the answer's own receipt is on its way."""
        kept = self._row["thanked_at"]
        answered_here = self._row["asked_at"] is not None and self._uow.now - self._row["asked_at"] < THANKED_BY_RECEIPT
        if kept is not None or answered_here or not self._opening.children:
            return
        self._row["thanked_at"] = self._uow.now
        phones.save_walk(self._uow.connection, self._row)
        self._saying(reply).thanks()

    def _keep(self) -> None:
        walk = self._walk
        self._row |= {"asked": walk.asked, "misses": walk.misses, "passed": list(walk.passed), "sent": walk.sent}
        phones.save_walk(self._uow.connection, self._row)
        if self._answers != self._opening.draft.answers:
            save_draft(self._uow, self._opening, self._answers)

    def _saying(self, reply: Event | None) -> Saying:
        return Saying(self._uow, self._ports, self._opening, cause=reply, solicited=reply is not None)


def survey_resume(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Tomorrow has come for those who said LATER."""
    for item in sorted(items, key=lambda each: each.key):
        opening = open_assignment(uow, item.key, lock=True)
        if opening is not None:
            Conversation(uow, ports, opening).resume()
