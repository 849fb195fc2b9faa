"""`homeroom bench fanout`: one announcement to a district, ours and three peers on the same servers, cores and sink.

Ours decides inside the clock (restrictions, suppressions, quiet hours, languages, children merged) and commits every
delivery's state; a peer gets its recipients filtered. Every clock runs from the accepting call to the last mail at the
sink with its row committed. Rounds are interleaved and turn, figures are medians, and each peer has the number of
workers that was best for it in a run before.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.benches import fanout_ours, peers
from shared.benches.cell import BenchCell
from shared.benches.fanout_district import Reader, draw
from shared.benches.fanout_peers import CELERY_WORKERS, POST_OFFICE_WORKERS, PeerRun, Peers, best
from shared.benches.fanout_texts import LANGUAGES, for_peers
from shared.benches.processes import end_in_order
from shared.benches.signatures import verified

WARM = 200  # guardians of a run that is not counted
WORKERS = (1, 2, 3)
KILLS = (0.3, 0.6)
MAILMAN = 400  # it does a few dozen a second
TRIAL = 0.4  # of a peer's size, to find its best number of workers
Say = Callable[[str], None]


@dataclass
class _Figures:
    """What the rounds gave, by who was measured."""

    ours: dict[str, list[fanout_ours.OurRun]] = field(default_factory=dict)
    peers: dict[str, list[PeerRun]] = field(default_factory=dict)
    killed: fanout_ours.OurRun | None = None
    verified: int | None = None


def run(
    *, guardians: int = 41_000, languages: int = 12, rounds: int = 3, peer_size: int = 5_000, seed: int = 7, say: Say
) -> dict[str, Any]:
    """The keys that the issue names, and what is needed to read them."""
    end_in_order()
    peers.python()  # installed before any clock runs
    readers = draw(guardians, languages=min(languages, len(LANGUAGES)), seed=seed)
    people = [reader.as_peer_sees() for reader in readers if reader.expected]
    figures = _Figures()
    with fanout_ours.our_cell() as (bench, port):
        fanout_ours.populate(bench, readers)
        rivals = Peers(bench, for_peers(), people)
        rivals.prepare()
        size = min(peer_size, len(people))
        trial = max(200, int(size * TRIAL))
        say("finding each peer's best number of workers …")
        post_office, tried_office = best(lambda each: rivals.post_office(trial, each), POST_OFFICE_WORKERS)
        celery, tried_celery = best(lambda each: rivals.celery(trial // 2, each), CELERY_WORKERS)
        say(f"post_office {tried_office}, celery {tried_celery}")
        for number in range(rounds):
            measures: list[Callable[[], None]] = [
                lambda: _ours(bench, port, readers, figures, say),
                lambda: _peer(figures, "post_office", lambda: rivals.post_office(size, post_office), say),
                lambda: _peer(figures, "celery", lambda: rivals.celery(size // 2, celery), say),
            ]
            for measure in measures[number % 3 :] + measures[: number % 3]:
                measure()
        _peer(figures, "mailman", lambda: rivals.mailman(min(MAILMAN, len(people))), say)
        _signed(bench, port, readers, figures, say)
        _killed(bench, port, readers, figures, say)
        servers = _servers(bench)
    return _result(figures, servers) | {
        "guardians": len(readers),
        "languages": languages,
        "recipients": len(people),
        "peer_recipients": {"post_office": size, "celery": size // 2, "mailman": min(MAILMAN, len(people))},
        "peer_workers": {"post_office": list(post_office), "celery": celery},
        "peer_workers_tried_per_s": {"post_office": tried_office, "celery": tried_celery},
    }


def _ours(bench: BenchCell, port: int, readers: Sequence[Reader], figures: _Figures, say: Say) -> None:
    for workers in WORKERS:
        with fanout_ours.processes(bench, workers) as fleet:
            fanout_ours.run(bench, port, readers[:WARM], fleet)
            one = fanout_ours.run(bench, port, readers, fleet)
        figures.ours.setdefault(f"ours_{workers}", []).append(one)
        say(f"ours, {workers} worker(s)      {one.rate:>8.0f}/s")


def _peer(figures: _Figures, name: str, measure: Callable[[], PeerRun], say: Say) -> None:
    one = measure()
    figures.peers.setdefault(name, []).append(one)
    say(f"{name:<20} {one.rate:>8.0f}/s")


def _signed(bench: BenchCell, port: int, readers: Sequence[Reader], figures: _Figures, say: Say) -> None:
    """Fewer people, each mail with an RSA-2048 signature; some are checked by another's code."""
    some = readers[: min(len(readers) - 1, 8_000)]
    file, public = fanout_ours.signing(bench)
    for workers in WORKERS:
        mails: list[bytes] = []
        with fanout_ours.processes(bench, workers, file=file) as fleet:
            fanout_ours.run(bench, port, readers[:WARM], fleet)
            one = fanout_ours.run(bench, port, some, fleet, keep=20, seen=mails)
        figures.ours.setdefault(f"signed_{workers}", []).append(one)
        figures.verified = verified(mails, public)
        say(
            f"ours, signed, {workers} worker(s) {one.rate:>5.0f}/s; {figures.verified} of {len(mails)} looked at verify"
        )


