"""Entry: run a verb, turn its errors into one readable line and a stable exit code."""

from __future__ import annotations

import sys

if sys.argv[1:2] in (["demo"], ["serve"], ["up"]):
    import shared.launcher.green  # noqa: F401  green threads: before anything that makes a lock

import json
import os
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from shared.backing.state import REPOSITORY
from shared.cli.app import app
from shared.errors import HomeroomError

HERE = str(REPOSITORY)
OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `homeroom ARGUMENTS` and return its exit code."""
    args = list(sys.argv[1:] if arguments is None else arguments)
    try:
        # Standalone mode keeps Typer's own usage messages (exit 2); our errors pass through it.
        app(args=args, prog_name="homeroom", standalone_mode=True)
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else (OK if leaving.code is None else ERROR)
    except HomeroomError as error:
        return _report(error, args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ERROR
    except Exception as error:
        return _report(_unexpected(error), args)
    return OK


def _report(error: HomeroomError, args: list[str]) -> int:
    if os.environ.get("HOMEROOM_DEBUG") == "1":
        traceback.print_exception(error)
    print(error, file=sys.stderr)
    if "--json" in args:
        document: dict[str, Any] = {"ok": False, "error": error.as_dict()}
        print(json.dumps(document, ensure_ascii=False))
    return ERROR


def _unexpected(error: Exception) -> HomeroomError:
    """Type and place only: the text of a foreign exception may quote a person's data."""
    frames = list(traceback.extract_tb(error.__traceback__))
    ours = [frame for frame in frames if "site-packages" not in frame.filename and frame.filename.startswith(HERE)]
    told = (ours or frames)[-1:]
    where = "".join(f"{Path(frame.filename).name}:{frame.lineno}" for frame in told)
    wrapped = HomeroomError("UNEXPECTED", type(error).__name__, "run again with HOMEROOM_DEBUG=1 and report it", where)
    wrapped.__cause__ = error
    return wrapped


if __name__ == "__main__":
    sys.exit(main())
