"""Every way out to a guardian, each driven by what drives it in production."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.benches.restrictions_families import SCHOOLS, ZONES, Child, Moment, Person
from shared.benches.restrictions_world import NAMED, World, module
from shared.identity import Identity
from shared.web import build_app
from shared.web.testing import SignedIn

OFFICE, TEACHER = "t-office", "t-teacher"
SETTINGS = {
    "languages": ["en", "es", "vi", "so"], "floor_days": 30, "concern_floor_days": 7, "ratio_target": 3.0,
    "alert_threshold": 70.0, "alert_recovery": 73.0, "quiet_start": None, "quiet_end": None, "monthly_cap": None,
    "intake": None, "office_hours": [], "office_phone": "+13125550100", "family_friday": None,
}  # fmt: skip
CALENDAR = "BEGIN:VCALENDAR\r\nSUMMARY:{name}\r\nEND:VCALENDAR\r\n"


EVERY_SCHOOL = tuple(f"school-{n}" for n in range(SCHOOLS))
CLASSES = 40  # in each school


def pairs(people: Iterable[Person]) -> int:
    """Guardians and their children, each a case."""
    return sum(len(person.ties) for person in people)


def class_of(child: Child) -> str:
    """One class each; families are numbered, so that a class is of many families."""
    return f"class-{child.school}-{int(child.student_id.partition('-')[0][1:]) % CLASSES}"


def children_of(people: Iterable[Person]) -> list[Child]:
    return list({tie.child.student_id: tie.child for person in people for tie in person.ties}.values())


def populate(world: World, people: Sequence[Person]) -> None:
    """Roster, orders that are known from the start, wishes, boundaries and stops, each by its event."""
    names = {"given_name": "Sam", "family_name": "Sample"}
    schools = [
        world.event(
            "district.school_onboarded", school_id=f"school-{n}", revision=1, config_version="1", name=f"School {n}",
            timezone=ZONES[n % len(ZONES)], **SETTINGS,
        )
        for n in range(SCHOOLS)
    ]  # fmt: skip
    world.hear(*schools)
    classes = sorted({class_of(child) for child in children_of(people)})
    world.hear(
        *(
            world.event("district.staff_listed", staff_id=who, revision=1, school_ids=list(EVERY_SCHOOL), role=role,
                        class_ids=classes, active=True, name=names, email=None)
            for who, role in ((OFFICE, "office"), (TEACHER, "teacher"))
        )
    )  # fmt: skip
    world.hear(
        *(
            world.event("district.student_enrolled", student_id=child.student_id, school_id=f"school-{child.school}", revision=1,
                        grade="03", class_ids=[class_of(child)], teacher_ids=[TEACHER], sibling_group_id=None,
                        name={"given_name": child.name, "family_name": "Sample"})
            for child in children_of(people)
        )
    )  # fmt: skip
    world.hear(*(_link(world, person, tie) for person in people for tie in person.ties))
    gone = [
        world.event(
            "district.guardian_unlinked", guardian_id=person.guardian_id, student_id=tie.child.student_id, revision=2
        )
        for person in people
        for tie in person.ties
        if not tie.active
    ]
    world.hear(*gone)
    tell_orders(world, people, Moment.BEFORE)
    _wishes(world, people)


def _link(world: World, person: Person, tie: Any) -> Any:
    contact = {"email": None, "sms": None, "phone": None, **person.addresses}
    return world.event(
        "district.guardian_linked", guardian_id=person.guardian_id, student_id=tie.child.student_id, revision=1,
        household_id=person.household_id, relationship="Parent", legal_guardian=True, lives_with=True, priority=1,
        receives=tie.receives, language=person.language, name={"given_name": "Sam", "family_name": "Sample"}, contact=contact,
    )  # fmt: skip


def tell_orders(world: World, people: Sequence[Person], heard: Moment) -> None:
    """The office's orders of that moment."""
    world.hear(
        *(
            world.event(
                "district.contact_restricted", restriction_id=f"r-{person.guardian_id}-{tie.child.student_id}",
                guardian_id=person.guardian_id, student_id=tie.child.student_id, revision=1, scope=tie.order.scope,
                starts_on=tie.order.starts_on, ends_on=tie.order.ends_on, lifted=tie.order.lifted, authority_ref="bench",
            )
            for person in people
            for tie in person.ties
            if tie.order is not None and tie.order.heard is heard
        )
    )  # fmt: skip


