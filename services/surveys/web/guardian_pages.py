"""What a guardian sees of a survey: a page of the form, the receipt, a kind word when it is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from typing import Any

from services.surveys.domain.answers import Answers
from services.surveys.domain.definition import Privacy, Survey, text_in
from services.surveys.handlers.life import Opening, Receipt
from services.surveys.receipts import receipt_line
from services.surveys.web import browser
from services.surveys.web import form_steps as steps
from services.surveys.web.blank import questions_html
from services.surveys.web.form import autonyms, when
from services.surveys.web.form_fields import fault_texts, fields_of, in_order, words_of
from shared.web import Request, Response, page

_UNDONE_BY = {  # where on the page of preferences the thing can be changed back
    "contacts_per_month": "contacts_per_month",
    "channel_order": "first_channel",
    "live_mode": "live_mode",
    "available_after": "available_after",
    "quiet_start": "quiet_start",
    "quiet_end": "quiet_end",
    "boundary": "boundaries-1",
}


def form_page(
    request: Request,
    opening: Opening,
    answers: Answers,
    faults: Mapping[str, str],
    *,
    place: int = 0,
    before: Collection[str] = (),
    said: str = "",
    revision: int | None = None,
    whole: bool = False,
    status: int = 200,
) -> Response:
    """One page of the questions, in the reader's language. `whole`: all of them on one, for a copy kept on the telephone."""
    language = request.locale
    pages = steps.steps_of(opening.survey, opening.questions) if not whole else (steps.whole(opening.questions),)
    open_now = steps.open_ids(opening, answers)
    step = steps.at(pages, place, open_now) or pages[0]
    full = [each.place for each in pages if any(question.id in open_now for question in each.questions)] or [step.place]
    children = in_order(opening.children)
    told = fault_texts(request, opening.questions, faults)
    return page(
        "surveys/survey.html",
        request,
        title=text_in(opening.survey.title, language),
        status=status,
        intro=text_in(opening.survey.intro, language),
        about=request.t(
            "page.about",
            names=", ".join(opening.children.values()),
            due=when(opening.assignment.due_at, opening.timezone, language),
        ),
        asked=questions_html(
            request,
            step.questions,
            lambda: fields_of(
                step.questions,
                answers,
                language,
                words=words_of(request),
                children=children,
                open_ids=open_now,
                before=before,
            ),
            version=opening.assignment.version,
            answers=answers,
            faults=told,
            before=before,
            children=children,
            open_ids=open_now,
        ),
        wrong=[(each.id, text_in(each.text, language)) for each in step.questions if each.id in told],
        languages=_autonyms(opening.survey.languages),
        faults=told,
        limited=bool(opening.boundaries),
        said=said,
        whole=whole,
        place=step.place,
        heading=text_in(step.title, language) if step.title else "",
        step=full.index(step.place) + 1 if step.place in full else 1,
        steps=len(full),
        onward=steps.after(pages, step, open_now) is not None,
        revision=opening.draft.revision if revision is None else revision,
        version=opening.assignment.version,
        rules=browser.rules_of(opening, step.questions, answers),
        script=browser.PAGE,
        conditions=browser.CONDITIONS,
    )


@cache
def _autonyms(languages: tuple[str, ...]) -> list[tuple[str, str]]:
    return autonyms(languages)


def closed_page(request: Request, opening: Opening) -> Response:
    """Kindly: what somebody wants to say still counts."""
    phone = opening.settings.get("office_phone")
    return page(
        "surveys/closed.html", request, title=request.t("closed.title"), status=410, phone=phone, preferences=None
    )


def receipt_page(request: Request, row: Any, survey: Survey, receipt: Receipt) -> Response:
    """What will change, each line with the way to change it back. `row`: the assignment's."""
    token = request.ports.receipt_token(
        request.district,
        row.assignment_id,
        row.guardian_id,
        now=request.now,
        language=request.locale,
        school=row.school_id,
    )
    changes = f"/surveys/changes/{token}?lang={request.locale}"
    known = survey.identified is not Privacy.ANONYMOUS  # else nobody, we neither, finds the answers again
    return page(
        "surveys/receipt.html",
        request,
        title=request.t("receipt.title"),
        lines=[(line_of(request, survey, line), _undo(line, changes)) for line in receipt.lines],
        late=receipt.late,
        said=f"/surveys/changes/{token}/answers?lang={request.locale}" if known else None,
        changes=changes,
        script=browser.PAGE,
    )


def _undo(line: Mapping[str, str], changes: str) -> str | None:
    """Where a line of the receipt is changed back; None where there is nothing to undo."""
    place = "lift" if line["effect"] == "barrier" else _UNDONE_BY.get(line["effect"])
    return f"{changes}#{place}" if place else None


def line_of(request: Request, survey: Survey, line: Mapping[str, Any]) -> str:
    """One line of the receipt in the reader's language."""
    return receipt_line(request.translator, survey, line)
