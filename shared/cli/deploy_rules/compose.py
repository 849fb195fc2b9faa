"""deploy/compose: complete, pinned, without a secret in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.cli.deploy_rules.commands import misunderstood
from shared.cli.deploy_rules.problem import Problem, read_yaml
from shared.launcher.components import SERVICES

SECRET = re.compile(r"PASS|KEY|SEED|TOKEN")


def check(deploy: Path) -> Iterator[Problem]:
    """Problems of the compose file."""
    path = deploy / "compose" / "docker-compose.yaml"
    document, broken = read_yaml(path, deploy)
    yield from broken
    if broken:
        return
    services: dict[str, Any] = document["services"]
    for name in sorted(_expected() - services.keys()):
        yield Problem("deploy/compose/docker-compose.yaml", f"nothing runs {name}")
    for name, service in services.items():
        place = f"deploy/compose/docker-compose.yaml:{name}"
        yield from (Problem(place, message) for message in _wrong(service, document))


def _expected() -> set[str]:
    workers = {f"worker-{component.name}" for component in SERVICES}
    return workers | {f"web-{component.name}" for component in SERVICES if component.api} | {"relay"}


def _wrong(service: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    if ":" not in service.get("image", ""):
        yield "its image has no tag"
    if service.get("restart") != "always":
        yield "it is not restarted when it dies"
    for name, value in (service.get("environment") or {}).items():
        if SECRET.search(name) and not str(value).startswith("${"):
            yield f"{name} is written out; take it from the environment"
    depends = service.get("depends_on") or {}
    for other in depends:
        if other not in document["services"]:
            yield f"it depends on {other}, which is not there"
        elif isinstance(depends, dict) and "healthcheck" not in document["services"][other]:
            yield f"it waits for {other} to be healthy, which has no healthcheck"
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        if not source.startswith(".") and source not in document["volumes"]:
            yield f"volume {source} is not declared"
    if service.get("image") == "homeroom:local" and (reason := misunderstood(service["command"])):
        yield reason
