"""Every component that owns tables: the four services, the importer and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from shared.errors import HomeroomError


@dataclass(frozen=True)
class Component:
    """Module paths are strings, imported when needed: a web process has no use for nameko."""

    name: str
    package: str
    service: str | None = None  # "module:NamekoClass"
    api: str | None = None  # "module:Api"
    explain: str | None = None  # "module:function" behind `homeroom why`

    @property
    def metadata(self) -> sa.MetaData:
        found: sa.MetaData = import_module(f"{self.package}.tables").METADATA
        return found

    @property
    def migrations(self) -> Path:
        origin = import_module(self.package).__file__
        assert origin is not None
        return Path(origin).parent / "migrations"

    def load(self, path: str) -> Any:
        module, _, name = path.partition(":")
        return getattr(import_module(module), name)


def _service(name: str, class_name: str) -> Component:
    package = f"services.{name}"
    explain = f"{package}.explaining:explain" if name == "notifications" else None
    return Component(name, package, f"{package}.service:{class_name}", f"{package}.web:api", explain)


COMPONENTS = (
    Component("directory", "shared.directory"),
    Component("audit", "shared.audit", "shared.audit.service:AuditService"),
    _service("notifications", "NotificationsService"),
    _service("scheduling", "SchedulingService"),
    _service("surveys", "SurveysService"),
    _service("translation", "TranslationService"),
)
SERVICES = tuple(component for component in COMPONENTS if component.service)
NAMES = tuple(component.name for component in COMPONENTS)


def component(name: str) -> Component:
    for known in COMPONENTS:
        if known.name == name:
            return known
    raise HomeroomError("component.unknown", f"there is no component {name}", f"one of: {', '.join(NAMES)}")
