"""A process of its own that books when it is let go: `python bookings_racer.py URL FOLDER HOW OFFER:GUARDIAN …`.

Waits for a line on its standard input, then answers each offer with its first time and prints what became of it. HOW: "book"; "die
before" or "die after" the commit, by SIGKILL.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import sqlalchemy as sa

from services.scheduling.handlers import booking
from services.scheduling.ports import Ports
from shared.identity import Links
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.database import sqlite_engine
from tests.unit.services.scheduling.scene import DISTRICT, KEY, NOW

url, folder, how, *wanted = sys.argv[1:]
engine = sqlite_engine(Path(url)) if url.startswith("/") else sa.create_engine(url)
vault = Keyring.create(Path(folder) / f"keys-{os.getpid()}.json", new_master_key())
engine.connect().close()
print("ready", flush=True)
sys.stdin.readline()
for each in wanted:
    offer_id, guardian_id = each.split(":")
    with engine.begin() as connection:
        uow = UnitOfWork(connection, service="scheduling", district=DISTRICT, now=NOW, vault=vault)
        answer = booking.Answer(f"race-{offer_id}", offer_id, 1, guardian_id, NOW)
        outcome = booking.book(uow, Ports(Links(KEY), "https://home.example.org"), [answer])[answer.key].outcome
        uow.flush()
        if how == "die before":
            os.kill(os.getpid(), signal.SIGKILL)
    print(outcome, flush=True)
    if how == "die after":
        os.kill(os.getpid(), signal.SIGKILL)
