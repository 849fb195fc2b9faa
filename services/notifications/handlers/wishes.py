"""What guardians want and do not want, kept as surveys says it; and schools, whose nights are planned here."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.domain.consent import Source
from services.notifications.handlers import nightly
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, people
from services.notifications.store import wishes as store
from shared.directory import projection
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CHANNELS = ("sms", "whatsapp", "voice", "email", "push")  # what a guardian may close, each for itself
ALL_ROUTINE = "all_routine"  # a school's `stop_scope`: one STOP ends every channel (47 CFR 64.1200(a)(10))
EVERYTHING, OTHER = "*", "other"
CLOSED_BY_GUARDIAN = frozenset({Source.STOP.value, Source.COMPLAINED.value})  # by word, or by the mail program's button


def preference_changed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The newest version wins, in whatever order they come."""
    own = (
        "guardian_id",
        "version",
        "channel_order",
        "contacts_per_month",
        "live_mode",
        "available_after",
        "quiet_start",
        "quiet_end",
        "timezone",
        "language",
    )
    people.save_preferences(uow.connection, [{name: event.data[name] for name in own} for event in events])


def boundary_set(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A boundary only its guardian undoes: an event that somebody else set is not obeyed when it lifts one."""
    own = ("guardian_id", "scope", "version", "active")
    rows = [
        {name: event.data[name] for name in own}
        for event in events
        if event.data["active"] or event.data["set_by"] == event.data["guardian_id"]
    ]
    if rows:
        people.save_boundaries(uow.connection, rows)


def school_onboarded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Keep the settings (the acknowledgement that `homeroom status` reads) and plan the school's next night."""
    projection.school_onboarded(uow, events)
    nightly.plan_nights(uow, {event.data["school_id"] for event in events})


def stopped_by(channel: str, scope: str | None) -> tuple[str, ...]:
    """What a STOP on that channel closes, as the school has settled it: that channel, or all of them."""
    return CHANNELS if scope == ALL_ROUTINE else (channel,)


def stop(
    uow: UnitOfWork, guardian_ids: Sequence[str], channel: str, *, source: str = "page", evidence: str | None = None
) -> None:
    """Nothing but emergencies from now on that way; kept as a revocation, which also ends an opt-in to other matters."""
    rows = [
        {"guardian_id": who, "channel": channel, "source": Source.STOP.value, "since": uow.now} for who in guardian_ids
    ]
    people.suppress(uow.connection, rows)
    _record(uow, guardian_ids, channel, (EVERYTHING, OTHER), given=False, source=source, evidence=evidence)


def start(
    uow: UnitOfWork, guardian_ids: Sequence[str], channel: str, *, source: str = "page", evidence: str | None = None
) -> None:
    """That way is open again; what the carrier or the mail system closed is theirs to open."""
    store.reopen(uow.connection, guardian_ids, channel, CLOSED_BY_GUARDIAN)
    _record(uow, guardian_ids, channel, (EVERYTHING,), given=True, source=source, evidence=evidence)


def consent_to_other(uow: UnitOfWork, guardian_id: str, *, given: bool, evidence: str | None = None) -> None:
    """Opt in to, or out of, what is not about the child's schooling (FCC 16-88)."""
    _record(uow, [guardian_id], EVERYTHING, (OTHER,), given=given, source="page", evidence=evidence)


def _record(
    uow: UnitOfWork,
    guardian_ids: Sequence[str],
    channel: str,
    purposes: Sequence[str],
    *,
    given: bool,
    source: str,
    evidence: str | None,
) -> None:
    """Append to the consent ledger; the same evidence twice is one word."""
    rows = [
        {
            "consent_id": derived_id("consent", evidence or uow.now.isoformat(), who, channel, purpose, str(given)),
            "guardian_id": who,
            "channel": channel,
            "purpose": purpose,
            "given": given,
            "source": source,
            "evidence": evidence,
            "recorded_by": None,
            "at": uow.now,
        }
        for who in guardian_ids
        for purpose in purposes
    ]
    people.save_consents(uow.connection, rows)


def wrong_number(uow: UnitOfWork, guardian_ids: Sequence[str], channel: str, *, evidence: str) -> None:
    """Somebody else has this number: nothing more goes there, not even an emergency; the offices ask for the right one."""
    rows = [
        {
            "guardian_id": who,
            "channel": channel,
            "source": Source.INVALID.value,
            "detail": "wrong_number",
            "since": uow.now,
        }
        for who in guardian_ids
    ]
    people.suppress(uow.connection, rows)
    office_tasks(uow, guardian_ids, "wrong_number", evidence=evidence, note=channel)


def office_tasks(
    uow: UnitOfWork, guardian_ids: Sequence[str], kind: str, *, evidence: str, note: str = ""
) -> None:
    """One task per guardian for the office of the school of a child of theirs: the offices keep contact data."""
    children = people.children_of(uow.connection, guardian_ids)
    enrolled = people.students(uow.connection, {student for _, student in children})
    first = {who: student for who, student in reversed(children) if student in enrolled}
    offices = people.offices(uow.connection, {enrolled[student]["school_id"] for student in first.values()})
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id(kind, evidence, who),
                staff_id=offices[enrolled[student]["school_id"]],
                kind=kind,
                school_id=enrolled[student]["school_id"],
                student_id=student,
                guardian_id=who,
                note=note,
            )
            for who, student in first.items()
            if enrolled[student]["school_id"] in offices
        ],
    )


def correct(uow: UnitOfWork, guardian_id: str, channel: str, address: str) -> bool:
    """A new number or address from the guardian's page: it waits until the office has asked them; False if it is known.

    A link can be passed on, so nobody moves a family's messages to another phone by it alone.
    """
    point_id = derived_id("point", guardian_id, channel, address)
    row = {
        "point_id": point_id,
        "guardian_id": guardian_id,
        "channel": channel,
        "address": address,
        "label": None,
        "source": "page",
        "priority": 1,
        "active": False,
        "confirmed_at": None,
        "created_at": uow.now,
    }
    if not store.save_point(uow.connection, row):
        return False
    office_tasks(uow, [guardian_id], "number_corrected", evidence=point_id, note=channel)
    return True


def settle_point(uow: UnitOfWork, point: people.Row, *, good: bool) -> None:
    """The office's word on it; its task is done."""
    store.settle_point(uow.connection, point, uow.now, good=good)
    ledger.close_tasks(
        uow.connection, [derived_id("number_corrected", point["point_id"], point["guardian_id"])], uow.now
    )
