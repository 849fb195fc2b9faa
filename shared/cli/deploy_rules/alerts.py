"""deploy/prometheus: one alert a file, on metrics that exist, with a runbook and a test of both outcomes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.cli.deploy_rules.problem import Problem, read_yaml
from shared.observability import metrics

WORDS = {"up", "by", "sum", "rate", "increase", "and", "or", "on", "count", "unless"}


def check(deploy: Path) -> Iterator[Problem]:
    """Problems of alerts, their tests and their runbooks."""
    folder = deploy / "prometheus"
    for path in sorted((folder / "alerts").glob("*.yaml")):
        place = f"deploy/prometheus/alerts/{path.name}"
        document, broken = read_yaml(path, deploy)
        yield from broken
        rules = [] if broken else [rule for group in document["groups"] for rule in group["rules"]]
        if not broken and len(rules) != 1:
            yield Problem(place, "holds more or less than one alert")
        for rule in rules:
            yield from (Problem(place, message) for message in _wrong(rule, deploy))
        tested, broken = read_yaml(folder / "tests" / f"{path.stem}.test.yaml", deploy)
        yield from broken
        if tested and {case["name"] for case in tested["tests"]} != {"fires", "stays silent"}:
            yield Problem(place, "its test does not show it firing and staying silent")


def _wrong(rule: dict[str, Any], deploy: Path) -> Iterator[str]:
    for key in ("summary", "description", "runbook_url"):
        if not rule.get("annotations", {}).get(key):
            yield f"{rule.get('alert')} has no {key}"
    if rule.get("labels", {}).get("severity") not in {"page", "ticket"}:
        yield "its severity is neither page nor ticket"
    runbook = deploy.parent / rule["annotations"].get("runbook_url", "")
    if not runbook.is_file():
        yield f"{runbook.name} is not there"
    unquoted = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\([^()]*\ble\)", " ", rule["expr"])
    unknown = set(re.findall(r"[a-z][a-z_]{3,}", unquoted)) - WORDS - metrics.names()
    unknown -= {"histogram_quantile", "service", "channel", "pair"}
    if unknown:
        yield f"no metric of ours: {', '.join(sorted(unknown))}"
