"""Schools with their effective settings, calendars, and staff."""

from __future__ import annotations

import orjson

from shared.contracts import latest
from shared.directory.config.schemas import DEFAULTS
from shared.directory.engine import people
from shared.directory.engine.derived import Derived, only_scope
from shared.directory.engine.kinds import CALENDAR, SCHOOL, STAFF
from shared.directory.engine.workspace import Workspace
from shared.ids import fingerprint


def derive_schools(workspace: Workspace, derived: Derived) -> None:
    allowed = set(latest("district.school_onboarded").fields)
    terms = [
        {"id": key, "title": title, "starts_on": start, "ends_on": end}
        for key, title, start, end in workspace.db.execute(
            "SELECT sourcedId, title, startDate, endDate FROM academicSessions WHERE type IN ('term', 'semester')"
            " ORDER BY startDate, sourcedId"
        )
    ]
    for school, name in workspace.db.execute(
        "SELECT sourcedId, name FROM orgs WHERE type = 'school' ORDER BY sourcedId"
    ):
        settings = DEFAULTS | workspace.district | workspace.schools.get(school, {})
        start, _, end = str(settings["quiet_hours"]).partition("-")
        own_name = workspace.schools.get(school, {}).get("name")
        data = {
            **settings, "school_id": school, "name": own_name or name, "quiet_start": start, "quiet_end": end,
        }  # fmt: skip
        data = {key: value for key, value in data.items() if key in allowed}
        data["config_version"] = fingerprint(orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode())
        derived.add(SCHOOL, school, data, a=school)
        calendar = {
            "school_id": school, "terms": terms, "midterm_release_on": settings["midterm_release_on"],
            "holidays": settings["holidays"], "cultural_days": settings["cultural_days"],
        }  # fmt: skip
        derived.add(CALENDAR, school, calendar, a=school)


def derive_staff(workspace: Workspace, derived: Derived, schools: set[str]) -> None:
    query = f"""
        SELECT u.sourcedId, u.enabledUser, coalesce(nullif(u.preferredGivenName, ''), u.givenName),
            coalesce(nullif(u.preferredFamilyName, ''), u.familyName), u.email,
            (SELECT group_concat(role || '|' || orgSourcedId) FROM roles r WHERE r.userSourcedId = u.sourcedId),
            (SELECT group_concat(DISTINCT classSourcedId) FROM enrollments e
             WHERE e.userSourcedId = u.sourcedId AND e.role = 'teacher')
        FROM users u WHERE EXISTS (SELECT 1 FROM roles r WHERE r.userSourcedId = u.sourcedId
            AND r.role NOT IN ('student', 'guardian', 'parent', 'relative')) {only_scope(workspace, "u.sourcedId")}"""
    for key, enabled, given, family, email, role_cells, class_cells in workspace.db.execute(query):
        pairs = [cell.partition("|") for cell in (role_cells or "").split(",") if cell]
        role = people.staff_role(pair[0] for pair in pairs)
        if role is None:
            continue
        data = {
            "staff_id": key, "role": role, "active": enabled != "false",
            "school_ids": sorted({org for _, _, org in pairs if org in schools}),
            "class_ids": sorted(filter(None, (class_cells or "").split(","))),
            "name": {"given_name": given, "family_name": family}, "email": people.usable_email(email),
        }  # fmt: skip
        derived.add(STAFF, key, data)
