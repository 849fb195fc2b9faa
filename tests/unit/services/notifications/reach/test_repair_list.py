"""The list opens and closes with the facts; the office corrects, asks, closes."""

from __future__ import annotations

from datetime import date

import pytest

from services.notifications.tables import SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from services.notifications.tables.reach import REPAIR
from tests.unit.services.notifications.reach.reachhouse import ReachHouse
from tests.unit.services.notifications.reach.reachsite import ReachSite


def _open(house: ReachHouse) -> dict[str, str]:
    return {row["guardian_id"]: row["reason"] for row in house.rows(REPAIR) if row["closed_at"] is None}


def _blocked(house: ReachHouse, guardian: str, channel: str, source: str, detail: str | None = None) -> None:
    house.put("suppressed", {"guardian_id": guardian, "channel": channel, "source": source, "detail": detail, "since": house.now})


def _repair_id(house: ReachHouse, guardian: str) -> str:
    return next(row["repair_id"] for row in house.rows(REPAIR) if row["guardian_id"] == guardian and row["closed_at"] is None)


@pytest.fixture
def listed(house: ReachHouse) -> ReachHouse:
    """Ana has nothing on file, Ben's email bounces, Cy asked to stop, Di is fine."""
    house.family("g-ana", email=None)
    house.family("g-ben", email="ben@example.org", phone="+13125550188")
    house.family("g-cy")
    house.family("g-di")
    _blocked(house, "g-ben", "email", "bounced", "5.1.1")
    _blocked(house, "g-cy", "email", "stop")
    house.count()
    return house


def test_everybody_who_cannot_be_reached_is_listed_with_a_reason(listed: ReachHouse):
    assert _open(listed) == {"g-ana": "no_contact", "g-ben": "bounced", "g-cy": "stopped"}


def test_a_row_closes_by_itself_when_the_roster_brings_an_address(listed: ReachHouse):
    listed.family("g-ana", email="ana@example.org")
    listed.count(far=True)
    row = next(row for row in listed.rows(REPAIR) if row["guardian_id"] == "g-ana")
    assert row["closed_at"] is not None and row["closed_by"] is None
    assert "g-ana" not in _open(listed)


def test_three_tries_without_a_word_put_somebody_on_the_list_and_one_delivered_takes_them_off(house: ReachHouse):
    house.family("g-ana", email=None, sms="+13125550100")
    texts = [house.send("g-ana", channel="sms") for _ in range(3)]
    house.count(far=True)
    assert _open(house) == {"g-ana": "never_confirmed"}
    house.becomes(texts[2], "delivered", delivered_at=house.now)
    house.count(far=True)
    assert _open(house) == {}


def test_a_phone_that_is_off_is_told_from_a_dead_one_by_the_providers_word(house: ReachHouse):
    house.family("g-ana", email=None, sms="+13125550100")
    for _ in range(3):
        delivery = house.send("g-ana", channel="sms", state="failed")
        house.put("delivery_trace", {
            "trace_id": f"t-{delivery}", "delivery_id": delivery, "at": house.now, "what": "failed", "detail": "sms: sms_30003",
        })  # fmt: skip
    house.count(far=True)
    assert _open(house) == {"g-ana": "switched_off"}


def test_a_restricted_guardian_is_not_on_the_list(house: ReachHouse):
    child = house.family("g-dan", email=None)
    house.put("contact_restriction", {
        "restriction_id": "x", "revision": 1, "guardian_id": "g-dan", "student_id": child, "scope": "no_contact",
        "starts_on": date(2026, 9, 1), "ends_on": None, "lifted": False,
    })  # fmt: skip
    house.count()
    assert _open(house) == {}
    assert "s-g-dan".title() in ReachSite(house).as_("office", "greenview").get("/notifications/repair").text.title()


def test_the_page_has_students_without_anybody_on_top_and_reasons_with_next_steps(listed: ReachHouse):
    page = ReachSite(listed).as_("office", "greenview").get("/notifications/repair").text
    assert page.index("Students for whom nobody can be reached") < page.index("Email comes back")
    assert "Call the number on file" in page and "Ask at pick-up" in page and "ben@example.org" in page
    assert "Di Rivera" not in page and "<script" not in page


def test_the_list_can_be_filtered_by_reason_and_taken_to_a_spreadsheet_without_addresses(listed: ReachHouse):
    office = ReachSite(listed).as_("office", "greenview")
    assert "Ana Rivera" not in office.get("/notifications/repair?reason=bounced").text
    table = office.get("/notifications/repair.csv?reason=bounced").content.decode("utf-8-sig")
    assert "Ben Rivera" in table and "ben@example.org" not in table and len(table.splitlines()) == 2


