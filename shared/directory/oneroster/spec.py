"""The tables of the OneRoster CSV binding: columns in their order, types, vocabularies, references."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final


class Type(Enum):
    GUID = "guid"
    GUIDS = "guids"
    TEXT = "text"
    LIST = "list"
    DATE = "date"
    YEAR = "year"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    ENUM = "enum"
    ENUMS = "enums"
    USER_IDS = "userIds"
    STATUS = "status"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `target` names the table a GUID refers to; `open` lets `ext:` tokens extend the vocabulary."""

    name: str
    type: Type = Type.TEXT
    required: bool = False
    values: frozenset[str] = frozenset()
    open: bool = True
    target: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def header(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


_TYPES: Final = {
    "guid": Type.GUID, "guids": Type.GUIDS, "text": Type.TEXT, "list": Type.LIST, "date": Type.DATE, "year": Type.YEAR,
    "bool": Type.BOOLEAN, "int": Type.INTEGER, "float": Type.FLOAT, "userIds": Type.USER_IDS,
}  # fmt: skip

VOCABULARIES: Final[dict[str, tuple[str, bool]]] = {
    "session": ("gradingPeriod|semester|schoolYear|term", True),
    "org": ("department|school|district|local|state|national", True),
    "class": ("homeroom|scheduled", True),
    "roleType": ("primary|secondary", False),
    "role": (
        "aide|counselor|districtAdministrator|guardian|parent|principal|proctor|relative|siteAdministrator|student"
        "|systemAdministrator|teacher",
        True,
    ),
    "role11": ("administrator|aide|guardian|parent|proctor|relative|student|teacher", True),
    "enrollment": ("administrator|proctor|student|teacher", True),
    "sex": ("male|female|unspecified|other", True),
    "sex11": ("male|female", True),
    "scoreStatus": ("exempt|fully graded|not submitted|partially graded|submitted", True),
    "objective": ("case|unknown", True),
    "importance": ("primary|secondary", False),
    "resourceRole": ("administrator|aide|guardian|parent|proctor|relative|student|teacher", True),
    "profile": ("", True),
}


def _column(text: str) -> Column:
    """`name[!]:type[>target]`, `!` for required; `enum(vocabulary)` and `enums(vocabulary)` for closed sets."""
    name, _, kind = text.partition(":")
    required = name.endswith("!")
    kind, _, target = kind.partition(">")
    if "(" in kind:
        base, _, vocabulary = kind.partition("(")
        values, is_open = VOCABULARIES[vocabulary.rstrip(")")]
        return Column(
            name.rstrip("!"), Type(base), required, frozenset(values.split("|")), open=is_open, target=target or None
        )
    return Column(name.rstrip("!"), _TYPES[kind or "text"], required, target=target or None)


_COMMON: Final = (
    Column("sourcedId", Type.GUID, required=True),
    Column("status", Type.STATUS),
    Column("dateLastModified", Type.DATETIME),
)


def _table(name: str, columns: str, *, own: Column | None = None) -> Table:
    common = (own, *_COMMON[1:]) if own else _COMMON
    return Table(name, common + tuple(_column(text) for text in columns.split()))


_RACES = " ".join(
    f"{flag}:bool"
    for flag in (
        "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican", "nativeHawaiianOrOtherPacificIslander",
        "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
    )
)  # fmt: skip
_BIRTH = "countryOfBirthCode stateOfBirthAbbreviation cityOfBirth publicSchoolResidenceStatus"
_USER = Column("sourcedId", Type.GUID, required=True, target="users")

_SHARED = (
    _table(
        "academicSessions",
        "title! type!:enum(session) startDate!:date endDate!:date parentSourcedId:guid>academicSessions schoolYear!:year",
    ),
    _table("orgs", "name! type!:enum(org) identifier parentSourcedId:guid>orgs"),
    _table(
        "courses",
        "schoolYearSourcedId:guid>academicSessions title! courseCode grades:list orgSourcedId!:guid>orgs subjects:list"
        " subjectCodes:list",
    ),
    _table(
        "classes",
        "title! grades:list courseSourcedId!:guid>courses classCode classType!:enum(class) location"
        " schoolSourcedId!:guid>orgs termSourcedIds!:guids>academicSessions subjects:list subjectCodes:list periods:list",
    ),
    _table(
        "enrollments",
        "classSourcedId!:guid>classes schoolSourcedId!:guid>orgs userSourcedId!:guid>users role!:enum(enrollment)"
        " primary:bool beginDate:date endDate:date",
    ),
    _table("classResources", "title classSourcedId!:guid>classes resourceSourcedId!:guid>resources"),
    _table("courseResources", "title courseSourcedId!:guid>courses resourceSourcedId!:guid>resources"),
    _table(
        "resources",
        "vendorResourceId! title roles:enums(resourceRole) importance:enum(importance) vendorId applicationId",
    ),
)

_ONLY_12 = (
    _table(
        "users",
        "enabledUser!:bool username! userIds:userIds givenName! familyName! middleName identifier email sms phone"
        " agentSourcedIds:guids>users grades:list password userMasterIdentifier preferredGivenName preferredMiddleName"
        " preferredFamilyName primaryOrgSourcedId:guid>orgs pronouns",
    ),
    _table(
        "roles",
        "userSourcedId!:guid>users roleType!:enum(roleType) role!:enum(role) beginDate:date endDate:date"
        " orgSourcedId!:guid>orgs userProfileSourcedId:guid>userProfiles",
    ),
    _table("demographics", f"birthDate:date sex:enum(sex) {_RACES} {_BIRTH}", own=_USER),
    _table(
        "userProfiles",
        "userSourcedId!:guid>users profileType! vendorId! applicationId description credentialType! username! password",
    ),
    _table("categories", "title! weight:int"),
    _table(
        "lineItems",
        "title! description assignDate!:date dueDate!:date classSourcedId!:guid>classes categorySourcedId!:guid>categories"
        " academicSessionSourcedId!:guid>academicSessions resultValueMin:float resultValueMax:float schoolSourcedId!:guid>orgs",
    ),
    _table(
        "results",
        "lineItemSourcedId!:guid>lineItems studentSourcedId!:guid>users scoreStatus!:enum(scoreStatus) score:float"
        " scoreDate!:date comment textScore classSourcedId:guid>classes inProgress:bool incomplete:bool late:bool missing:bool",
    ),
    _table(
        "scoreScales",
        "title! type! orgSourcedId!:guid>orgs courseSourcedId!:guid>courses classSourcedId!:guid>classes scoreScaleValue!:list",
    ),
    _table(
        "lineItemLearningObjectiveIds",
        "lineItemSourcedId!:guid>lineItems source!:enum(objective) learningObjectiveId!",
    ),
    _table("lineItemScoreScales", "title lineItemSourcedId!:guid>lineItems scoreScaleSourcedId!:guid>scoreScales"),
    _table(
        "resultLearningObjectiveIds",
        "resultSourcedId!:guid>results source!:enum(objective) learningObjectiveId! score:float textScore",
    ),
    _table("resultScoreScales", "title resultSourcedId!:guid>results scoreScaleSourcedId!:guid>scoreScales"),
    _table(
        "userResources",
        "userSourcedId!:guid>users orgSourcedId:guid>orgs classSourcedId:guid>classes resourceSourcedId!:guid>resources",
    ),
)

_ONLY_11 = (
    _table(
        "users",
        "enabledUser!:bool orgSourcedIds!:guids>orgs role!:enum(role11) username! userIds:userIds givenName! familyName!"
        " middleName identifier email sms phone agentSourcedIds:guids>users grades:list password",
    ),
    _table("demographics", f"birthDate:date sex:enum(sex11) {_RACES} {_BIRTH}", own=_USER),
    _table("categories", "title!"),
    _table(
        "lineItems",
        "title! description assignDate!:date dueDate!:date classSourcedId!:guid>classes categorySourcedId!:guid>categories"
        " gradingPeriodSourcedId!:guid>academicSessions resultValueMin!:float resultValueMax!:float",
    ),
    _table(
        "results",
        "lineItemSourcedId!:guid>lineItems studentSourcedId!:guid>users scoreStatus!:enum(scoreStatus) score!:float"
        " scoreDate!:date comment",
    ),
)

TABLES_12: Final[dict[str, Table]] = {table.name: table for table in (*_SHARED, *_ONLY_12)}
TABLES_11: Final[dict[str, Table]] = {table.name: table for table in (*_SHARED, *_ONLY_11)}
ROSTERING: Final = (
    "academicSessions", "orgs", "courses", "classes", "users", "roles", "enrollments", "demographics", "userProfiles",
)  # fmt: skip
FILES: Final[dict[str, str]] = {table.file: table.name for table in TABLES_12.values()}


def tables(version: str) -> dict[str, Table]:
    """The tables of OneRoster `version` ("1.1" or "1.2")."""
    return TABLES_11 if version == "1.1" else TABLES_12
