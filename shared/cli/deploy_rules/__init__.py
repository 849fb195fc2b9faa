"""What must hold for the files under deploy/; each rule yields the problems it finds."""

from __future__ import annotations

from pathlib import Path

from shared.cli.deploy_rules import alerts, cells, compose, units
from shared.cli.deploy_rules.problem import Problem

__all__ = ["Problem", "check_all"]


def check_all(deploy: Path) -> list[Problem]:
    """Every problem, sorted by place."""
    found = [*compose.check(deploy), *units.check(deploy), *alerts.check(deploy), *cells.check(deploy)]
    return sorted(found, key=lambda problem: (problem.where, problem.message))
