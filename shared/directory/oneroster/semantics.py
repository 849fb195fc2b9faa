"""Meaning across tables, checked on bulk files that parsed clean.

Each rule is one query that gives the rows at fault. A rule whose evidence is *missing* from a table (a role, an
enrollment) is not run when that table has broken references: the reference is the cause and is reported already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.directory.finding import Finding, Findings
from shared.directory.oneroster.package import Mode, Package
from shared.directory.oneroster.staging import Staging


@dataclass(frozen=True, slots=True)
class Rule:
    """`table` is the bulk file whose rows are judged; `needs` the files that must be there too."""

    code: str
    table: str
    field: str
    expected: str
    actual: str
    message: str
    remedy: str
    query: str
    needs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()


_ROLE_FITS = """(
    SELECT 1 FROM resources x, (
        SELECT userSourcedId AS u, role FROM enrollments UNION SELECT userSourcedId, CASE
            WHEN role IN ('districtAdministrator', 'principal', 'siteAdministrator', 'systemAdministrator')
            THEN 'administrator' ELSE role END FROM roles) e
    WHERE x.sourcedId = r.resourceSourcedId AND e.u = r.userSourcedId
        AND (',' || x.roles || ',') LIKE ('%,' || e.role || ',%'))"""


def _school(table: str) -> Rule:
    return Rule(
        "semantic.org_type_mismatch", table, "schoolSourcedId", "an org of type school", "another type",
        "schoolSourcedId must name a school.", "Name the school, not its district or department.",
        f'SELECT r._row FROM "{table}" r JOIN orgs o ON o.sourcedId = r.schoolSourcedId'
        " WHERE o.type <> 'school' AND o.type NOT LIKE 'ext:%'",
        needs=("orgs",),
    )  # fmt: skip


def _cycle(table: str) -> Rule:
    return Rule(
        "semantic.parent_cycle", table, "parentSourcedId", "a tree of parents", "a cycle",
        "Following the parents comes back to the row itself.", "Correct the parent so that the tree has a root.",
        f"""WITH RECURSIVE up(start, _row, at, depth) AS (
            SELECT sourcedId, _row, parentSourcedId, 1 FROM "{table}" WHERE parentSourcedId <> ''
            UNION SELECT up.start, up._row, t.parentSourcedId, up.depth + 1 FROM up JOIN "{table}" t ON t.sourcedId = up.at
            WHERE t.parentSourcedId <> '' AND up.at <> up.start AND up.depth < 64)
        SELECT DISTINCT _row FROM up WHERE at = start""",
    )  # fmt: skip


def _dates(table: str, first: str, last: str) -> Rule:
    return Rule(
        "semantic.invalid_date_range", table, last, f"{last} on or after {first}", "earlier",
        f"{last} lies before {first}.", "Correct one of the two dates.",
        f"SELECT _row FROM \"{table}\" r WHERE \"{first}\" <> '' AND \"{last}\" <> '' AND \"{last}\" < \"{first}\"",
    )  # fmt: skip


RULES: tuple[Rule, ...] = (
    _cycle("orgs"),
    _cycle("academicSessions"),
    _dates("academicSessions", "startDate", "endDate"),
    _dates("enrollments", "beginDate", "endDate"),
    _dates("roles", "beginDate", "endDate"),
    Rule(
        "semantic.academic_session_type_mismatch", "courses", "schoolYearSourcedId", "a session of type schoolYear",
        "another type", "A course's year must be a school year.", "Name the schoolYear session.",
        "SELECT r._row FROM courses r JOIN academicSessions a ON a.sourcedId = r.schoolYearSourcedId"
        " WHERE a.type <> 'schoolYear' AND a.type NOT LIKE 'ext:%'",
        needs=("academicSessions",),
    ),
    _school("classes"),
    _school("enrollments"),
    Rule(
        "semantic.enrollment_school_mismatch", "enrollments", "schoolSourcedId", "the school of the class", "another school",
        "An enrollment's school must be its class's school.", "Use the class's schoolSourcedId.",
        "SELECT r._row FROM enrollments r JOIN classes c ON c.sourcedId = r.classSourcedId"
        " WHERE c.schoolSourcedId <> r.schoolSourcedId",
        needs=("classes",),
    ),
    Rule(
        "semantic.multiple_primary_roles_for_user_org", "roles", "roleType", "one primary role per user and org",
        "several", "A user has one primary role at an org.", "Make the others secondary.",
        "SELECT _row FROM (SELECT _row, row_number() OVER (PARTITION BY userSourcedId, orgSourcedId ORDER BY _row) AS nth"
        " FROM roles WHERE roleType = 'primary') WHERE nth > 1",
    ),
    Rule(
        "semantic.primary_org_missing_role", "users", "primaryOrgSourcedId", "a role at that org", "no such role",
        "A user's primary org must be backed by a role there.", "Add the role to roles.csv, or change the primary org.",
        "SELECT r._row FROM users r WHERE r.primaryOrgSourcedId <> '' AND NOT EXISTS (SELECT 1 FROM roles x"
        " WHERE x.userSourcedId = r.sourcedId AND x.orgSourcedId = r.primaryOrgSourcedId)",
        needs=("roles",), evidence=("roles", "users"),
    ),
    Rule(
        "semantic.user_profile_user_mismatch", "roles", "userProfileSourcedId", "a profile of the same user",
        "another user's", "A role's profile must be its user's own.", "Name one of the user's own profiles.",
        "SELECT r._row FROM roles r JOIN userProfiles p ON p.sourcedId = r.userProfileSourcedId"
        " WHERE p.userSourcedId <> r.userSourcedId",
        needs=("userProfiles",),
    ),
    Rule(
        "semantic.invalid_score_range", "lineItems", "resultValueMin", "resultValueMin ≤ resultValueMax", "greater",
        "The lowest score is above the highest.", "Swap the two values.",
        "SELECT _row FROM lineItems r WHERE resultValueMin <> '' AND resultValueMax <> ''"
        " AND CAST(resultValueMin AS REAL) > CAST(resultValueMax AS REAL)",
    ),
    Rule(
        "semantic.score_below_min", "results", "score", "at least the line item's resultValueMin", "below it",
        "A score lies below its line item's range.", "Correct the score, or the line item's range.",
        "SELECT r._row FROM results r JOIN lineItems l ON l.sourcedId = r.lineItemSourcedId WHERE r.score <> ''"
        " AND l.resultValueMin <> '' AND CAST(r.score AS REAL) < CAST(l.resultValueMin AS REAL)"
        " AND (l.resultValueMax = '' OR CAST(l.resultValueMin AS REAL) <= CAST(l.resultValueMax AS REAL))",
        needs=("lineItems",),
    ),
    Rule(
        "semantic.score_above_max", "results", "score", "at most the line item's resultValueMax", "above it",
        "A score lies above its line item's range.", "Correct the score, or the line item's range.",
        "SELECT r._row FROM results r JOIN lineItems l ON l.sourcedId = r.lineItemSourcedId WHERE r.score <> ''"
        " AND l.resultValueMax <> '' AND CAST(r.score AS REAL) > CAST(l.resultValueMax AS REAL)"
        " AND (l.resultValueMin = '' OR CAST(l.resultValueMin AS REAL) <= CAST(l.resultValueMax AS REAL))",
        needs=("lineItems",),
    ),
    Rule(
        "semantic.result_class_mismatch", "results", "classSourcedId", "the line item's class", "another class",
        "A result's class must be its line item's.", "Use the line item's classSourcedId, or leave it blank.",
        "SELECT r._row FROM results r JOIN lineItems l ON l.sourcedId = r.lineItemSourcedId"
        " WHERE r.classSourcedId <> '' AND r.classSourcedId <> l.classSourcedId",
        needs=("lineItems",),
    ),
    Rule(
        "semantic.result_student_not_enrolled", "results", "studentSourcedId", "an enrollment in the class", "none",
        "A result's student must be enrolled in its class.", "Add the enrollment, or remove the result.",
        "SELECT r._row FROM results r JOIN lineItems l ON l.sourcedId = r.lineItemSourcedId"
        " JOIN classes c ON c.sourcedId = CASE r.classSourcedId WHEN '' THEN l.classSourcedId ELSE r.classSourcedId END"
        " JOIN users u ON u.sourcedId = r.studentSourcedId WHERE NOT EXISTS (SELECT 1 FROM enrollments e"
        " WHERE e.userSourcedId = r.studentSourcedId AND e.classSourcedId = c.sourcedId)",
        needs=("lineItems", "classes", "users", "enrollments"), evidence=("enrollments",),
    ),
    Rule(
        "semantic.academic_session_type_mismatch", "lineItems", "academicSessionSourcedId",
        "a term, semester or gradingPeriod", "schoolYear", "A line item belongs to a term, not to a year.",
        "Name the term or grading period.",
        "SELECT r._row FROM lineItems r JOIN academicSessions a ON a.sourcedId = r.academicSessionSourcedId"
        " WHERE a.type = 'schoolYear'",
        needs=("academicSessions",),
    ),
    _school("lineItems"),
    Rule(
        "semantic.user_resource_class_org_mismatch", "userResources", "orgSourcedId", "the school of the class",
        "another org", "The org must be the class's school.", "Use the class's school, or leave it blank.",
        "SELECT r._row FROM userResources r JOIN classes c ON c.sourcedId = r.classSourcedId"
        " WHERE r.orgSourcedId <> '' AND r.orgSourcedId <> c.schoolSourcedId",
        needs=("classes",),
    ),
    Rule(
        "semantic.user_resource_user_not_enrolled", "userResources", "userSourcedId", "an enrollment in the class", "none",
        "The user is not enrolled in the class.", "Add the enrollment, or remove the row.",
        "SELECT r._row FROM userResources r JOIN classes c ON c.sourcedId = r.classSourcedId"
        " JOIN users u ON u.sourcedId = r.userSourcedId WHERE NOT EXISTS (SELECT 1 FROM enrollments e"
        " WHERE e.userSourcedId = r.userSourcedId AND e.classSourcedId = r.classSourcedId)",
        needs=("classes", "users", "enrollments"), evidence=("enrollments",),
    ),
    Rule(
        "semantic.resource_role_mismatch", "userResources", "resourceSourcedId", "a user with one of the resource's roles",
        "no matching role", "The resource is meant for other roles.", "Assign a resource meant for this user's role.",
        "SELECT r._row FROM userResources r JOIN resources x ON x.sourcedId = r.resourceSourcedId"
        " JOIN users u ON u.sourcedId = r.userSourcedId WHERE x.roles <> ''"
        " AND (EXISTS (SELECT 1 FROM enrollments e WHERE e.userSourcedId = r.userSourcedId)"
        "  OR EXISTS (SELECT 1 FROM roles e WHERE e.userSourcedId = r.userSourcedId))"
        f" AND NOT EXISTS {_ROLE_FITS}",
        needs=("resources", "users"), evidence=("enrollments", "roles"),
    ),
)  # fmt: skip

_MAPPING = re.compile(r"\{[^{}:]+:[^{}:]+\}").fullmatch
_CASE_ID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE).fullmatch


def check_semantics(package: Package, staging: Staging, findings: Findings) -> Iterator[Finding]:
    """Run every rule whose files are there."""
    supplied = package.supplied()
    doubtful = {name for name in supplied if findings.errors_in(f"{name}.csv", ("reference",))}
    for rule in RULES:
        if supplied.get(rule.table) is not Mode.BULK or not all(name in supplied for name in rule.needs):
            continue
        if doubtful.intersection(rule.evidence):
            continue
        for (row,) in staging.db.execute(f"SELECT _row FROM ({rule.query}) ORDER BY _row"):
            yield Finding(rule.code, f"{rule.table}.csv", row, rule.field, rule.expected, rule.actual,
                          rule.message, rule.remedy)  # fmt: skip
    if supplied.get("scoreScales") is Mode.BULK:
        yield from _score_scales(staging)
    for name in ("lineItemLearningObjectiveIds", "resultLearningObjectiveIds"):
        if supplied.get(name) is Mode.BULK:
            yield from _objectives(name, staging)


def _score_scales(staging: Staging) -> Iterator[Finding]:
    for row, text in staging.db.execute("SELECT _row, scoreScaleValue FROM scoreScales ORDER BY _row"):
        for item in text.split(","):
            if not _MAPPING(item):
                yield Finding(
                    "semantic.invalid_score_scale_mapping", "scoreScales.csv", row, "scoreScaleValue", "{left:right}",
                    "another form", "A score scale maps values as {left:right}.", "Write each pair as {A:94}.",
                )  # fmt: skip


def _objectives(name: str, staging: Staging) -> Iterator[Finding]:
    query = f"SELECT _row, learningObjectiveId FROM \"{name}\" WHERE source = 'case' ORDER BY _row"
    for row, text in staging.db.execute(query):
        if not _CASE_ID(text):
            yield Finding(
                "semantic.invalid_case_learning_objective_id", f"{name}.csv", row, "learningObjectiveId",
                "urn:uuid:…", "another form", "A CASE objective is named by a UUID URN.",
                "Write urn:uuid: and the UUID.",
            )  # fmt: skip
