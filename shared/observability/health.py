"""Whether this process lives (restart it if not) and whether it is ready (send it no work if not)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from shared.clock import monotonic
from shared.observability import metrics
from shared.observability.redact import exception_summary

Check = Callable[[], None]
"""Returns when well; raises when not. Only the exception's type is shown."""

Answer = tuple[int, dict[str, object]]


class Health:
    """The checks of one process; `stall_after` seconds without a `beat()` it counts as hung (None: never)."""

    def __init__(
        self, service: str, *, stall_after: float | None = None, elapsed: Callable[[], float] = monotonic
    ) -> None:
        self._service = service
        self._stall_after = stall_after
        self._elapsed = elapsed
        self._beaten = elapsed()
        self._draining = False
        self._checks: dict[str, Check] = {}
        # Asked at each scrape, so that the alert does not depend on somebody asking /readyz.
        metrics.READY.labels(service=service).set_function(lambda: float(self.readyz()[0] == HTTPStatus.OK))

    def add(self, name: str, check: Check) -> None:
        """Ready only while `check` returns; a name twice is a ValueError."""
        if name in self._checks:
            raise ValueError(f"a check named {name} exists already")
        self._checks[name] = check

    def beat(self) -> None:
        """The main loop came round."""
        self._beaten = self._elapsed()

    def drain(self) -> None:
        """From SIGTERM on: not ready, though alive, while work under way ends."""
        self._draining = True

    def livez(self) -> Answer:
        """200 while the loop comes round; asks no server, because restarting us would not mend the database."""
        silent = self._elapsed() - self._beaten
        if self._stall_after is not None and silent > self._stall_after:
            return 503, {"status": "stalled", "service": self._service, "silent_seconds": round(silent, 1)}
        return 200, {"status": "alive", "service": self._service}

    def readyz(self) -> Answer:
        """200 when not draining and every check returns; the body names each check and, of a failed one, the type."""
        outcomes = {name: _outcome(check) for name, check in self._checks.items()}
        ready = not self._draining and all(outcome == "ok" for outcome in outcomes.values())
        status = "ready" if ready else "draining" if self._draining else "not ready"
        return (200 if ready else 503), {"status": status, "service": self._service, "checks": outcomes}


def _outcome(check: Check) -> str:
    try:
        check()
    except Exception as error:
        return exception_summary(error)
    return "ok"
