"""Plain words and the wording coach: rules over a draft, each flag with its span, reason and fix. Nothing here blocks."""

from services.translation.coach.check import check
from services.translation.coach.draft import Advice, Draft, Flag, Kind, NoteKind

__all__ = ["Advice", "Draft", "Flag", "Kind", "NoteKind", "check"]
