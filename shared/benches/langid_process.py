"""One identifier in a process of its own, so that its memory is its own: texts in on stdin, guesses out on stdout.

`--prior`: each text is asked with the languages given beside it. The peers' scripts speak the same.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module

from shared.benches.rss import resident_mb
from shared.clock import monotonic

ROUNDS = 3  # the quickest counts: others share the cores


def main(arguments: list[str]) -> None:
    """Reads `[[text, declared, [others]], …]`; prints `{"guesses": […], "us_per_text": …, "mb": …}`."""
    langid = import_module("services.translation.langid")  # the benches measure services without depending on them
    asked = json.load(sys.stdin)
    prior = "--prior" in arguments
    cases = [(text, declared, others) if prior else (text, None, ()) for text, declared, others in asked]
    for case in cases:  # models are made at their first use
        langid.identify(*case)
    taken = []
    for _ in range(ROUNDS):
        begun = monotonic()
        guesses = [langid.identify(*case).language for case in cases]
        taken.append(monotonic() - begun)
    print(json.dumps({"guesses": guesses, "us_per_text": min(taken) / len(cases) * 1e6, "mb": resident_mb()}))


if __name__ == "__main__":
    main(sys.argv[1:])
