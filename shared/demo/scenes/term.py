"""F29 an early alert; F35 a meeting booked by a reply; F43 a promise; F22 the monthly floor."""

from __future__ import annotations

import re
from datetime import date, timedelta

import sqlalchemy as sa

from shared.demo.cast import Child, Guardian
from shared.demo.play import Play
from shared.demo.scenes.calendar import DROP_HOUR, at, midterm, pass_to, school_day
from shared.directory.projection import SCHOOL, STAFF

_MEETING = re.compile(r"https?://\S+")


def _alerted(play: Play) -> tuple[Child, Guardian] | None:
    """The newest alert that went out by text message: child and guardian."""
    query = sa.text(
        "SELECT d.recipient_id, d.students FROM delivery d JOIN message m ON m.message_id = d.message_id"
        " WHERE m.catalogue_key = 'alert.early' AND d.state IN ('sent', 'delivered') AND d.channel = 'sms'"
        " ORDER BY d.sent_at DESC, d.recipient_id"
    )
    for row in play.stage.rows("notifications", query):
        for child in play.cast.children.values():
            for guardian in child.guardians:
                if guardian.id == row.recipient_id and child.id in str(row.students) and child.teachers:
                    return child, guardian
    return None


def alert(play: Play) -> None:
    """The gradebook drop of the day; who fell below the threshold hears that day, weeks before the report."""
    stage = play.stage
    drops = sorted(date.fromisoformat(drop.name[:10]) for drop in (stage.folder / "grades").glob("*.zip"))
    if not drops:
        play.leave_out("F29", "the district has no gradebook drops (grades/<date>.zip)")
        return
    everybody = {g.id: g for child in play.cast.children.values() for g in child.guardians}
    found = None
    for drop in drops:
        hour = at(play, drop, DROP_HOUR.isoformat("minutes"))
        if hour <= stage.now:
            continue
        pass_to(play, hour - timedelta(minutes=1))
        had = {name: len(guardian.received(stage)) for name, guardian in everybody.items()}
        before = _alerted(play)
        pass_to(play, hour)
        found = _alerted(play)
        if found is not None and found != before:
            break
    if not play.check("F29", "raised", found, "a standing fell below the threshold, and a family was told that day"):
        return
    assert found is not None
    child, guardian = found
    lead = (midterm(play, child.school) - stage.now.date()).days
    told = [text for text in guardian.received(stage)[had[guardian.id] :] if child.name in text]
    play.check(
        "F29",
        "in_time",
        lead >= 14 and told,
        f"{guardian.name.split()[0]} heard about {child.name} in {guardian.language}, {lead} days before the midterm report",
    )
    alerts = stage.rows("notifications", sa.text("SELECT count(*) AS n FROM alert_state WHERE alerted"))[0].n
    play.figure("early_alerts", alerts)
    play.figure("alert_lead_days", lead)
    sent = len(stage.texts()) + len(stage.mails())
    from shared.demo.scenes.calendar import apply

    apply(play)
    play.check(
        "F29", "no_repeat", len(stage.texts()) + len(stage.mails()) == sent, "the same drop again tells nobody twice"
    )


def booking(play: Play) -> None:
    """Three times are offered with the alert; the family answers "2"."""
    stage = play.stage
    found = _alerted(play)
    if found is None:
        play.leave_out("F35", "nobody was alerted by text message, so no times were offered")
        return
    child, guardian = found
    assert guardian.sms
    offered = [text for text in guardian.received(stage) if re.search(r"(^|\D)2[.):]", text)]
    if not offered and not _has_hours(play, child.school):
        play.leave_out("F35", "the school has no office hours, so no times were offered")
        return
    play.check(
        "F35", "offered", offered, "three times to meet are offered, numbered, in the family's language and hours"
    )
    pass_to(play, stage.now + timedelta(hours=1))
    before = len(guardian.received(stage))
    stage.text_in(guardian.sms, "2")
    stage.settle()
    got = guardian.received(stage)[before:]
    meetings = stage.rows("scheduling", sa.text("SELECT * FROM meeting WHERE state = 'booked'"))
    mine = [row for row in meetings if row.guardian_id == guardian.id]
    play.check("F35", "booked", len(mine) == 1 and got, f'the reply "2" booked it; confirmed in {guardian.language}')
    links = [link for text in got for link in _MEETING.findall(text)]
    files = [stage.nobody().get(link) for link in links]
    calendars = [f.text for f in files if "BEGIN:VCALENDAR" in f.text]
    teacher = (
        stage.rows("notifications", sa.select(STAFF).where(STAFF.c.staff_id == mine[0].staff_id))[0] if mine else None
    )
    mails = stage.mails(teacher.email) if teacher is not None and teacher.email else []
    invited = any("BEGIN:VCALENDAR" in part["text"] for mail in mails for part in mail["attachments"])
    play.check("F35", "calendar_file", calendars and invited, "a calendar file goes to both sides")


