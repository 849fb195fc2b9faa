"""rapidfuzz alone: the best match of every query among all segments. Texts come as JSON on stdin; milliseconds and scores go out."""

import json
import sys
import time

from rapidfuzz import fuzz, process

given = json.load(sys.stdin)
segments, floor = given["segments"], given["floor"]
taken, best = [], []
for query in given["queries"]:
    begun = time.perf_counter()
    found = process.extractOne(query, segments, scorer=fuzz.ratio, score_cutoff=floor)
    taken.append((time.perf_counter() - begun) * 1000)
    best.append(found[1] if found else None)
taken.sort()
json.dump({"median_ms": taken[len(taken) // 2], "best": best}, sys.stdout)
