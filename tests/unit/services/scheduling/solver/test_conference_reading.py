"""A round's file is read whole, or refused with the place and the remedy."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from services.scheduling.solver.reading import instance_of, read_instance
from shared.backing.state import REPOSITORY
from shared.errors import HomeroomError
from tests.unit.services.scheduling.solver.conference_rounds import document, household, tiny, wish

DATA = REPOSITORY / "tests" / "data" / "conference"


def test_the_ten_published_rounds_are_read() -> None:
    rounds = [read_instance(path) for path in sorted(DATA.glob("*.json*"))]
    assert len(rounds) == 10
    assert {one.name: len(one.requests) for one in rounds}["hh1400-1"] == 5199


def test_a_compressed_file_says_the_same(tmp_path: Path) -> None:
    packed = tmp_path / "tiny.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(document()).encode()))
    assert read_instance(packed) == tiny()


def test_the_order_of_objects_does_not_matter() -> None:
    backwards = {key: value[::-1] if isinstance(value, list) else value for key, value in document().items()}
    assert instance_of(backwards) == tiny()


def test_an_interpreted_meeting_is_longer_where_the_round_says_so() -> None:
    homes = [household(0, avail=[[0, 0, 6]], lang="so"), household(1, avail=[[0, 0, 6]])]
    longer = tiny(households=homes, interpreted_factor=1.5)
    assert [request.dur for request in longer.requests] == [3, 3, 2]


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"cells": 0}, "instance:cells"),
        ({"cells": "36"}, "instance:cells"),
        ({"evenings": True}, "instance:evenings"),
        ({"name": ""}, "instance:name"),
        ({"requests": None}, "instance:requests"),
        ({"requests": [wish(0, 7, 0)]}, "instance:requests[0]:h"),
        ({"requests": [wish(0, 0, 9)]}, "instance:requests[0]:t"),
        ({"requests": [wish(0, 0, 0, w=3)]}, "instance:requests[0]:w"),
        ({"requests": [wish(0, 0, 0), wish(0, 1, 0)]}, "instance:requests[1]:id"),
        ({"requests": [wish(0, 0, 0), wish(1, 0, 0)]}, "instance:requests id 1:t"),
        ({"requests": [wish(0, 0, 0, also=[0])]}, "instance:requests[0]:also"),
        ({"teachers": [{"id": 0, "dur": 2, "avail": [[0, 4, 4]]}]}, "instance:teachers[0]:avail[0]"),
        ({"teachers": [{"id": 0, "dur": 2, "avail": [[1, 0, 4]]}]}, "instance:teachers[0]:avail[0]"),
        ({"households": [household(0, avail=[]) | {"mode": "fax"}]}, "instance:households[0]:mode"),
        ({"interpreters": [{"lang": "so", "count": 1}] * 2}, "instance:interpreters[1]:lang"),
        ({"locked": [{"request": 0, "evening": 0, "start": 5}]}, "instance:locked"),
        ({"interpreted_factor": 9}, "instance:interpreted_factor"),
    ],
)
def test_a_wrong_field_is_named_with_its_place_and_a_remedy(changed: dict[str, object], where: str) -> None:
    with pytest.raises(HomeroomError) as refused:
        tiny(**changed)
    assert refused.value.where == where
    assert refused.value.remedy


def test_locked_meetings_that_clash_are_refused() -> None:
    both = [{"request": 0, "evening": 0, "start": 0}, {"request": 2, "evening": 0, "start": 1}]
    with pytest.raises(HomeroomError, match="teacher 0 is in requests 0 and 2 at once"):
        tiny(locked=both)


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[1]"])
def test_a_file_that_is_no_round_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "round.json"
    path.write_bytes(content)
    with pytest.raises(HomeroomError) as refused:
        read_instance(path)
    assert "round.json" in refused.value.where


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HomeroomError, match="does not exist"):
        read_instance(tmp_path / "none.json")
