"""Schools, courses, classes and staff, made as students arrive."""

from __future__ import annotations

from dataclasses import dataclass, field

from shared.directory.generate import names

COHORT = 24  # students who sit together
SECTIONS_PER_TEACHER = 5
SUBJECTS = (
    ("alg", "Algebra"), ("eng", "English"), ("sci", "Science"), ("soc", "Social Studies"), ("lan", "World Languages"),
    ("art", "Arts"),
)  # fmt: skip
GRADES = ("KG", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12")


@dataclass(slots=True)
class School:
    id: str
    name: str
    grades: tuple[str, ...]
    sizes: dict[str, int] = field(default_factory=dict)  # grade → students so far
    taught: dict[str, int] = field(default_factory=dict)  # subject → sections so far


@dataclass(slots=True)
class Klass:
    id: str
    title: str
    course: str
    kind: str
    school: str
    grade: str
    teacher: str


def plan_schools(students: int) -> list[School]:
    """Elementary about 450 pupils, middle 600, high 1,000; one K–12 school for the smallest districts."""
    if students < 300:
        return [School("org-school-001", "Maple K-12 School", GRADES)]
    schools: list[School] = []
    for share, size, grades, label in (
        (6 / 13, 450, GRADES[:6], "Elementary"), (3 / 13, 600, GRADES[6:9], "Middle School"),
        (4 / 13, 1_000, GRADES[9:], "High School"),
    ):  # fmt: skip
        for number in range(max(1, round(students * share / size))):
            name = names.SCHOOL_NAMES[number % len(names.SCHOOL_NAMES)]
            more = "" if number < len(names.SCHOOL_NAMES) else f" {number // len(names.SCHOOL_NAMES) + 1}"
            schools.append(School(f"org-school-{len(schools) + 1:03d}", f"{name} {label}{more}", grades))
    return schools


def is_elementary(grade: str) -> bool:
    return grade in GRADES[:6]


def course_id(grade: str, subject: str) -> str:
    return f"course-{subject}-{grade.lower()}"


class Timetable:
    """Hands a student the classes of the cohort he or she joins, making them when the cohort is new."""

    def __init__(self) -> None:
        self.classes: list[Klass] = []
        self.teachers: list[tuple[str, str]] = []  # (id, school)
        self._cohorts: dict[tuple[str, str, int], list[Klass]] = {}

    def place(self, school: School, grade: str) -> list[Klass]:
        index = school.sizes.get(grade, 0)
        school.sizes[grade] = index + 1
        key = (school.id, grade, index // COHORT)
        if key not in self._cohorts:
            self._cohorts[key] = self._open(school, grade, index // COHORT)
        return self._cohorts[key]

    def _open(self, school: School, grade: str, number: int) -> list[Klass]:
        tail = f"{school.id.removeprefix('org-').removeprefix('school-')}-{grade.lower()}-{number + 1}"
        if is_elementary(grade):
            opened = [
                self._class(school, grade, "home", f"Grade {grade} homeroom {number + 1}", f"class-{tail}", "homeroom")
            ]
        else:
            opened = [
                self._class(
                    school, grade, subject, f"{title} {grade}-{number + 1}", f"class-{subject}-{tail}", "scheduled"
                )
                for subject, title in SUBJECTS
            ]
        self.classes += opened
        return opened

    def _class(self, school: School, grade: str, subject: str, title: str, identity: str, kind: str) -> Klass:
        each = 1 if subject == "home" else SECTIONS_PER_TEACHER
        section = school.taught.get(subject, 0)
        school.taught[subject] = section + 1
        tail = school.id.removeprefix("org-").removeprefix("school-")
        teacher = f"t-{tail}-{subject}-{section // each + 1}"
        if section % each == 0:
            self.teachers.append((teacher, school.id))
        return Klass(identity, title, course_id(grade, subject), kind, school.id, grade, teacher)
