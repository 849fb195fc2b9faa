"""The published bundles, each with the verdict that its index gives."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from shared.directory.finding import Profile
from shared.directory.oneroster.read import Depth, check_package

ROOT = Path(os.environ.get("HOMEROOM_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data")) / "oneroster"
CASES: list[dict[str, Any]] = json.loads((ROOT / "index.json").read_text()) if ROOT.is_dir() else []
DEPTHS = {
    "parsePackage": Depth.PACKAGE,
    "parseFull": Depth.PARSE,
    "validateRostering": Depth.ROSTERING,
    "validateFull": Depth.FULL,
}
pytestmark = pytest.mark.skipif(not ROOT.is_dir(), reason="the conformance bundles lie outside this repository")


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_a_bundle_gets_its_published_verdict(case: dict[str, Any]) -> None:
    depth = DEPTHS[case.get("operation", "validateFull")]
    findings = check_package(ROOT / case["file"], profile=Profile.STRICT, depth=depth)
    codes = set(findings.errors)
    if case["valid"]:
        assert not codes and findings.warning_count == 0
    elif "expected" in case:
        keys = ("code", "file", "row", "field", "expected", "actual")
        found = [{key: finding.as_dict()[key] for key in keys} for finding in findings]
        assert found == case["expected"]
    else:
        assert set(case["expectedCodes"]) <= codes


@pytest.mark.parametrize("case", [case for case in CASES if "expected" in case], ids=lambda case: case["file"])
def test_reading_deeper_adds_no_second_finding_for_one_cause(case: dict[str, Any]) -> None:
    findings = check_package(ROOT / case["file"], profile=Profile.STRICT, depth=Depth.FULL)
    assert sorted(finding.code for finding in findings) == sorted(item["code"] for item in case["expected"])


@pytest.mark.parametrize("case", [case for case in CASES if case["valid"]], ids=lambda case: case["file"])
def test_the_lenient_profile_accepts_what_the_strict_one_does(case: dict[str, Any]) -> None:
    assert not check_package(ROOT / case["file"], profile=Profile.LENIENT).errors
