"""What needs somebody today, as cards: a heading, a line, the words it is about, and at most two things to press."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain import load as loads
from services.notifications.domain import today as ranking
from services.notifications.domain.cadence import live_slot
from services.notifications.domain.rhythm import Rhythm, SchoolYear, at, brief_day
from services.notifications.handlers import calls
from services.notifications.handlers.load import carried
from services.notifications.handlers.rendering import school_zone
from services.notifications.store import briefs, conversation, ledger, people
from services.notifications.store import rhythm as store
from services.notifications.store.ladder import CALL_KINDS
from services.notifications.web.routes import full_name, on_the_clock
from shared.messaging.uow import UnitOfWork
from shared.web import Request


@dataclass(frozen=True)
class Button:
    """`fields` None: a link. Else a form that posts them."""

    label: str
    path: str
    fields: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Card:
    """One thing: what about, by when, and what to press."""

    kind: str
    heading: str
    line: str = ""
    quote: str = field(default="", repr=False)
    original: str = field(default="", repr=False)
    language: str = "en"
    due: datetime | None = None
    student_id: str | None = None
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Day:
    """All cards, best first, and how many easy things wait until the load is lighter."""

    cards: list[Card]
    deferred: int


def cards_of(uow: UnitOfWork, request: Request, zone: ZoneInfo, taught: Iterable[str]) -> Day:
    """A fixed number of queries, however many students."""
    mine = list(taught)
    deck = _Deck(uow, request, zone)
    cards = [*deck.tasks(), *deck.replies(), *deck.gaps(mine), *deck.live(mine), *deck.balance(), *deck.nudges()]
    if request.role == "teacher":
        cards += deck.briefs()
    band = carried(uow, request.person_id)
    shown = [card for card in cards if not loads.defers(card.kind, band)]
    ordered = ranking.choose(shown, kind=lambda card: card.kind, due=lambda card: card.due)
    return Day(ordered, len(cards) - len(shown))


@dataclass(frozen=True)
class _Deck:
    uow: UnitOfWork
    request: Request
    zone: ZoneInfo

    def t(self, key: str, **values: Any) -> str:
        return self.request.t(key, **values)

    def when(self, instant: datetime | None) -> str:
        return on_the_clock(instant, self.zone, self.request.locale)

    def write(self, student_id: str, kind: str) -> Button:
        return Button(self.t(f"today.write_{kind}"), f"/notifications/compose?student_id={student_id}&kind={kind}")

    def tasks(self) -> list[Card]:
        return [
            Card(
                row["kind"],
                self.t(f"task.{row['kind']}", student=full_name(row)),
                self.t("task.due", due=self.when(row["due_at"])) if row["due_at"] else "",
                quote=row["note"],
                due=row["due_at"],
                student_id=row["student_id"],
                buttons=self._of_task(row),
            )
            for row in self._open_tasks()
        ]

    def _open_tasks(self) -> list[Mapping[str, Any]]:
        """The reader's own; a call that policy would not allow any more is nobody's to make."""
        rows = ledger.tasks_of(self.uow.connection, self.request.person_id)
        to_ring = [row for row in rows if row["kind"] in CALL_KINDS and row["guardian_id"]]
        refused = {row["task_id"] for row in to_ring} - calls.allowed(self.uow, to_ring)
        return [row for row in rows if row["task_id"] not in refused]

    def _of_task(self, row: Mapping[str, Any]) -> tuple[Button, ...]:
        path = f"/notifications/tasks/{row['task_id']}"
        done = Button(self.t("today.done"), f"{path}/done", {})
        if row["kind"] == "late_request":  # answering it is what settles it
            return (Button(self.t("today.answer_late"), "/scheduling/late"),)
        if row["kind"] in ("call_to_book", "checkin_missed"):
            book = f"/scheduling/desk?student={row['student_id']}&staff={row['staff_id']}"
            return (Button(self.t("today.book_for"), book), done)
        if self.request.role == "office":
            return (done,)
        return (done, Button(self.t("today.share"), f"{path}/share", {}))

    def replies(self) -> list[Card]:
        rows = store.threads_waiting(self.uow.connection, self.request.person_id, self.uow.now)
        words = store.newest_words(self.uow.connection, (row["guardian_id"] for row in rows))
        found = []
        for row in rows:
            said = words.get(row["guardian_id"])
            found.append(
                Card(
                    "reply",
                    self.t("today.reply", guardian=full_name(row)),
                    self.t("task.due", due=self.when(row["due_at"])),
                    quote=(said["english"] or said["text"]) if said else "",
                    original=said["text"] if said and said["english"] and said["english"] != said["text"] else "",
                    language=said["language"] if said else "en",
                    due=row["due_at"],
                    student_id=row["student_id"],
                    buttons=(Button(self.t("today.answer"), f"/notifications/threads/{row['guardian_id']}"),),
                )
            )
        return found

    def gaps(self, mine: list[str]) -> list[Card]:
        return [
            Card(
                "gap",
                self.t("today.gap", student=full_name(row)),
                self.t("today.gap_never")
                if row["days_since"] is None
                else self.t("today.gap_days", days=row["days_since"]),
                student_id=row["student_id"],
                buttons=(self.write(row["student_id"], "positive"),),
            )
            for row in ledger.gaps_of(self.uow.connection, mine)
        ]

    def live(self, mine: list[str]) -> list[Card]:
        rows = store.live_missing_of(self.uow.connection, mine)
        card = conversation.cards(self.uow.connection, [self.request.person_id]).get(self.request.person_id)
        slot = live_slot(card["windows"], self.uow.now, self.zone) if card else None
        line = self.t("today.live_slot", slot=self.when(slot[0])) if slot else self.t("today.live_any")
        return [
            Card(
                "live",
                self.t("today.live", student=full_name(row), texts=row["text_count"]),
                line,
                student_id=row["student_id"],
                buttons=(self._called(row),) if row["guardian_id"] else (),
            )
            for row in rows
        ]

    def _called(self, row: Mapping[str, Any]) -> Button:
        path = f"/notifications/family/{row['student_id']}/contacts"
        return Button(self.t("today.called"), path, {"guardian_id": row["guardian_id"], "mode": "phone"})

    def balance(self) -> list[Card]:
        found = []
        for row in store.balances_for(self.uow.connection, self.request.person_id):
            more_good = row["direction"] == "more_good"
            found.append(
                Card(
                    "good_news" if more_good else "silent",
                    self.t(f"today.{row['direction']}", student=full_name(row), course=row["course_title"] or ""),
                    self.t("today.balance", positive=row["positive"], concern=row["concern"]),
                    student_id=row["student_id"],
                    buttons=(self.write(row["student_id"], "positive" if more_good else "concern"),),
                )
            )
        return found

    def nudges(self) -> list[Card]:
        return [
            Card(
                "nudge",
                self.t(f"nudge.{row['signal']}", student=full_name(row), count=row["count"], days=row["window_days"]),
                self.t("nudge.soft"),
                student_id=row["student_id"],
                buttons=(
                    Button(self.t("nudge.send"), f"/notifications/compose?nudge={row['nudge_id']}"),
                    Button(self.t("nudge.bin"), f"/notifications/nudges/{row['nudge_id']}/bin", {}),
                ),
            )
            for row in briefs.open_nudges(self.uow.connection, self.request.person_id)
        ]

    def briefs(self) -> list[Card]:
        """Today's brief, for each of the reader's classes that has none yet."""
        member = people.staff(self.uow.connection, [self.request.person_id]).get(self.request.person_id)
        school_id = next(iter(self.request.schools), None)
        school = people.schools(self.uow.connection, [school_id]).get(school_id or "")
        calendar = people.calendars(self.uow.connection, [school_id]).get(school_id or "")
        if member is None or school is None or calendar is None:
            return []
        rhythm, day = Rhythm.of(school["settings"]), self.uow.now.astimezone(school_zone(school)).date()
        goes = at(day, rhythm.brief_at, school_zone(school))
        if brief_day(rhythm, SchoolYear.of(calendar), day) != day or goes <= self.uow.now:
            return []
        written = briefs.briefs_on(self.uow.connection, member["class_ids"], day)
        return [
            Card(
                "brief",
                self.t("today.brief", at=self.when(goes)),
                self.t("today.brief_draft") if name in written else "",
                due=goes,
                buttons=(Button(self.t("today.write_brief"), f"/notifications/brief?class_id={name}"),),
            )
            for name in member["class_ids"]
            if written.get(name, {"state": ""})["state"] != "ready"
        ]
