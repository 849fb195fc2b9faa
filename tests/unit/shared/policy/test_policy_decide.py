"""Who may contact, see and do what: the rules hold for every combination of facts, and no is the answer in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy import (
    Action,
    Boundary,
    Facts,
    Link,
    Obstacle,
    Purpose,
    Resource,
    ResourceKind,
    Restriction,
    Scope,
    Subject,
    SubjectKind,
    about_whom,
    beats,
    decide,
)
from shared.policy.model import OUTBOUND

TODAY = date(2026, 10, 2)
STUDENTS = ("mateo", "lucia")
GUARDIANS = ("ana", "daniel")
SCHOOLS = ("greenview", "northgate")
ROLES = ("teacher", "office", "principal", "counselor", "interpreter", "administrator", "aide", "unheard-of")

days = st.integers(-30, 30).map(lambda n: TODAY + timedelta(days=n))
some_students = st.lists(st.sampled_from(STUDENTS), unique=True, max_size=2).map(tuple)
links = st.builds(Link, legal_guardian=st.booleans(), lives_with=st.booleans(), receives=st.booleans())
restrictions = st.builds(
    Restriction,
    guardian_id=st.sampled_from(GUARDIANS),
    student_id=st.sampled_from(STUDENTS),
    scope=st.sampled_from([*Scope, "no_calls", ""]),
    starts_on=st.none() | days,
    ends_on=st.none() | days,
    lifted=st.booleans(),
)
facts_ = st.builds(
    Facts,
    on=st.none() | st.just(TODAY),
    restrictions=st.none() | st.lists(restrictions, max_size=4).map(tuple),
    links=st.dictionaries(st.tuples(st.sampled_from(GUARDIANS), st.sampled_from(STUDENTS)), links),
    schools_of=st.dictionaries(
        st.sampled_from(STUDENTS), st.frozensets(st.sampled_from(SCHOOLS), max_size=2), max_size=2
    ),
    taught=st.frozensets(st.sampled_from(STUDENTS)),
    classes=st.frozensets(st.sampled_from(["3a", "algebra"])),
    boundaries=st.frozensets(st.sampled_from(list(Boundary))),
    purpose=st.sampled_from(list(Purpose)),
    about_parent=st.booleans(),
)
subjects = st.one_of(
    st.builds(
        Subject,
        kind=st.just(SubjectKind.STAFF),
        id=st.just("alvarez"),
        district=st.sampled_from(["riverside", "elsewhere"]),
        roles=st.frozensets(st.sampled_from(ROLES)),
        schools=st.frozensets(st.sampled_from(SCHOOLS)),
    ),
    st.builds(
        Subject, kind=st.just(SubjectKind.GUARDIAN), id=st.sampled_from(GUARDIANS), district=st.just("riverside")
    ),
    st.just(Subject.system("notifications", "riverside")),
)
resources = st.one_of(
    st.builds(Resource.guardian, st.sampled_from(GUARDIANS), st.just("riverside"), students=some_students),
    st.builds(Resource.student, st.sampled_from(STUDENTS), st.just("riverside")),
    st.builds(
        Resource,
        kind=st.sampled_from([ResourceKind.CLASS, ResourceKind.SCHOOL]),
        id=st.sampled_from(["3a", "algebra", *SCHOOLS]),
        district=st.just("riverside"),
        school=st.none() | st.sampled_from(SCHOOLS),
    ),
)
actions = st.sampled_from(list(Action))

MOTHER = Link(legal_guardian=True, lives_with=True)
FAMILY = Facts(
    on=TODAY,
    restrictions=(Restriction("daniel", "lucia", "no_contact", date(2026, 10, 1)),),
    links={(guardian, student): MOTHER for guardian in GUARDIANS for student in STUDENTS},
    schools_of={"mateo": frozenset({"greenview"}), "lucia": frozenset({"northgate"})},
    taught=frozenset({"mateo"}),
)
ALVAREZ = Subject(SubjectKind.STAFF, "alvarez", "riverside", frozenset({"teacher"}), frozenset({"greenview"}))
OKAFOR = Subject(SubjectKind.STAFF, "okafor", "riverside", frozenset({"teacher"}), frozenset({"northgate"}))
OFFICE = Subject(SubjectKind.STAFF, "office", "riverside", frozenset({"office"}), frozenset({"northgate"}))
ANA = Subject(SubjectKind.GUARDIAN, "ana", "riverside")
DANIEL = Subject(SubjectKind.GUARDIAN, "daniel", "riverside")
SYSTEM = Subject.system("notifications", "riverside")


def to(guardian: str, *students: str) -> Resource:
    return Resource.guardian(guardian, "riverside", students=students)


# -- for all facts ----------------------------------------------------------------------------------------------------


@given(subjects, actions, resources, facts_, st.sampled_from([Scope.NO_CONTACT, Scope.NO_RECORDS, "no_calls", ""]))
def test_an_active_restriction_denies_every_way_out_and_every_look(
    subject: Subject, action: Action, resource: Resource, facts: Facts, scope: str
) -> None:
    guardian = subject.id if subject.kind is SubjectKind.GUARDIAN else resource.id
    children = resource.students
    for student in children:
        active = Restriction(guardian, student, scope, TODAY)
        known = replace(facts, restrictions=(*(facts.restrictions or ()), active))
        if action in OUTBOUND or subject.kind is SubjectKind.GUARDIAN:
            assert not decide(subject, action, resource, known).allowed


@given(subjects, actions, resources, facts_, restrictions)
def test_one_more_restriction_never_allows_what_was_denied(
    subject: Subject, action: Action, resource: Resource, facts: Facts, added: Restriction
) -> None:
    if not decide(subject, action, resource, facts).allowed:
        more = replace(
            facts, restrictions=(*(facts.restrictions or ()), added) if facts.restrictions is not None else None
        )
        assert not decide(subject, action, resource, more).allowed


@given(subjects, actions, resources, facts_)
def test_another_district_is_denied_everything(
    subject: Subject, action: Action, resource: Resource, facts: Facts
) -> None:
    for stranger in (replace(subject, district="elsewhere"), replace(subject, district="")):
        decision = decide(stranger, action, resource, facts)
        assert (decision.allowed, decision.rule) == (False, "other_district")


@given(subjects, st.sampled_from(sorted(OUTBOUND)), resources, facts_)
def test_what_could_not_be_checked_does_not_go_out(
    subject: Subject, action: Action, resource: Resource, facts: Facts
) -> None:
    assert not decide(subject, action, resource, replace(facts, restrictions=None)).allowed
    assert not decide(subject, action, resource, replace(facts, on=None)).allowed
    assert not decide(SYSTEM, action, to("ana"), facts).allowed


@given(subjects, actions, resources)
def test_without_facts_only_ones_own_settings_and_ones_own_school_are_open(
    subject: Subject, action: Action, resource: Resource
) -> None:
    decision = decide(subject, action, resource, Facts(on=TODAY, restrictions=()))
    if decision.allowed:
        assert decision.rule in {"self", "works_in_district", "works_at_school", "works_with_class"}
        assert resource.kind is not ResourceKind.STUDENT
        assert resource.kind is not ResourceKind.GUARDIAN or resource.id == subject.id


@given(actions, facts_, some_students)
def test_no_guardian_ever_sees_another_guardians_data(action: Action, facts: Facts, students: tuple[str, ...]) -> None:
    assert not decide(ANA, action, to("daniel", *students), facts).allowed


@given(actions, resources, facts_)
def test_a_role_nobody_knows_opens_nothing(action: Action, resource: Resource, facts: Facts) -> None:
    nobody = Subject(SubjectKind.STAFF, "x", "riverside", frozenset({"unheard-of"}), frozenset(SCHOOLS))
    assert not decide(nobody, action, resource, facts).allowed


@given(subjects, actions, resources, facts_)
def test_every_decision_names_its_rule_and_gives_a_reason(
    subject: Subject, action: Action, resource: Resource, facts: Facts
) -> None:
    decision = decide(subject, action, resource, facts)
    assert decision.rule and decision.reason.endswith(".")
    assert not any(name in decision.reason for name in (*STUDENTS, *GUARDIANS))


@given(facts_, some_students, st.sampled_from(sorted(OUTBOUND)))
def test_a_merged_message_tells_only_of_children_it_may_tell_of(
    facts: Facts, students: tuple[str, ...], action: Action
) -> None:
    kept = about_whom(SYSTEM, action, to("daniel", *students), facts)
    assert set(kept) <= set(students)
    if kept:
        assert decide(SYSTEM, action, to("daniel", *kept), facts).allowed
    if kept != students:
        assert not decide(SYSTEM, action, to("daniel", *students), facts).allowed


@given(subjects, st.sampled_from(sorted(OUTBOUND)), resources, facts_)
def test_only_staff_compose_for_an_audience_and_nobody_sends_without_a_recipient(
    subject: Subject, action: Action, resource: Resource, facts: Facts
) -> None:
    if resource.kind is not ResourceKind.GUARDIAN and decide(subject, action, resource, facts).allowed:
        assert subject.kind is not SubjectKind.SYSTEM
        assert subject.kind is SubjectKind.STAFF or resource.kind is ResourceKind.STUDENT
        assert subject.kind is SubjectKind.GUARDIAN or action not in (Action.EXPORT, Action.BOOK)


# -- the people of the scenarios --------------------------------------------------------------------------------------


@pytest.mark.parametrize("action", sorted(OUTBOUND))
def test_daniel_hears_nothing_about_lucia_by_any_way_out(action: Action) -> None:
    for sender in (SYSTEM, OKAFOR, OFFICE):
        facts = replace(FAMILY, taught=frozenset({"lucia"}), purpose=Purpose.SAFETY)
        assert decide(sender, action, to("daniel", "lucia"), facts).rule == "restriction"
    assert decide(SYSTEM, action, to("daniel", "mateo"), FAMILY).allowed
    assert decide(SYSTEM, action, to("ana", "lucia"), FAMILY).allowed


def test_a_digest_for_both_children_is_stopped_and_can_be_had_for_the_other_child() -> None:
    merged = to("daniel", "mateo", "lucia")
    assert decide(SYSTEM, Action.DIGEST, merged, FAMILY).rule == "restriction"
    assert about_whom(SYSTEM, Action.DIGEST, merged, FAMILY) == ("mateo",)


@pytest.mark.parametrize(
    ("on", "lifted", "allowed"),
    [
        (date(2026, 9, 30), False, True),
        (date(2026, 10, 1), False, False),
        (date(2026, 10, 31), False, False),
        (date(2026, 11, 1), False, True),
        (date(2026, 10, 15), True, True),
    ],
)
def test_a_restriction_holds_from_its_first_day_to_its_last(on: date, lifted: bool, allowed: bool) -> None:
    order = Restriction("daniel", "lucia", "no_contact", date(2026, 10, 1), date(2026, 10, 31), lifted)
    assert (
        decide(SYSTEM, Action.CONTACT, to("daniel", "lucia"), replace(FAMILY, on=on, restrictions=(order,))).allowed
        is allowed
    )


def test_a_pick_up_restriction_stops_no_message() -> None:
    order = Restriction("daniel", "lucia", "no_pickup", TODAY)
    assert decide(SYSTEM, Action.CONTACT, to("daniel", "lucia"), replace(FAMILY, restrictions=(order,))).allowed


def test_a_restricted_guardian_may_not_look_at_the_child_either() -> None:
    assert decide(DANIEL, Action.VIEW, Resource.student("lucia", "riverside"), FAMILY).rule == "restriction"
    assert decide(DANIEL, Action.VIEW, Resource.student("mateo", "riverside"), FAMILY).allowed
    assert decide(DANIEL, Action.VIEW_CONTACT, to("ana", "mateo"), FAMILY).rule == "other_guardian"


@pytest.mark.parametrize("action", [Action.VIEW, Action.CONTACT, Action.INVITE])
def test_a_teacher_of_another_school_is_refused(action: Action) -> None:
    resource = Resource.student("mateo", "riverside") if action is Action.VIEW else to("ana", "mateo")
    assert decide(OKAFOR, action, resource, FAMILY).rule == "not_own_school"
    assert decide(ALVAREZ, action, resource, FAMILY).allowed
    assert decide(ALVAREZ, action, resource, replace(FAMILY, taught=frozenset())).rule == "not_own_student"


def test_only_the_office_sends_safety_notices_and_keeps_contact_data() -> None:
    safety = replace(FAMILY, purpose=Purpose.SAFETY)
    assert decide(ALVAREZ, Action.CONTACT, to("ana", "mateo"), safety).rule == "safety_office_only"
    assert decide(OFFICE, Action.CONTACT, to("ana", "lucia"), safety).allowed
    assert decide(ALVAREZ, Action.EDIT, to("ana", "mateo"), FAMILY).rule == "office_only"
    assert decide(OFFICE, Action.EDIT, to("ana", "lucia"), FAMILY).allowed


def test_a_boundary_is_kept_whoever_asks() -> None:
    facts = replace(FAMILY, boundaries=frozenset(Boundary), purpose=Purpose.CONCERN)
    assert decide(SYSTEM, Action.SURVEY, to("ana", "mateo"), facts).rule == "boundary_no_surveys"
    about_parent = replace(facts, about_parent=True)
    assert decide(ALVAREZ, Action.CONTACT, to("ana", "mateo"), about_parent).rule == "boundary_student_only"
    assert decide(ALVAREZ, Action.CONTACT, to("ana", "mateo"), facts).allowed


def test_rights_to_the_record_follow_the_roster() -> None:
    resource = Resource.student("mateo", "riverside")
    for link, view, export in [
        (Link(True, False), "guardian_of_student", "guardian_of_student"),
        (Link(False, True), "guardian_of_student", "not_legal_guardian"),
        (Link(False, False), "no_rights", "not_legal_guardian"),
    ]:
        facts = replace(FAMILY, links={("ana", "mateo"): link})
        assert decide(ANA, Action.VIEW, resource, facts).rule == view
        assert decide(ANA, Action.EXPORT, resource, facts).rule == export
    assert decide(ANA, Action.VIEW, resource, replace(FAMILY, links={})).rule == "not_linked"


def test_who_does_not_receive_is_not_sent_to() -> None:
    facts = replace(FAMILY, links={("ana", "mateo"): Link(True, True, receives=False)})
    assert decide(SYSTEM, Action.CONTACT, to("ana", "mateo"), facts).rule == "does_not_receive"


@pytest.mark.parametrize("purpose", list(Purpose))
def test_nothing_beats_a_restriction_a_blocked_number_or_a_boundary(purpose: Purpose) -> None:
    assert not any(
        beats(purpose, obstacle) for obstacle in (Obstacle.RESTRICTION, Obstacle.CARRIER_BLOCK, Obstacle.BOUNDARY)
    )


def test_a_concern_beats_the_cap_and_safety_beats_quiet_hours_too() -> None:
    assert beats(Purpose.CONCERN, Obstacle.CAP)
    assert not beats(Purpose.CONCERN, Obstacle.QUIET_HOURS)
    assert all(beats(Purpose.SAFETY, obstacle) for obstacle in (Obstacle.CAP, Obstacle.QUIET_HOURS, Obstacle.STOP))
    assert not beats(Purpose.ROUTINE, Obstacle.CAP)
