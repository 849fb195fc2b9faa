"""Packages, rows, references and meaning, in both profiles."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.directory.finding import Findings, Profile
from shared.directory.oneroster import cells
from shared.directory.oneroster.read import Depth, check_package
from shared.directory.oneroster.spec import TABLES_11, TABLES_12

PackageMaker = Callable[..., Path]
STAMP = "active,2026-09-08T06:00:00.000Z"


def strict(path: Path, depth: Depth = Depth.FULL) -> Findings:
    return check_package(path, profile=Profile.STRICT, depth=depth)


def lenient(path: Path) -> Findings:
    return check_package(path, profile=Profile.LENIENT)


def test_a_complete_package_is_clean(package: PackageMaker) -> None:
    assert not list(strict(package()))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"properties": {"file.users": "Bulk"}}, "manifest.invalid_file_mode"),
        ({"properties": {"file.pets": "bulk"}}, "manifest.unknown_property"),
        ({"properties": {"file.results": None}}, "manifest.missing_property"),
        ({"properties": {"file.results": "bulk"}}, "manifest.file_missing"),
        ({"properties": {"file.users": "absent"}}, "manifest.file_unexpected"),
        ({"properties": {"manifest.version": "2.0"}}, "manifest.invalid_manifest_version"),
        ({"properties": {"oneroster.version": "3.0"}}, "manifest.invalid_oneroster_version"),
        ({"files": {"pets.csv": b"a\n"}}, "package.unknown_file"),
        ({"files": {"manifest.csv": b"name,value\n"}}, "manifest.invalid_header"),
        ({"files": {"manifest.csv": b""}}, "manifest.missing_header"),
        ({"files": {"manifest.csv": b"propertyName,value\na,b,c\n"}}, "manifest.row_width_mismatch"),
        ({"files": {"users.csv": b""}}, "table.missing_header"),
        ({"files": {"users.csv": b"\xef\xbb\xbfsourcedId\n"}}, "csv.byte_order_mark"),
        ({"users": []}, "table.missing_data_rows"),
    ],
)
def test_a_package_that_is_not_as_declared_is_named(package: PackageMaker, change: dict, code: str) -> None:
    assert code in strict(package(**change)).errors


def test_source_system_properties_are_welcome(package: PackageMaker) -> None:
    assert not list(strict(package(properties={"source.systemName": "SIS", "source.systemCode": "1"})))


def test_a_repeated_property_is_named(package: PackageMaker) -> None:
    folder = package()
    manifest = folder / "manifest.csv"
    manifest.write_text(manifest.read_text() + "file.users,bulk\n")
    assert "manifest.duplicate_property" in strict(folder).errors


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("sourcedId,dateLastModified,status,name,type,identifier,parentSourcedId", "schema.header_order_mismatch"),
        ("sourcedId,status,dateLastModified,Name,type,identifier,parentSourcedId", "schema.header_order_mismatch"),
        ("sourcedId,status,dateLastModified,name,type,identifier", "schema.missing_header"),
        ("sourcedId,status,dateLastModified,name,type,identifier,metadata.x", "schema.metadata_column_position"),
        (
            "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,extra",
            "schema.invalid_metadata_header",
        ),
        ("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,", "table.empty_header_name"),
        ("sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,name", "table.duplicate_header"),
    ],
)
def test_a_header_out_of_order_is_named(package: PackageMaker, header: str, code: str) -> None:
    assert code in strict(package(headers={"orgs": header})).errors


def test_metadata_columns_at_the_end_are_allowed(package: PackageMaker) -> None:
    header = ",".join(TABLES_12["orgs"].header) + ",metadata.region"
    rows = ["district,,,District,district,,,north", "school,,,School,school,,district,north"]
    assert not list(strict(package(headers={"orgs": header}, orgs=rows)))


@pytest.mark.parametrize(
    ("table", "row", "code", "field"),
    [
        ("orgs", "bad id,,,Name,school,,", "row.invalid_guid", "sourcedId"),
        ("orgs", "x,,,,school,,", "row.missing_required_value", "name"),
        ("orgs", "x,,,Name,castle,,", "row.invalid_enum", "type"),
        ("academicSessions", "x,,,T,term,2026-02-30,2026-12-18,,2027", "row.invalid_date", "startDate"),
        ("academicSessions", "x,,,T,term,2026-09-01,2026-12-18,,27", "row.invalid_year", "schoolYear"),
        ("users", "x,,,yes,x,,A,B,,,,,,,,,,,,,,", "row.invalid_boolean", "enabledUser"),
        ("users", 'x,,,true,x,"{Fed:1},oops",A,B,,,,,,,,,,,,,,', "row.invalid_list", "userIds"),
        ("users", 'x,,,true,x,,A,B,,,,,,"ana,,ana",,,,,,,,', "row.invalid_list", "agentSourcedIds"),
        ("classes", 'x,,,T,03,course,,homeroom,,school,fall,"Math,Art",MATH,', "row.invalid_list", "subjectCodes"),
        ("roles", "x,,,ana,tertiary,parent,,,school,", "row.invalid_enum", "roleType"),
        ("roles", "x,,,ana,ext:other,parent,,,school,", "row.invalid_enum", "roleType"),
        ("orgs", "x,active,,Name,school,,", "row.field_forbidden_in_bulk", "status"),
        ("orgs", "x,,2026-09-08T06:00:00.000Z,Name,school,,", "row.field_forbidden_in_bulk", "dateLastModified"),
        ("orgs", "x,,,Name,school,", "table.row_width_mismatch", None),
    ],
)
def test_a_bad_row_is_named_with_file_row_and_field(
    package: PackageMaker, table: str, row: str, code: str, field: str | None
) -> None:
    found = [f for f in strict(package(**{table: [row]}), Depth.PARSE) if f.code == code]
    assert [(f.file, f.row, f.field) for f in found] == [(f"{table}.csv", 2, field)]


def test_a_finding_never_echoes_a_cell(package: PackageMaker) -> None:
    secret = "Rumpelstiltskin"
    found = strict(package(users=[f"{secret} x,,,{secret},{secret},{secret},{secret},{secret},,,,,,{secret}!,,,,,,,,"]))
    assert found.error_count
    assert secret not in repr(list(found))


def test_extension_tokens_extend_open_vocabularies(package: PackageMaker) -> None:
    assert not strict(package(classes=["class,,,3A,03,course,,ext:lab,,school,fall,,,"])).errors


@pytest.mark.parametrize(
    ("row", "code", "field"),
    [
        ("x,,2026-09-08T06:00:00.000Z,N,school,,", "row.field_required_in_delta", "status"),
        ("x,active,,N,school,,", "row.field_required_in_delta", "dateLastModified"),
        ("x,gone,2026-09-08T06:00:00.000Z,N,school,,", "row.invalid_enum", "status"),
        ("x,active,2026-09-08 06:00,N,school,,", "row.invalid_datetime", "dateLastModified"),
        ("x,active,2026-02-30T06:00:00.000Z,N,school,,", "row.invalid_datetime", "dateLastModified"),
    ],
)
def test_a_delta_row_carries_status_and_time(package: PackageMaker, row: str, code: str, field: str) -> None:
    found = strict(package(orgs=[row], modes={"orgs": "delta"}), Depth.PARSE)
    assert [(f.code, f.field) for f in found] == [(code, field)]


def test_modes_are_per_file_and_only_bulk_files_are_held_to_their_references(package: PackageMaker) -> None:
    rows = [f"enr-9,{STAMP},class-elsewhere,school,student,student,,,"]
    assert not strict(package(enrollments=rows, modes={"enrollments": "delta"})).errors


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"orgs": ["school,,,A,school,,", "school,,,B,school,,"]}, "reference.duplicate_sourced_id", "sourcedId"),
        ({"orgs": ["a,,,A,district,,b", "b,,,B,district,,a", "school,,,S,school,,a", "district,,,D,district,,"]},
         "semantic.parent_cycle", "parentSourcedId"),
        ({"orgs": ["district,,,D,district,,", "school,,,S,department,,district"]}, "semantic.org_type_mismatch", "schoolSourcedId"),
        ({"courses": ["course,,,fall,Grade 3,,03,district,,"]}, "semantic.academic_session_type_mismatch", "schoolYearSourcedId"),
        ({"roles": ["role-1,,,teacher,primary,teacher,,,school,", "role-2,,,student,primary,student,,,district,",
                    "role-3,,,ana,primary,parent,,,school,"]}, "semantic.primary_org_missing_role", "primaryOrgSourcedId"),
        ({"roles": ["role-1,,,teacher,primary,teacher,,,school,", "role-2,,,student,primary,student,,,school,",
                    "role-4,,,student,primary,student,,,school,", "role-3,,,ana,primary,parent,,,school,"]},
         "semantic.multiple_primary_roles_for_user_org", "roleType"),
        ({"userProfiles": ["p,,,ana,platform,v,,,t,u,"],
          "roles": ["role-1,,,teacher,primary,teacher,,,school,p", "role-2,,,student,primary,student,,,school,",
                    "role-3,,,ana,primary,parent,,,school,"]}, "semantic.user_profile_user_mismatch", "userProfileSourcedId"),
        ({"academicSessions": ["year,,,Y,schoolYear,2027-06-11,2026-09-01,,2027", "fall,,,F,term,2026-09-01,2026-12-18,year,2027"]},
         "semantic.invalid_date_range", "endDate"),
    ],
)  # fmt: skip
def test_meaning_across_tables_is_checked(package: PackageMaker, change: dict, code: str, field: str) -> None:
    assert (code, field) in {(f.code, f.field) for f in strict(package(**change))}


GRADEBOOK = {
    "categories": ["cat,,,Homework,20"],
    "lineItems": ["li,,,Quiz,,2026-09-01,2026-09-08,class,cat,fall,0,100,school"],
    "results": ["r,,,li,student,fully graded,95.5,2026-09-09,,,class,,,,"],
}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lineItems": ["li,,,Quiz,,2026-09-01,2026-09-08,class,cat,fall,100,0,school"]}, "semantic.invalid_score_range"),
        ({"results": ["r,,,li,student,fully graded,101,2026-09-09,,,class,,,,"]}, "semantic.score_above_max"),
        ({"results": ["r,,,li,student,fully graded,-1,2026-09-09,,,class,,,,"]}, "semantic.score_below_min"),
        ({"results": ["r,,,li,ana,fully graded,50,2026-09-09,,,class,,,,"]}, "semantic.result_student_not_enrolled"),
        ({"lineItems": ["li,,,Quiz,,2026-09-01,2026-09-08,class,cat,year,0,100,school"]},
         "semantic.academic_session_type_mismatch"),
    ],
)  # fmt: skip
def test_gradebook_meaning_is_checked(package: PackageMaker, change: dict, code: str) -> None:
    assert not strict(package(**GRADEBOOK)).errors
    assert code in strict(package(**{**GRADEBOOK, **change})).errors


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"files": {"users.csv": None}}, "csv.byte_order_mark"),
        ({"users": ["teacher,,,YES,teacher,,E,A,,,,,,,,,,,,,school,", "student,,,1,student,,M,R,,,,,,ana,03,,,,,,school,",
                    "ana,,,true,ana,,Ana,R,,,,,,,,,,,,,school,"]}, "row.invalid_boolean"),
        ({"headers": {"orgs": "sourcedId,status,dateLastModified,name,type,identifer,parentSourcedId"}},
         "schema.header_order_mismatch"),
        ({"properties": {"file.users": "Bulk"}}, "manifest.invalid_file_mode"),
        ({"orgs": ["district,active,,District,district,,", "school,active,,School,school,,district"]},
         "row.field_forbidden_in_bulk"),
    ],
)  # fmt: skip
def test_what_real_exports_get_wrong_is_a_warning_when_lenient(package: PackageMaker, change: dict, code: str) -> None:
    if "files" in change:
        folder = package()
        users = folder / "users.csv"
        users.write_bytes(b"\xef\xbb\xbf" + users.read_bytes())
    else:
        folder = package(**change)
    assert code in strict(folder).errors
    found = lenient(folder)
    assert code in found.warnings
    assert not found.errors


def test_a_wrong_case_in_file_names_is_a_warning_when_lenient(package: PackageMaker) -> None:
    folder = package()
    (folder / "orgs.csv").rename(folder / "Orgs.csv")
    assert strict(folder).errors
    assert not lenient(folder).errors


USERS_11 = [
    "teacher,,,true,school,teacher,teacher,,Elena,Alvarez,,,,,,,,",
    'student,,,true,"school,district",student,student,,Mateo,Rivera,,,,,,ana,03,',
    "ana,,,true,school,parent,ana,,Ana,Rivera,,,,,,,,",
]


def _version_11(package: PackageMaker, **properties: str | None) -> Path:
    rows = {"roles": []}
    folder = package(users=USERS_11, headers={"users": ",".join(TABLES_11["users"].header)}, **rows)
    (folder / "roles.csv").unlink()
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.1"]
    present = {path.stem for path in folder.glob("*.csv")}
    lines += [f"file.{name},{'bulk' if name in present else 'absent'}" for name in TABLES_11]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return folder


def test_version_1_1_is_read_by_its_own_rules(package: PackageMaker) -> None:
    assert not list(strict(_version_11(package)))


def test_the_1_1_layout_under_a_1_2_manifest_is_a_warning_when_lenient(package: PackageMaker) -> None:
    folder = _version_11(package)
    lines = ["propertyName,value", "manifest.version,1.0", "oneroster.version,1.2"]
    present = {path.stem for path in folder.glob("*.csv")}
    lines += [f"file.{name},{'bulk' if name in present else 'absent'}" for name in TABLES_12]
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    assert strict(folder).errors
    found = lenient(folder)
    assert not found.errors
    assert "schema.version_1_1_layout" in found.warnings


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (["../manifest.csv"], "zip.entry_path_traversal"),
        (["roster/manifest.csv"], "zip.entry_nested_path"),
        (["/manifest.csv"], "zip.entry_absolute_path"),
        ([f"file{n}.csv" for n in range(300)], "zip.entry_count_exceeded"),
    ],
)
def test_an_archive_that_is_not_flat_is_refused(tmp_path: Path, entries: list[str], code: str) -> None:
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            archive.writestr(entry, "propertyName,value\n")
    assert code in strict(path).errors


def _zipped(package: PackageMaker, tmp_path: Path) -> Path:
    path = tmp_path / "roster.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(package().iterdir()):
            archive.write(file, file.name)
    return path


def test_a_zip_is_read_like_a_folder(package: PackageMaker, tmp_path: Path) -> None:
    assert not list(strict(_zipped(package, tmp_path)))


def test_a_damaged_archive_is_named_and_ends_well(package: PackageMaker, tmp_path: Path) -> None:
    path = _zipped(package, tmp_path)
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo("users.csv").header_offset + 40
    data = bytearray(path.read_bytes())
    data[place : place + 20] = b"\xff" * 20
    path.write_bytes(data)
    assert set(strict(path).errors) <= {"zip.invalid_archive", "csv.invalid_utf8", "table.row_width_mismatch"}
    assert strict(path).errors


def test_an_encrypted_archive_is_named(package: PackageMaker, tmp_path: Path) -> None:
    path = _zipped(package, tmp_path)
    data = path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")
    path.write_bytes(data)
    assert "zip.entry_encrypted" in strict(path).errors


def test_something_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "roster.zip"
    path.write_bytes(b"not a zip")
    assert "zip.invalid_archive" in strict(path).errors
    assert "package.not_found" in strict(tmp_path / "nowhere.zip").errors


@given(st.text(max_size=12))
def test_an_id_is_valid_exactly_when_all_its_characters_are_allowed(text: str) -> None:
    allowed = set("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-_/@")
    assert (cells.guid(text) is None) == (len(text) > 0 and set(text) <= allowed)


@given(st.dates())
def test_every_calendar_date_is_a_date(day) -> None:  # type: ignore[no-untyped-def]
    assert cells.calendar_date(day.isoformat()) is None
    assert cells.calendar_date(f"{day:%Y/%m/%d}") == "row.invalid_date"
