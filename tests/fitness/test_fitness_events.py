"""Every event has a schema, a sample, a producer and a consumer; what is heard and said is declared."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from shared.contracts.base import Contract
from shared.contracts.registry import all_contracts

if TYPE_CHECKING:
    from conftest import Module

PRODUCERS = {"directory", "notifications", "scheduling", "surveys", "translation"}
CONTRACTS = all_contracts()


def _calls(module: Module, name: str) -> list[str]:
    """The first arguments, where constant, of calls of that name or attribute in the module."""
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if called == name and isinstance(node.args[0].value, str):
                found.append(node.args[0].value)
    return found


def _service(module: Module) -> str | None:
    parts = module.place.split("/")
    return parts[1] if parts[0] == "services" and len(parts) > 2 else None


def _hears(module: Module) -> bool:
    return module.path.name == "service.py" or module.path.parent.name == "hears"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: f"{contract.type}.v{contract.version}")
def test_an_event_is_complete(contract: Contract) -> None:
    assert contract.purpose
    assert contract.producer in PRODUCERS
    assert contract.consumers, "nobody consumes it"
    assert contract.load(contract.dump(contract.load(contract.sample))), "its sample does not survive a round trip"


def test_a_service_hears_only_what_names_it_a_consumer(modules: list[Module]) -> None:
    consumers = defaultdict(set)
    for contract in CONTRACTS:
        consumers[contract.type] |= set(contract.consumers)
    wrong = [
        f"{module.place}: hears {heard}, whose contract does not name {service}"
        for module in modules
        if (service := _service(module)) and _hears(module)
        for heard in _calls(module, "on")
        if service not in consumers[heard]
    ]
    assert not wrong, "\n".join(wrong)


def test_a_service_says_only_its_own_declared_events(modules: list[Module]) -> None:
    producers = {contract.type: contract.producer for contract in CONTRACTS}
    wrong = [
        f"{module.place}: emits {said}, which is not a declared event of {service}"
        for module in modules
        if (service := _service(module))
        for said in _calls(module, "emit")
        if producers.get(said) != service
    ]
    assert not wrong, "\n".join(wrong)


def test_what_is_said_is_heard(modules: list[Module]) -> None:
    """An emitted event that no service handles and no audit keeps would be unroutable in production."""
    audited = {contract.type for contract in CONTRACTS if contract.audited}
    heard = {
        type_
        for module in modules
        if _service(module) and _hears(module)
        for type_ in _calls(module, "on")
    }
    unheard = {said for module in modules for said in _calls(module, "emit") if "." in said} - heard - audited
    assert not unheard, ", ".join(sorted(unheard))
