"""A download of responses is sent from a file: no process holds it whole."""

from __future__ import annotations

from typing import Any

import pytest

from services.surveys.web import results_export as page
from tests.unit.services.surveys.results.resultsworld import ROUND, families, said
from tests.unit.services.surveys.surveyhouse import House

PATH = f"/surveys/results/belonging/{ROUND}/responses/csv"


def test_a_large_download_goes_to_disk_and_arrives_whole(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.services.surveys.results.resultsworld import school

    school(empty, "green", "Greenview")
    families(empty, "green", [said("yes", words="w" * 2_000)] * 600)
    made: list[Any] = []
    real = page.SpooledTemporaryFile
    monkeypatch.setattr(page, "SpooledTemporaryFile", lambda **given: made.append(real(**given)) or made[-1])
    reader = empty.as_staff("d-lead", "administrator", ())
    answer = reader.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    assert int(answer.headers["content-length"]) == len(answer.content) > page.HELD
    assert answer.text.count("\r\n") == 601
    (file,) = made
    assert file._rolled, "kept on disk"
    assert file.closed, "and gone when it was sent"


def test_a_refused_download_leaves_no_open_file(empty: House, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.unit.services.surveys.results.resultsworld import SURVEY, school

    school(empty, "green", "Greenview")
    families(empty, "green", [said("yes")] * 3, content={**SURVEY, "identified": "anonymous"})
    made: list[Any] = []
    real = page.SpooledTemporaryFile
    monkeypatch.setattr(page, "SpooledTemporaryFile", lambda **given: made.append(real(**given)) or made[-1])
    assert empty.as_staff("d-lead", "administrator", ()).get(PATH).status_code == 409
    assert made[0].closed
