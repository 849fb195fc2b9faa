"""The service in its container: events in, events out, killed half-way, and never in the way of the hub."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# eventlet's patching cannot be undone, so a patched process is a process of its own
PATCHED = """
import eventlet
eventlet.monkey_patch()
import json, os, signal
from services.translation.engines.apertium import Apertium
from services.translation.engines.port import Result, Segment
from shared.clock import monotonic

def watch():
    while True:
        beats.append(monotonic())
        eventlet.sleep(0.005)

engine, beats = Apertium(), []
segments = [Segment(str(n), "en", "es", f"PH0X helped with task {n} today.") for n in range(300)]
engine.translate(segments[:1], deadline=monotonic() + 60)
victim = engine.resident(("en", "es")).process_ids[4]
watcher = eventlet.spawn(watch)
eventlet.spawn_after(0.05, os.kill, victim, signal.SIGSTOP)
answers = engine.translate(segments, deadline=monotonic() + 60)
answers += engine.translate(segments[:1], deadline=monotonic() + 60)
starts = engine.resident(("en", "es")).starts
watcher.kill()
engine.close()
print(json.dumps({
    "whole": all(isinstance(a, Result) and f" {s.id} " in a.text for a, s in zip(answers, [*segments, segments[0]])),
    "starts": starts,
    "worst_pause": max(later - sooner for sooner, later in zip(beats, beats[1:])),
}))
"""

CELL = '''
import eventlet
eventlet.monkey_patch()
import json, sys
from functools import cached_property
from pathlib import Path
import sqlalchemy as sa
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.entrypoint import on
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell
from shared.tenancy.migrate import write_revision

state = Path(sys.argv[1])
METADATA = sa.MetaData()
messaging_tables(METADATA)
with sa.create_engine("sqlite://").connect() as connection:
    write_revision(connection, METADATA, state / "migrations", "first")
heard = []

class Listener:
    """Stands in for notifications: says messages, hears translations."""
    name = "notifications"

    @on("translation.text_translated")
    def text_translated(self, uow, events):
        heard.extend(event.data for event in events)

    @on("translation.translation_failed")
    def translation_failed(self, uow, events):
        heard.extend(event.data for event in events)

class Fake(Component):
    metadata = METADATA
    migrations = state / "migrations"
    def load(self, path):
        return Listener

notifications = Fake("notifications", "tests", "tests:Listener")
keyring = Keyring.create(state / "keys.json", new_master_key())
cell = EmbeddedCell(
    embedded_cell(state, ("riverside",), durability=Durability.PROCESS), keyring,
    components=(notifications, component("translation")), services=(notifications, component("translation")),
)
cell.start()
cell.kill("translation")
COUNT = 500
with cell.runtime.unit_of_work("notifications", "riverside") as uow:
    for n in range(COUNT):
        uow.emit("notifications.message_composed", {
            "message_id": f"m-{n}", "content_version": 1, "kind": "info", "risk": "low", "source_language": "en",
            "targets": ["es", "so"], "text": f"Riya read {n} books.", "catalogue_key": None, "protected": ["Riya"],
        })
    uow.emit("notifications.message_composed", {
        "message_id": "m-bad", "content_version": 1, "kind": "info", "risk": "low", "source_language": "en",
        "targets": ["es"], "text": None, "catalogue_key": "no.such", "protected": [],
    })
cell.restart("translation")
with eventlet.Timeout(60):
    while not heard:
        eventlet.sleep(0.005)
cell.kill("translation")  # in the middle of it
cell.restart("translation")
with eventlet.Timeout(60):
    while len({(data["text_id"], data["target"]) for data in heard}) < 2 * COUNT + 1:
        eventlet.sleep(0.05)
cell.settle(60)
dead = cell.broker.size("translation.dead")
cell.stop()
good = [data for data in heard if "text" in data]
print(json.dumps({
    "answers": sorted((data["text_id"], data["target"]) for data in good),
    "failed": [data["reason"] for data in heard if "reason" in data],
    "spanish": sorted({data["engine"] for data in good if data["target"] == "es"}),
    "somali": sorted({(data["engine"], data["labelled"]) for data in good if data["target"] == "so"}),
    "numbers": all(data["text_id"].split("-")[1] in data["text"] and "Riya" in data["text"] for data in good),
    "dead": dead,
}))
'''


def run(script: str, *arguments: str) -> dict[str, object]:
    """The script's last line of output, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_under_eventlet_a_wedged_stage_holds_up_neither_the_texts_nor_the_other_green_threads():
    result = run(PATCHED)
    assert result["whole"]
    assert result["starts"] == 2
    assert float(str(result["worst_pause"])) < 1.0


@pytest.fixture(scope="module")
def after_two_kills(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """500 messages in two languages composed while translation is down, and translation killed once more amid them."""
    return run(CELL, str(tmp_path_factory.mktemp("cell")))


def test_every_message_is_answered_exactly_once_per_language_although_translation_was_killed(after_two_kills):
    wanted = sorted([f"m-{n}", language] for n in range(500) for language in ("es", "so"))
    assert after_two_kills["answers"] == wanted
    assert after_two_kills["dead"] == 0


def test_each_answer_carries_its_own_number_and_name(after_two_kills):
    assert after_two_kills["numbers"]
    assert after_two_kills["spanish"] == ["apertium:eng-spa"]
    assert after_two_kills["somali"] == [["source", True]]


def test_a_message_that_cannot_be_translated_does_not_hold_up_the_others(after_two_kills):
    assert after_two_kills["failed"] == ["unknown_catalogue_key"]
