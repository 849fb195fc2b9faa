"""A call while it is on: each turn is one transaction, so that who hangs up loses nothing and goes on anywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from services.surveys.domain.answers import Answers, Given
from services.surveys.domain.definition import Mode
from services.surveys.domain.voice import Entry, entry_of, key_of, press
from services.surveys.domain.walk import Outcome, Setting, Step, Walk, current_of, missed, onwards, take
from services.surveys.domain.walk_prompts import Prompt
from services.surveys.handlers.life import Opening, open_assignment, save_draft
from services.surveys.handlers.replies_saying import Saying
from services.surveys.handlers.replies_setting import goes_by, setting_of, walk_row
from services.surveys.handlers.responses import AnswersRefused, SurveyClosed, Wish, submit
from services.surveys.handlers.spoken import ask_to_listen
from services.surveys.handlers.voice_saying import spoken_lines
from services.surveys.ports import Ports
from services.surveys.store import phones
from services.surveys.words import words
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork


class Turned(StrEnum):
    """What a turn was: a `repeated` one changed nothing; a `foreign` one belongs to no call that is on."""

    TAKEN = "taken"
    REPEATED = "repeated"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Recording:
    """What was spoken, by the provider's name for it; the sound stays with the provider's `account`."""

    sid: str
    account: str
    seconds: int


@dataclass(frozen=True)
class Spoken:
    """What is said now; `entry` is how it is answered, None where the call ends."""

    turned: Turned
    language: str = "en"
    lines: Sequence[str] = field(default=(), repr=False)
    entry: Entry | None = None
    turn: int = 0


def call_begun(uow: UnitOfWork, ports: Ports, assignment_id: str, *, sid: str) -> Spoken:
    """Somebody has picked up: the first question that is open, wherever the others were answered."""
    opening = open_assignment(uow, assignment_id, lock=True)
    if opening is None:
        return Spoken(Turned.FOREIGN)
    known = phones.call(uow.connection, sid)
    if known is not None:
        same = known["assignment_id"] == assignment_id
        return _Turn(uow, ports, opening, known).once_more() if same else Spoken(Turned.FOREIGN)
    phones.end_calls(uow.connection, assignment_id, "gone", uow.now)
    row = {"call_sid": sid, "assignment_id": assignment_id, "turn": 0, "asked": None, "misses": 0, "begun_at": uow.now}
    return _Turn(uow, ports, opening, {**row, "ended_at": None, "outcome": None}).begin()


def call_turn(
    uow: UnitOfWork,
    ports: Ports,
    assignment_id: str,
    *,
    sid: str,
    turn: int,
    keys: str = "",
    recording: Recording | None = None,
) -> Spoken:
    """What was pressed or spoken at the question before."""
    opening = open_assignment(uow, assignment_id, lock=True)
    known = phones.call(uow.connection, sid)
    if opening is None or known is None or known["assignment_id"] != assignment_id or turn > known["turn"] + 1:
        return Spoken(Turned.FOREIGN)
    this = _Turn(uow, ports, opening, known)
    if known["ended_at"] is not None or turn <= known["turn"]:
        return this.once_more()
    return this.heard(keys, recording)


class _Turn:
    """One turn of one call; the assignment is held."""

    def __init__(self, uow: UnitOfWork, ports: Ports, opening: Opening, call: dict[str, Any]) -> None:
        self._uow, self._ports, self._opening, self._call = uow, ports, opening, call
        self._language: str = opening.assignment.language
        self._setting: Setting = setting_of(opening, self._language, spoken=True)
        self._row = walk_row(uow, opening)
        self._walk = Walk(call["asked"], call["misses"], tuple(self._row["passed"]), self._row["sent"])
        self._answers: Answers = opening.draft.answers
        self._say = words(self._language).text

    def begin(self) -> Spoken:
        if (ended := self._cannot()) is not None:
            return ended
        began = any(not given.empty for given in self._answers.values())
        # who chose without a time elsewhere has chosen so
        times = [each.key for each in self._setting.prompts(self._answers) if each.time]
        self._walk = replace(self._walk, passed=tuple(dict.fromkeys((*self._walk.passed, *times))))
        return self._then(
            onwards(self._walk, self._answers, self._setting), [self._say("voice.resumed")] if began else []
        )

    def heard(self, keys: str, recording: Recording | None) -> Spoken:
        self._call["turn"] += 1
        if (ended := self._cannot()) is not None:
            return ended
        current = current_of(self._walk, self._setting.prompts(self._answers))
        commanded = current is not None and key_of(current, keys) is not None
        if current is not None and entry_of(current) is Entry.SPOKEN and not commanded:
            taken = self._recorded(current, recording)
        else:
            taken = press(self._walk, self._answers, keys, self._setting)
        again = [self._say("voice.again")] if taken.outcome is Outcome.ASK_AGAIN else []
        return self._then(taken, again)

    def once_more(self) -> Spoken:
        """The same again for a turn that was told twice; after the end only goodbye. Nothing changes."""
        current = current_of(self._walk, self._setting.prompts(self._answers))
        if self._call["ended_at"] is not None or current is None or self._opening.receipt is not None:
            return Spoken(Turned.REPEATED, self._language)
        lines = spoken_lines(current, self._opening, self._language)
        return Spoken(Turned.REPEATED, self._language, lines, entry_of(current), self._call["turn"])

    def _cannot(self) -> Spoken | None:
        """Answered meanwhile, closed, restricted, or not for the telephone: a kind word, or none."""
        if self._opening.receipt is not None:
            return self._end("voice.thanks", "answered")
        if self._opening.closed:
            told = bool(self._opening.questions and self._opening.children)  # who may not be asked is told nothing
            return self._end("voice.closed" if told else None, "closed")
        if not goes_by(self._opening, Mode.VOICE):
            self._saying().link()
            return self._end("voice.link", "link")
        return None

    def _recorded(self, current: Prompt, recording: Recording | None) -> Step:
        if recording is None or recording.seconds < 1:
            return missed(self._walk, current, self._answers, self._setting, None)
        media = derived_id("recorded_answer", recording.sid)
        taken = take(self._walk, current, Given(media=media), self._answers, self._setting)
        if taken.outcome is Outcome.ASK_AGAIN:
            return taken
        first = not any(
            row.at >= self._call["begun_at"]
            for row in phones.recordings(self._uow.connection, self._call["assignment_id"])
        )
        phones.keep_recording(
            self._uow.connection,
            {
                "media_id": media,
                "assignment_id": self._call["assignment_id"],
                "guardian_id": self._opening.assignment.guardian_id,
                "question_id": current.question.id,
                "student_ids": [current.child] if current.child else list(self._opening.children),
                "language": self._language,
                "account": recording.account,
                "recording": recording.sid,
                "seconds": recording.seconds,
                "at": self._uow.now,
            },
        )
        if first:
            ask_to_listen(self._uow, self._ports, self._opening, call_sid=self._call["call_sid"])
        return taken

    def _then(self, taken: Step, before: Sequence[str]) -> Spoken:
        self._walk, self._answers = taken.walk, taken.answers
        if taken.outcome is Outcome.SUBMIT:
            return self._submit(taken)
        self._keep()
        if taken.outcome in (Outcome.SEND_LINK, Outcome.SILENT) or taken.prompt is None:
            self._saying().link()
            return self._end("voice.link", "link")
        self._call |= {"asked": taken.walk.asked, "misses": taken.walk.misses}
        phones.save_call(self._uow.connection, self._call)
        lines = [*before, *spoken_lines(taken.prompt, self._opening, self._language)]
        return Spoken(Turned.TAKEN, self._language, lines, entry_of(taken.prompt), self._call["turn"])

    def _submit(self, taken: Step) -> Spoken:
        """What the end refuses is kept and goes on by link: nobody is kept on the line for it."""
        wish = Wish.SEND if any(not given.empty for given in taken.answers.values()) else Wish.DECLINE_ALL
        try:
            submit(
                self._uow,
                self._call["assignment_id"],
                taken.answers,
                via="phone",
                language=self._language,
                wish=wish,
                opening=self._opening,
            )
        except SurveyClosed:
            return self._end("voice.closed", "closed")
        except AnswersRefused:
            self._keep()
            self._saying().link()
            return self._end("voice.link", "link")
        return self._end("voice.thanks", "submitted")

    def _keep(self) -> None:
        self._row["passed"] = list(self._walk.passed)
        phones.save_walk(self._uow.connection, self._row)
        if self._answers != self._opening.draft.answers:
            save_draft(self._uow, self._opening, self._answers)

    def _end(self, key: str | None, outcome: str) -> Spoken:
        self._call |= {"ended_at": self._uow.now, "outcome": outcome}
        phones.save_call(self._uow.connection, self._call)
        return Spoken(Turned.TAKEN, self._language, [self._say(key)] if key else [])

    def _saying(self) -> Saying:
        return Saying(self._uow, self._ports, self._opening)