def test_a_corrected_address_goes_first_and_lifts_the_bounce(listed: ReachHouse):
    office = ReachSite(listed).as_("office", "greenview")
    path = f"/notifications/repair/{_repair_id(listed, 'g-ben')}/address"
    answer = office.post(path, form={"channel": "email", "address": "ben.new@example.org"})
    assert answer.headers["location"] == "/notifications/repair?said=saved"
    points = [(row["address"], row["source"], row["active"]) for row in listed.rows(CONTACT_POINT)]
    assert points == [("ben.new@example.org", "office", True)]
    assert {row["guardian_id"] for row in listed.rows(SUPPRESSION)} == {"g-cy"}
    assert "g-ben" not in _open(listed)
    listed.count(far=True)
    assert "g-ben" not in _open(listed)


@pytest.mark.parametrize("source", ["stop", "carrier"])
def test_an_address_from_the_office_lifts_no_stop_and_no_carriers_block(house: ReachHouse, source: str):
    house.family("g-cy", email=None, sms="+13125550100")
    _blocked(house, "g-cy", "sms", source)
    house.count()
    office = ReachSite(house).as_("office", "greenview")
    office.post(f"/notifications/repair/{_repair_id(house, 'g-cy')}/address", form={"channel": "sms", "address": "(312) 555-0177"})
    assert [row["source"] for row in house.rows(SUPPRESSION)] == [source]
    assert [row["address"] for row in house.rows(CONTACT_POINT)] == ["+13125550177"]


@pytest.mark.parametrize(("address", "said"), [("not an address", "not_usable"), ("ben@example.org", "same")])
def test_an_address_that_helps_nobody_is_refused_with_its_reason(listed: ReachHouse, address: str, said: str):
    office = ReachSite(listed).as_("office", "greenview")
    answer = office.post(f"/notifications/repair/{_repair_id(listed, 'g-ben')}/address", form={"channel": "email", "address": address})
    assert answer.headers["location"] == f"/notifications/repair?said={said}"
    assert listed.rows(CONTACT_POINT) == [] and "g-ben" in _open(listed)


def test_asked_goes_last_and_closed_is_not_brought_up_again_for_two_weeks(listed: ReachHouse):
    office = ReachSite(listed).as_("office", "greenview")
    office.post(f"/notifications/repair/{_repair_id(listed, 'g-ana')}/asked", form={})
    page = office.get("/notifications/repair").text
    assert page.index("<h3>Ben Rivera") < page.index("<h3>Ana Rivera") and "Asked" in page
    office.post(f"/notifications/repair/{_repair_id(listed, 'g-cy')}/close", form={})
    listed.pass_time(days=13)
    listed.count(far=True)
    assert "g-cy" not in _open(listed)
    listed.pass_time(days=2)
    listed.count(far=True)
    assert _open(listed)["g-cy"] == "stopped"


def test_another_schools_office_and_a_principal_change_nothing(listed: ReachHouse):
    path = f"/notifications/repair/{_repair_id(listed, 'g-ben')}"
    site = ReachSite(listed)
    form = {"channel": "email", "address": "x@example.org"}
    assert site.as_("office", "northgate").post(f"{path}/address", form=form).status_code == 403
    assert site.as_("principal", "greenview").post(f"{path}/close", form={}).status_code == 403
    assert _open(listed)["g-ben"] == "bounced"
    assert "g-ben" not in site.as_("office", "northgate").get("/notifications/repair").text


def test_an_address_is_confirmed_once_something_sent_there_has_arrived(listed: ReachHouse):
    office = ReachSite(listed).as_("office", "greenview")
    office.post(f"/notifications/repair/{_repair_id(listed, 'g-ben')}/address", form={"channel": "sms", "address": "+13125550123"})
    text = listed.send("g-ben", channel="sms")
    listed.count(far=True)
    assert listed.rows(CONTACT_POINT)[0]["confirmed_at"] is None
    listed.becomes(text, "delivered", delivered_at=listed.now)
    listed.count(far=True)
    assert listed.rows(CONTACT_POINT)[0]["confirmed_at"] is not None


def test_a_report_of_the_past_still_counts_who_was_unreachable_then(listed: ReachHouse):
    before = listed.tally()
    assert before.unreached["greenview"] == 3
    office = ReachSite(listed).as_("office", "greenview")
    office.post(f"/notifications/repair/{_repair_id(listed, 'g-cy')}/close", form={})
    listed.pass_time(minutes=5)
    listed.count(far=True)
    assert listed.tally().unreached["greenview"] == 2
    assert listed.tally(as_of=before.as_of) == before


def test_who_asked_us_to_stop_is_met_by_letter_not_by_calls(listed: ReachHouse):
    assert {row["action"] for row in listed.rows(REPAIR) if row["reason"] == "stopped"} == {"respect"}
