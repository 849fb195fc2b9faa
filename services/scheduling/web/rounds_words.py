"""A round in words: its evenings, what a home said of them, languages, and why a wish was not met."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.dates import format_date, format_time

from services.scheduling.domain.rounds import Span, minute_of
from services.scheduling.store import rounds_plans as plans
from services.scheduling.when import locale_of
from shared.messaging.uow import UnitOfWork
from shared.web.problems import invalid

STEP = 15  # minutes between the times of a list
REASONS = ("no_common_time", "no_interpreter", "must_see_first", "teacher_full", "own_meetings", "teacher_away")


def language_name(language: str, locale: str) -> str:
    """As the page's reader calls it; the tag itself where no name is known."""
    return locale_of(locale).languages.get(language.split("-")[0], language) or language


def day_words(on: date, *, language: str) -> str:
    """ "Mon, Oct 26" in the reader's language."""
    return str(format_date(on, "EEE d MMM", locale=locale_of(language)))


def clock_words(clock: time, *, language: str) -> str:
    return str(format_time(clock, "short", locale=locale_of(language))).replace("\u202f", " ")


def evening_words(row: Mapping[str, Any], home: Mapping[str, Any], *, language: str) -> list[dict[str, Any]]:
    """Each evening with its times to choose from, and what the home has said of it."""
    said = None if home["windows"] is None else {each["on"]: each for each in home["windows"]}
    found = []
    for number, raw in enumerate(row["evenings"]):
        span = Span.of(raw)
        own = raw if said is None else said.get(raw["on"])
        clocks = [each.time() for each in _steps(span)]
        found.append(
            {
                "n": number,
                "day": day_words(span.on, language=language),
                "hours": f"{clock_words(span.start, language=language)} – {clock_words(span.end, language=language)}",
                "comes": own is not None,
                "starts": [(f"{number} {c:%H:%M}", clock_words(c, language=language)) for c in clocks[:-1]],
                "ends": [(f"{number} {c:%H:%M}", clock_words(c, language=language)) for c in clocks[1:]],
                "start": f"{number} {(own or raw)['start']}",
                "end": f"{number} {(own or raw)['end']}",
            }
        )
    return found


def _steps(span: Span) -> list[datetime]:
    """The start, quarters of an hour, the end."""
    begins, ends = datetime.combine(span.on, span.start), datetime.combine(span.on, span.end)
    steps = [begins]
    step = begins + timedelta(minutes=STEP - minute_of(span.start) % STEP)
    while step < ends:
        steps.append(step)
        step += timedelta(minutes=STEP)
    return [*steps, ends]


def spans_said(evenings: Sequence[Mapping[str, str]], data: Mapping[str, Any]) -> list[Span] | None:
    """The chosen evenings with their times; None: all of all of them. Raises Problem 422 for what is no time of the round's."""
    starts = dict(each.split(" ") for each in data["start"])
    ends = dict(each.split(" ") for each in data["end"])
    found = []
    for number in sorted(set(data["evening"])):
        if number >= len(evenings):
            raise invalid({"evening": ["choose one of the evenings shown"]})
        whole = Span.of(evenings[number])
        try:
            start = time.fromisoformat(starts.get(str(number), f"{whole.start:%H:%M}"))
            end = time.fromisoformat(ends.get(str(number), f"{whole.end:%H:%M}"))
        except ValueError:
            raise invalid({"evening": ["choose times from the lists"]}) from None
        if max(start, whole.start) < min(end, whole.end):
            found.append(Span(whole.on, max(start, whole.start), min(end, whole.end)))
    return None if [each.raw() for each in found] == [dict(each) for each in evenings] else found


def why_not(uow: UnitOfWork, row: Mapping[str, Any], home_id: str) -> dict[str, str]:
    """For one home: teacher → a key of the catalogue that says why the published plan has no time with them."""
    plan = plans.by_id(uow.connection, row["plan_id"]) if row["plan_id"] else None
    if plan is None or not plan["result"]:
        return {}
    pairs = plan["job"]["requests"]
    found = {staff_id: f"rounds.why.{why}" for home, staff_id, why in plan["job"]["left_out"] if home == home_id and why in REASONS}
    for each in plan["result"].get("explanations", ()):
        home, staff_id = pairs[each["request"]]
        if home == home_id:
            found[staff_id] = f"rounds.why.{each['reason']}" if each.get("reason") in REASONS else "rounds.why.teacher_full"
    return found
