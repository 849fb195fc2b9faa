"""What the audit log needs of its process: where checkpoints lie and what signs them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from shared.audit.checkpoints import Checkpoints
from shared.audit.handlers import CheckpointsOf
from shared.identity.signing import Signer
from shared.messaging.runtime import Runtime


def checkpoints_in(state_dir: Path, link_key: bytes) -> CheckpointsOf:
    """Checkpoints by district under the state directory, signed with a key derived from the link key."""

    @cache
    def of(district: str) -> Checkpoints:
        signer = Signer(link_key, f"audit:{district}")
        return Checkpoints(
            state_dir / "audit" / f"{district}.checkpoints", lambda text: signer.tag(text.encode()).hex()
        )

    return of


def build_ports(runtime: Runtime) -> CheckpointsOf:
    return checkpoints_in(runtime.cell.state_dir, runtime.link_key)
