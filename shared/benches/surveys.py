"""`homeroom bench surveys`: families answer over HTTP, and every answer is read back.

A journey is GET, POST and the receipt, on the product's own web processes with relay, worker, RabbitMQ and PostgreSQL
running; the client takes its share of the same cores. Two phases: as fast as it goes, then journeys that begin so many a
second whatever happens. Beside it, in turns on the same PostgreSQL: django-survey-and-report under gunicorn with the
same six questions; and survey-core in Node as a validator without any server, against ours.

What is unlike: we write an event with each answer, relay it and count it at the broker, and refuse a second answer; they
do not. They keep the answer to a question that does not apply, for they know no conditions.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from shared.benches import surveys_peers as beside
from shared.benches import surveys_validator as validator
from shared.benches.processes import cpu_seconds, peak_rss_mb
from shared.benches.surveys_ours import Ours, ours

CLIENTS = 12
MOST_WAITING = 200  # journeys under way at once in the open phase
WARM_UP = 200
VALIDATE_S = 2.0
Say = Callable[[str], None]


def run(*, responses: int, rounds: int, rate: float, web: int, peer_journeys: int, say: Say) -> dict[str, Any]:
    """The keys that the issue names, and what else tells how it went."""
    opened = max(500, responses // 4)
    share = (responses - opened) // rounds
    fast: list[float] = []
    theirs: list[float] = []
    spent = 0.0
    latencies: dict[str, list[int]] = {}
    with ours(families=responses + WARM_UP, web=web, say=say) as us, beside.django(us.bench, workers=web) as django:
        us.go(WARM_UP, clients=CLIENTS)
        django.go(50, clients=CLIENTS)
        us.analyze()  # theirs too: one database
        for number in range(1, rounds + 1):
            before = cpu_seconds()
            mine = us.go(share, clients=CLIENTS)
            spent += cpu_seconds() - before
            fast.append(_rate(mine))
            yours = django.go(peer_journeys, clients=CLIENTS)
            theirs.append(_rate(yours))
            say(f"round {number}/{rounds}: ours {fast[-1]:.1f}/s, django-survey-and-report {theirs[-1]:.1f}/s")
        say(f"{opened} journeys, {rate:.0f} begun a second")
        calm = us.go(opened, clients=MOST_WAITING, rate=rate)
        latencies = calm["latencies"]
        say("reading everything back")
        figures = us.compare()
        figures["django_rows"] = list(django.rows())
        figures["bytes_per_journey"] = round(calm["bytes"] / opened)
        figures["peak_rss_mb"] = round(peak_rss_mb(us.pids()), 1)
        node = beside.survey_core(us.bench.file.parent, seconds=VALIDATE_S)
    own = validator.run(seconds=VALIDATE_S)
    return {
        "responses": responses,
        "submits_per_s": _median(fast),
        "p99_ms": max(_ms(latencies[step], 0.99) for step in ("get", "post", "receipt")),
        "django_survey_per_s": _median(theirs),
        "surveyjs_validations_per_cpu_s": round(node["done"] / node["cpu_s"], 1),
        "ours_validations_per_cpu_s": round(own["done"] / own["cpu_s"], 1),
        **figures,
        "valid": [own["valid"] == own["done"], node["valid"] == node["done"]],
        "rates": [round(each, 1) for each in fast],
        "django_rates": [round(each, 1) for each in theirs],
        "offered_per_s": rate,
        "kept_up_per_s": round(_rate(calm), 1),
        "latency_ms": {
            step: {f"p{part * 100:g}": _ms(values, part) for part in (0.5, 0.95, 0.99)} for step, values in latencies.items()
        },
        "machine_cpu_ms_per_journey": round(1000 * spent / (share * rounds), 2),
        "statuses": calm["statuses"],
        "clients": CLIENTS,
        "web_processes": web,
        "versions": {**beside.versions(), "survey-core": node["version"]},
    }


def met(figures: dict[str, Any]) -> bool:
    """What the issue asks for."""
    fast = figures["submits_per_s"] >= 350 and figures["p99_ms"] <= 300
    ten = figures["submits_per_s"] >= 10 * figures["django_survey_per_s"]
    ten = ten and figures["ours_validations_per_cpu_s"] >= 10 * figures["surveyjs_validations_per_cpu_s"]
    return bool(fast and ten and figures["lost"] == 0 and figures["wrong"] == 0)


def _rate(result: dict[str, Any]) -> float:
    return float(len(result["done"]) / result["seconds"])


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 1)


def _ms(values: Sequence[int], part: float) -> float:
    ordered = sorted(values)
    return round(ordered[min(len(ordered) - 1, int(part * len(ordered)))] / 1000, 1) if ordered else 0.0


__all__ = ["Ours", "met", "run"]
