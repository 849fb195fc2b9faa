"""What the handlers reach the world through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.translation.catalogue import load
from services.translation.engines.apertium import Apertium
from services.translation.translator import Translator


@dataclass(frozen=True)
class Ports:
    """Catalogue, memory rules and engines behind one object."""

    translator: Translator

    def close(self) -> None:
        """End the engines' processes."""
        self.translator.close()


def build_ports(runtime: Any) -> Ports:
    """For a process: Apertium with whatever pairs are installed (none is not an error)."""
    return Ports(Translator(load(), [Apertium()]))
