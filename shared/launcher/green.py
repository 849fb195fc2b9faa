"""Import this before anything else in a process that runs nameko: patches the standard library for green threads.

psycopg waits in C by default, which would stop the whole hub with every query; its Python wait does not.
"""

from __future__ import annotations

import os
import warnings

os.environ.setdefault("PSYCOPG_WAIT_FUNC", "wait_selector")
warnings.filterwarnings("ignore", message=".*pkg_resources.*")

import eventlet  # noqa: E402

eventlet.monkey_patch()
