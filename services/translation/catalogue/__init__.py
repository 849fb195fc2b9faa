"""Approved wording of system messages, one file per language; `keys.yaml` is the contract with other services."""

from services.translation.catalogue.load import Catalogue, CatalogueError, Signatures, Wording, load

__all__ = ["Catalogue", "CatalogueError", "Signatures", "Wording", "load"]
