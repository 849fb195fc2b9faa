"""Every cell file loads, names what comes from the environment, and holds no secret itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from shared.cli.deploy_rules.problem import Problem
from shared.errors import HomeroomError
from shared.tenancy.cell import Mode, load_cell

FROM_ENVIRONMENT = re.compile(r"\$\{([A-Z0-9_]+)\}")
WRITTEN_OUT = re.compile(r"://[^/@\s:$]+:[^@\s$]+@|password:\s*[^$\s{]|auth_token:\s*[^$\s{]")
IN_USE = ("systemd", "compose")


def _example(name: str) -> str:
    """What that variable might hold: whole URLs must be of their kind for the file to load."""
    if name.endswith("_URL"):
        return {"HOMEROOM_AMQP_URL": "amqp://example/metro", "HOMEROOM_PG_URL": "postgresql://example"}.get(
            name, "https://example.org"
        )
    return "example"


def check(deploy: Path) -> Iterator[Problem]:
    """Problems of the cell files."""
    for path in sorted([*deploy.glob("cells/*.yaml"), *deploy.glob("*/cell.yaml")]):
        place = str(path.relative_to(deploy.parent))
        text = path.read_text(encoding="utf-8")
        for number, line in enumerate(text.splitlines(), 1):
            if WRITTEN_OUT.search(line):
                yield Problem(f"{place}:{number}", "holds a password; write ${NAME} and set NAME in the environment")
        try:
            cell = load_cell(path, environ={name: _example(name) for name in FROM_ENVIRONMENT.findall(text)})
        except HomeroomError as error:
            yield Problem(place, str(error))
            continue
        if cell.mode is Mode.DEMO and path.parent.name in IN_USE:
            yield Problem(place, "mode demo lets anybody sign in; say production")
