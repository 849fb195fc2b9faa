"""Surveys as files: one YAML each, read with their lines, checked before anybody is asked."""

from services.surveys.definitions.library import Library
from services.surveys.definitions.load import Definition, DefinitionError, load

__all__ = ["Definition", "DefinitionError", "Library", "load"]
