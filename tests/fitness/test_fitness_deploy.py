"""What lies under deploy/ keeps its rules, and runs commands that exist with options they have."""

from __future__ import annotations

from shared.backing.state import REPOSITORY
from shared.cli.deploy_rules import check_all


def test_what_we_ship_is_well() -> None:
    assert check_all(REPOSITORY / "deploy") == []
