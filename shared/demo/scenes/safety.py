"""F10 a restriction beats everything; F52 another school's teacher; F53 nothing lost, nothing twice."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import sqlalchemy as sa

from shared.demo.play import Play
from shared.demo.scenes.calendar import at, pass_to, school_day
from shared.demo.scenes.notes import write

NOTES = 500


def restriction(play: Play) -> None:
    """Nothing about this child on any way out; the teacher sees a number, not a reason."""
    stage, found = play.stage, play.cast.restricted
    pass_to(play, at(play, school_day(play, max(stage.now.date(), found.starts_on)), "10:00"))
    others = [g for g in found.child.guardians if g.id != found.guardian.id]
    before = len(found.guardian.received(stage))
    others_before = {g.id: len(g.received(stage)) for g in others}
    sent = write(play, found.child, f"{found.child.name} has a poster to show.", kind="info")
    stage.settle()
    got = found.guardian.received(stage)[before:]
    play.check(
        "F10",
        "nothing_sent",
        not any(found.child.name in text for text in got),
        f"from {found.starts_on:%d %b}, nothing about {found.child.name} reaches the restricted guardian",
    )
    reached = any(found.child.name in text for g in others for text in g.received(stage)[others_before[g.id] :])
    play.check("F10", "others_reached", reached, "the other home has it")
    partial = sent["planned"] < sent["guardians"]
    page = stage.staff(found.child.teachers[0]).get(f"/notifications/compose?sent={sent['message_id']}").text
    said = re.search(r'role="status">([^<]*)', page)
    told = said and {str(sent["planned"]), str(sent["guardians"])} <= set(re.findall(r"\d+", said[1]))
    silent = told and "restrict" not in page.lower() and "court" not in page.lower()
    play.check(
        "F10",
        "teacher_sees_numbers",
        partial and silent,
        f"the teacher sees {sent['planned']} of {sent['guardians']} guardians, and not why",
    )


def another_school(play: Play) -> None:
    """Refused, and written down."""
    stage, child = play.stage, play.cast.asked_child
    stranger = play.cast.elsewhere(child, stage)
    answers = [
        stage.staff(stranger).get(f"/{service}/{child.id}")
        for service in ("notifications/family", "surveys/students", "scheduling/students")
    ]
    stage.settle()
    refused = all(answer.status_code == 403 and child.name not in answer.text for answer in answers)
    rows = _audit_rows(play, stranger, child.id)
    play.check(
        "F52",
        "refused",
        refused,
        f"a teacher of another school opens {child.name}'s card in three places: 403 each time",
    )
    play.check("F52", "audited", rows >= len(answers), f"{rows} refusals stand in the audit log, which verifies")


def _audit_rows(play: Play, viewer: str, subject: str) -> int:
    """Denials of this viewer for this subject, in a log whose chain of hashes holds."""
    from shared.audit.ports import verify_cell
    from shared.audit.tables import METADATA

    log = next(table for name, table in METADATA.tables.items() if name == "audit_log")
    rows = play.stage.rows("audit", sa.select(log))
    matching = [row for row in rows if all(word in str(tuple(row)) for word in (viewer, subject, "denied"))]
    verdicts = verify_cell(play.stage.runtime)
    return len(matching) if all(verdict.ok for verdict in verdicts.values()) else 0


def crash(play: Play) -> None:
    """Five hundred notes under way, the translation worker killed among them and started again."""
    stage, cast = play.stage, play.cast
    pass_to(play, at(play, school_day(play, stage.now.date()), "10:30"))
    writable = [c for c in cast.children.values() if c.teachers and any(g.email or g.sms for g in c.guardians)]
    turns = itertools.islice(itertools.cycle(writable), NOTES)
    mark = {"sms": len(stage.texts()), "mail": len(stage.mails())}
    written: list[str] = []
    for number, child in enumerate(turns):
        note = write(play, child, f"{child.name} asked a good question, number {number + 1}.", kind="ask")
        written.append(note["message_id"])
        if number == NOTES // 2:
            stage.cell.kill("translation")
    waiting = stage.cell.broker.size("translation.normal")
    stage.cell.restart("translation")
    stage.settle()
    _count(play, written, mark, waiting)


def _count(play: Play, written: list[str], mark: dict[str, int], waiting: int) -> None:
    stage = play.stage
    wanted = set(written)
    rows = [
        r
        for r in stage.rows("notifications", sa.text("SELECT delivery_id, message_id, state, reason FROM delivery"))
        if r.message_id in wanted
    ]
    planned = [row for row in rows if row.state != "refused"]
    keys = Counter(entry["key"] for entry in stage.texts()[mark["sms"] :])
    keys.update(_delivery_of(entry["message_id"]) for entry in stage.mails()[mark["mail"] :])
    seen = Counter({row.delivery_id: keys.get(row.delivery_id, 0) for row in planned})
    letters = {row.delivery_id for row in planned if row.state in ("letter", "printed", "exhausted")}
    once = sum(count == 1 for count in seen.values())
    twice = sum(count > 1 for count in seen.values())
    lost = sum(count == 0 for name, count in seen.items() if name not in letters)
    dead = sum(
        stage.cell.broker.size(f"{name}.dead")
        for name in ("notifications", "scheduling", "surveys", "translation", "audit")
    )
    play.check(
        "F53",
        "killed",
        waiting > 0,
        f"the translation worker was killed with {waiting} notes in its queue, and started again",
    )
    play.check(
        "F53",
        "exactly_once",
        twice == 0 and lost == 0 and once,
        f"{len(written)} notes: {once} messages each exactly once, {len(letters)} on paper, {lost} lost, {twice} twice",
    )
    play.check("F53", "dead_letters", dead == 0, f"{dead} dead letters")
    play.figure("notes_in_crash", len(written))
    play.figure("messages_in_crash", once)
    play.figure("texts_sent", len(stage.texts()))
    play.figure("mails_sent", len(stage.mails()))


def _delivery_of(message_id: str) -> str:
    """The delivery's id is the left part of the Message-ID."""
    return message_id.strip("<>").partition("@")[0]
