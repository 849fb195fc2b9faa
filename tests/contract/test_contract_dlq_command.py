"""`homeroom dlq` from the command line, on an embedded cell: what it prints, its exit codes, what the audit log keeps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.audit.tables import AUDIT_LOG
from shared.cli.__main__ import main
from shared.contracts import latest
from shared.launcher.components import component
from shared.launcher.process import build_runtime
from shared.messaging.embedded import EmbeddedBroker
from shared.messaging.envelope import encode, new_event
from shared.messaging.runtime import Runtime
from shared.tenancy.cell import embedded_cell
from shared.tenancy.provision import provision

TYPE = "district.grade_recorded"


@pytest.fixture
def runtime(state_dir: Path) -> Runtime:
    """One letter that can be replayed, one that cannot, in a cell that is not running."""
    made = build_runtime(embedded_cell(state_dir, ("metro",)))
    provision(made.cell, made.databases, [component("audit")])
    declared = latest(TYPE)
    event = new_event(TYPE, declared.load(declared.sample), district="metro", source="directory", now=made.clock.now())
    broker = EmbeddedBroker(state_dir / "broker.sqlite")
    for queue in ("notifications.dead", "notifications.normal"):
        broker.declare_queue(queue, {})
    headers = {"reason": "ValueError", "fingerprint": "abcabcabcabc", "lane": "normal", "type": TYPE}
    broker.publish([("", "notifications.dead", headers, encode(event, made.vault))])
    broker.publish([("", "notifications.dead", {}, b"broken")])
    broker.close()
    return made


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["dlq", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out.strip().splitlines()[-1])


def test_a_letter_is_listed_replayed_and_audited(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    code, listed = run(capsys, "list")
    assert (code, listed["count"], len(listed["groups"])) == (0, 2, 2)
    code, dry = run(capsys, "replay", "--fingerprint", "abcabcabcabc", "--dry-run")
    assert (code, dry["count"], dry["dry_run"]) == (0, 1, True)
    code, done = run(capsys, "replay", *dry["ids"])
    assert (code, done["ids"]) == (0, dry["ids"])
    assert run(capsys, "list")[1]["count"] == 1
    with runtime.databases.transaction("audit", "metro") as connection:
        kept = connection.execute(sa.select(AUDIT_LOG.c.type, AUDIT_LOG.c.actor)).all()
    assert [row.type for row in kept] == ["operations.dead_letter_replayed"]
    assert kept[0].actor.startswith("operator:")


def test_what_cannot_be_helped_is_refused_and_can_be_discarded(
    runtime: Runtime, capsys: pytest.CaptureFixture[str]
) -> None:
    letters = run(capsys, "list", "--letters")[1]["letters"]
    broken = next(letter["id"] for letter in letters if letter["reason"].startswith("malformed"))
    code, refused = run(capsys, "replay", broken)
    assert (code, refused["error"]["code"]) == (1, "dlq.malformed")
    assert run(capsys, "discard", broken)[0] == 0
    assert run(capsys, "show", broken)[1]["error"]["code"] == "dlq.not_found"


def test_ids_and_a_fingerprint_at_once_are_refused(runtime: Runtime, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "replay")[1]["error"]["code"] == "dlq.choice"
