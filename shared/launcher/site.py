"""The pages: one service's app alone, or all of them mounted on one port."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from wsgiref.types import WSGIApplication

import sqlalchemy as sa

from shared.directory.projection import STAFF
from shared.identity import Identity, Kind
from shared.identity.demo import SamplePerson
from shared.launcher.components import COMPONENTS, Component
from shared.launcher.process import build_runtime
from shared.messaging.runtime import Runtime
from shared.observability import logs
from shared.observability.health import Health
from shared.tenancy.cell import Mode, load_cell
from shared.web.app import build_app
from shared.web.mount import mount
from shared.web.nav import nav_of
from shared.web.signin import signin_api

WITH_PAGES = tuple(component for component in COMPONENTS if component.api)
CELL, SERVICE = "HOMEROOM_CELL_FILE", "HOMEROOM_SERVICE"
PEOPLE_PER_ROLE = 60  # on the demo's sign-in page: enough for two schools, not for a district


def build_site(runtime: Runtime, components: Sequence[Component] = WITH_PAGES) -> WSGIApplication:
    """The apps of these components under their prefixes, with the sign-in beside them."""
    cell = runtime.cell
    demo = cell.mode is Mode.DEMO
    identity = Identity.build(
        runtime.link_key,
        mode=cell.mode.value,
        secure=cell.base_url.startswith("https://"),
        demo_people=_sample_people(runtime) if demo else None,
    )
    apis = {component: component.load(component.api or "") for component in components}
    menu = nav_of(apis.values())

    def app(api: Any, component: Component) -> Any:
        ports = component.load(f"{component.package}.ports:build_ports")(runtime)
        return build_app(
            api,
            runtime=runtime,
            ports=ports,
            clock=runtime.clock,
            identity=identity,
            mode=cell.mode.value,
            nav=menu,
            health=_health(runtime, component),
        )

    apps = {api.prefix: app(api, component) for component, api in apis.items()}
    keeper = components[0]
    entrance = signin_api(service=keeper.name)
    apps[entrance.prefix] = app(entrance, keeper)
    return mount(apps, root=apps[entrance.prefix])


def _health(runtime: Runtime, component: Component) -> Health:
    """Ready while every district's database answers; the broker is the relay's business, not a page's."""
    health = Health(f"{component.name}-web")

    def database() -> None:
        for district in runtime.cell.districts:
            with runtime.databases.transaction(component.name, district) as connection:
                connection.execute(sa.text("SELECT 1"))

    health.add("database", database)
    return health


def _sample_people(runtime: Runtime) -> Callable[[], list[SamplePerson]]:
    """A few of each role, from the roster that was applied: nobody is hard-coded."""

    def people() -> list[SamplePerson]:
        found: list[SamplePerson] = []
        for district in runtime.cell.districts:
            with runtime.databases.transaction("notifications", district) as connection:
                rows = connection.execute(sa.select(STAFF).where(STAFF.c.active).order_by(STAFF.c.staff_id)).all()
            by_role: dict[str, int] = {}
            for row in rows:
                by_role[row.role] = by_role.get(row.role, 0) + 1
                if by_role[row.role] > PEOPLE_PER_ROLE:
                    continue
                found.append(
                    SamplePerson(
                        kind=Kind.STAFF,
                        role=row.role,
                        person_id=row.staff_id,
                        district=district,
                        schools=tuple(row.school_ids),
                        label=f"{row.given_name} {row.family_name}",
                        home="/notifications/today",
                    )
                )
        return found

    return people


def application() -> WSGIApplication:
    """For the WSGI server's workers: cell and service come from the environment."""
    cell = load_cell(Path(os.environ[CELL]))
    chosen = os.environ.get(SERVICE)
    logs.configure(f"{chosen or 'site'}-web", cell=cell.name)
    components = [c for c in WITH_PAGES if chosen is None or c.name == chosen]
    return build_site(build_runtime(cell), components)
