"""Surveys as files: one YAML each, read with their lines, checked before anybody is asked."""

from services.surveys.definitions.library import Library
from services.surveys.definitions.linting import lint_district, lint_file
from services.surveys.definitions.load import Definition, DefinitionError, check, checked, load

__all__ = ["Definition", "DefinitionError", "Library", "check", "checked", "lint_district", "lint_file", "load"]
