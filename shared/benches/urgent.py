"""`homeroom bench urgent`: an emergency notice to a thousand while a newsletter goes to a whole district.

The same cell, processes and sink as `bench fanout`. The newsletter is a fifth out when the notice is accepted; what is
measured is each reader's wait from that commit to the mail at the far end, translation of twelve languages, restriction
and STOP included. Quiet hours do not hold an emergency, and a STOP of a channel does not either; a dead mailbox does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from shared.benches import fanout_ours as ours
from shared.benches.cell import BenchCell
from shared.benches.fanout_district import Reader, draw
from shared.benches.mail_sink import Arrival, MailSink
from shared.benches.processes import end_in_order, until
from shared.clock import monotonic

WARM = 200
Say = Callable[[str], None]


def run(
    *, guardians: int = 41_000, urgent: int = 1_000, part: float = 0.2, workers: int = 2, seed: int = 7, say: Say
) -> dict[str, Any]:
    """`urgent_p99_s` and what stands around it."""
    end_in_order()
    readers = draw(guardians, languages=12, seed=seed)
    with ours.our_cell() as (bench, port):
        ours.populate(bench, readers)
        with ours.processes(bench, workers) as fleet:
            ours.run(bench, port, readers[:WARM], fleet)
            say("everybody is warm; the newsletter goes out …")
            return _measure(bench, port, readers, urgent=urgent, part=part) | {"workers": workers}


def reached_in_an_emergency(reader: Reader) -> bool:
    """Whether an emergency notice goes to this mailbox: whatever the hour, whatever was stopped, never against an order."""
    return bool(reader.told_of) and reader.stopped != "bounced"


def _measure(bench: BenchCell, port: int, readers: Sequence[Reader], *, urgent: int, part: float) -> dict[str, Any]:
    newsletter_to = {reader.email for reader in readers if reader.expected}
    some = [reader for reader in readers if reader.guardian_id.endswith("-0")][-urgent:]
    with MailSink(port=port) as sink:
        began = monotonic()
        newsletter = ours.announce(bench)
        sink.wait_for(int(part * len(newsletter_to)), seconds=ours.PATIENCE_S)
        before = len(sink.arrivals)
        notice = ours.announce(bench, kind="emergency", guardians=sorted(reader.guardian_id for reader in some))
        accepted = monotonic()
        expected = {reader.email for reader in some if reached_in_an_emergency(reader)}
        sink.wait_for(len(newsletter_to) + len(expected), seconds=ours.PATIENCE_S)
        with bench.connect() as connection:
            until(
                lambda: ours.settled(connection, newsletter) and ours.settled(connection, notice),
                what="the ledger",
                seconds=ours.PATIENCE_S,
            )
            ids = {
                row[0]
                for row in connection.execute(
                    "SELECT delivery_id FROM delivery WHERE message_id = %s", [notice]
                ).fetchall()
            }
        arrivals = list(sink.arrivals)
    of_notice = [one for one in arrivals if one.message_id.strip("<>").partition("@")[0] in ids]
    rest = [one for one in arrivals if one.message_id.strip("<>").partition("@")[0] not in ids]
    waits = sorted(one.at - accepted for one in of_notice)
    return {
        "urgent_p99_s": _percentile(waits, 0.99),
        "urgent_p50_s": _percentile(waits, 0.5),
        "urgent_max_s": _percentile(waits, 1.0),
        "urgent": len(some),
        "urgent_expected": len(expected),
        "urgent_lost": len(expected - {one.to for one in of_notice}),
        "urgent_duplicates": len(of_notice) - len({one.message_id for one in of_notice}),
        "newsletter_before": before,
        "newsletter_s": round(_last(rest) - began, 1),
        "newsletter_lost": len(newsletter_to - {one.to for one in rest}),
        "unexpected": len({one.to for one in of_notice} - expected) + len({one.to for one in rest} - newsletter_to),
    }


def _percentile(waits: Sequence[float], share: float) -> float | None:
    return round(waits[min(len(waits) - 1, int(len(waits) * share))], 2) if waits else None


def _last(arrivals: Sequence[Arrival]) -> float:
    return max((one.at for one in arrivals), default=monotonic())
