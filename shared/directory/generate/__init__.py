"""Whole district folders with realistic sizes, families, languages and dirt; the same seed gives the same bytes."""

from shared.directory.generate.delta import generate_delta
from shared.directory.generate.district import generate
from shared.directory.generate.knobs import Dirt, Knobs
from shared.directory.generate.roster import Generated

__all__ = ["Dirt", "Generated", "Knobs", "generate", "generate_delta"]
