"""Planning and applying a district, on SQLite and on PostgreSQL: what is said, what is held, what survives."""

from __future__ import annotations

import csv
import multiprocessing
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.directory import engine
from shared.directory.engine.apply import PlanHeld, PlanInvalid
from shared.directory.generate import generate, generate_delta, riverside
from shared.directory.tables import METADATA, RECORD
from shared.errors import HomeroomError
from shared.messaging.envelope import Event, decode
from shared.messaging.tables import OUTBOX
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.database import sqlite_engine

AUGUST = datetime(2026, 8, 20, 15, 0, tzinfo=UTC)
SEPTEMBER_22 = datetime(2026, 9, 22, 23, 0, tzinfo=UTC)
SEPTEMBER_29 = datetime(2026, 9, 29, 23, 0, tzinfo=UTC)


@dataclass
class District:
    """A district's directory, and a way to hear what it says."""

    database: sa.Engine
    keyring: Keyring
    slug: str = "riverside"
    now: datetime = AUGUST

    def plan(self, folder: Path) -> engine.Plan:
        with self.database.begin() as connection:
            return engine.plan(connection, folder, now=self.now)

    def apply(self, folder: Path, **options: Any) -> engine.Applied:
        with self.database.begin() as connection:
            uow = self._uow(connection)
            applied = engine.apply(uow, folder, **options)
            uow.flush()
            return applied

    def rollback(self, revision: int, **options: Any) -> engine.Applied:
        with self.database.begin() as connection:
            uow = self._uow(connection)
            applied = engine.rollback(uow, revision, **options)
            uow.flush()
            return applied

    def said(self) -> list[Event]:
        """What waits in the outbox, opened; and empties it."""
        with self.database.begin() as connection:
            bodies = list(connection.execute(sa.select(OUTBOX.c.body).order_by(OUTBOX.c.id)).scalars())
            connection.execute(sa.delete(OUTBOX))
        return [decode(bytes(body), self.keyring) for body in bodies]

    def state(self) -> list[tuple[Any, ...]]:
        columns = (RECORD.c.kind, RECORD.c.key, RECORD.c.hash, RECORD.c.a, RECORD.c.b)
        with self.database.begin() as connection:
            rows = connection.execute(sa.select(*columns).order_by(RECORD.c.kind, RECORD.c.key)).all()
        return [tuple(row) for row in rows if row.kind != "=standing"]

    def _uow(self, connection: sa.Connection) -> UnitOfWork:
        return UnitOfWork(connection, service="directory", district=self.slug, now=self.now, vault=self.keyring)


