"""translate-toolkit's matcher (what its memory server asks) over the segments; seconds a query. Texts come as JSON on stdin."""

import json
import sys
import time

from translate.search import match
from translate.storage import po

given = json.load(sys.stdin)
store = po.pofile()
for text in given["segments"]:
    unit = store.addsourceunit(text)
    unit.target = text
matcher = match.matcher(store, max_candidates=5, min_similarity=70, max_length=1000)
taken = []
for query in given["queries"]:
    begun = time.perf_counter()
    matcher.matches(query)
    taken.append(time.perf_counter() - begun)
taken.sort()
json.dump({"median_s": taken[len(taken) // 2]}, sys.stdout)
