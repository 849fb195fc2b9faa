"""The generator: families one after another, each written as soon as it is drawn, so that size costs time, not memory."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from shared.directory.contacts import CONTACT_COLUMNS
from shared.directory.generate import names
from shared.directory.generate.families import Child, Family, Guardian, families
from shared.directory.generate.knobs import Knobs
from shared.directory.generate.schools import GRADES, SUBJECTS, Klass, School, Timetable, course_id, is_elementary, plan_schools
from shared.directory.generate.settings import write_settings
from shared.directory.generate.writing import CsvFile, manifest
from shared.directory.oneroster.spec import TABLES_12

DISTRICT_ORG = "org-district"
YEAR, FALL, SPRING = "session-year", "session-fall", "session-spring"
FILES = ("academicSessions", "orgs", "courses", "classes", "users", "roles", "enrollments", "demographics")


@dataclass(slots=True)
class Generated:
    """What was written."""

    folder: Path
    students: int = 0
    guardians: int = 0
    staff: int = 0
    enrollments: int = 0
    schools: int = 0

    def as_dict(self) -> dict[str, int | str]:
        return {
            "folder": self.folder.name, "students": self.students, "guardians": self.guardians, "staff": self.staff,
            "enrollments": self.enrollments, "schools": self.schools,
        }  # fmt: skip


@dataclass(slots=True)
class Roster:
    """The open files of one roster, and the numbers given out so far."""

    files: dict[str, CsvFile]
    contacts: CsvFile
    random: Random
    knobs: Knobs
    made: Generated
    timetable: Timetable = field(default_factory=Timetable)
    people: int = 0
    phones: int = 0
    last_email: str = ""

    def user(
        self, key: str, given: str, family: str, *, email: str = "", sms: str = "", phone: str = "", agents: str = "",
        grade: str = "", org: str = "", preferred: str = "",
    ) -> None:  # fmt: skip
        self.files["users"].add(
            key, "", "", "true", key, "", given, family, "", "", email, sms, phone, agents, grade, "", "", preferred, "", "",
            org, "",
        )  # fmt: skip

    def role(self, user: str, role: str, org: str, *, kind: str = "primary") -> None:
        self.files["roles"].add(f"role-{user}-{org.removeprefix('org-')}", "", "", user, kind, role, "", "", org, "")

    def enrol(self, user: str, klass: str, school: str, role: str, *, primary: str = "") -> None:
        self.made.enrollments += 1
        self.files["enrollments"].add(f"enr-{klass}-{user}", "", "", klass, school, user, role, primary, "", "")

    def dirty(self, rate: int) -> bool:
        """Whether this row gets a kind of dirt, by its rate per 10,000."""
        return rate > 0 and self.random.random() < rate / 10_000


def generate(students: int, *, seed: int, out: Path, knobs: Knobs | None = None) -> Generated:
    """Write a district folder of about `students` students to `out`; the same seed and knobs give the same bytes."""
    knobs = knobs or Knobs()
    schools = [School(*school) for school in knobs.schools] or plan_schools(students)
    with open_roster(out, knobs, seed) as roster:
        populate(roster, schools, students)
        finish(roster, schools)
    write_settings(out, knobs, schools)
    if knobs.grade_weeks:
        from shared.directory.generate.gradebook import write_gradebook

        write_gradebook(out, knobs, seed, roster.timetable.classes)
    return roster.made


class open_roster:  # noqa: N801 - reads as a verb: `with open_roster(...) as roster`
    """Opens every file of `out/roster` for the time of the block."""

    def __init__(self, out: Path, knobs: Knobs, seed: int) -> None:
        self._out, self._knobs, self._seed = out, knobs, seed
        self._stack = ExitStack()

    def __enter__(self) -> Roster:
        folder, dirt = self._out / "roster", self._knobs.dirt
        files = {}
        for name in FILES:
            file = f"{name}.csv".upper() if dirt.wrong_case_file and name == "demographics" else f"{name}.csv"
            files[name] = self._stack.enter_context(
                CsvFile(folder / file, TABLES_12[name].header, bom=dirt.byte_order_mark and name == "users", crlf=dirt.crlf,
                        misspelt=dirt.misspelt_header and name == "orgs")
            )  # fmt: skip
        contacts = self._stack.enter_context(CsvFile(folder / "contacts.csv", CONTACT_COLUMNS))
        manifest(folder / "manifest.csv", {name: "BULK" if dirt.wrong_mode and name == "courses" else "bulk" for name in FILES})
        return Roster(files, contacts, Random(self._seed), self._knobs, Generated(self._out))

    def __exit__(self, *_: object) -> None:
        self._stack.close()


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
        extra = [Guardian(random.choice(names.given("en")), "Carter", "en", "Aunt", lives=False, home="c") for _ in range(6)]
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
    birth = date(roster.knobs.year - 6 - GRADES.index(grade), 1 + roster.random.randrange(12), 1 + roster.random.randrange(28))
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


def finish(roster: Roster, schools: list[School]) -> None:
    """Orgs, sessions, courses, classes and staff: known only once all students have a place."""
    knobs, files = roster.knobs, roster.files
    parent = schools[0].id if knobs.dirt.org_cycle else ""
    files["orgs"].add(DISTRICT_ORG, "", "", knobs.name, "district", "", parent)
    for school in schools:
        files["orgs"].add(school.id, "", "", school.name, "school", "", DISTRICT_ORG)
    starts, ends = school_year(knobs.year)
    middle = date(knobs.year, 12, 18)
    late = "" if knobs.dirt.term_without_end else ends.isoformat()
    for key, title, kind, first, last, above in (
        (YEAR, f"School year {knobs.year}-{knobs.year + 1}", "schoolYear", starts, ends.isoformat(), ""),
        (FALL, "Fall semester", "semester", starts, middle.isoformat(), YEAR),
        (SPRING, "Spring semester", "semester", date(knobs.year + 1, 1, 5), late, YEAR),
    ):
        files["academicSessions"].add(key, "", "", title, kind, first.isoformat(), last, above, str(knobs.year + 1))
    _courses(roster, schools)
    for klass in roster.timetable.classes:
        _write_class(roster, klass)
    _staff(roster, schools)
    roster.made.schools = len(schools)


def school_year(year: int) -> tuple[date, date]:
    """First and last day: 1 September (or the Monday after a weekend) to the second Friday of June."""
    start = date(year, 9, 1)
    start += timedelta(days=(7 - start.weekday()) % 7 if start.weekday() > 4 else 0)
    end = date(year + 1, 6, 8)
    return start, end + timedelta(days=(4 - end.weekday()) % 7)


def _courses(roster: Roster, schools: list[School]) -> None:
    for grade in sorted({grade for school in schools for grade in school.grades}, key=GRADES.index):
        subjects = (("home", f"Grade {grade}"),) if is_elementary(grade) else SUBJECTS
        for subject, title in subjects:
            roster.files["courses"].add(course_id(grade, subject), "", "", YEAR, title, subject.upper(), grade, DISTRICT_ORG, "", "")


def _write_class(roster: Roster, klass: Klass) -> None:
    roster.files["classes"].add(
        klass.id, "", "", klass.title, klass.grade, klass.course, "", klass.kind, "", klass.school, f"{FALL},{SPRING}", "", "", ""
    )
    roster.enrol(klass.teacher, klass.id, klass.school, "teacher", primary="true")


def _staff(roster: Roster, schools: list[School]) -> None:
    for key, school in roster.timetable.teachers:
        _member(roster, key, "teacher", school)
    for school in schools:
        tail = school.id.removeprefix("org-")
        for prefix, role in (("p", "principal"), ("c", "counselor"), ("o", "ext:office"), ("i", "ext:interpreter")):
            _member(roster, f"{prefix}-{tail}", role, school.id)


def _member(roster: Roster, key: str, role: str, school: str) -> None:
    given = roster.random.choice(names.given("en"))
    family = roster.random.choice(names.family("en"))
    roster.user(key, given, family, email=f"{key}@schools.example.org", org=school)
    roster.role(key, role, school)
    roster.made.staff += 1