@pytest.fixture(params=["sqlite", "postgresql"])
def district(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[District]:
    if request.param == "sqlite":
        database = sqlite_engine(tmp_path / "directory.sqlite")
    else:
        url = request.getfixturevalue("pg_database").replace("postgresql://", "postgresql+psycopg://", 1)
        database = sa.create_engine(url)
    METADATA.create_all(database)
    yield District(database, Keyring.create(tmp_path / "keyring.json", new_master_key()))
    database.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Riverside, with fewer drawn families than the shipped one."""
    riverside.build(tmp_path / "riverside", students=120)
    return tmp_path / "riverside"


def edit(folder: Path, table: str, change: Callable[[dict[str, str]], dict[str, str] | None]) -> None:
    """Rewrite a roster file row by row; a row that becomes None goes."""
    path = folder / "roster" / f"{table}.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    kept = [row for row in (change(row) for row in rows) if row is not None]
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def of(events: list[Event], type_: str) -> list[Event]:
    return [event for event in events if event.type == f"district.{type_}"]


def test_a_first_apply_says_everything_once_and_a_second_nothing(district: District, folder: Path) -> None:
    plan = district.plan(folder)
    assert plan.exit_code == 2
    applied = district.apply(folder, checksum=plan.checksum)
    events = district.said()
    assert applied.revision == 1
    assert applied.events == len(events)
    kinds = Counter(event.type for event in events)
    assert kinds["district.school_onboarded"] == kinds["district.calendar_published"] == 2
    assert kinds["district.student_enrolled"] == 120
    assert district.plan(folder).exit_code == 0
    assert district.apply(folder).revision is None
    assert district.said() == []


def test_a_care_circle_has_its_homes_languages_and_siblings(district: District, folder: Path) -> None:
    district.apply(folder)
    events = district.said()
    links = {(e.data["student_id"], e.data["guardian_id"]): e.data for e in of(events, "guardian_linked")}
    ana, daniel = links["s-mateo", "g-ana"], links["s-mateo", "g-daniel"]
    assert ana["household_id"] != daniel["household_id"]
    assert links["s-lucia", "g-ana"]["household_id"] == ana["household_id"]
    assert (ana["language"], daniel["language"]) == ("es", "en")
    assert (ana["contact"]["sms"], ana["lives_with"], daniel["lives_with"]) == ("+13125559811", True, False)
    assert links["s-bao", "g-lan"]["relationship"] == "Grandmother"
    students = {e.data["student_id"]: e.data for e in of(events, "student_enrolled")}
    assert students["s-mateo"]["sibling_group_id"] == students["s-lucia"]["sibling_group_id"] is not None
    assert students["s-bao"]["sibling_group_id"] is None
    assert students["s-mateo"]["teacher_ids"] == ["t-alvarez"]
    assert students["s-mateo"]["name"] == {"given_name": "Mateo", "family_name": "Rivera"}
    staff = {e.data["staff_id"]: e.data for e in of(events, "staff_listed")}
    assert (staff["t-okafor"]["role"], staff["t-okafor"]["class_ids"]) == ("teacher", ["class-algebra-9"])
    assert staff["i-abdi"]["role"] == "interpreter"


def test_a_restriction_says_whom_what_from_when_and_by_whose_authority(district: District, folder: Path) -> None:
    district.apply(folder)
    (found,) = [e for e in of(district.said(), "contact_restricted") if e.data["guardian_id"] == "g-daniel"]
    assert found.data["student_id"] == "s-lucia"
    assert (found.data["scope"], str(found.data["starts_on"]), found.data["lifted"]) == (
        "no_contact",
        "2026-10-01",
        False,
    )
    assert found.data["authority_ref"] == "court order 2026-118"
    edit(folder, "contacts", lambda row: {**row, "restrictions": ""} if row["contactSourcedId"] == "g-daniel" else row)
    district.apply(folder)
    (lifted,) = of(district.said(), "contact_restricted")
    assert lifted.data["lifted"] is True


def test_a_student_whom_nobody_can_reach_is_listed_and_enrolled(district: District, folder: Path) -> None:
    applied = district.apply(folder)
    assert "s-tomas" in applied.plan.unreachable
    assert "s-tomas" in {e.data["student_id"] for e in of(district.said(), "student_enrolled")}
    with district.database.begin() as connection:
        assert "s-tomas" in engine.status(connection, {}).unreachable


def test_grades_come_in_as_their_day_comes_and_only_when_they_change(district: District, folder: Path) -> None:
    district.apply(folder)
    assert of(district.said(), "grade_recorded") == []
    district.now = SEPTEMBER_22
    district.apply(folder)
    first = {(e.data["student_id"], e.data["class_id"]): e.data for e in of(district.said(), "grade_recorded")}
    amina = first["s-amina", "class-algebra-9"]
    assert (amina["score_pct"], amina["previous_pct"], amina["course_title"]) == (78.0, None, "Algebra")
    district.now = SEPTEMBER_29
    district.apply(folder)
    (amina,) = [e.data for e in of(district.said(), "grade_recorded") if e.data["student_id"] == "s-amina"]
    assert (amina["score_pct"], amina["previous_pct"], str(amina["as_of"])) == (64.0, 78.0, "2026-09-29")
    district.apply(folder)
    assert district.said() == []


def test_a_changed_phone_number_is_told_for_each_child_and_nothing_else(district: District, folder: Path) -> None:
    district.apply(folder)
    district.said()
    edit(folder, "users", lambda row: {**row, "sms": "+13125550199"} if row["sourcedId"] == "g-ana" else row)
    district.apply(folder)
    events = district.said()
    assert {(e.type, e.data["student_id"], e.data["contact"]["sms"]) for e in events} == {
        ("district.guardian_linked", "s-mateo", "+13125550199"),
        ("district.guardian_linked", "s-lucia", "+13125550199"),
    }


def test_a_removed_contact_is_named_as_somebody_who_would_stop_hearing(district: District, folder: Path) -> None:
    district.apply(folder)
    district.said()
    edit(folder, "contacts", lambda row: None if row["contactSourcedId"] == "g-meera" else row)
    edit(
        folder, "users", lambda row: {**row, "agentSourcedIds": ""} if row["sourcedId"] in ("s-riya", "s-dev") else row
    )
    plan = district.plan(folder)
    assert {(one.guardian_id, one.student_id, one.why) for one in plan.silenced} == {
        ("g-meera", "s-riya", "unlinked"), ("g-meera", "s-dev", "unlinked"),
    }  # fmt: skip
    assert {"s-riya", "s-dev"} <= set(plan.unreachable)
    district.apply(folder)
    assert {e.data["student_id"] for e in of(district.said(), "guardian_unlinked")} == {"s-riya", "s-dev"}


def test_a_new_teacher_reaches_every_student_of_the_class(district: District, folder: Path) -> None:
    district.apply(folder)
    district.said()
    edit(folder, "enrollments",
         lambda row: {**row, "userSourcedId": "t-lee"} if row["userSourcedId"] == "t-alvarez" else row)  # fmt: skip
    district.apply(folder)
    students = {e.data["student_id"]: e.data["teacher_ids"] for e in of(district.said(), "student_enrolled")}
    assert students == {key: ["t-lee"] for key in ("s-mateo", "s-riya", "s-bao", "s-sam")}


def test_many_deletions_are_held_until_somebody_releases_that_very_plan(district: District, folder: Path) -> None:
    district.apply(folder)
    district.said()
    seen: list[str] = []

    def drop_every_fifth(row: dict[str, str]) -> dict[str, str] | None:
        seen.append(row["sourcedId"])
        return None if len(seen) % 5 == 0 else row

    edit(folder, "enrollments", drop_every_fifth)
    before = district.state()
    with pytest.raises(PlanHeld) as held:
        district.apply(folder)
    assert {(hold.reason, hold.kind) for hold in held.value.plan.holds} == {("deleted", "enrollments")}
    assert (district.state(), district.said()) == (before, [])
    (hold,) = held.value.plan.holds
    with pytest.raises(PlanHeld):
        district.apply(folder, approve=["hold-of-another-day"])
    assert district.apply(folder, approve=[hold.id]).revision == 2


def test_many_restrictions_lifted_at_once_are_held(district: District, folder: Path) -> None:
    """An export that forgot the column must not undo the courts' orders by itself."""
    order = "no_records;court order 2026-7;2026-08-01;"
    edit(folder, "contacts", lambda row: {**row, "restrictions": row["restrictions"] or order})
    district.apply(folder)
    district.said()
    before = district.state()
    edit(folder, "contacts", lambda row: {**row, "restrictions": ""})
    with pytest.raises(PlanHeld) as held:
        district.apply(folder)
    assert ("deleted", "restrictions") in {(hold.reason, hold.kind) for hold in held.value.plan.holds}
    assert (district.state(), district.said()) == (before, [])


def test_a_student_whose_only_guardians_may_not_have_the_record_is_listed_as_unreachable(
    district: District, folder: Path
) -> None:
    reachable = set(district.plan(folder).unreachable)
    order = "no_records;court order 2026-7;2026-08-01;"
    edit(folder, "contacts", lambda row: {**row, "restrictions": order} if row["studentSourcedId"] == "s-mateo" else row)
    assert set(district.plan(folder).unreachable) - reachable == {"s-mateo"}


def test_six_guardians_of_one_student_are_held(district: District, folder: Path) -> None:
    header = (folder / "roster" / "users.csv").read_text().splitlines()[0].split(",")
    with (
        (folder / "roster" / "users.csv").open("a") as users,
        (folder / "roster" / "contacts.csv").open("a") as contacts,
    ):
        with (folder / "roster" / "roles.csv").open("a") as roles:
            for number in range(6):
                cells = dict.fromkeys(header, "") | {
                    "sourcedId": f"x-{number}",
                    "enabledUser": "true",
                    "username": f"x{number}",
                }
                cells |= {"givenName": "A", "familyName": "B"}
                users.write(",".join(cells.values()) + "\n")
                roles.write(f"role-x-{number},,,x-{number},primary,guardian,,,org-greenview,\n")
                contacts.write(f"s-sam,x-{number},Aunt,false,false,false,true,3,,en,false,true,\n")
    with pytest.raises(PlanHeld) as held:
        district.apply(folder)
    assert {hold.reason for hold in held.value.plan.holds} == {"six_or_more_guardians"}


def test_a_plan_that_was_looked_at_no_longer_applies_once_the_folder_changed(district: District, folder: Path) -> None:
    plan = district.plan(folder)
    edit(folder, "users", lambda row: {**row, "sms": ""} if row["sourcedId"] == "g-ana" else row)
    with pytest.raises(HomeroomError, match="stale_plan"):
        district.apply(folder, checksum=plan.checksum)
    assert (district.state(), district.said()) == ([], [])


def test_a_folder_with_an_error_changes_nothing(district: District, folder: Path) -> None:
    (folder / "district.yaml").write_text((folder / "district.yaml").read_text().replace("floor_days", "floor_dais"))
    with pytest.raises(PlanInvalid) as invalid:
        district.apply(folder)
    assert "config.unknown_key" in {finding.code for finding in invalid.value.plan.report.findings}
    assert district.plan(folder).exit_code == 1
    assert (district.state(), district.said()) == ([], [])


def test_a_folder_of_another_district_is_refused(district: District, folder: Path) -> None:
    district.slug = "elsewhere"
    with pytest.raises(HomeroomError, match="other_district"):
        district.apply(folder)


def test_a_rollback_restores_people_and_settings_and_can_itself_be_undone(district: District, folder: Path) -> None:
    district.apply(folder)
    first = district.state()
    district.said()
    edit(folder, "users", lambda row: {**row, "sms": "+13125550199"} if row["sourcedId"] == "g-ana" else row)
    edit(folder, "contacts", lambda row: None if row["contactSourcedId"] == "g-daniel" else row)
    edit(
        folder,
        "users",
        lambda row: {**row, "agentSourcedIds": "g-ana"} if row["sourcedId"] in ("s-mateo", "s-lucia") else row,
    )
    (folder / "district.yaml").write_text(
        (folder / "district.yaml").read_text().replace("floor_days: 30", "floor_days: 21")
    )
    district.apply(folder)
    second = district.state()
    district.said()
    undone = district.rollback(1)
    assert undone.revision == 3
    assert district.state() == first
    events = district.said()
    assert {e.data["floor_days"] for e in of(events, "school_onboarded")} == {30}
    assert {(e.data["guardian_id"], e.data["student_id"]) for e in of(events, "guardian_linked")} >= {
        ("g-daniel", "s-mateo"), ("g-daniel", "s-lucia"), ("g-ana", "s-mateo"),
    }  # fmt: skip
    assert district.rollback(2).revision == 4
    assert district.state() == second
    with district.database.begin() as connection:
        assert [(r.number, r.action) for r in engine.history(connection)] == [
            (1, "apply"), (2, "apply"), (3, "rollback"), (4, "rollback"),
        ]  # fmt: skip
    with pytest.raises(HomeroomError, match="no_such_revision"):
        district.rollback(9)


def test_a_delta_leaves_the_district_as_the_same_change_in_bulk_would(district: District, tmp_path: Path) -> None:
    district.slug = "generated"
    generate(300, seed=5, out=tmp_path / "full")
    generate_delta(tmp_path / "full", share=0.05, out=tmp_path / "delta")
    district.apply(tmp_path / "full")
    district.said()
    with (tmp_path / "delta" / "roster" / "users.csv").open(encoding="utf-8", newline="") as stream:
        changed = {row["sourcedId"]: {**row, "status": "", "dateLastModified": ""} for row in csv.DictReader(stream)}
    edit(tmp_path / "full", "users", lambda row: changed.get(row["sourcedId"], row))
    by_delta = district.apply(tmp_path / "delta")
    said = district.said()
    assert by_delta.revision == 2
    assert said
    assert district.apply(tmp_path / "delta").revision is None  # again
    assert district.plan(tmp_path / "full").exit_code == 0  # and the bulk drop agrees


def test_a_delta_of_users_beside_bulk_enrollments_touches_only_whom_it_changes(
    district: District, folder: Path
) -> None:
    district.apply(folder)
    before, _ = district.state(), district.said()
    stamp = {"status": "active", "dateLastModified": "2026-08-21T06:00:00.000Z"}
    edit(folder, "users", lambda row: {**row, **stamp})
    edit(folder, "users", lambda row: {**row, "sms": "+13125550199"} if row["sourcedId"] == "g-ana" else row)
    manifest = folder / "roster" / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("file.users,bulk", "file.users,delta"))
    (folder / "roster" / "contacts.csv").unlink()
    district.apply(folder)
    assert {(e.type, e.data["guardian_id"]) for e in district.said()} == {("district.guardian_linked", "g-ana")}
    assert len(district.state()) == len(before)


