"""What is written last: orgs, sessions, courses, classes and staff, known only once all students have a place."""

from __future__ import annotations

from datetime import date, timedelta

from shared.directory.generate import names
from shared.directory.generate.roster import DISTRICT_ORG, FALL, SPRING, YEAR, Roster
from shared.directory.generate.schools import GRADES, SUBJECTS, Klass, School, course_id, is_elementary


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
            code = subject.upper()
            roster.files["courses"].add(
                course_id(grade, subject), "", "", YEAR, title, code, grade, DISTRICT_ORG, "", ""
            )


def _write_class(roster: Roster, klass: Klass) -> None:
    roster.files["classes"].add(
        klass.id,
        "",
        "",
        klass.title,
        klass.grade,
        klass.course,
        "",
        klass.kind,
        "",
        klass.school,
        f"{FALL},{SPRING}",
        "",
        "",
        "",
    )
    roster.enrol(klass.teacher, klass.id, klass.school, "teacher", primary="true")


def _staff(roster: Roster, schools: list[School]) -> None:
    for key, place in roster.timetable.teachers:
        _member(roster, key, "teacher", place)
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
