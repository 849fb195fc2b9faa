"""The nameko class: it hears what its contracts say, and hands everything on."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from unittest.mock import Mock

import pytest
from nameko.testing.services import worker_factory

from services.notifications import handlers
from services.notifications.handlers import alerting, announcing, delivering, releasing, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.service import NotificationsService
from services.notifications.tables import ALERT_STATE
from shared.cli.why import explain, why
from shared.contracts import contracts_for
from shared.errors import HomeroomError
from shared.messaging.entrypoint import Due, Effect, On


def entrypoints(kind):
    return [e for _, method in inspect.getmembers(NotificationsService) for e in getattr(method, "nameko_entrypoints", ()) if type(e) is kind]


def _is_effect(method):
    return any(isinstance(entrypoint, Effect) for entrypoint in getattr(method, "nameko_entrypoints", ()))


def test_it_hears_exactly_what_names_it():
    assert {e.type for e in entrypoints(On)} == {contract.type for contract in contracts_for("notifications")}
    planned = {
        kind
        for path in Path(handlers.__file__).parent.rglob("*.py")
        for kind in re.findall(r'\.schedule\(\s*"(\w+)"', path.read_text("utf-8"))
    }
    assert planned <= {e.kind for e in entrypoints(Due)}, "what is planned is done"
    effects = {name for name, method in vars(NotificationsService).items() if _is_effect(method)}
    assert effects == {"ask_providers", "deliver", "hear_providers", "print_letters", "forget_gone_browsers"}


def test_a_worker_handles_a_grade(district):
    service = worker_factory(NotificationsService, ports=district.ports)
    grade = district.event(
        "district.grade_recorded", student_id="s-mateo", school_id="greenview", class_id="c", course_id="c-1", course_title="Algebra",
        revision=2, score_pct=64.0, previous_pct=None, as_of=district.now.date(),
    )  # fmt: skip
    with district.transaction() as uow:
        service.grade_recorded(uow, [grade])
    assert [row["alerted"] for row in district.rows(ALERT_STATE)] == [True]


@pytest.mark.parametrize(("method", "module", "function"), [
    ("delivery_due", releasing, "delivery_due"), ("expand", announcing, "expand"), ("grade_recorded", alerting, "grade_recorded"),
])  # fmt: skip
def test_every_method_only_hands_on(monkeypatch, method, module, function):
    handed = Mock()
    monkeypatch.setattr(module, function, handed)
    service = worker_factory(NotificationsService, ports="ports")
    getattr(service, method)("uow", ["work"])
    handed.assert_called_once_with("uow", "ports", ["work"])


def test_the_effect_says_how_much_it_claimed(district, monkeypatch):
    monkeypatch.setattr(delivering, "deliver", lambda transaction, ports: 7)
    assert worker_factory(NotificationsService, ports=district.ports).deliver(district.transaction) == 7


def test_why_tells_the_trace_by_delivery_and_by_message_and_no_word_of_the_text(district):
    with district.transaction() as uow:
        reach = writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    with district.transaction() as uow:
        both = explain(uow.connection, reach.message_id)
        one = explain(uow.connection, both[0]["delivery_id"])
        nothing = explain(uow.connection, "no-such-id")
    assert [each["recipient_id"] for each in both] == ["g-ana", "g-daniel"]
    assert [step["what"] for step in one[0]["trace"]] == ["planned", "decided", "sent"]
    assert "Trip" not in str(both) and "+1312" not in str(both)
    assert nothing == []


def test_why_of_nothing_is_an_error_with_a_remedy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HomeroomError):
        why("no-such-id")
