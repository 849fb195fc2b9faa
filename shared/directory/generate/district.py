"""The generator: families one after another, each written as soon as it is drawn, so that size costs time, not memory."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from shared.directory.generate import names
from shared.directory.generate.closing import finish
from shared.directory.generate.families import Child, Family, Guardian, families
from shared.directory.generate.gradebook import write_gradebook
from shared.directory.generate.knobs import Knobs
from shared.directory.generate.roster import Generated, Roster, open_roster
from shared.directory.generate.schools import GRADES, School, plan_schools
from shared.directory.generate.settings import write_settings


def generate(students: int, *, seed: int, out: Path, knobs: Knobs | None = None) -> Generated:
    """Write a district folder of about `students` students to `out`; the same seed and knobs give the same bytes."""
    knobs = knobs or Knobs()
    schools = [School(*school) for school in knobs.schools] or plan_schools(students)
    with open_roster(out, knobs, seed) as roster:
        populate(roster, schools, students)
        finish(roster, schools)
    write_settings(out, knobs, schools)
    if knobs.grade_weeks:
        write_gradebook(out, knobs, seed, roster.timetable.classes)
    return roster.made


def populate(roster: Roster, schools: list[School], students: int) -> None:
    """Draw families until there are enough students."""
    serving = {grade: [school for school in schools if grade in school.grades] for grade in GRADES}
    offered = [grade for grade in GRADES if serving[grade]]
    stream = families(roster.random, roster.knobs)
    number = roster.knobs.first_number
    target = roster.made.students + students
    while roster.made.students < target:
        family = next(stream)
        family.children = family.children[: target - roster.made.students]
        number = write_family(roster, family, number, offered, serving)


def write_family(
    roster: Roster, family: Family, number: int, offered: list[str], serving: dict[str, list[School]]
) -> int:
    """Write a family; returns the next free number."""
    dirt, random = roster.knobs.dirt, roster.random
    guardians = list(family.guardians)
    if roster.dirty(dirt.same_person_twice):
        guardians.append(guardians[0])
    if roster.dirty(dirt.six_guardians):
        extra = [
            Guardian(random.choice(names.given("en")), "Carter", "en", "Aunt", lives=False, home="c") for _ in range(6)
        ]
        guardians += extra
    start = number
    ids = [f"g-{number + place:06d}" for place in range(len(guardians))]
    number += len(guardians)
    part = random.randrange(1 << 30)
    first_school = ""
    for child in family.children:
        grade = offered[child.birth_offset % len(offered)]
        candidates = serving[grade]
        school = candidates[part % len(candidates)]
        first_school = first_school or school.id
        key = f"s-{number:06d}"
        number += 1
        _write_student(roster, key, child, grade, school, ids)
        for place, (identity, guardian) in enumerate(zip(ids, guardians, strict=True)):
            _write_contact(roster, key, identity, guardian, place, family, start)
    for identity, guardian in zip(ids, guardians, strict=True):
        _write_guardian(roster, identity, guardian, first_school)
    return number


def _write_student(roster: Roster, key: str, child: Child, grade: str, school: School, guardians: list[str]) -> None:
    dirt = roster.knobs.dirt
    agents = ",".join(guardians)
    if roster.dirty(dirt.dangling_reference):
        agents += ",g-nobody"
    roster.user(key, child.given, child.family, agents=agents, grade=grade, org=school.id)
    if roster.dirty(dirt.duplicate_id):
        roster.user(key, child.given, child.family, agents=agents, grade=grade, org=school.id)
    roster.role(key, "student", school.id)
    if roster.dirty(dirt.two_primary_roles):
        roster.files["roles"].add(f"role-again-{key}", "", "", key, "primary", "student", "", "", school.id, "")
    birth = date(
        roster.knobs.year - 6 - GRADES.index(grade), 1 + roster.random.randrange(12), 1 + roster.random.randrange(28)
    )
    text = birth.isoformat()
    if roster.dirty(dirt.leap_birthday):
        text = f"{birth.year - birth.year % 4}-02-29"
    if roster.dirty(dirt.bad_date):
        text = f"{birth.year}-02-30"
    roster.files["demographics"].add(key, "", "", text, "", *[""] * 11)
    for klass in roster.timetable.place(school, grade):
        roster.enrol(key, klass.id, school.id, "student")
    roster.made.students += 1


def _write_contact(
    roster: Roster, student: str, identity: str, guardian: Guardian, place: int, family: Family, start: int
) -> None:
    restrictions = ""
    if family.two_homes and guardian.home != "a" and roster.random.random() < roster.knobs.restricted_per_1000 / 270:
        restrictions = f"no_contact;court order {roster.knobs.year}-{start % 1000:03d};{roster.knobs.year}-10-01;"
    if roster.dirty(roster.knobs.dirt.bad_restriction):
        restrictions = "no contact please"
    home = f"home-{start:06d}-{guardian.home}" if family.two_homes else ""
    main = "true" if place == 0 else "false"
    roster.contacts.add(
        student, identity, guardian.relation, "true" if guardian.legal else "false", "true" if guardian.lives else "false",
        main, "true", str(place + 1), restrictions, guardian.language, "true", "true", home,
    )  # fmt: skip


def _write_guardian(roster: Roster, identity: str, guardian: Guardian, school: str) -> None:
    dirt, random = roster.knobs.dirt, roster.random
    email = f"{identity}@{'example.org' if random.random() < 0.5 else 'example.net'}" if random.random() < 0.88 else ""
    roster.phones += 1
    number = names.phone(roster.phones)
    sms, phone = (number, "") if random.random() < 0.9 else ("", number)
    if roster.dirty(dirt.no_contact_point):
        email = sms = phone = ""
    if roster.dirty(dirt.landline_in_sms):
        sms = phone or sms
    if email and roster.dirty(dirt.shared_email):
        email = roster.last_email or email
    roster.last_email = email or roster.last_email
    roster.user(identity, guardian.given, guardian.family, email=email, sms=sms, phone=phone, org=school)
    kind = "parent" if guardian.relation in ("Mother", "Father") else "guardian"
    roster.role(identity, kind, school)
    roster.made.guardians += 1
