"""`python -m services.translation.catalogue [FOLDER]`: what is wrong in the catalogue's files; exit 1 where anything is."""

from __future__ import annotations

import sys
from pathlib import Path

from services.translation.catalogue.lint import lint
from services.translation.catalogue.load import FOLDER, CatalogueError, load


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else FOLDER
    try:
        findings = lint(folder)
    except CatalogueError as error:
        print(error)
        return 1
    for finding in findings:
        print(finding)
    catalogue = load(folder)
    for language, wordings in catalogue.wordings.items():
        drafts = sum(wording.approved_by is None for wording in wordings.values())
        print(f"{language}: {len(wordings)} of {len(catalogue.keys)} texts, {drafts} drafts")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
