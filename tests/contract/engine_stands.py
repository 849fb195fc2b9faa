"""The seven engines as the contract suite drives them: how each is made, and how trouble is made for it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from services.translation.engines.amazon import Amazon
from services.translation.engines.apertium import Apertium
from services.translation.engines.azure import Azure
from services.translation.engines.ctranslate import CTranslate2
from services.translation.engines.deepl import DeepL
from services.translation.engines.google import Google
from services.translation.engines.libretranslate import LibreTranslate
from services.translation.engines.port import Engine
from shared.benches import peers, tiny_model, vendor_stubs
from shared.benches.vendor_stubs import KEY, Stub
from shared.clock import monotonic

LOCAL = ("apertium", "ctranslate2", "libretranslate")
VENDORS = ("deepl", "google", "azure", "amazon")
ENGINES = (*LOCAL, *VENDORS)
STUBBED = (*VENDORS, "libretranslate")


@dataclass
class Stand:
    """An engine that is ready, and what stands behind it."""

    name: str
    engine: Engine
    stub: Stub | None = None
    requests: Callable[[], int] = field(default=lambda: 0)


def vendor(name: str, stub: Stub, *, key: str = KEY) -> Engine:
    """A vendor's adapter, with the vendor's own library, against a stub."""
    makers: dict[str, Callable[[], Engine]] = {
        "deepl": lambda: DeepL(key=key, url=stub.url),
        "google": lambda: Google(project="right" if key == KEY else "wrong", url=stub.url),
        "azure": lambda: Azure(key=key, region="westus", url=stub.url),
        "amazon": lambda: Amazon(region="us-east-1", access_key=key, secret_key="secret", url=stub.url),
        "libretranslate": lambda: LibreTranslate(url=stub.url, key=key),
    }
    return makers[name]()


@contextlib.contextmanager
def stubbed(name: str) -> Iterator[Stand]:
    """An HTTP engine against its stub."""
    stub = Stub(getattr(vendor_stubs, name))
    engine = vendor(name, stub)
    try:
        yield Stand(name, engine, stub, lambda: len(stub.asked))
    finally:
        engine.close()
        stub.close()


@contextlib.contextmanager
def stand(name: str, scratch: Path) -> Iterator[Stand]:
    """The engine as it is meant to run: the real one, or the vendor's real library against a stub."""
    with ExitStack() as stack:
        if name in VENDORS:
            yield stack.enter_context(stubbed(name))
            return
        engine: Engine
        if name == "apertium":
            engine = Apertium()
        elif name == "ctranslate2":
            tiny_model.write(scratch / "en-es")
            engine = CTranslate2(models=scratch)
        else:
            engine = LibreTranslate(url=stack.enter_context(libretranslate(scratch)))
        stack.callback(engine.close)
        yield Stand(name, engine)


@contextlib.contextmanager
def libretranslate(scratch: Path) -> Iterator[str]:
    """The real server on the tiny model, both ways (with one model only it would look for others to download)."""
    packages = scratch / "data" / "argos-translate" / "packages"
    backwards = {made: word for word, made in tiny_model.WORDS.items() if " " not in word + made}
    tiny_model.write(packages / "en_es")
    tiny_model.write(packages / "es_en", source="es", target="en", words=backwards)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    homes = {f"XDG_{kind}_HOME": str(scratch / kind.lower()) for kind in ("DATA", "CONFIG", "CACHE")}
    log = (scratch / "server.log").open("wb")
    command = [str(peers.python(peers.LIBRETRANSLATE)), str(peers.PEERS / "libretranslate_server.py")]
    command += ["--port", str(port), "--char-limit", "3000", "--batch-limit", "50", "--threads", "2"]
    command += ["--disable-files-translation", "--disable-web-ui"]
    environment = {**os.environ, **homes, "HOME": str(scratch), "OMP_NUM_THREADS": "1", "ARGOS_INTRA_THREADS": "1"}
    # its own group: it starts processes of its own
    server = subprocess.Popen(command, cwd=scratch, env=environment, stdout=log, stderr=log, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        _until_ready(url, server)
        yield url
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        log.close()


def _until_ready(url: str, server: subprocess.Popen[bytes]) -> None:
    """Asks until it answers; a connection that is refused answers at once, so each try waits for the socket instead."""
    deadline = monotonic() + 60
    while monotonic() < deadline:
        assert server.poll() is None, "the LibreTranslate server ended; see server.log"
        with contextlib.suppress(OSError), urlopen(f"{url}/languages", timeout=5):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(0.2)
    raise AssertionError("the LibreTranslate server does not answer")