def _has_hours(play: Play, school_id: str) -> bool:
    rows = play.stage.rows("notifications", sa.select(SCHOOL).where(SCHOOL.c.school_id == school_id))
    return bool(rows[0].settings.get("office_hours"))


def promise(play: Play) -> None:
    """A promise by Friday: its owner is reminded the school day before; kept, the family is told."""
    stage = play.stage
    found = _alerted(play)
    if found is None:
        play.leave_out("F43", "nobody was alerted, so there is nobody to promise to")
        return
    child, guardian = found
    owner = child.teachers[0]
    pass_to(play, at(play, school_day(play, stage.now.date()), "10:00"))
    due_on = school_day(play, stage.now.date(), 2)
    teacher = stage.staff(owner)
    body = {
        "student_id": child.id,
        "guardian_id": guardian.id,
        "text": "extra practice sheets",
        "due_on": due_on.isoformat(),
    }
    made = teacher.send("/scheduling/commitments", body)
    assert made.status_code == 201, f"promising was refused: {made.status_code} {made.text[:160]}"
    stage.settle()
    staff = stage.rows("notifications", sa.select(STAFF).where(STAFF.c.staff_id == owner))[0]
    before = len(stage.mails(staff.email)) if staff.email else 0
    pass_to(play, at(play, due_on - timedelta(days=1), "12:00"))
    reminded = stage.mails(staff.email)[before:] if staff.email else []
    today = stage.staff(owner).get("/notifications/today").text
    ok = any("extra practice sheets" in mail["text"] for mail in reminded) or "extra practice sheets" in today
    play.check("F43", "reminded", ok, "the day before it is due, the teacher is reminded of the promise")
    got = len(guardian.received(stage))
    pass_to(play, at(play, due_on, "14:00"))
    done = stage.staff(owner).send(f"/scheduling/commitments/{made.json()['commitment_id']}/done", {})
    stage.settle()
    told = guardian.received(stage)[got:]
    play.check("F43", "kept", done.ok and told, f"done: {guardian.name.split()[0]} is told that the promise was kept")


def cadence(play: Play) -> None:
    """A month without a personal word to a home is a gap; broadcasts do not count."""
    stage = play.stage
    start = min(
        date.fromisoformat(str(term["starts_on"]))
        for row in stage.rows("notifications", sa.text("SELECT terms FROM calendar"))
        for term in _terms(row.terms)
    )
    floor = stage.rows("notifications", sa.select(SCHOOL))[0].settings["floor_days"]
    pass_to(play, at(play, max(start + timedelta(days=floor + 2), stage.now.date() + timedelta(days=1)), "08:00"))
    gaps = stage.rows("notifications", sa.text("SELECT student_id FROM gap"))
    found = _alerted(play)
    contacted = {play.cast.restricted.child.id} | ({found[0].id} if found else set())
    missing = {row.student_id for row in gaps}
    play.figure("cadence_gaps", len(missing))
    right = missing and not (contacted & missing)
    play.check(
        "F22",
        "gaps",
        right,
        f"{len(missing)} homes without a personal word in {floor} days; those written to are not among them",
    )
    teacher = next(t for sid in sorted(missing) for t in play.cast.children[sid].teachers)
    shown = stage.staff(teacher).get("/notifications/today").text
    share = re.search(r"\d+ %", shown)
    named = any(play.cast.children[sid].name in shown for sid in missing if teacher in play.cast.children[sid].teachers)
    seen = share and named
    play.check("F22", "today_page", seen, "the teacher's Today names homes with a gap and shows the share in cadence")


def _terms(value: object) -> list[dict[str, str]]:
    import json

    loaded: list[dict[str, str]] = json.loads(value) if isinstance(value, str) else list(value)  # type: ignore[call-overload]
    return loaded
