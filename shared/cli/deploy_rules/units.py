"""deploy/systemd: every process restarts, drains, is confined and runs a command that exists."""

from __future__ import annotations

import configparser
import shlex
from collections.abc import Iterator
from pathlib import Path

from shared.cli.deploy_rules.commands import misunderstood
from shared.cli.deploy_rules.problem import Problem
from shared.launcher.components import SERVICES

REQUIRED = {
    "Restart": "always",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "User": "homeroom",
}


def check(deploy: Path) -> Iterator[Problem]:
    """Problems of the units and of the target that wants them."""
    folder = deploy / "systemd"
    for path in sorted(folder.glob("*.service")):
        place = f"deploy/systemd/{path.name}"
        yield from (Problem(place, message) for message in _wrong(path))
    target = (folder / "homeroom.target").read_text(encoding="utf-8")
    for component in SERVICES:
        kinds = ("worker", "web") if component.api else ("worker",)
        for unit in (f"homeroom-{kind}@{component.name}.service" for kind in kinds):
            if unit not in target:
                yield Problem("deploy/systemd/homeroom.target", f"does not want {unit}")


def _wrong(path: Path) -> Iterator[str]:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys are case-sensitive
    unit.read_string(path.read_text(encoding="utf-8"))
    service = unit["Service"]
    for key, value in REQUIRED.items():
        if service.get(key) != value:
            yield f"{key} is not {value}"
    if "StartLimitIntervalSec" not in unit["Unit"]:
        yield "systemd would give up restarting it during a long outage: set StartLimitIntervalSec=0"
    words = shlex.split(service["ExecStart"])
    if words[1] in {"serve", "relay"} and not (service.get("Type") == "notify" and service.get("WatchdogSec")):
        yield "it tells systemd that it is ready and alive: set Type=notify and WatchdogSec"
    if reason := misunderstood(words[1:]):
        yield reason