def _wishes(world: World, people: Sequence[Person]) -> None:
    wishes = [
        world.event(
            "surveys.preference_changed", guardian_id=person.guardian_id, version=1, channel_order=[],
            contacts_per_month=person.cap, live_mode=None, available_after=None,
            quiet_start=f"{person.quiet[0]:%H:%M}" if person.quiet else None,
            quiet_end=f"{person.quiet[1]:%H:%M}" if person.quiet else None,
            timezone=str(person.zone), language=None,
        )
        for person in people
        if person.quiet or person.cap is not None
    ]  # fmt: skip
    world.hear(*wishes)
    world.hear(
        *(
            world.event("surveys.boundary_set", guardian_id=person.guardian_id, scope="no_surveys", active=True, version=1,
                        set_by=person.guardian_id)
            for person in people
            if person.no_surveys
        )
    )  # fmt: skip
    rows = [
        {"guardian_id": person.guardian_id, "channel": channel, "source": source, "since": world.now}
        for person in people
        for channel, source in person.stopped.items()
    ]
    with world.transaction() as uow:
        module("store.people").suppress(uow.connection, rows)


def stop_at_night(world: World, people: Sequence[Person]) -> None:
    """STOPs that come while a message is waiting for the morning."""
    with world.transaction() as uow:
        for channel in ("email", "sms"):
            who = [person.guardian_id for person in people if channel in person.stops_at_night]
            module("handlers.wishes").stop(uow, who, channel)


def announcement(world: World, people: Sequence[Person]) -> int:
    _announce(world, "info")
    return pairs(people)


def emergency(world: World, people: Sequence[Person]) -> int:
    _announce(world, "emergency")
    return pairs(people)


def _announce(world: World, kind: str) -> None:
    announcing, audience = module("handlers.announcing"), module("domain.audience").Audience(everyone=True)
    author = module("handlers.writing").Author(OFFICE, "administrator", ())
    what = announcing.Announcement(kind=kind, title="School news", text="Of {children}.", audience=audience)
    with world.transaction() as uow:
        announcing.announce(uow, world.ports, author, what)


def note(world: World, people: Sequence[Person]) -> int:
    """A teacher's note about a child to the child's homes: one child in six."""
    return _write(world, people, "info", "{} read aloud today.", every=6)


def concern(world: World, people: Sequence[Person]) -> int:
    """A concern goes beyond a family's limit, never beyond an order."""
    return _write(world, people, "concern", "{} missed two days.", every=10)


def class_news(world: World, people: Sequence[Person]) -> int:
    """A teacher's words to all families of a class, for every class."""
    writing = module("handlers.writing")
    author = writing.Author(TEACHER, "teacher", EVERY_SCHOOL)
    classes = sorted({class_of(child) for child in children_of(people)})
    for start in range(0, len(classes), 10):
        with world.transaction() as uow:
            for class_id in classes[start : start + 10]:
                writing.write(uow, world.ports, author, writing.Note("info", "A word to the class.", class_id=class_id))
    return pairs(people)


def _write(world: World, people: Sequence[Person], kind: str, words: str, *, every: int) -> int:
    writing = module("handlers.writing")
    author = writing.Author(TEACHER, "teacher", EVERY_SCHOOL)
    children = children_of(people)[::every]
    for start in range(0, len(children), 50):
        with world.transaction() as uow:
            for child in children[start : start + 50]:
                writing.write(uow, world.ports, author, writing.Note(kind, words.format(child.name), child.student_id))
    chosen = {child.student_id for child in children}
    return sum(tie.child.student_id in chosen for person in people for tie in person.ties)


