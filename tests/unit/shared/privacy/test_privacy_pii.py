"""A personal value never prints itself."""

from __future__ import annotations

import logging
import pickle

import pytest

from shared.privacy.pii import Pii


def test_printing_formatting_and_logging_show_only_that_it_is_there(caplog: pytest.LogCaptureFixture) -> None:
    phone = Pii("+13125550142")
    with caplog.at_level(logging.INFO):
        logging.getLogger("pii").info("sent to %s %r", phone, {"to": phone})
    shown = f"{phone} {phone!r} {phone:>20} {[phone]}" + caplog.text
    assert "3125550142" not in shown
    assert "[pii]" in shown


def test_the_value_is_had_by_asking_for_it() -> None:
    assert Pii("Ana").reveal() == "Ana"
    assert Pii("Ana") == Pii("Ana") != Pii("Lan")
    assert len({Pii("Ana"), Pii("Ana")}) == 1
    assert not Pii("")


def test_it_cannot_be_pickled_into_a_queue() -> None:
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Pii("Ana"))
