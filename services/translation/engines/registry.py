"""The engines of a process, from the accounts in its cell file (`channels: {translation: [{provider: deepl, …}]}`).

Apertium is always among them, the last: it needs no account, and where it is not installed it has no pairs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from services.translation.engines import amazon, azure, deepl, google
from services.translation.engines.apertium import Apertium
from services.translation.engines.ctranslate import CTranslate2
from services.translation.engines.guarded import Guarded, directly
from services.translation.engines.libretranslate import LibreTranslate
from services.translation.engines.port import Capabilities, Engine

CHANNEL = "translation"
_COMMON = {"provider", "name", "weight", "price"}


def build(
    accounts: Sequence[Mapping[str, Any]],
    *,
    offload: Callable[..., Any] = directly,
    compute: Callable[..., Any] = directly,
) -> list[Engine]:
    """Each account's engine with its guard, in the order of the file.

    `offload` runs what waits for a network, `compute` what works on this machine.
    """
    engines: list[Engine] = []
    for account in accounts:
        kind = str(account["provider"])
        settings = {name: value for name, value in account.items() if name not in _COMMON}
        engine = _MAKERS[kind](settings, account.get("price"))
        engines.append(Guarded(engine, offload=compute if kind == "ctranslate2" else _way(kind, offload)))
    if not any(str(account["provider"]) == "apertium" for account in accounts):
        engines.append(Guarded(Apertium()))
    return engines


def _way(kind: str, offload: Callable[..., Any]) -> Callable[..., Any]:
    """Apertium waits in a way of its own that leaves the green threads running."""
    return directly if kind == "apertium" else offload


def _priced(spec: Capabilities, price: Any) -> Capabilities:
    """The spec with the price of the district's own contract, in US dollars for a million characters."""
    return spec if price is None else replace(spec, price_per_million=Decimal(str(price)))


def _ctranslate2(settings: dict[str, Any], _: Any) -> Engine:
    return CTranslate2(**(settings | {"models": Path(str(settings["models"]))}))


_MAKERS: Mapping[str, Callable[[dict[str, Any], Any], Engine]] = {
    "apertium": lambda settings, _: Apertium(**settings),
    "ctranslate2": _ctranslate2,
    "libretranslate": lambda settings, _: LibreTranslate(**settings),
    "deepl": lambda settings, price: deepl.DeepL(**settings, spec=_priced(deepl.SPEC, price)),
    "google": lambda settings, price: google.Google(**settings, spec=_priced(google.SPEC, price)),
    "azure": lambda settings, price: azure.Azure(**settings, spec=_priced(azure.SPEC, price)),
    "amazon": lambda settings, price: amazon.Amazon(**settings, spec=_priced(amazon.SPEC, price)),
}
KINDS = tuple(_MAKERS)
