"""F03 six questions with a deadline; F04 answers are obeyed; F07 resistance is respected."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa

from shared.demo.cast import Guardian
from shared.demo.play import Play
from shared.demo.scenes.calendar import at, intake_dates, pass_to, school_day
from shared.demo.stage import Person, Stage
from shared.directory.projection import STAFF, STUDENT

_SURVEY = re.compile(r"https?://\S+/surveys/s/\S+")
_TASK = re.compile(r"/notifications/tasks/[^/\"]+/done")
_SEND = re.compile(r'action="(/surveys/changes/[^"]+/send[^"]*)"')
_CHANGES = re.compile(r'href="(/surveys/changes/[^"#]+)#more"')
_PREFERENCES = re.compile(r"https?://\S+/surveys/preferences/\S+")


def survey_links(stage: Stage, guardian: Guardian) -> list[str]:
    """Paths of the surveys that a guardian was sent, oldest first."""
    found = [match for text in guardian.received(stage) for match in _SURVEY.findall(text)]
    return [urlsplit(link).path for link in dict.fromkeys(found)]


def intake_sent(play: Play) -> None:
    """Everybody is asked in their language; one answers, a class answers, one does not."""
    stage, cast = play.stage, play.cast
    dates = intake_dates(play, cast.asked_child.school)
    sent_on = date.fromisoformat(dates["send_on"])
    pass_to(play, at(play, sent_on, "12:00"))
    links = survey_links(stage, cast.asked)
    detail = f"six questions went to {cast.asked.name.split()[0]} by text message in {cast.asked.language}"
    play.check("F03", "asked", len(links) == 1, detail)
    shown = stage.nobody().get(links[0])
    spoken = f'<html lang="{cast.asked.language}"' in shown.text
    why = shown.text.count('-why"')
    play.check(
        "F03",
        "page",
        spoken and why >= 6,
        f"the page is in {cast.asked.language} and each question says why it is asked",
    )
    play.figure("surveys_sent", sum("/surveys/s/" in entry["text"] for entry in stage.texts() + stage.mails()))
    _answer_for_class(play)
    _answer(play, cast.first)


def _answer(play: Play, guardian: Guardian) -> None:
    """Twice a month, by phone, after six; and nothing between nine and nine, said on the preferences page."""
    stage = play.stage
    family = stage.nobody()
    page = survey_links(stage, guardian)[0]
    answers = {"contact_frequency": "twice_a_month", "mode": "phone", "mode.time": "18:00", "wish": "send"}
    answer = family.post(page, answers)
    again = family.get(page)
    first_name = guardian.name.split()[0]
    receipt = f'<html lang="{guardian.language}"' in again.text and 'name="contact_frequency' not in again.text
    play.check(
        "F04",
        "receipt",
        answer.ok and receipt and "18:00" in again.text,
        f"{first_name} has answered; the receipt says what will change",
    )
    path = _own_page(stage, guardian, again.text or answer.text)
    form = {"contacts_per_month": "2", "live_mode": "phone", "available_after": "18:00", "first_channel": "sms"}
    form |= {"quiet_start": "21:00", "quiet_end": "09:00"}
    saved = family.post(path, form)
    stage.settle()
    kept = family.get(path).text
    play.check(
        "F04",
        "kept",
        saved.ok and "21:00" in kept and "09:00" in kept,
        "own quiet hours 21:00-09:00 kept, and shown to their owner",
    )


def _own_page(stage: Stage, guardian: Guardian, receipt: str) -> str:
    """The guardian's own page: the receipt does not open it, its link comes to the guardian's telephone or address."""
    family = stage.nobody()
    changes = _CHANGES.search(receipt)
    assert changes, "the receipt leads to what it has changed"
    send = _SEND.search(family.get(changes[1]).text)
    assert send, "the guardian's own page can be asked for"
    family.post(send[1], {})
    stage.settle()
    links = [link for text in guardian.received(stage) for link in _PREFERENCES.findall(text)]
    assert links, "the link to the own page has come"
    return str(urlsplit(links[-1]).path)


def _answer_for_class(play: Play) -> None:
    """The other families of that teacher answer: the list of calls to make is about who has not."""
    stage, cast = play.stage, play.cast
    teacher = cast.asked_child.teachers[0]
    answered = 0
    done = {cast.asked.id, cast.first.id}
    for child in cast.children.values():
        if teacher not in child.teachers:
            continue
        for guardian in child.guardians:
            if guardian.id in done:
                continue
            done.add(guardian.id)
            for path in survey_links(stage, guardian)[:1]:
                stage.nobody().post(path, {"contact_frequency": "weekly", "mode": "written", "wish": "send"})
                answered += 1
    stage.settle()
    play.figure("answered_by_web", answered + 1)


def resistance(play: Play) -> None:
    """A question about the parent is declined; nobody asks again, and nobody reminds."""
    stage, cast = play.stage, play.cast
    guardian, child = cast.decliner, cast.declined_child
    teacher = stage.staff(child.teachers[0])
    today = stage.now.date()
    path = _start(play, teacher, "family_story", school_day(play, today, 5), guardian)
    family = stage.nobody()
    before = family.get(path).text
    family.post(path, {"own_schooling.declined": "1", "wish": "send"})
    stage.settle()
    second = _start(play, teacher, "family_story", school_day(play, today, 6), guardian)
    after = family.get(second).text
    private = ('name="own_schooling', 'name="time_to_help')
    gone = all(name in before for name in private) and not any(name in after for name in private)
    first_name = guardian.name.split()[0]
    play.check(
        "F07", "not_asked_again", gone, f"{first_name} would rather not say: no later survey asks about the parent"
    )
    card = teacher.get(f"/surveys/students/{child.id}").text
    kept = f"Keep to {child.name}" in card
    play.check("F07", "card", kept, f"the card reads: keep to {child.name}'s learning")


def _start(play: Play, teacher: Person, survey: str, due: date, guardian: Guardian) -> str:
    """A teacher starts a survey for the class of the guardian's child; the link that the guardian is sent."""
    stage, child = play.stage, play.cast.declined_child
    before = set(survey_links(stage, guardian))
    class_id = _class_of(play, child.id, child.teachers[0])
    answer = teacher.send("/surveys/campaigns", {"survey": survey, "due_at": f"{due}T17:00", "class_id": class_id})
    assert answer.ok, f"starting a survey was refused: {answer.status_code} {answer.text[:120]}"
    stage.settle()
    return next(link for link in survey_links(stage, guardian) if link not in before)


