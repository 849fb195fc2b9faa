"""What goes back by text message: the next question, a link, help, thanks; in the guardian's language, two parts at most."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

from services.surveys.domain.definition import QuestionType, text_in
from services.surveys.domain.kinds import WORDS
from services.surveys.domain.sms import MOST_SEGMENTS, Labels, fitting, prompt_text, segments
from services.surveys.domain.walk import Step
from services.surveys.domain.walk_prompts import Prompt
from services.surveys.handlers.life import Opening
from services.surveys.ports import Ports
from services.surveys.words import skip_label, words
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

_BETTER_ASKED = frozenset({"not_an_option", "one_only"})  # the question itself says it better
_WRITTEN = {
    QuestionType.DATE: "not_a_date",
    QuestionType.DATETIME: "not_a_datetime",
    QuestionType.TIME: "not_a_time",
    QuestionType.EMAIL: "not_an_email",
    QuestionType.PHONE: "not_a_phone",
    QuestionType.NUMBER: "not_a_number",
}


class Saying:
    """One guardian's side of a walk; `cause`: the reply that it answers. Not `solicited`: nobody has just written or called."""

    def __init__(
        self, uow: UnitOfWork, ports: Ports, opening: Opening, *, cause: Event | None = None, solicited: bool = True
    ) -> None:
        self._uow, self._ports, self._opening, self._cause = uow, ports, opening, cause
        self._solicited = solicited
        self.assignment = opening.assignment
        self.language: str = opening.assignment.language
        self._words = words(self.language)

    def question(self, taken: Step, *, before: str = "") -> None:
        """The open prompt; `before`: a line above it, where there is room. Notes go ahead, alone if they must."""
        if taken.prompt is None:
            return
        asked = self._prompt(taken.prompt, taken)
        notes = [text_in(note.sms, self.language) for note in taken.prompt.notes]
        together = "\n".join([*notes, asked])
        if notes and segments(together) > MOST_SEGMENTS:
            self._say("\n".join(notes), "note", taken)
            together = asked
        self._say(fitting(f"{before}\n{together}", together) if before else together, taken.prompt.question.id, taken)

    def again(self, taken: Step) -> None:
        """Not understood, and why; then the question once more."""
        self.question(taken, before=self.fault(taken.code, taken.prompt))

    def fault(self, code: str | None, prompt: Prompt | None) -> str:
        """The survey's own words for its condition, else ours."""
        if code == "constraint" and prompt is not None and prompt.question.constraint_text:
            return text_in(prompt.question.constraint_text, self.language)
        kind = prompt.question.type if prompt is not None else None
        if code is None and kind in _WRITTEN:
            code = _WRITTEN[kind]
        if code is None or code in _BETTER_ASKED:
            return self._words.text("sms.again_words" if kind in WORDS else "sms.again")
        return self._words.text(f"error.{code}")

    def link(self, taken: Step | None = None, *, key: str = "sms.link_or_call") -> None:
        """Where it goes on easily."""
        assignment = self.assignment
        token = self._ports.survey_token(
            self._uow.district,
            assignment.assignment_id,
            assignment.guardian_id,
            due_at=assignment.due_at,
            language=self.language,
            school=assignment.school_id,
        )
        link = self._ports.survey_link(token)
        text = fitting(self._words.text(key, link=link), self._words.text("sms.link", link=link))
        if segments(text) > MOST_SEGMENTS:  # beside letters that take twice the room the address goes alone
            self._say(self._words.text("sms.link", link="").strip(" :"), "link", taken)
            text = link
        self._say(text, "link", taken)

    def help(self, taken: Step) -> None:
        """What to do, and how to reach a person."""
        values = {"school": self._opening.school_name, "position": max(taken.position, 1), "total": max(taken.total, 1)}
        self._say(self._with_phone("sms.help", **values), "help", taken)

    def later(self, taken: Step, at: datetime) -> None:
        local = at.astimezone(ZoneInfo(self._opening.timezone))
        when = format_datetime(local, "EEEE HH:mm", locale=Locale.parse(self.language, sep="-"))
        self._say(self._words.text("sms.later", when=when), "later", taken)

    def will_call(self, taken: Step) -> None:
        self._say(self._words.text("sms.will_call"), "call", taken)

    def closed(self) -> None:
        self._say(self._with_phone("sms.closed"), "closed")

    def thanks(self) -> None:
        """It was answered already; nothing that comes now changes it."""
        self._say(self._with_phone("sms.thanks"), "thanks")

    def full(self) -> None:
        self._say(self._words.text("error.full"), "full")

    def resume(self, taken: Step) -> None:
        self.question(taken, before=self._words.text("sms.resume"))

    def _prompt(self, prompt: Prompt, taken: Step) -> str:
        text = self._words.text
        labels = Labels(skip_label(self.language), text("sms.yes"), text("sms.no"))
        children = self._opening.children
        child = children.get(prompt.child) if prompt.child and len(children) > 1 else None
        return prompt_text(
            prompt, self.language, position=taken.position, total=taken.total, labels=labels, child=child
        )

    def _with_phone(self, key: str, **values: Any) -> str:
        phone = self._opening.settings.get("office_phone")
        return self._words.text(key, phone=phone, **values) if phone else self._words.text(f"{key}_plain", **values)

    def _say(self, text: str, question_id: str, taken: Step | None = None) -> None:
        assignment = self.assignment
        total = len(assignment.question_ids)
        data: Mapping[str, Any] = {
            "assignment_id": assignment.assignment_id,
            "guardian_id": assignment.guardian_id,
            "school_id": assignment.school_id,
            "question_id": question_id,
            "position": taken.position if taken is not None and taken.total else total,
            "total": taken.total if taken is not None and taken.total else total,
            "language": self.language,
            "text": text,
            "solicited": self._solicited,
        }
        self._uow.emit(
            "surveys.question_asked",
            dict(data),
            school=assignment.school_id,
            subject=assignment.guardian_id,
            cause=self._cause,
        )
