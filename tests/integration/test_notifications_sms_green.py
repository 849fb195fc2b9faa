"""Text messages from a worker's process, whose threads are green: by HTTP and by SMPP."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from shared.backing.state import REPOSITORY
from tests.unit.services.notifications.sms.smsc import smsc
from tests.unit.services.notifications.sms.stand import provider

WORKER = """
import shared.launcher.green  # as `homeroom serve` begins
import json, sys, threading
from eventlet import patcher
from services.notifications.channels.sms.smpp import SmppSms
from services.notifications.channels.sms.twilio import TwilioSms
from tests.unit.services.notifications.sms.stand import letter

http, smpp = json.loads(sys.argv[1])
batch = [letter(delivery_id=f"d-{n}") for n in range(20)]
said = [
    [type(outcome).__name__ for outcome in account.carry(batch)]
    for account in (TwilioSms(http, base_url="http://127.0.0.1:1"), SmppSms(smpp, base_url=""))
]
print(json.dumps({"green": patcher.is_monkey_patched("socket"), "said": said}))
"""


def test_a_green_worker_hands_over_every_text(tmp_path: Path) -> None:
    with provider(tmp_path) as stand, smsc() as centre:
        smpp = {"host": "127.0.0.1", "port": centre.port, "system_id": "h", "password": "s", "sender": "+1"}
        command = [sys.executable, "-W", "ignore", "-c", WORKER, json.dumps([stand.settings(), smpp])]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == {"green": True, "said": [["Receipt"] * 20] * 2}
        assert len(stand.texts) == len(centre.took) == 20
