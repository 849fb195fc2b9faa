"""Stands in for `python -m services.scheduling.solver`: the same document in, a plan by first come, first served out."""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> None:
    told = json.load(sys.stdin)
    instance = told["instance"]
    wanted = {each["request"]: each for each in instance.get("locked", ())}
    before = {each["request"]: each for each in (told.get("plan") or {}).get("meetings", ())}
    order = sorted(instance["requests"], key=lambda r: (r["id"] not in wanted, r["id"] not in before, -r["w"], r["id"]))
    met: list[dict[str, int]] = []
    for request in order:
        place = wanted.get(request["id"]) or _first(instance, request, met, before.get(request["id"]))
        if place is not None:
            met.append({"request": request["id"], "evening": place["evening"], "start": place["start"]})
    json.dump({"instance": instance["name"], "score": 100 * len(met), "bound": 100 * len(order), "meetings": met}, sys.stdout)


def _first(
    instance: dict[str, Any], request: dict[str, Any], met: list[dict[str, int]], before: dict[str, int] | None
) -> dict[str, int] | None:
    places = [{"evening": e, "start": c} for e in range(instance["evenings"]) for c in range(instance["cells"])]
    for place in ([before] if before else []) + places:
        if _fits(instance, request, place, met):
            return place
    return None


def _fits(instance: dict[str, Any], request: dict[str, Any], place: dict[str, int], met: list[dict[str, int]]) -> bool:
    evening, start, end = place["evening"], place["start"], place["start"] + request["dur"]
    teacher, home = instance["teachers"][request["t"]], instance["households"][request["h"]]
    for windows in (teacher["avail"], home["avail"]):
        cells = {c for e, a, b in windows if e == evening for c in range(a, b)}
        if not set(range(start, end)) <= cells:
            return False
    walk = instance["travel"] if home["mode"] == "in_person" else 0
    for other in met:
        theirs = instance["requests"][other["request"]]
        if other["evening"] != evening:
            continue
        first, last = other["start"], other["start"] + theirs["dur"]
        room = walk if theirs["h"] == request["h"] else 0
        shared = theirs["h"] == request["h"] or theirs["t"] == request["t"]
        if shared and start < last + room and first < end + room:
            return False
    return True


if __name__ == "__main__":
    main()
