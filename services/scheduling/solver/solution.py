"""Reads a solution: the published format, checked against its instance, down to the claims it makes about itself."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from services.scheduling.solver.model import Instance
from services.scheduling.solver.planning import PRESETS, Plan, plan_of
from services.scheduling.solver.scoring import Meeting
from shared.errors import HomeroomError

CODE = "CONFERENCE_PLAN"


def plan_in(path: Path, instance: Instance) -> Plan:
    """The plan in a file; HomeroomError where it is not one of this instance, breaks a rule or claims a wrong score."""
    try:
        raw = path.read_bytes()
        document = json.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
    except (OSError, EOFError, ValueError):
        raise HomeroomError(CODE, "the plan cannot be read", "give a solution as JSON in UTF-8", str(path)) from None
    return plan_from(document, instance, source=path.name)


def plan_from(document: Any, instance: Instance, *, source: str = "plan") -> Plan:
    """The plan in a parsed document."""
    if not isinstance(document, dict):
        raise HomeroomError(CODE, "the plan is not an object", "write a JSON object", source)
    if document.get("instance") != instance.name:
        raise _wrong("is not this instance's name", f"write {instance.name}", f"{source}:instance")
    listed = document.get("meetings")
    if not isinstance(listed, list):
        raise _wrong("is not a list", "list the meetings", f"{source}:meetings")
    meetings = tuple(_meeting(one, instance, f"{source}:meetings[{i}]") for i, one in enumerate(listed))
    preset = document.get("preset", "balanced")
    if preset not in PRESETS:
        raise _wrong("is not a preset", f"use {', '.join(PRESETS)}", f"{source}:preset")
    made = replace(plan_of(instance, meetings, preset=preset), floor=document.get("floor") is True)
    if document.get("score", made.score) != made.score:
        raise _wrong("is not what the plan scores", f"write {made.score} or leave it out", f"{source}:score")
    bound = document.get("bound")
    if isinstance(bound, int | float) and bound < made.score:
        raise _wrong("is below the plan's own score", "leave it out or prove it again", f"{source}:bound")
    return made


def _meeting(given: Any, instance: Instance, where: str) -> Meeting:
    if not isinstance(given, dict):
        raise _wrong("is not an object", "write a JSON object", where)
    for field in ("request", "evening", "start"):
        if isinstance(given.get(field), bool) or not isinstance(given.get(field), int):
            raise _wrong("is not a whole number", "write one", f"{where}.{field}")
    meeting = Meeting(given["request"], given["evening"], given["start"])
    if 0 <= meeting.request < len(instance.requests):
        request = instance.requests[meeting.request]
        for field, right in (("household", request.household), ("teacher", request.teacher)):
            if given.get(field, right) != right:
                raise _wrong("is not the request's", f"write {right} or leave it out", f"{where}.{field}")
    return meeting


def _wrong(what: str, remedy: str, where: str) -> HomeroomError:
    return HomeroomError(CODE, f"a field {what}", remedy, where)
