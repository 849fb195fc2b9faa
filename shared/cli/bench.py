"""`homeroom bench events|faults|lanes|onboard`: figures that were measured here, beside the peers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.cli import bench_surveys, bench_translation
from shared.cli.bench_verdict import Json, verdict
from shared.cli.console import Console


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure, beside the peers.", no_args_is_help=True, rich_markup_mode=None)
    group.command("events")(events)
    group.command("faults")(faults)
    group.command("lanes")(lanes)
    group.command("onboard")(onboard)
    group.command("embedded")(embedded)
    group.command("fanout")(fanout)
    group.command("urgent")(urgent)
    group.command("restrictions")(restrictions)
    group.command("receipts")(receipts)
    group.command("sendfaults")(sendfaults)
    group.command("report")(report)
    group.command("letters")(letters)
    group.command("calendars")(calendars)
    group.command("dst")(dst)
    group.command("rush")(rush)
    group.command("conference")(conference)
    group.command("repair")(repair)
    group.command("b2b")(b2b)
    bench_surveys.register(group)
    bench_translation.register(group)
    app.add_typer(group, name="bench")


def events(
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    count: Annotated[int, typer.Option("--events", min=1000, help="Events of ours per round.")] = 12_000,
    peer_count: Annotated[int, typer.Option("--peer-events", min=500)] = 2_500,
    as_json: Json = False,
) -> None:
    """Events per second with one committed row each: ours, stock nameko, Celery, on RabbitMQ and PostgreSQL."""
    from shared.benches import events as bench

    console = Console(as_json=as_json)
    figures = bench.run(rounds=rounds, events=count, peer_events=peer_count, say=console.progress_line)
    met = figures["ours_over_nameko"] >= 5 and figures["ours_over_celery"] >= 4
    met = met and figures["relay_over_nameko_dispatch"] >= 8 and figures["commit_to_handler_p99_ms_at_500"] <= 250
    verdict(console, figures, met)


def faults(
    kills: Annotated[int, typer.Option(min=1, help="SIGKILLs, over relay, consumers, broker and database.")] = 20,
    seed: Annotated[int, typer.Option(help="Draws what is killed when.")] = 7,
    stock: Annotated[bool, typer.Option(help="Put stock nameko through the same.")] = True,
    as_json: Json = False,
) -> None:
    """Kill everything at random under load, on servers of its own; count what is lost and what is done twice."""
    from shared.benches import faults as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, seed=seed, stock=stock, say=console.progress_line)
    verdict(console, figures, figures["lost"] == 0 and figures["duplicate_effects"] == 0)


def lanes(
    bulk: Annotated[int, typer.Option(min=1000, help="Bulk events queued beforehand.")] = 50_000,
    urgent: Annotated[int, typer.Option(min=10, help="Urgent events, one at a time.")] = 200,
    rate: Annotated[int, typer.Option(min=1, help="Urgent events a second.")] = 20,
    as_json: Json = False,
) -> None:
    """How long an urgent event takes from commit to handler behind a mountain of bulk ones."""
    from shared.benches import lanes as bench

    console = Console(as_json=as_json)
    figures = bench.run(bulk=bulk, urgent=urgent, rate=rate, say=console.progress_line)
    verdict(console, figures, figures["urgent_p99_ms"] <= 1_000)


def onboard(
    students: Annotated[int, typer.Option(min=100, help="Size of the generated district.")] = 100_000,
    as_json: Json = False,
) -> None:
    """Generate, validate, plan, apply; apply again; apply a 1 % delta: seconds, peak memory, events of the second."""
    from shared.cli import bench_onboard as bench

    console = Console(as_json=as_json)
    figures = bench.run(students, json=True)
    verdict(console, figures, all(figures[name] <= limit for name, limit in bench.LIMITS.items()))


def embedded(
    kills: Annotated[int, typer.Option(min=0, help="SIGKILLs of the whole process.")] = 100,
    count: Annotated[int, typer.Option("--events", min=500, help="Events for the rate.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Draws the moments of the kills.")] = 7,
    as_json: Json = False,
) -> None:
    """The embedded broker: events a second, commit to handler, and what a hundred kills leave."""
    from shared.benches import embedded_bench as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, events=count, seed=seed, say=console.progress_line)
    verdict(console, figures, figures.get("lost", 0) == 0 and figures.get("duplicate_effects", 0) == 0)


def fanout(
    guardians: Annotated[int, typer.Option(min=1_000, help="Size of the district.")] = 41_000,
    languages: Annotated[int, typer.Option(min=2, max=12)] = 12,
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    peer_size: Annotated[
        int, typer.Option(min=500, help="Recipients of django-post_office; Celery gets half.")
    ] = 5_000,
    as_json: Json = False,
) -> None:
    """An announcement to a whole district by email: ours, django-post_office, Celery and Mailman, to one SMTP sink."""
    from shared.benches import fanout as bench

    console = Console(as_json=as_json)
    figures = bench.run(
        guardians=guardians, languages=languages, rounds=rounds, peer_size=peer_size, say=console.progress_line
    )
    met = figures["ours_per_s"] >= 1_000 and figures["ours_over_best_peer"] >= 5 and figures["ours_signed_per_s"] >= 350
    verdict(console, figures, met and not (figures["lost"] or figures["duplicates"] or figures["unexpected"]))


def receipts(
    deliveries: Annotated[int, typer.Option(min=100, help="Each with two or three words of its provider.")] = 15_000,
    connections: Annotated[int, typer.Option(min=1, help="Kept alive by the provider.")] = 96,
    workers: Annotated[int, typer.Option(min=1, help="Web processes.")] = 2,
    seed: Annotated[int, typer.Option(help="Draws histories, repeats and order.")] = 7,
    as_json: Json = False,
) -> None:
    """Signed calls back of a provider, shuffled and repeated, some forged or replayed; and the ledger's final states."""
    from shared.benches import receipts as bench

    console = Console(as_json=as_json)
    figures = bench.run(
        deliveries=deliveries, seed=seed, connections=connections, workers=workers, say=console.progress_line
    )
    refused = figures["forged_refused"] == figures["forged"] and figures["replayed_refused"] == figures["replayed"]
    right = figures["wrong_states"] == 0 and figures["wrong_after_replay"] == 0 and figures["unanswered"] == 0
    verdict(console, figures, figures["receipts_per_s"] >= 2_000 and refused and right)


