"""The Debian packages the servers, the translator and the page tests come from; installed only as root."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes.util import find_library
from dataclasses import dataclass
from pathlib import Path

from shared.backing.postgres import binaries
from shared.backing.rabbitmq import RabbitNode
from shared.errors import HomeroomError

APERTIUM_MODES = Path("/usr/share/apertium/modes")
POLICY = Path("/usr/sbin/policy-rc.d")


@dataclass(frozen=True)
class Need:
    """Something from a Debian package: what it is for, whether it is there, which packages bring it."""

    name: str
    purpose: str
    packages: tuple[str, ...]
    present: Callable[[], bool]


def _mode(name: str) -> Callable[[], bool]:
    return lambda: (APERTIUM_MODES / f"{name}.mode").exists()


def _program(name: str) -> Callable[[], bool]:
    return lambda: shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _fonts() -> bool:
    return _font("NotoSansArabic*")


def _font(pattern: str) -> bool:
    return any(Path("/usr/share/fonts").glob(f"**/{pattern}"))


def chromium() -> str | None:
    """The browser that the page tests drive."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


NEEDS: tuple[Need, ...] = (
    Need("rabbitmq", "broker", ("rabbitmq-server",), RabbitNode.installed),
    Need("postgresql", "database", ("postgresql",), lambda: binaries() is not None),
    Need("apertium eng-spa", "English–Spanish", ("apertium", "apertium-eng-spa"), _mode("eng-spa")),
    Need("apertium eng-cat", "English–Catalan", ("apertium-eng-cat",), _mode("eng-cat")),
    Need("apertium es-pt", "Spanish–Portuguese", ("apertium-es-pt",), _mode("es-pt")),
    Need("apertium es-fr", "Spanish–French", ("apertium-fr-es",), _mode("es-fr")),
    Need("apertium en-gl", "English–Galician", ("apertium-en-gl",), _mode("en-gl")),
    Need("espeak-ng", "voice notes", ("espeak-ng",), _program("espeak-ng")),
    Need("opusenc", "voice notes for messengers", ("opus-tools",), _program("opusenc")),
    Need("lame", "voice notes for telephones", ("lame",), _program("lame")),
    Need("chromium", "page tests", ("chromium",), lambda: chromium() is not None),
    Need("fonts", "pages and PDF in every script", ("fonts-noto-core",), _fonts),
    Need("cjk fonts", "letters in Chinese", ("fonts-noto-cjk",), lambda: _font("NotoSansCJK*")),
    Need("pango", "letters", ("libpangoft2-1.0-0",), lambda: find_library("pangoft2-1.0") is not None),
    Need("poppler", "tests of letters", ("poppler-utils",), _program("pdftotext")),
    Need("promtool", "tests of the alerts", ("prometheus",), _program("promtool")),
    Need("smtp-sink", "benches and tests of email", ("postfix",), _program("smtp-sink")),
    Need("opendkim", "tests of email signatures", ("opendkim",), _program("opendkim")),
    Need("nginx", "tests of the proxy's configuration", ("nginx-light",), _program("nginx")),
    Need("systemd-analyze", "tests of the units", ("systemd",), _program("systemd-analyze")),
)


def missing(names: Sequence[str] | None = None) -> list[Need]:
    """The needs (all, or those named) that this machine does not meet."""
    return [need for need in NEEDS if (names is None or need.name in names) and not need.present()]


def command_for(needs: Sequence[Need]) -> str:
    """What a person runs to install them."""
    packages = " ".join(dict.fromkeys(package for need in needs for package in need.packages))
    return f"sudo apt-get update && sudo apt-get install -y {packages}"


def can_install() -> bool:
    """Root on something with apt-get."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(needs: Sequence[Need], *, say: Callable[[str], None]) -> None:
    """Install the packages of `needs` without letting them start services.

    A package whose post-installation script failed (RabbitMQ's does where the host name does not resolve) is good
    enough when its programs are there, since we start our own instance; anything else is BACKING_INSTALL_FAILED.
    """
    if not can_install():
        raise HomeroomError(
            "BACKING_MISSING", f"not installed: {', '.join(need.name for need in needs)}", f"run: {command_for(needs)}"
        )
    packages = list(dict.fromkeys(package for need in needs for package in need.packages))
    say(f"installing Debian packages: {' '.join(packages)}")
    with _services_kept_down():
        _apt("update", "-qq")
        outcome = _apt("install", "-y", "-qq", "--no-install-recommends", *packages)
    still = [need for need in needs if not need.present()]
    if still:
        raise HomeroomError(
            "BACKING_INSTALL_FAILED",
            f"apt-get did not install {', '.join(need.name for need in still)}: {outcome[-300:].strip()}",
            f"run: {command_for(still)}",
        )


def _apt(*arguments: str) -> str:
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    outcome = subprocess.run(
        ["apt-get", "-o", "DPkg::Lock::Timeout=300", *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return outcome.stderr if outcome.returncode else ""


@contextmanager
def _services_kept_down() -> Iterator[None]:
    """Debian starts a service on installation unless policy-rc.d says no; an existing policy stays as it is."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
