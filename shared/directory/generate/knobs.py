"""The shares a district is drawn from. Sources: NCES Digest tables 214.20, 204.27, 216.30; childstats FAM1.A and FAM1.B."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace


@dataclass(frozen=True, slots=True)
class Dirt:
    """Rates per 10,000 rows. The first group is only unusual and validates with warnings at most; the second is wrong."""

    no_contact_point: int = 250  # guardians
    landline_in_sms: int = 30
    shared_email: int = 20
    same_person_twice: int = 5
    odd_names: int = 200
    leap_birthday: int = 7

    duplicate_id: int = 0
    dangling_reference: int = 0
    two_primary_roles: int = 0
    bad_date: int = 0
    bad_restriction: int = 0
    six_guardians: int = 0
    byte_order_mark: bool = False
    crlf: bool = False
    wrong_case_file: bool = False
    misspelt_header: bool = False
    wrong_mode: bool = False
    org_cycle: bool = False
    term_without_end: bool = False

    @classmethod
    def everything(cls, rate: int) -> Dirt:
        """Every kind of dirt, each at `rate` per 10,000 rows; whole-file dirt once `rate` is above 0."""
        values = {item.name: rate > 0 if item.type in (bool, "bool") else rate for item in fields(cls)}
        return replace(cls(), **values)  # type: ignore[arg-type]


_LEARNERS = {
    "es": 75.2, "ar": 2.7, "zh": 2.0, "vi": 1.5, "so": 0.8, "ru": 0.7, "pt": 0.7, "hmn": 0.7, "ht": 0.6,
    "gu": 1.0, "hi": 1.0, "ur": 0.9, "ko": 0.9, "tl": 0.9, "fr": 0.8, "ne": 0.8, "sw": 0.8, "am": 0.7, "pa": 0.6,
    "fa": 0.6, "my": 0.6, "bn": 0.5, "te": 0.5, "uk": 0.5, "ja": 0.4, "ps": 0.3, "km": 0.3, "pl": 0.3, "ti": 0.2,
    "yo": 0.2, "om": 0.2, "lo": 0.2, "mam": 0.2, "kar": 0.2, "sm": 0.1, "ta": 0.1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Knobs:
    """Everything a folder may override."""

    slug: str = "generated"
    name: str = "Generated Unified School District"
    timezone: str = "America/Chicago"
    year: int = 2026  # in which the school year starts
    other_language_homes: float = 0.22  # more homes than English learners (10.2 %)
    languages: dict[str, float] = field(default_factory=lambda: dict(_LEARNERS))
    children: tuple[float, ...] = (0.43, 0.38, 0.14, 0.05)  # families with 1, 2, 3, 4 children: mean 1.81
    two_parents: float = 0.702
    mother_only: float = 0.215
    father_only: float = 0.047
    other_home_if_single: float = 0.85  # a parent elsewhere who is in touch
    other_home_if_two: float = 0.06  # a stepfamily with a parent elsewhere
    restricted_per_1000: float = 1.5
    pupils_per_teacher: float = 15.4
    dirt: Dirt = field(default_factory=Dirt)
    grade_weeks: int = 0  # weekly gradebook packages for secondary students
    schools: tuple[tuple[str, str, tuple[str, ...]], ...] = ()  # (id, name, grades); drawn from the size when empty
    first_number: int = 1  # ids start here, so that a cast can stand before them
    six_question_intake: bool = True