def test_a_student_who_leaves_is_withdrawn_with_all_that_hung_on_it(district: District, folder: Path) -> None:
    district.now = SEPTEMBER_22
    district.apply(folder)
    district.said()
    edit(folder, "users", lambda row: None if row["sourcedId"] in ("s-amina", "g-halima") else row)
    for table in ("roles", "enrollments"):
        edit(folder, table, lambda row: None if row["userSourcedId"] in ("s-amina", "g-halima") else row)
    edit(folder, "demographics", lambda row: None if row["sourcedId"] == "s-amina" else row)
    edit(folder, "contacts", lambda row: None if row["studentSourcedId"] == "s-amina" else row)
    district.apply(folder)
    kinds = Counter(event.type for event in district.said())
    assert kinds == {"district.student_withdrawn": 1, "district.guardian_unlinked": 1}
    with district.database.begin() as connection:
        left = connection.execute(
            sa.select(RECORD.c.kind).where(RECORD.c.a == "s-amina", RECORD.c.kind.like("=%"))
        ).all()
    assert left == []


def test_services_acknowledge_the_version_they_hold(district: District, folder: Path) -> None:
    district.apply(folder)
    versions = {e.data["school_id"]: e.data["config_version"] for e in of(district.said(), "school_onboarded")}
    with district.database.begin() as connection:
        status = engine.status(connection, {"surveys": versions, "translation": {}})
    assert status.services() == {"surveys": True, "translation": False}
    assert not status.green


