"""What the audit log needs of its process: where checkpoints lie and what signs them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared.audit import store
from shared.audit.chain import Verdict
from shared.audit.checkpoints import Checkpoints
from shared.audit.handlers import CheckpointsOf
from shared.identity.signing import Signer
from shared.messaging.runtime import Runtime


def checkpoints_in(state_dir: Path, link_key: bytes) -> CheckpointsOf:
    """Checkpoints by district under the state directory, signed with a key derived from the link key.

    An unusable key is refused here, when the service starts, not at its first event (HomeroomError).
    """
    Signer(link_key, "audit")

    @cache
    def of(district: str) -> Checkpoints:
        signer = Signer(link_key, f"audit:{district}")
        return Checkpoints(
            state_dir / "audit" / f"{district}.checkpoints", lambda text: signer.tag(text.encode()).hex()
        )

    return of


def build_ports(runtime: Runtime) -> CheckpointsOf:
    return checkpoints_in(runtime.cell.state_dir, runtime.link_key)


def verify_cell(runtime: Runtime) -> dict[str, Verdict]:
    """The verdict on every district's log, with its checkpoints: for operators and for the demo."""
    notes = build_ports(runtime)
    verdicts: dict[str, Verdict] = {}
    for district in runtime.cell.districts:
        with runtime.databases.transaction("audit", district) as connection:
            verdicts[district] = store.verify(connection, notes(district).read())
    return verdicts
