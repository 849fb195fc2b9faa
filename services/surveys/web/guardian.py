"""The survey that a guardian opens by link: answer page by page, save, decline or ask for a call; then the receipt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.surveys.domain.answers import Answers, given_of, problems
from services.surveys.domain.drafts import merged
from services.surveys.domain.edits_carry import carry
from services.surveys.domain.given import Given
from services.surveys.handlers.life import (
    Opening,
    Receipt,
    answered_assignment,
    open_assignment,
    save_draft,
    survey_version,
)
from services.surveys.handlers.responses import AnswersRefused, SurveyClosed, Wish, submit
from services.surveys.ports import SURVEY
from services.surveys.schemas import BACK, NEXT, SAVE, AnswersIn, ReceiptOut
from services.surveys.store import pages
from services.surveys.web import form_steps as steps
from services.surveys.web.form import SEEN, answers_of, misread, read, with_recordings
from services.surveys.web.form_fields import in_order
from services.surveys.web.guardian_pages import closed_page, form_page, receipt_page
from services.surveys.web.results_seen import seen
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found, redirect
from shared.web.problems import Problem, invalid

SENT = "sent"  # in the address that a sent form leads to: there is a receipt, and nothing else need be read


def open_link(uow: UnitOfWork, request: Request, *, lock: bool = False) -> Opening:
    """The assignment of the link; its holder must be the guardian it was made for (Problem 404)."""
    opening = open_assignment(uow, _resource(request), lock=lock)
    if opening is None:
        raise not_found("survey")
    _check_holder(request, opening.assignment)
    return opening


def _resource(request: Request) -> str:
    assert request.link is not None  # the access rule is `link`
    return request.link.resource


def _check_holder(request: Request, row: Any) -> None:
    if request.link is None or row.guardian_id != request.link.subject_id:
        raise not_found("survey")


@api.get("/s/{token}", access=link(SURVEY, single_use=False), page=True)
def survey_page(request: Request) -> Response:
    """A page of the questions, or the receipt of the answers."""
    with request.reading() as uow:
        if SENT in request.query and (answered := answered_assignment(uow, _resource(request))) is not None:
            _check_holder(request, answered[0])
            return receipt_page(request, *answered)
        opening = open_link(uow, request)
        if opening.receipt is not None:
            return receipt_page(request, opening.assignment, opening.survey, opening.receipt)
        if opening.closed:
            return closed_page(request, opening)
        if "blank" in request.query:  # kept on the telephone: all questions, nobody's answers
            return form_page(request, opening, {}, {}, whole=True)
        answers, before = steps.begun(uow, opening)
    seen(request, opening)
    place = _number(request.query.get("page"))
    return form_page(request, opening, answers, {}, place=place, before=before, said=_said(request))


def _said(request: Request) -> str:
    """What has just happened, for the reader and for a screen reader."""
    for name in ("saved", "more", "last"):
        if name in request.query:
            return request.t(f"page.{name}")
    return ""


@api.post("/s/{token}", access=link(SURVEY, single_use=False), body=AnswersIn(), response=ReceiptOut())
def answer_survey(request: Request) -> Response:
    """Take the answers; the same link answers once and shows the same receipt ever after."""
    with request.unit_of_work() as uow:
        opening = open_link(uow, request, lock=True)
        if opening.receipt is None and opening.closed:
            return _refuse_closed(request, opening)
        if request.form is not None and opening.receipt is None:
            return _Form(uow, request, opening).answer()
        answers = with_recordings(answers_of(request, opening.questions), opening.draft.answers)
        if request.data["wish"] in (SAVE, NEXT, BACK) and opening.receipt is None:
            save_draft(uow, opening, answers)
            return json_response(_out(opening, None))
        try:
            return _send(uow, request, opening, answers)
        except AnswersRefused as refused:
            raise invalid(
                {name or "answers": [request.t(f"error.{code}")] for name, code in refused.faults.items()}
            ) from None


class _Form:
    """One page of the form as it was sent: keep it, then go where its button leads."""

    def __init__(self, uow: UnitOfWork, request: Request, opening: Opening) -> None:
        assert request.form is not None
        self.uow, self.request, self.opening, self.form = uow, request, opening, request.form
        self.base = _number((self.form.get("_rev") or [""])[-1], None)
        self.revision = opening.draft.revision
        self.steps = steps.steps_of(opening.survey, opening.questions)
        place = _number((self.form.get("_page") or [""])[-1])
        self.step = (
            self.steps[min(place, len(self.steps) - 1)] if "_page" in self.form else steps.whole(opening.questions)
        )
        children = [child for child, _ in in_order(opening.children)]
        older = self._older(children)
        if older is not None:
            self.base = None  # what an older page leaves out says nothing about the page as it is now
        given = answers_of(request, self.step.questions, children=children) if older is None else older
        self.given = with_recordings(given, opening.draft.answers)
        self.answers = self._all()
        self.open = steps.open_ids(opening, self.answers)

    def _older(self, children: Sequence[str]) -> Answers | None:
        """The answers of a page of an earlier version (kept on a telephone, or left open), carried over; None if it is not."""
        version = (self.form.get("_version") or [""])[-1]
        if version in ("", self.opening.assignment.version) or not pages.is_version(
            self.uow.connection, version, self.opening.survey.id
        ):
            return None
        old = survey_version(self.uow, version)
        there = {question.id: read(self.form, question, children) for question in old.questions}
        return carry(there, old, self.opening.survey)[0]

    def answer(self) -> Response:
        wish = self.request.data["wish"]
        if wish == SAVE:
            self._keep()
            return self._go(self.step.place, "saved")
        if wish == BACK:
            self._keep()
            step = steps.before(self.steps, self.step, self.open)
            return self._go(step.place if step else 0)
        if wish == NEXT:
            return self._next()
        if wish == Wish.SEND and (faults := misread(self.form, self.step.questions)):
            return self._again(faults)
        if wish == Wish.SEND and (unseen := self._unseen()) is not None:
            self._keep()
            return self._go(unseen, "more")
        try:
            return _send(self.uow, self.request, self.opening, self._said())
        except AnswersRefused as refused:
            return self._again(refused.faults)

    def _said(self) -> Answers:
        """Every question, so that what was cleared here does not come back from the draft."""
        return {question.id: self.answers.get(question.id, Given()) for question in self.opening.questions}

    def _next(self) -> Response:
        here = {question.id for question in self.step.questions}
        given = {key: answer for key, answer in self.given.items() if key in self.open}
        found = problems(self.step.questions, given, children=tuple(self.opening.children))
        found |= {key: code for key, code in steps.faults_of(self.opening, self.answers).items() if key in here}
        found |= misread(self.form, self.step.questions)
        if found:
            return self._again(found)
        self._keep()
        if self._unseen(only=self.step.place) is not None:
            return self._go(self.step.place, "more")
        step = steps.after(self.steps, self.step, self.open)
        return self._go(step.place) if step else self._go(self.step.place, "last")

    def _again(self, faults: dict[str, str]) -> Response:
        """The page once more, with what is wrong; what is right is kept already."""
        self._keep(but=faults)
        place = next((each.place for each in self.steps for q in each.questions if q.id in faults), self.step.place)
        return form_page(
            self.request, self.opening, self.answers, faults, place=place, revision=self.revision, status=422
        )

    def _unseen(self, *, only: int | None = None) -> int | None:
        """The page with a question that these answers have opened and the guardian has not seen yet.

        Without JavaScript a question whose condition hangs on its own page comes after the page was sent.
        """
        seen = set(self.form.get(SEEN, ()))
        if "_page" not in self.form:  # a form of somebody's own making: what it leaves out, it leaves out
            return None
        for step in self.steps[self.step.place :]:
            for question in step.questions if only in (None, step.place) else ():
                here = step.place == self.step.place
                fresh = question.visible_if is not None and question.id not in seen if here else True
                if fresh and question.id in self.open and self.answers.get(question.id, Given()).empty:
                    return step.place
        return None

    def _all(self) -> Answers:
        """Draft and page in one: this page's answers win where this page has changed them."""
        draft = self.opening.draft
        plain = {key: given.plain() for key, given in draft.answers.items()}
        both = merged(plain, draft.history, self.given, revision=draft.revision, base=self.base)
        return {key: given_of(answer) for key, answer in both.answers.items()}

    def _keep(self, but: Mapping[str, str] | None = None) -> None:
        wrong = but or {}
        right = {key: answer for key, answer in self.given.items() if key not in wrong}
        self.revision = save_draft(self.uow, self.opening, right, base=self.base)

    def _go(self, place: int, said: str = "") -> Response:
        page = f"&page={place}" if place else ""
        return redirect(f"{_here(self.request)}{page}{f'&{said}=1' if said else ''}")