# ------------------------------------------------------------------------------------------- killed, and out of disk


def _die_half_way(path: Path, keys: Path, folder: Path) -> None:
    from shared.directory import store

    calls = 0
    put = store.put

    def dying(*args: Any, **options: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == 2:  # people are written, what follows for their links is not
            os.kill(os.getpid(), signal.SIGKILL)
        put(*args, **options)

    store.put = dying
    District(sqlite_engine(path), Keyring.load(keys, MASTER)).apply(folder, work=path.parent)


MASTER = new_master_key()


def test_an_apply_killed_half_way_leaves_the_old_state(tmp_path: Path, folder: Path) -> None:
    path, keys = tmp_path / "directory.sqlite", tmp_path / "keys.json"
    district = District(sqlite_engine(path), Keyring.create(keys, MASTER))
    METADATA.create_all(district.database)
    district.apply(folder)
    before, _ = district.state(), district.said()
    edit(
        folder,
        "users",
        lambda row: {**row, "sms": "+13125550198"} if row["sourcedId"].endswith(("0", "1", "2")) else row,
    )
    district.database.dispose()
    context = multiprocessing.get_context("fork")
    process = context.Process(target=_die_half_way, args=(path, keys, folder))
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert not list(tmp_path.rglob("homeroom-staging-*"))
    assert (district.state(), district.said()) == (before, [])
    assert district.apply(folder).revision == 2
    assert district.said()


def test_a_full_disk_leaves_the_old_state(tmp_path: Path, folder: Path) -> None:
    database = sqlite_engine(tmp_path / "directory.sqlite")
    METADATA.create_all(database)
    district = District(database, Keyring.create(tmp_path / "keys.json", MASTER))

    @sa.event.listens_for(database, "begin")
    def _limit(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 60")

    with pytest.raises(sa.exc.OperationalError, match="full"):
        district.apply(folder)
    assert (district.state(), district.said()) == ([], [])
