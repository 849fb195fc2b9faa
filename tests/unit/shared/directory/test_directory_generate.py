"""The generator: same seed, same bytes; clean by default; every kind of dirt is found."""

from __future__ import annotations

import csv
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from shared.directory.engine.validate import validate
from shared.directory.finding import Profile
from shared.directory.generate import Dirt, Knobs, generate, generate_delta, riverside

REPOSITORY = Path(__file__).parents[4]


def content(folder: Path) -> dict[str, bytes]:
    """Every file's bytes; of zips their entries', since another zlib may pack them otherwise."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                found |= {f"{name}/{entry}": archive.read(entry) for entry in archive.namelist()}
        elif path.is_file():
            found[name] = path.read_bytes()
    return found


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    knobs = replace(Knobs(), grade_weeks=1)
    for name in ("a", "b"):
        generate(300, seed=7, out=tmp_path / name, knobs=knobs)
    generate(300, seed=8, out=tmp_path / "c", knobs=knobs)
    assert content(tmp_path / "a") == content(tmp_path / "b")
    assert content(tmp_path / "a") != content(tmp_path / "c")


@pytest.mark.parametrize("students", [1, 50, 1_200])
@pytest.mark.parametrize("profile", list(Profile))
def test_a_generated_district_has_no_errors(tmp_path: Path, students: int, profile: Profile) -> None:
    assert generate(students, seed=students, out=tmp_path).students == students
    report = validate(tmp_path, profile=profile)
    assert not [finding for finding in report.findings if finding.severity.value == "error"]


def test_families_have_the_published_shares(tmp_path: Path) -> None:
    made = generate(2_000, seed=3, out=tmp_path)
    with (tmp_path / "roster" / "contacts.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    per_student = Counter(row["studentSourcedId"] for row in rows)
    assert 1.8 <= sum(per_student.values()) / made.students <= 2.1
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row["studentSourcedId"], set()).add(row["household"])
    two = sum(len(found) > 1 for found in homes.values()) / made.students
    assert 0.22 <= two <= 0.32
    other = sum(row["correspondenceLanguage"] != "en" for row in rows) / len(rows)
    assert 0.12 <= other <= 0.30
    assert len({row["correspondenceLanguage"] for row in rows}) >= 15  # the tail is long


@pytest.mark.parametrize(
    ("dirt", "code"),
    [
        ({"duplicate_id": 100}, "reference.duplicate_sourced_id"),
        ({"dangling_reference": 100}, "reference.missing_target_record"),
        ({"two_primary_roles": 100}, "semantic.multiple_primary_roles_for_user_org"),
        ({"bad_date": 100}, "row.invalid_date"),
        ({"bad_restriction": 100}, "contacts.invalid_restriction"),
        ({"byte_order_mark": True}, "csv.byte_order_mark"),
        ({"wrong_mode": True}, "manifest.invalid_file_mode"),
        ({"wrong_case_file": True}, "package.unknown_file"),
        ({"misspelt_header": True}, "schema.header_order_mismatch"),
        ({"org_cycle": True}, "semantic.parent_cycle"),
        ({"term_without_end": True}, "row.missing_required_value"),
    ],
)
def test_every_kind_of_dirt_is_found(tmp_path: Path, dirt: dict[str, int], code: str) -> None:
    knobs = replace(Knobs(), dirt=replace(Dirt(), **dirt))
    generate(400, seed=1, out=tmp_path, knobs=knobs)
    assert code in {finding.code for finding in validate(tmp_path, profile=Profile.STRICT).findings}


def test_a_delta_names_about_the_share_asked_for(tmp_path: Path) -> None:
    made = generate(2_000, seed=3, out=tmp_path / "full")
    rows = generate_delta(tmp_path / "full", share=0.01, out=tmp_path / "delta")
    assert rows == pytest.approx((made.students + made.guardians) / 100, rel=0.1)
    assert validate(tmp_path / "delta", profile=Profile.STRICT).ok


def test_the_sample_district_is_what_its_seed_makes(tmp_path: Path) -> None:
    riverside.build(tmp_path)
    kept = content(REPOSITORY / "deploy" / "districts" / "riverside")
    made = content(tmp_path)
    assert {name: kept.get(name) == data for name, data in made.items()} == dict.fromkeys(made, True)


def test_the_sample_district_is_clean_under_the_specification() -> None:
    report = validate(REPOSITORY / "deploy" / "districts" / "riverside", profile=Profile.STRICT)
    assert not report.findings
    assert report.rows > 600