def invitation(world: World, people: Sequence[Person]) -> int:
    """A meeting about each child, with a calendar file, for each of the child's guardians."""
    start = datetime(2026, 10, 20, 21, 0, tzinfo=UTC)
    world.hear(
        *(
            world.event(
                "scheduling.meeting_booked", meeting_id=f"m-{person.guardian_id}-{tie.child.student_id}", offer_id=None,
                kind="alert", guardian_id=person.guardian_id, student_id=tie.child.student_id, staff_id=TEACHER,
                school_id=f"school-{tie.child.school}", start=start, end=start + timedelta(minutes=20), mode="phone",
                sequence=0, ics=CALENDAR.format(name=tie.child.name), dial_in=None,
            )
            for person in people
            for tie in person.ties
        )
    )  # fmt: skip
    return pairs(people)


def survey(world: World, people: Sequence[Person]) -> int:
    """A survey about all of a guardian's children, asked of every guardian."""
    world.hear(
        *(
            world.event(
                "surveys.survey_assigned", survey_id="intake", kind="intake",
                school_id=f"school-{person.ties[0].child.school}", question_ids=["q1"],
                due_at=datetime(2026, 10, 9, 22, 0, tzinfo=UTC), reminder=False,
                asked=[{
                    "assignment_id": f"a-{person.guardian_id}", "guardian_id": person.guardian_id,
                    "student_ids": [tie.child.student_id for tie in person.ties],
                    "link": "https://homeroom.example.org/surveys/s/t",
                }],
            )
            for person in people
        )
    )  # fmt: skip
    return pairs(people)


def answer(world: World, people: Sequence[Person]) -> int:
    """A member of staff answers in a conversation about all of the children."""
    answering, author = module("handlers.answering"), module("handlers.writing").Author(OFFICE, "office", ())
    for person in people[::6]:
        words = " and ".join(tie.child.name for tie in person.ties)
        with world.transaction() as uow:
            answering.answer(
                uow, world.ports, author, person.guardian_id, text=f"About {words}." if len(person.ties) == 1 else "Thank you.",
                language="en", children=[tie.child.student_id for tie in person.ties],
            )  # fmt: skip
    return pairs(people[::6])


def letters(world: World, people: Sequence[Person]) -> None:
    """The print queues of all schools."""
    for number in range(SCHOOLS):
        world.print_everything(f"school-{number}")


def calls_shown(world: World, tasks: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of these tasks, the calls that Today and the call list put before whoever rings."""
    with world.transaction() as uow:
        shown = module("handlers.calls").allowed(uow, tasks)
    return [row for row in tasks if row["task_id"] in shown]


class Pages:
    """Guardians' own pages, by the links that they were sent."""

    def __init__(self, world: World) -> None:
        self._world = world
        identity = Identity.build("k" * 40, mode="demo", secure=False)
        app = build_app(
            module("web").api,
            runtime=self,
            ports=world.ports,
            clock=self,
            identity=identity,
            mode="demo",
            sign_in_path=None,
        )
        self._client = SignedIn(app, identity, None)

    def now(self) -> datetime:
        return self._world.now

    def unit_of_work(self, _service: str, _district: str) -> Any:
        return self._world.transaction()

    reading = unit_of_work

    def names_in_inbox(self, person: Person) -> frozenset[str]:
        """The children that the inbox page names."""
        return self._names(self._link("/notifications/inbox", person, purpose="inbox"))

    def names_in_calendar(self, person: Person, file_id: str) -> frozenset[str]:
        """The child that a calendar file names; none where it is closed."""
        return self._names(self._link("/notifications/calendar", person, purpose="calendar", resource=file_id))

    def _link(self, path: str, person: Person, *, purpose: str, resource: str = "") -> str:
        link: Callable[..., str] = self._world.ports.link
        url = link(path, "bench", person.guardian_id, purpose=purpose, resource=resource, now=self._world.now)
        return url.removeprefix(self._world.ports.base_url)

    def _names(self, path: str) -> frozenset[str]:
        answer = self._client.get(path)
        if answer.status_code not in (200, 404):
            raise RuntimeError(f"a guardian's page answered {answer.status_code}")
        return frozenset(NAMED.findall(answer.text)) if answer.status_code == 200 else frozenset()