def _class_of(play: Play, student_id: str, teacher: str) -> str:
    """A class that the one teaches and the other is in."""
    student = play.stage.rows("notifications", sa.select(STUDENT).where(STUDENT.c.student_id == student_id))[0]
    staff = play.stage.rows("notifications", sa.select(STAFF).where(STAFF.c.staff_id == teacher))[0]
    return str(next(class_id for class_id in student.class_ids if class_id in staff.class_ids))


def reminder(play: Play) -> None:
    """Who has not answered gets one reminder; who has, none."""
    stage, cast = play.stage, play.cast
    remind_on = date.fromisoformat(intake_dates(play, cast.asked_child.school)["remind_on"])
    first_before = len(cast.first.received(stage))
    before = _intake_mentions(stage, cast.asked)
    pass_to(play, at(play, remind_on, "12:00"))
    after = _intake_mentions(stage, cast.asked)
    pass_to(play, at(play, remind_on + timedelta(days=1), "12:00"))
    later = _intake_mentions(stage, cast.asked)
    play.check(
        "F03",
        "one_reminder",
        after == before + 1 and later == after,
        f"one reminder to {cast.asked.name.split()[0]}, in {cast.asked.language}",
    )
    intake = survey_links(stage, cast.first)[0]
    silent = not any(intake in text for text in cast.first.received(stage)[first_before:])
    play.check("F03", "no_reminder_after_answer", silent, f"none to {cast.first.name.split()[0]}, who has answered")


def _intake_mentions(stage: Stage, guardian: Guardian) -> int:
    """Messages about the first survey a guardian was sent."""
    first = survey_links(stage, guardian)[0]
    return sum(first in text for text in guardian.received(stage))


def deadline(play: Play) -> None:
    """After the deadline the teacher is asked to call instead."""
    stage, cast = play.stage, play.cast
    due_at = datetime.fromisoformat(intake_dates(play, cast.asked_child.school)["due_at"])
    pass_to(play, at(play, school_day(play, due_at.date()), "08:30"))
    name = cast.asked.name.split()[0]
    children = [child for child in cast.children.values() if cast.asked.id in {g.id for g in child.guardians}]
    teachers = dict.fromkeys(teacher for child in children for teacher in child.teachers)
    wanted = (name, *(child.name for child in children))
    found = any(_on_the_list(stage.staff(teacher), wanted) for teacher in teachers)
    play.check("F03", "call_instead", found, f"deadline passed: the teacher's Today says to call {name} instead")


def _on_the_list(teacher: Person, names: tuple[str, ...], most: int = 60) -> bool:
    """Today shows a few cards at a time: work through them, as a teacher does, until the name comes up."""
    for _ in range(most):
        shown = teacher.get("/notifications/today").text
        if any(name in shown for name in names):
            return True
        task = _TASK.search(shown)
        if task is None:
            return False
        teacher.post(task[0], {}, page="/notifications/today")
    return False
