"""The sample district: two schools of drawn families around a small cast that the features tell of.

`build(out)` writes the folder anew; `deploy/districts/riverside` is its output for seed 2026.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import yaml

from shared.directory.generate.closing import finish
from shared.directory.generate.district import populate
from shared.directory.generate.gradebook import Mark, write_gradebook
from shared.directory.generate.knobs import Dirt, Knobs
from shared.directory.generate.roster import Generated, Roster, open_roster
from shared.directory.generate.schools import GRADES, Klass, School, course_id

SEED = 2026
STUDENTS = 640
GREENVIEW, NORTHGATE = "org-greenview", "org-northgate"
FIRST_DAY, MIDTERM = "2026-09-01", "2026-10-23"
GRADED = ("alg", "eng")  # the subjects whose teachers send grades weekly
GRADE_DAYS = tuple(date(2026, 9, day) for day in (8, 15, 22, 29))


@dataclass(frozen=True, slots=True)
class Child:
    id: str
    given: str
    family: str
    grade: str
    school: str
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contact:
    """A guardian of the cast; `about` overrides the relation or adds a restriction for one child."""

    id: str
    given: str
    family: str
    language: str
    relation: str
    children: tuple[str, ...]
    email: str = ""
    sms: str = ""
    phone: str = ""
    home: str = "a"
    lives: bool = True
    restricted: tuple[str, str] = ("", "")  # (child, cell)


TEACHERS = (
    ("t-alvarez", "Elena", "Alvarez", GREENVIEW, "teacher"),
    ("t-lee", "Daniel", "Lee", GREENVIEW, "teacher"),
    ("t-okafor", "Chidi", "Okafor", NORTHGATE, "teacher"),
    ("t-brandt", "Miriam", "Brandt", NORTHGATE, "teacher"),
    ("c-chen", "Grace", "Chen", GREENVIEW, "counselor"),
    ("p-reyes", "Carla", "Reyes", GREENVIEW, "principal"),
    ("i-abdi", "Mohamed", "Abdi", NORTHGATE, "ext:interpreter"),
)
CLASSES = (
    Klass("class-3a", "Grade 3A", course_id("03", "home"), "homeroom", GREENVIEW, "03", "t-alvarez"),
    Klass("class-5a", "Grade 5A", course_id("05", "home"), "homeroom", GREENVIEW, "05", "t-lee"),
    Klass("class-algebra-9", "Algebra", course_id("09", "alg"), "scheduled", NORTHGATE, "09", "t-okafor"),
    Klass("class-english-7", "English", course_id("07", "eng"), "scheduled", NORTHGATE, "07", "t-brandt"),
)
CHILDREN = (
    Child("s-mateo", "Mateo", "Rivera", "03", GREENVIEW, ("class-3a",)),
    Child("s-lucia", "Lucia", "Rivera", "07", NORTHGATE, ("class-english-7",)),
    Child("s-riya", "Riya", "Patel", "03", GREENVIEW, ("class-3a",)),
    Child("s-dev", "Dev", "Patel", "05", GREENVIEW, ("class-5a",)),
    Child("s-amina", "Amina", "Yusuf", "09", NORTHGATE, ("class-algebra-9",)),
    Child("s-bao", "Bao", "Nguyen", "03", GREENVIEW, ("class-3a",)),
    Child("s-sam", "Sam", "Whitfield", "03", GREENVIEW, ("class-3a",)),
    Child("s-tomas", "Tomas", "Quiroga", "05", GREENVIEW, ("class-5a",)),
)
CONTACTS = (
    Contact("g-ana", "Ana", "Rivera", "es", "Mother", ("s-mateo", "s-lucia"), "ana.rivera@example.org", "+13125559811"),
    Contact("g-daniel", "Daniel", "Rivera", "en", "Father", ("s-mateo", "s-lucia"), "daniel.rivera@example.net",
            "+13125559812", home="b", lives=False, restricted=("s-lucia", "no_contact;court order 2026-118;2026-10-01;")),
    Contact("g-meera", "Meera", "Patel", "gu", "Mother", ("s-riya", "s-dev"), "meera.patel@example.org", "+13125559813"),
    Contact("g-halima", "Halima", "Yusuf", "so", "Mother", ("s-amina",), "halima.yusuf@example.org", "+13125559814"),
    Contact("g-lan", "Lan", "Nguyen", "vi", "Grandmother", ("s-bao",), "", "+13125559815"),
    Contact("g-george", "George", "Whitfield", "en", "Father", ("s-sam",), "george.whitfield@example.net", "+13125559816"),
    Contact("g-ines", "Inés", "Quiroga", "es", "Aunt", ("s-tomas",)),  # nobody can reach her: the list must show Tomas
)  # fmt: skip
AMINA = (82.0, 78.0, 74.0, 22.0)  # the mean goes 82, 80, 78 and on 29 September 64

KNOBS = Knobs(
    slug="riverside",
    name="Riverside Unified School District",
    other_language_homes=0.35,
    languages={"es": 60, "gu": 10, "vi": 8, "so": 8, "ar": 5, "zh": 4, "ru": 2, "hmn": 2, "ht": 1},
    dirt=replace(Dirt(), no_contact_point=250, leap_birthday=20),
    schools=(
        (GREENVIEW, "Greenview Elementary", GRADES[:6]),
        (NORTHGATE, "Northgate Middle and High School", GRADES[6:]),
    ),
)


def build(out: Path, *, seed: int = SEED, students: int = STUDENTS) -> Generated:
    """Write the whole folder; the same seed gives the same bytes."""
    schools = [School(*school) for school in KNOBS.schools]
    with open_roster(out, KNOBS, seed) as roster:
        _cast(roster)
        populate(roster, schools, students - len(CHILDREN))
        roster.timetable.classes[:0] = CLASSES
        finish(roster, schools)
    _settings(out)
    cast = {
        day: (Mark("s-amina", "class-algebra-9", score),) for day, score in zip(GRADE_DAYS, AMINA, strict=True)
    }  # fmt: skip
    write_gradebook(out, KNOBS, seed, roster.timetable.classes, days=GRADE_DAYS, cast=cast, subjects=GRADED)
    return roster.made


def _cast(roster: Roster) -> None:
    for key, given, family, school, role in TEACHERS:
        roster.user(key, given, family, email=f"{family.lower()}@riverside.example.org", org=school)
        roster.role(key, role, school)
        roster.made.staff += 1
    schools = {child.id: child.school for child in CHILDREN}
    for child in CHILDREN:
        agents = ",".join(contact.id for contact in CONTACTS if child.id in contact.children)
        roster.user(child.id, child.given, child.family, agents=agents, grade=child.grade, org=child.school)
        roster.role(child.id, "student", child.school)
        for klass in child.classes:
            roster.enrol(child.id, klass, child.school, "student", primary="")
        roster.made.students += 1
    for contact in CONTACTS:
        school = schools[contact.children[0]]
        points = {"email": contact.email, "sms": contact.sms, "phone": contact.phone}
        roster.user(contact.id, contact.given, contact.family, org=school, **points)
        roster.role(contact.id, "parent" if contact.relation in ("Mother", "Father") else "guardian", school)
        roster.made.guardians += 1
        two_homes = len({other.home for other in CONTACTS if set(other.children) & set(contact.children)}) > 1
        for child_id in contact.children:
            restricted, cell = contact.restricted
            roster.contacts.add(
                child_id, contact.id, contact.relation, "true", "true" if contact.lives else "false",
                "true" if contact.home == "a" else "false", "true", "1" if contact.home == "a" else "2",
                cell if restricted == child_id else "", contact.language, "true", "true",
                f"{contact.family}-{contact.home}".lower() if two_homes else "",
            )  # fmt: skip


def _settings(out: Path) -> None:
    intake = {"survey": "intake", "send_on": FIRST_DAY, "remind_on": "2026-09-08", "due_at": "2026-09-11T17:00"}
    district = {
        "slug": "riverside", "name": KNOBS.name, "timezone": "America/Chicago",
        "languages": ["en", "es", "gu", "vi", "so", "ar", "zh"],
        "school_year": {"start": FIRST_DAY, "end": "2027-06-11"}, "midterm_release_on": MIDTERM,
        "holidays": ["2026-09-07", "2026-10-12", "2026-11-26", "2026-11-27", "2026-12-21", "2026-12-22", "2026-12-23",
                     "2026-12-24", "2026-12-25", "2026-12-28", "2026-12-29", "2026-12-30", "2026-12-31", "2027-01-01"],
        "cultural_days": [{"on": "2026-11-08", "name": "Diwali"}, {"on": "2027-02-17", "name": "Lunar New Year (Tết)"},
                          {"on": "2027-03-10", "name": "Eid al-Fitr"}],
        "floor_days": 30, "concern_floor_days": 7, "ratio_target": 3, "alert_threshold": 70, "alert_recovery": 73,
        "quiet_hours": "20:30-07:00", "monthly_cap": 8, "intake": intake,
    }  # fmt: skip
    wednesday = {"weekday": "wed", "start": "15:30", "end": "16:30"}
    greenview = {
        "name": "Greenview Elementary", "office_phone": "+13125559100", "office_hours": [wednesday],
        "family_friday": {"rule": "first-friday", "start": "08:00", "end": "09:00", "online": True},
    }  # fmt: skip
    northgate = {
        "name": "Northgate Middle and High School", "office_phone": "+13125559101",
        "office_hours": [
            {"weekday": "tue", "start": "16:00", "end": "18:30"}, {"weekday": "thu", "start": "15:30", "end": "17:00"},
        ],
    }  # fmt: skip
    files = {"district.yaml": district, f"schools/{GREENVIEW}.yaml": greenview, f"schools/{NORTHGATE}.yaml": northgate}
    for name, value in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