def urgent(
    guardians: Annotated[int, typer.Option(min=2_000, help="Whom the newsletter is for.")] = 41_000,
    count: Annotated[int, typer.Option("--urgent", min=100, help="Whom the notice is for.")] = 1_000,
    workers: Annotated[int, typer.Option(min=1)] = 2,
    as_json: Json = False,
) -> None:
    """An emergency notice a fifth into a newsletter to the whole district: seconds from accepted to the mail's arrival."""
    from shared.benches import urgent as bench

    console = Console(as_json=as_json)
    figures = bench.run(guardians=guardians, urgent=count, workers=workers, say=console.progress_line)
    p99 = figures["urgent_p99_s"]
    met = p99 is not None and p99 <= 5 and not figures["urgent_lost"] and not figures["newsletter_lost"]
    verdict(console, figures, met and not figures["unexpected"] and not figures["urgent_duplicates"])


def report(
    guardians: Annotated[int, typer.Option(min=1000)] = 41_000,
    deliveries: Annotated[int, typer.Option(min=10_000, help="Over a school year.")] = 1_000_000,
    reports: Annotated[
        int, typer.Option(min=10, help="Of the district and of schools, now and as of past nights.")
    ] = 60,
    as_json: Json = False,
) -> None:
    """The reach report late in a school year, on PostgreSQL: milliseconds from the question to the figures."""
    from shared.benches import report as bench

    console = Console(as_json=as_json)
    figures = bench.run(guardians=guardians, deliveries=deliveries, reports=reports, say=console.progress_line)
    same = figures["as_of_repeats"] and figures["facts_corrected"] == 0
    verdict(console, figures, figures["p95_ms"] <= bench.LIMIT_MS and same)


def sendfaults(
    kills: Annotated[int, typer.Option(min=1, help="SIGKILLs, over workers, relay, web, broker and database.")] = 50,
    rate: Annotated[
        float, typer.Option(min=1, help="Families written to per second, by text, call and mail in turn.")
    ] = 20.0,
    seed: Annotated[int, typer.Option(help="Draws what is killed when, and how the provider behaves.")] = 7,
    as_json: Json = False,
) -> None:
    """Kill everything at random while messages are handed over, on servers of its own; compare ledger and far end."""
    from shared.benches import sendfaults as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, seed=seed, rate=rate, say=console.progress_line)
    twice = figures["duplicate_sms"] + figures["duplicate_voice"]
    verdict(console, figures, figures["lost"] == 0 and twice == 0)


def letters(
    count: Annotated[int, typer.Option("--letters", min=25, help="How many, in the parts that a worker makes.")] = 250,
    as_json: Json = False,
) -> None:
    """Letters a second through the press: two languages each, tagged, a code, every shipped script."""
    from shared.benches import letters as bench

    console = Console(as_json=as_json)
    figures = bench.run(letters=count, say=console.progress_line)
    verdict(console, figures, figures["missing_glyphs"] == 0 and figures["peak_rss_mb"] <= 400)


def restrictions(
    cases: Annotated[int, typer.Option(min=200, help="Guardian, child, situation and way, each a case.")] = 100_000,
    seed: Annotated[int, typer.Option(help="Draws the families.")] = 11,
    as_json: Json = False,
) -> None:
    """Orders, wishes and hours against every way out to a guardian; then without the gate, where leaks must be found."""
    from shared.benches import restrictions as bench

    console = Console(as_json=as_json)
    figures = bench.run(cases=cases, seed=seed, say=console.progress_line)
    verdict(console, figures, figures["leaks"] == 0 and figures["gate_off_leaks"] > 0 and figures["cases"] >= cases)


