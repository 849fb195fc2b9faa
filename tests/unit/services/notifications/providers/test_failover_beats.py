"""An account that fails loses traffic, one that recovers gets it back, and mail that bounces is switched off."""

from __future__ import annotations

from services.notifications.handlers import failover
from services.notifications.tables.providers import PROVIDER_BREAKER, PROVIDER_HEALTH, PROVIDER_MINUTE


def test_two_accounts_share_the_traffic_from_the_start(house):
    assert house.weights("sms") == {"first": 51, "second": 49}
    assert house.choices("sms", 200) == {"first", "second"}
    assert house.choices("voice") == {"only"}
    assert house.choices("carrier pigeon") == {None}


def test_a_minute_of_errors_lowers_an_account_and_quiet_brings_it_back(house):
    house.note("sms", "first", ok=16, failed=4)
    house.beat()
    assert house.weights("sms") == {"first": 41, "second": 59}
    assert house.rows(PROVIDER_HEALTH)[0]["why"] == "errors"
    house.beat(10)
    assert house.weights("sms") == {"first": 51, "second": 49}


def test_a_minute_is_judged_once_however_many_beats_look_at_it(house):
    house.note("sms", "first", ok=16, failed=4)
    house.beat()
    with house.transaction() as uow:
        failover._judge(uow, house.ports, "sms", house.now)
    assert house.weights("sms") == {"first": 41, "second": 59}


def test_counters_of_a_minute_are_one_row_a_process(house):
    for _ in range(3):
        house.note("sms", "first", ok=2, slow=1)
    (row,) = house.rows(PROVIDER_MINUTE)
    assert (row["ok"], row["slow"], row["failed"]) == (6, 3, 0)


def test_an_account_that_refuses_everything_gets_one_batch_a_minute_until_it_takes_one(house):
    house.note("sms", "first", failed=9)
    house.beat()
    assert house.weights("sms") == {"first": 0, "second": 100}
    assert house.choices("sms") == {"second"}
    house.beat()
    with house.transaction() as uow:
        tried = [failover.choose(uow, house.ports, "sms") for _ in range(20)]
    assert tried.count("first") == 1
    house.note("sms", "first", failed=1)
    house.beat(5)
    assert house.weights("sms")["first"] == 0
    house.note("sms", "first", ok=3)
    house.beat(60)
    assert house.weights("sms") == {"first": 51, "second": 49}


def test_when_both_are_down_somebody_is_still_tried_and_the_first_to_come_back_carries(house):
    house.note("sms", "first", failed=9)
    house.note("sms", "second", failed=9)
    house.beat()
    assert sum(house.weights("sms").values()) == 100
    assert None not in house.choices("sms")
    house.note("sms", "second", ok=1)
    house.beat()
    assert house.weights("sms") == {"first": 0, "second": 100}


def test_an_account_that_falls_silent_is_noticed(house):
    house.note("sms", "first", ok=30, told=30)
    house.note("sms", "second", ok=30, told=30)
    house.beat(10)
    house.note("sms", "first", ok=30)
    house.note("sms", "second", ok=30, told=29)
    house.beat(6)
    weights = house.weights("sms")
    assert weights["first"] < 51 and weights["second"] > 49


def test_an_account_that_never_sends_receipts_is_not_thought_worse_of(house):
    for _ in range(12):
        house.note("sms", "first", ok=30)
        house.beat()
    assert house.weights("sms") == {"first": 51, "second": 49}


def test_a_single_account_keeps_everything_whatever_happens(house):
    house.note("voice", "only", failed=50)
    house.beat()
    assert house.weights("voice") == {"only": 100} and house.choices("voice") == {"only"}


def test_bounces_warn_then_switch_off_email_alone_until_a_person_resets(house):
    house.note("email", "relay", ok=2_000, bounced=120)
    house.note("sms", "first", ok=2_000, bounced=2_000)
    house.beat()
    (row,) = house.rows(PROVIDER_BREAKER)
    assert row["channel"] == "email" and row["warned_at"] and row["opened_at"] is None
    house.note("email", "relay", bounced=100)
    house.beat()
    assert house.choices("email") == {None} and None not in house.choices("sms")
    with house.transaction() as uow:
        assert failover.closed_channels(uow) == {"email"}
        assert failover.reset(uow, "email", "t-admin") and not failover.reset(uow, "sms", "t-admin")
    assert None not in house.choices("email")
    house.note("email", "relay", ok=5)
    house.beat()
    assert None not in house.choices("email"), "what happened before the reset counted again"


def test_other_accounts_in_the_cell_file_start_anew(house):
    house.note("sms", "first", failed=9)
    house.beat()
    del house.ports.accounts["sms"]["first"]
    assert house.weights("sms") == {"second": 100} and house.choices("sms") == {"second"}


def test_the_cell_file_says_where_weights_rest(house):
    house.ports.__dict__["settings"] = {"sms": [{"name": "first", "weight": 90}, {"name": "second", "weight": 10}]}
    assert house.weights("sms") == {"first": 90, "second": 10}
