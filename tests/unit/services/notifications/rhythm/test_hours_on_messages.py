"""A teacher's own words tell the family when the teacher can be reached (F36)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from services.notifications.domain.wording import fill, hours
from services.notifications.handlers import meetings, writing
from services.notifications.handlers.writing import Author, Note

WEDNESDAY = [{"weekday": "wed", "start": "15:30", "end": "16:30"}]


def publish(district, windows, version=1):
    district.hear(meetings.availability_published, district.event(
        "scheduling.availability_published", staff_id="t-alvarez", version=version, windows=windows, modes=["phone"],
        reply_within_school_days=1,
    ))  # fmt: skip


def sent(district) -> list[str]:
    before = len(district.sms.took)
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Bring boots.", "s-mateo"))
    district.settle()
    return [each.body for each in district.sms.took[before:]]


def test_hours_are_on_every_message_in_the_family_s_own_words(district):
    publish(district, WEDNESDAY)
    bodies = sent(district)
    assert bodies and all(body.splitlines()[2].startswith("[es] message.hours_line") for body in bodies)


def test_hours_are_written_as_the_language_writes_them():
    spanish = fill("Horario: {hours}", {"hours": hours(WEDNESDAY)}, language="es", zone=ZoneInfo("America/Chicago"))
    assert spanish == "Horario: mié 15:30–16:30"


def test_a_teacher_without_hours_writes_as_before(district):
    publish(district, [])
    assert sent(district) and not any("hours_line" in body for body in sent(district))