def calendars(
    events: Annotated[
        int, typer.Option(min=10, help="Single events and series, over 40 zones and ten years.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="Draws the events.")] = 1,
    as_json: Json = False,
) -> None:
    """Whether icalendar, vobject, khal, ical.js and node-ical mean the instants that our calendar files mean."""
    from shared.benches import calendars as bench

    console = Console(as_json=as_json)
    figures = bench.run(events=events, seed=seed, say=console.progress_line)
    verdict(
        console, figures, figures["differing_instants"] + figures["differing_texts"] + figures["broken_files"] == 0
    )


def dst(
    last: Annotated[int, typer.Option(min=2024, max=2036, help="The last year to look at.")] = 2035,
    as_json: Json = False,
) -> None:
    """Slots and series over changes of clocks in nine zones, hours that never come and hours that come twice."""
    from shared.benches import dst as bench

    console = Console(as_json=as_json)
    figures = bench.run(last=last, say=console.progress_line)
    verdict(console, figures, figures["wrong"] == 0)


def rush(
    clients: Annotated[int, typer.Option(min=2, help="Families that choose at the same time.")] = 32,
    households: Annotated[int, typer.Option(min=50)] = 1_400,
    wishes: Annotated[int, typer.Option(min=1, help="Teachers that each household wants to meet.")] = 4,
    workers: Annotated[int, typer.Option(min=1, help="Web processes; the first is killed half-way.")] = 2,
    seed: Annotated[int, typer.Option(help="Draws who wants which times.")] = 7,
    as_json: Json = False,
) -> None:
    """A whole school books at once over HTTP, a worker dies half-way; nobody is booked twice, no confirmation is lost."""
    from shared.benches import rush as bench

    console = Console(as_json=as_json)
    figures = bench.run(
        clients=clients,
        households=households,
        each=wishes,
        workers=workers,
        seed=seed,
        kill=True,
        say=console.progress_line,
    )
    sound = not (figures["double_bookings"] or figures["lost_confirmations"] or figures["unsound_rows"])
    fast = figures["bookings_per_s"] >= 250 and figures["p99_ms"] <= 500 and figures["in_process_per_s"] >= 1_500
    verdict(console, figures, sound and fast and figures["naive_double_bookings"] > 0)


def b2b(
    names: Annotated[list[str] | None, typer.Argument(help="Events by name, e.g. tic-12; all 20 if none.")] = None,
    limit: Annotated[float, typer.Option(min=1, help="Seconds for each.")] = 300.0,
    processes: Annotated[int, typer.Option(min=1, max=2, help="Solvers that race for each answer.")] = 2,
    as_json: Json = False,
) -> None:
    """The 20 public brokerage events of the literature, each proved optimal and its schedule checked rule by rule."""
    from shared.benches import b2b as bench

    console = Console(as_json=as_json)
    figures = bench.run(names=names or [], limit_s=limit, processes=processes, say=console.progress_line)
    met = figures["proved"] == figures["count"] > 0 and not figures["unlike_published"]
    verdict(console, figures, met and figures["worst_s"] <= limit)


def conference(
    instances: Annotated[str, typer.Option(help="Names with commas between; without, all ten.")] = "",
    time_limit: Annotated[float, typer.Option(min=0.1, help="Seconds of search per round, on two cores.")] = 60.0,
    bound_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for each proved bound, on one core.")] = 5.0,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    data: Annotated[Path | None, typer.Option(help="Folder of rounds; without, the ten published ones.")] = None,
    as_json: Json = False,
) -> None:
    """The published conference rounds: score, proved bound and gap, beside first come, first served. Some twelve minutes."""
    from shared.benches import conference as bench

    console = Console(as_json=as_json)
    names = [name for name in instances.split(",") if name]
    figures = bench.run(
        data=data, names=names, time_limit=time_limit, bound_limit=bound_limit, seed=seed, say=console.progress_line
    )
    verdict(console, figures, not figures["missed"])


def repair(
    instances: Annotated[str, typer.Option(help="Names with commas between.")] = "sec800-1,hh1400-1",
    teachers: Annotated[int, typer.Option(min=1, help="Absent, one at a time: the busiest and others at random.")] = 5,
    plan_limit: Annotated[float, typer.Option(min=0.1, help="Seconds for the plan that is mended.")] = 10.0,
    seed: Annotated[int, typer.Option(min=0)] = 1,
    data: Annotated[Path | None, typer.Option(help="Folder of rounds; without, the published ones.")] = None,
    as_json: Json = False,
) -> None:
    """A teacher falls ill: seconds until the mended plan stands, families moved beyond that teacher's own."""
    from shared.benches import repair_bench as bench

    console = Console(as_json=as_json)
    figures = bench.run(
        data=data,
        names=instances.split(","),
        teachers=teachers,
        plan_limit=plan_limit,
        seed=seed,
        say=console.progress_line,
    )
    met = figures["seconds"] <= bench.MOST_SECONDS and figures["families_moved"] <= bench.MOST_MOVED
    verdict(console, figures, met)