def _send(uow: UnitOfWork, request: Request, opening: Opening, answers: Answers) -> Response:
    wish = request.data["wish"]
    try:
        receipt = submit(
            uow,
            opening.assignment.assignment_id,
            answers,
            via="web",
            language=request.locale,
            wish=Wish(wish) if wish in list(Wish) else Wish.SEND,
            call_after=request.data["call_after"],
            opening=opening,
        )
    except SurveyClosed:
        return _refuse_closed(request, opening)
    return json_response(_out(opening, receipt), then=f"{_here(request)}&{SENT}=1")


def _here(request: Request) -> str:
    return f"/surveys/s/{request.params['token']}?lang={request.locale}"


def _number(text: Any, otherwise: Any = 0) -> Any:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _out(opening: Opening, receipt: Receipt | None) -> dict[str, Any]:
    return {
        "assignment_id": opening.assignment.assignment_id,
        "state": receipt.state if receipt else opening.assignment.state,
        "late": receipt.late if receipt else False,
        "receipt": receipt.lines if receipt else [],
    }


def _refuse_closed(request: Request, opening: Opening) -> Response:
    if not request.is_form:
        raise Problem(410, "SURVEY_CLOSED", "This survey is closed.", remedy="Please call the school.")
    return closed_page(request, opening)
