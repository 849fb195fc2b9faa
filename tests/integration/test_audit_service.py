"""The audit service in its container: every viewing kept once, in one chain, however often the service is killed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# eventlet's patching cannot be undone, so a patched process is a process of its own
CELL = """
import eventlet
eventlet.monkey_patch()
import json, sys
from pathlib import Path
from shared.audit import store
from shared.audit.ports import verify_cell
from shared.launcher.components import component
from shared.launcher.embedded import EmbeddedCell
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell

state = Path(sys.argv[1])
audit, speaker = component("audit"), component("translation")
keyring = Keyring.create(state / "keys.json", new_master_key())
cell = EmbeddedCell(
    embedded_cell(state, ("riverside", "greenview"), durability=Durability.PROCESS), keyring,
    link_key=b"k" * 32, components=(audit, speaker), services=(audit,),
)
cell.start()

def view(number, district):
    with cell.runtime.unit_of_work("translation", district) as uow:
        for each in range(50):
            uow.emit("district.record_viewed", {
                "viewer_id": "t-okafor", "role": "teacher", "record_type": "student", "subject_id": f"s-{each}",
                "action": "view", "outcome": "denied", "rule": "not_own_school",
            })

for number in range(8):
    view(number, "riverside")
    if number in (2, 5):
        eventlet.sleep(0.01)
        cell.kill("audit")
        cell.restart("audit")
view(0, "greenview")
with eventlet.Timeout(60):  # what was under way when the service died is tried again after a while
    while [verdict.rows for verdict in verify_cell(cell.runtime).values()] != [400, 50]:
        eventlet.sleep(0.05)
cell.settle(60)
verdicts = {name: [v.ok, v.rows, v.reason] for name, v in verify_cell(cell.runtime).items()}
with cell.runtime.databases.transaction("audit", "riverside") as connection:
    seen = len(store.viewings(connection, "s-7"))
with cell.runtime.databases.transaction("audit", "greenview") as connection:
    connection.exec_driver_sql("DROP TRIGGER audit_log_update")
    connection.exec_driver_sql("UPDATE audit_log SET entry = replace(entry, 'denied', 'allowed') WHERE seq = 9")
tampered = verify_cell(cell.runtime)["greenview"].first_bad
cell.stop()
print(json.dumps({"verdicts": verdicts, "seen": seen, "tampered": tampered}))
"""


def test_every_viewing_is_kept_once_in_one_chain_per_district(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CELL, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["verdicts"]["riverside"][:2] == [True, 400]
    assert result["verdicts"]["greenview"][:2] == [True, 50]
    assert result["seen"] == 8
    assert result["tampered"] == 9
