"""The pure rules: households, siblings, contact points, standings, differences."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.directory.engine.diff import merge
from shared.directory.engine.grades import Result, standing
from shared.directory.engine.people import Link, SiblingGroups, households, staff_role, usable_email, usable_phone
from shared.directory.generate.names import phone
from shared.directory.store import Mark


def link(guardian: str, *, lives: bool = True, household: str = "") -> Link:
    return Link(guardian, "Mother", True, lives, 1, True, "en", household)


def test_guardians_who_live_with_the_child_share_a_household() -> None:
    homes = households([link("ana"), link("luis")])
    assert homes["ana"] == homes["luis"]


def test_a_guardian_who_lives_elsewhere_has_a_home_of_his_own() -> None:
    homes = households([link("ana"), link("daniel", lives=False)])
    assert homes["ana"] != homes["daniel"]


def test_a_label_splits_joint_custody_into_two_homes() -> None:
    homes = households([link("ana", household="a"), link("daniel", household="b")])
    assert len(set(homes.values())) == 2


@given(st.permutations(["ana", "luis", "rosa"]))
def test_a_household_is_the_same_for_every_child_of_the_same_guardians(order: list[str]) -> None:
    assert households([link(name) for name in order]) == households([link(name) for name in ("ana", "luis", "rosa")])


PAIRS = st.lists(
    st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (f"s-{p[0]:02}", f"s-{p[1]:02}")), max_size=20
)


@given(PAIRS, st.randoms())
def test_sibling_groups_do_not_depend_on_the_order_of_joining(pairs: list[tuple[str, str]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(pairs)
    random.shuffle(shuffled)
    first, second = SiblingGroups(), SiblingGroups()
    for one, other in pairs:
        first.join(one, other)
    for one, other in shuffled:
        second.join(other, one)
    children = sorted({child for pair in pairs for child in pair if pair[0] != pair[1]})
    assert [first.group(child) for child in children] == [second.group(child) for child in children]
    for one, other in pairs:
        assert first.group(one) == first.group(other)


def test_a_child_without_siblings_has_no_group() -> None:
    assert SiblingGroups().group("s-1") is None


@given(st.integers(0, 500_000))
def test_generated_numbers_are_usable(number: int) -> None:
    assert usable_phone(phone(number)) == phone(number)


def test_contact_points_are_usable_or_none() -> None:
    assert usable_phone("(312) 555-0111") == "+13125550111"
    assert usable_phone("+525512345678") == "+525512345678"
    assert usable_phone("call the office") is None
    assert usable_phone("") is None
    assert usable_email("ana@example.org") == "ana@example.org"
    assert usable_email("ana at example.org") is None


def test_the_weightiest_staff_role_counts_and_families_are_not_staff() -> None:
    assert staff_role(["teacher", "principal"]) == "principal"
    assert staff_role(["ext:interpreter"]) == "interpreter"
    assert staff_role(["parent", "student"]) is None


SCORES = st.lists(
    st.builds(Result, st.dates().map(str), st.floats(0, 100), st.just(0.0), st.just(100.0)), min_size=1, max_size=20
)


@given(SCORES)
def test_a_standing_lies_between_the_worst_and_the_best_result(results: list[Result]) -> None:
    found = standing(results)
    assert found is not None
    assert min(r.score for r in results) - 0.06 <= found.percent <= max(r.score for r in results) + 0.06
    assert found.as_of == max(r.on for r in results)


def test_results_without_a_range_do_not_count() -> None:
    assert standing([Result("2026-09-08", 5, 10, 10)]) is None


STATES = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.sampled_from(["h1", "h2"]), max_size=20)


@given(STATES, STATES)
def test_the_merge_finds_exactly_what_differs(new: dict[str, str], old: dict[str, str]) -> None:
    rows = [(key, new[key], "") for key in sorted(new)]
    marks = [Mark(key, old[key], None, None) for key in sorted(old)]
    state = dict(old)
    for change in merge("users", rows, marks):
        if change.op == "remove":
            del state[change.key]
        else:
            assert (change.op == "add") == (change.key not in old)
            state[change.key] = change.hash
    assert state == new
