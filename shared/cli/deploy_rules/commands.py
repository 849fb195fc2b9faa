"""Whether a deployed command line is one that `homeroom` understands."""

from __future__ import annotations

from collections.abc import Sequence

from shared.cli.app import VERBS, load


def misunderstood(words: Sequence[str]) -> str | None:
    """Why `homeroom WORDS…` would end with a usage error about its verb or options, None if it would not."""
    verb = next((verb for verb in VERBS if words and verb.name == words[0]), None)
    if verb is None:
        return f"there is no verb {words[0] if words else '(none)'}"
    command, rest = load(verb), list(words[1:])
    while (inner := getattr(command, "commands", None)) and rest and not rest[0].startswith("-"):
        if rest[0] not in inner:
            return f"homeroom {verb.name} has no verb {rest[0]}"
        command = inner[rest.pop(0)]
    if getattr(command, "context_settings", {}).get("ignore_unknown_options"):
        return None
    known = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = [word for word in rest if word.startswith("--") and word.split("=")[0] not in known]
    return f"homeroom {verb.name} has no option {', '.join(unknown)}" if unknown else None
