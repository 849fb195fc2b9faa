"""What `homeroom survey results` says: the published figures in words, or the responses written to a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from services.surveys.domain.definition import text_in
from services.surveys.handlers import results as handlers
from services.surveys.handlers import results_export
from services.surveys.results.exports import FORMATS, Format
from services.surveys.results.report import blocks, overall
from services.surveys.store import results as store
from services.surveys.store import roster
from services.surveys.web.results_words import Wording
from services.surveys.words import words
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True)
class Told:
    lines: list[str]
    payload: dict[str, Any]
    code: int = field(default=0)


def tell(uow: UnitOfWork, name: str, *, round_: str = "", as_of: datetime | None = None) -> Told:
    """The figures as published (by `as_of`, where it is said); code 1 while nothing may be told."""
    round_ = _round(uow, name, round_)
    told = handlers.published(uow, name, round_, as_of=as_of)
    if told is None:
        line = f"{name}, {round_}: nothing can be told yet; fewer than {handlers.least_of(uow, name, round_)} homes have answered"
        return Told([line], {"survey": name, "round": round_, "figures": None}, code=1)
    schools = {school.id: school.name for school in roster.schools(uow.connection).values()}
    wording = Wording(words("en").text, "en", zone=ZoneInfo("UTC"), names=schools)
    answered, asked, flag = overall(told.content)
    lines = [f"{text_in(told.survey.title, 'en')} ({name}, {round_}), counted {told.taken_at:%Y-%m-%d %H:%M} UTC"]
    lines.append(f"answered {answered} of {asked}; {words('en').text(f'results.flag.{flag.value}')}")
    lines.append("  ".join(f"RR{n} {wording.percent(rate)}" for n, rate in enumerate(told.content["rates"], 1)))
    figures = []
    for block in blocks(told.survey, told.content, schools=schools, whole=True):
        title = " / ".join(wording.text(text) for text in (block.title, block.part) if text)
        lines.append(title)
        for line in block.lines:
            cells = {wording.column(cell): wording.cell(cell) for cell in line.cells}
            told_in = ", ".join(f"{column} {figure}" for column, figure in cells.items())
            lines.append(f"  {wording.school(line.school)} (n = {line.n}): {told_in}")
            figures.append({"table": block.key, "school": line.school, "n": line.n, "shares": cells})
    kept = ("homes", "asked", "ends", "e", "rates", "funnel", "traits", "weights", "minutes", "modes", "stopped_at")
    summary = {key: told.content[key] for key in kept}
    about = {"survey": name, "round": round_, "taken_at": told.taken_at.isoformat(), "flag": flag.value}
    return Told(lines, {**about, **summary, "figures": figures})


def write(
    uow: UnitOfWork, name: str, out: BinaryIO, *, form: str, round_: str = "", as_of: datetime | None = None
) -> Told:
    """The responses in a format. Whoever calls this writes it in the audit log."""
    if form not in list(Format):
        raise HomeroomError("survey.format", f"there is no format {form!r}", f"one of: {', '.join(Format)}", "--format")
    round_ = _round(uow, name, round_)
    survey = results_export.survey_asked(uow, name, round_)
    if survey is None:
        raise HomeroomError("survey.none_asked", f"nobody has been asked {name} yet", "wait until it is sent", name)
    count = results_export.export(uow, out, Format(form), survey=survey, round_=round_, as_of=as_of)
    return Told([f"{count} responses"], {"survey": name, "round": round_, "format": form, "responses": count})


def ending(form: str) -> str:
    """The file's ending of a format; the format's own name where there is none."""
    return FORMATS[Format(form)][0] if form in list(Format) else form


def _round(uow: UnitOfWork, name: str, wanted: str) -> str:
    """The round that is meant: the newest, if none is said."""
    rounds = [row.round for row in store.rounds(uow.connection) if row.survey_id == name]
    if not rounds:
        known = sorted({row.survey_id for row in store.rounds(uow.connection)})
        raise HomeroomError(
            "survey.unknown",
            f"no survey {name!r} was put to families",
            f"one of: {', '.join(known) or 'none yet'}",
            name,
        )
    if wanted and wanted not in rounds:
        raise HomeroomError(
            "survey.round", f"{name} had no round {wanted!r}", f"one of: {', '.join(rounds)}", "--round"
        )
    return wanted or str(rounds[0])
