"""Cells, districts, and which database holds whose rows."""

from shared.tenancy.cell import Cell, Durability, Mode, load_cell
from shared.tenancy.database import Databases

__all__ = ["Cell", "Databases", "Durability", "Mode", "load_cell"]
