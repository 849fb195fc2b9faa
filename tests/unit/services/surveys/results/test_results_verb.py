"""`homeroom survey results`: the figures in words, and files for other programs."""

from __future__ import annotations

import io
import json
import tracemalloc
from datetime import timedelta
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from services.surveys.domain.definition import survey_of
from services.surveys.results.exports import Format, write
from services.surveys.results.exports.fields import fields_of, row_of
from services.surveys.web import results_verb
from shared.cli.app import app
from shared.errors import HomeroomError
from shared.launcher.components import component
from shared.launcher.process import build_runtime
from shared.messaging.envelope import decode
from shared.messaging.tables import OUTBOX
from shared.tenancy.cell import embedded_cell
from shared.tenancy.provision import provision
from tests.unit.services.surveys.results.resultsworld import SURVEY, families, said, town
from tests.unit.services.surveys.surveyhouse import DISTRICT, DUE, House


@pytest.fixture
def answered(empty: House) -> House:
    town(empty)
    empty.clock.advance_to(DUE)
    return empty


def test_the_figures_are_told_with_n_and_margin(answered):
    with answered.unit() as uow:
        told = results_verb.tell(uow, "belonging")
    assert told.code == 0
    assert "answered 185 of 255" in told.lines[1]
    assert any("Northgate (n = 73)" in line and "±" in line for line in told.lines)
    assert told.payload["weights"]["failed"] is False


def test_what_was_told_then_is_told_again(answered):
    with answered.unit() as uow:
        first = results_verb.tell(uow, "belonging")
    then = answered.clock.now()
    answered.clock.advance_to(then + timedelta(hours=2))
    families(answered, "green", [said("no")] * 40, start=900)
    with answered.unit() as uow:
        assert results_verb.tell(uow, "belonging").lines != first.lines
        assert results_verb.tell(uow, "belonging", as_of=then).lines == first.lines


def test_before_ten_homes_have_answered_nothing_is_told(empty):
    families(empty, "green", [said("yes")] * 9 + [None] * 30)
    with empty.unit() as uow:
        told = results_verb.tell(uow, "belonging")
    assert told.code == 1 and "fewer than 10" in told.lines[0] and told.payload["figures"] is None


@pytest.mark.parametrize(
    ("name", "round_", "form", "code"),
    [
        ("belongin", "", "csv", "survey.unknown"),
        ("belonging", "1999", "csv", "survey.round"),
        ("belonging", "", "doc", "survey.format"),
    ],
)
def test_a_wrong_name_is_answered_with_what_there_is(answered, name, round_, form, code):
    with answered.unit() as uow, pytest.raises(HomeroomError) as refused:
        results_verb.write(uow, name, io.BytesIO(), form=form, round_=round_)
    assert refused.value.code == code and "one of" in refused.value.remedy


def test_the_command_writes_a_file_and_the_audit_log(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cell = embedded_cell(tmp_path / ".state", (DISTRICT,))
    runtime = build_runtime(cell)
    provision(cell, runtime.databases, [component("directory"), component("surveys")])
    town(SimpleNamespace(unit=lambda: runtime.unit_of_work("surveys", DISTRICT), clock=runtime.clock))
    runtime.databases.dispose()
    taken = CliRunner().invoke(app, ["survey", "results", "belonging", "--format", "csv", "--json"])
    assert taken.exit_code == 0, taken.output
    assert json.loads(taken.stdout.splitlines()[-1])["responses"] == 191
    assert (tmp_path / "belonging.csv").read_bytes().count(b"\n") == 192
    assert [path.name for path in tmp_path.glob("*") if path.suffix == ".part"] == []
    told = CliRunner().invoke(app, ["survey", "results", "belonging", "--json"])
    assert json.loads(told.stdout.splitlines()[-1])["homes"] == 185
    runtime = build_runtime(cell)
    with runtime.unit_of_work("surveys", DISTRICT) as uow:
        bodies = uow.connection.execute(sa.select(OUTBOX.c.body)).scalars()
        viewed = [
            event
            for event in (decode(body, runtime.vault) for body in bodies)
            if event.type == "district.record_viewed"
        ]
    runtime.databases.dispose()
    assert [event.data["viewer_id"] for event in viewed] == ["operator"]


def test_an_earlier_export_leaves_out_what_came_later(answered):
    then = answered.clock.now()
    answered.clock.advance_to(then + timedelta(days=1))
    with answered.unit() as uow:
        told = results_verb.write(uow, "belonging", io.BytesIO(), form="csv", as_of=then - timedelta(days=20))
    assert told.payload["responses"] == 0


@pytest.mark.parametrize("form", [Format.CSV, Format.SAV, Format.DDI, Format.EDFI, Format.XLSX])
def test_memory_does_not_grow_with_the_number_of_responses(form, tmp_path):
    survey = survey_of(SURVEY)
    fields = fields_of(survey)

    def peak(count: int) -> int:
        def rows():
            return (row_of(fields, {"response": str(number)}, {}) for number in range(count))

        with (tmp_path / "out").open("w+b") as out:
            tracemalloc.start()
            write(out, form, survey, rows, now=DUE, school_year=2027)
            found = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        return found

    peak(10)
    assert peak(4_000) < peak(400) + 400_000
