"""Looks contracts up by type and version."""

from __future__ import annotations

from functools import cache

from shared.contracts.base import Contract, ContractError


@cache
def _by_key() -> dict[tuple[str, int], Contract]:
    from shared.contracts import district, notifications, scheduling, surveys, translation

    found: dict[tuple[str, int], Contract] = {}
    for module in (district, surveys, translation, notifications, scheduling):
        for declared in module.EVENTS:
            key = (declared.type, declared.version)
            if key in found:
                raise ContractError(f"{declared.type} v{declared.version} is declared twice")
            found[key] = declared
    return found


@cache
def _latest() -> dict[str, Contract]:
    return {type_: declared for (type_, _), declared in sorted(_by_key().items(), key=lambda item: item[0])}


def all_contracts() -> list[Contract]:
    """Every contract of every version, in the order they are declared."""
    return list(_by_key().values())


def contract(type_: str, version: int) -> Contract:
    """The contract of that type and version (ContractError if there is none)."""
    try:
        return _by_key()[type_, version]
    except KeyError:
        raise ContractError(f"unknown event {type_} v{version}") from None


def latest(type_: str) -> Contract:
    """The newest version: what producers emit."""
    try:
        return _latest()[type_]
    except KeyError:
        raise ContractError(f"unknown event {type_}") from None


def contracts_for(service: str) -> list[Contract]:
    """What `service` has said it consumes."""
    return [declared for declared in all_contracts() if service in declared.consumers]
