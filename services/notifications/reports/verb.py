"""What `homeroom report` says: a table for a terminal, one object for a program, CSV and PDF for others."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from services.notifications.domain.figures import WINDOW_DAYS, Name
from services.notifications.handlers import reporting
from services.notifications.handlers.rendering import school_zone
from services.notifications.reports import words
from services.notifications.reports.names import language, moment
from services.notifications.reports.published import Published, publish
from services.notifications.store import repair
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork
from shared.web.i18n import SHELL_LOCALE, Translator

LOCALE = Path(__file__).parents[1] / "locale"


@dataclass(frozen=True)
class Told:
    """`pdf` is made only when called for."""

    lines: list[str]
    payload: dict[str, Any]
    csv: bytes
    report: Published = field(repr=False)
    names: dict[str, str] = field(repr=False)
    zone: Any = field(repr=False)

    def pdf(self) -> bytes:
        from services.notifications.reports.pdf import render

        return render(self.report, self.names, english(), zone=self.zone, lang="en", direction="ltr")


def english() -> Any:
    return Translator.of("en", (LOCALE, SHELL_LOCALE)).text


def tell(
    uow: UnitOfWork, *, as_of: datetime | None = None, school: str = "", days: int = WINDOW_DAYS, equity: bool = False
) -> Told:
    """The report as of a time, or of a count made now. `equity`: homes by language only."""
    known = repair.all_schools(uow.connection)
    names = {key: str(row["name"]) for key, row in known.items()}
    if school and school not in names:
        raise HomeroomError(
            "report.no_school", "there is no such school", f"one of: {', '.join(sorted(names)) or 'none yet'}"
        )
    if as_of is None:
        reporting.count(uow)
    tally = reporting.tally(uow, as_of=as_of, days=days)
    weekly = reporting.tally(uow, as_of=as_of, days=days, weekly=True)
    scope = {school} if school else set(names)
    report = publish(tally, weekly, names, schools=scope, whole=not school, school=school)
    t, zone = english(), school_zone(next(iter(known.values()), None))
    rows = [row for row in words.rows(report, t) if not equity or row["table"] == "languages"]
    lines = [t("reach.as_of", when=moment(report.as_of, zone, "en"), days=days), ""]
    lines += [] if equity else _schools(report, t) + _ways(report, t)
    lines += _tongues(report, t, when=moment(report.tongues_as_of, zone, "en"))
    payload = {
        "as_of": report.as_of.isoformat(),
        "run": report.run_id,
        "since": report.since.isoformat(),
        "days": days,
        "languages_as_of": report.tongues_as_of.isoformat(),
        "note": t("reach.association"),
        "figures": rows,
        "languages": _languages(report),
    }
    return Told(lines, payload, words.as_csv(rows), report, names, zone)


def _schools(report: Published, t: Any) -> list[str]:
    lines = []
    for line in report.lines:
        lines.append(line.name or t("reach.district"))
        if line.figures is None:
            lines.append(f"  {t('reach.hidden')}")
            continue
        lines += [
            f"  {t(f'reach.name.{name.value}'):<28} {words.value(name, line.figures[name], t):>12}  n = {line.figures[name].n}"
            for name in Name
        ]
    return [*lines, ""]


def _ways(report: Published, t: Any) -> list[str]:
    lines = [t("reach.channels")]
    for way in report.ways:
        told = t("reach.hidden") if way.n is None else f"{words.percent(way.reply, t):>8}  n = {way.n}"
        lines.append(f"  {t(f'channel.{way.channel}'):<28} {told}")
    return [*lines, ""]


def _tongues(report: Published, t: Any, *, when: str) -> list[str]:
    lines = [f"{t('reach.languages')}. {t('reach.weekly', when=when)}"]
    for one in report.tongues:
        name = language(one.language, "en")
        if one.hidden:
            lines.append(f"  {name:<20} {t('reach.hidden')}")
            continue
        reach, reply, gap = words.percent(one.reach, t), words.percent(one.reply, t), words.points(one.reply_gap, t)
        lines.append(f"  {name:<20} reach {reach:>6}  reply {reply:>6}  gap {gap:>12}  n = {one.n}")
        lines += [f"    {said}" for said in asides(one, t)]
    return [*lines, "", t("reach.association")]


def asides(one: Any, t: Any) -> list[str]:
    """What keeps us from these homes, and what to try."""
    said = []
    if one.barriers:
        reasons = "; ".join(f"{t(f'repair.reason.{reason}')} ({count})" for reason, count in one.barriers)
        said.append(t("reach.barriers", reasons=reasons))
    if one.switch is not None:
        said.append(
            t(
                "reach.switch",
                to=t(f"channel.{one.switch.to}"),
                share=words.percent(one.switch.share, t),
                n=one.switch.n,
                other=t(f"channel.{one.switch.instead_of}"),
                other_share=words.percent(one.switch.other_share, t),
                other_n=one.switch.other_n,
            )
        )
    return said


def _languages(report: Published) -> list[dict[str, Any]]:
    """Homes by language with their gap, barriers and the channel to try."""
    return [
        {
            "language": one.language,
            "hidden": one.hidden,
            "n": None if one.hidden else one.n,
            "reach": one.reach,
            "reply": one.reply,
            "reach_gap": one.reach_gap,
            "reply_gap": one.reply_gap,
            "barriers": [{"reason": reason, "n": count} for reason, count in one.barriers],
            "switch": None
            if one.switch is None
            else {
                name: getattr(one.switch, name) for name in ("to", "share", "n", "instead_of", "other_share", "other_n")
            },
        }
        for one in report.tongues
    ]
