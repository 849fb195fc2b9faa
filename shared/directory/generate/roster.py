"""The open files of a roster that is being generated, and the rows that go into them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from shared.directory.generate.knobs import Knobs
from shared.directory.generate.schools import Timetable
from shared.directory.generate.writing import CsvFile, manifest
from shared.directory.oneroster.spec import TABLES_12
from shared.directory.oneroster.staging import CONTACT_COLUMNS

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


class open_roster:
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
        manifest(
            folder / "manifest.csv",
            {name: "BULK" if dirt.wrong_mode and name == "courses" else "bulk" for name in FILES},
        )
        return Roster(files, contacts, Random(self._seed), self._knobs, Generated(self._out))

    def __exit__(self, *_: object) -> None:
        self._stack.close()