def _killed(bench: BenchCell, port: int, readers: Sequence[Reader], figures: _Figures, say: Say) -> None:
    """The only worker is killed on the way and started again: what is lost, what comes twice."""
    with fanout_ours.processes(bench, 1) as fleet:
        fanout_ours.run(bench, port, readers[:WARM], fleet)
        figures.killed = fanout_ours.run(bench, port, readers, fleet, kill_at=KILLS)
    say(f"killed at {KILLS}: {figures.killed.lost} lost, {figures.killed.duplicates} mails twice")


def _result(figures: _Figures, servers: dict[str, Any]) -> dict[str, Any]:
    rates = {name: statistics.median(one.rate for one in runs) for name, runs in (figures.ours | figures.peers).items()}
    fastest = max((f"ours_{workers}" for workers in WORKERS), key=lambda name: rates[name])
    signed = max((f"signed_{workers}" for workers in WORKERS), key=lambda name: rates[name])
    everything = [one for runs in figures.ours.values() for one in runs]
    best_peer = max(rates[name] for name in figures.peers)
    killed = figures.killed
    assert killed is not None
    return {
        "ours_per_s": round(rates[fastest]),
        "post_office_per_s": round(rates["post_office"]),
        "celery_per_s": round(rates["celery"]),
        "mailman_per_s": round(rates["mailman"]),
        "ours_signed_per_s": round(rates[signed]),
        "peak_rss_mb": round(max(one.rss_mb for one in figures.ours[fastest])),
        "lost": sum(one.lost for one in everything) + killed.lost,
        "duplicates": sum(one.duplicates for one in everything),
        "unexpected": sum(one.unexpected for one in everything) + killed.unexpected,
        "ours_over_best_peer": round(rates[fastest] / best_peer, 2),
        "ours_workers": int(fastest.rpartition("_")[2]),
        "ours_signed_workers": int(signed.rpartition("_")[2]),
        "signatures_verified": figures.verified,
        "killed_at_30_and_60_pct": {
            "lost": killed.lost, "mails_twice": killed.duplicates, "seconds": round(killed.seconds, 1)
        },
        "p99_s": {name: round(statistics.median(one.p99_s for one in runs), 1) for name, runs in figures.ours.items()},
        "cpu_s_per_1000": _cpu(figures),
        "mail_bytes": {
            name: runs[0].mean_bytes for name, runs in (figures.ours | figures.peers).items()
        },
        "peer_lost": {name: sum(one.lost for one in runs) for name, runs in figures.peers.items()},
        "peer_duplicates": {name: sum(one.duplicates for one in runs) for name, runs in figures.peers.items()},
        "rounds": {
            name: [round(one.rate) for one in runs] for name, runs in (figures.ours | figures.peers).items()
        },
        "rows": {
            "ours": "a delivery a person with its state, a messages_sent event for each batch, restrictions decided",
            "post_office": "an email row a person", "celery": "a row a person", "mailman": "a queue file",
        },
        "states": figures.ours[fastest][-1].states,
        **servers,
        "peers": peers.versions(("django", "django-post_office", "celery", "mailman")),
    }  # fmt: skip


def _cpu(figures: _Figures) -> dict[str, float]:
    """CPU seconds of the whole machine, sink and servers included, for a thousand mails."""
    spent = {name: [one.cpu_s / max(1, one.mails) for one in runs] for name, runs in figures.ours.items()}
    spent |= {name: [one.cpu_s / max(1, one.mails) for one in runs] for name, runs in figures.peers.items()}
    return {name: round(1000 * statistics.median(each), 2) for name, each in spent.items()}


def _servers(bench: BenchCell) -> dict[str, Any]:
    with bench.connect() as connection:
        names = ("server_version", "fsync", "synchronous_commit")
        settings = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in names}  # type: ignore[index]
    return {"postgresql": settings, "sink": "postfix smtp-sink, mails noted by Message-ID"}
