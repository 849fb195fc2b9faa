"""nameko entrypoints of ours: `@on` (events), `@due` (work whose time has come), `@effect` (calls to the outside world).

nameko gives containers, lifecycle, injection, workers and their tests; its own event handler is not used, because it
acknowledges what raised, declares classic queues without dead letters and publishes without `mandatory`. Each lane has a
connection of its own, so that urgent work never waits behind bulk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from eventlet.event import Event as GreenEvent
from nameko.exceptions import ContainerBeingKilled
from nameko.extensions import DependencyProvider, Entrypoint, ProviderCollector, SharedExtension

from shared.contracts import Lane
from shared.messaging.consumer import LaneConsumer
from shared.messaging.due_poller import DuePoller
from shared.messaging.effect_pump import EffectPump, Pumped
from shared.messaging.inbox import Inbox, Stopping
from shared.messaging.runtime import Runtime

RUNTIME = "runtime"  # key in the container's config


class _Unsaid(logging.Filter):
    """nameko logs a failed worker with the exception's text, which may quote a person; `inbox` says it without."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith("error handling worker")


logging.getLogger("nameko.containers").addFilter(_Unsaid())


def run_worker(container: Any, entrypoint: Any, args: tuple[Any, ...]) -> Any:
    """Run the entrypoint's method in a nameko worker and wait for it; its exception is raised here."""
    finished = GreenEvent()

    def handle_result(_context: Any, result: Any, exc_info: Any) -> tuple[Any, Any]:
        if exc_info is None:
            finished.send(result)
        else:
            finished.send_exception(*exc_info)  # with its traceback: the reason names the place
        return result, exc_info

    try:
        container.spawn_worker(entrypoint, args, {}, handle_result=handle_result)
        return finished.wait()
    except ContainerBeingKilled:
        raise Stopping from None  # not the handler's fault: the deliveries go back to the broker


class InboxConsumer(SharedExtension, ProviderCollector):
    """One per container: feeds every `@on` of the service from the service's queues."""

    def __init__(self) -> None:
        super().__init__()
        self._consumers: list[LaneConsumer] = []

    def start(self) -> None:
        runtime: Runtime = self.container.config[RUNTIME]
        methods = {provider.type: provider for provider in self._providers}
        for lane in Lane:
            consumer = LaneConsumer(
                runtime,
                self.container.service_name,
                lane,
                types=methods,
                settings=self.container.config.get("consumer", {}),
            )
            consumer.inbox = Inbox(
                runtime,
                self.container.service_name,
                methods,
                partial(self._dispatch, methods),
                pause=consumer.pause,
            )
            self._consumers.append(consumer)
            self.container.spawn_managed_thread(consumer.run, identifier=f"inbox-{lane}")

    def _dispatch(self, methods: dict[str, Any], type_: str, uow: Any, events: Sequence[Any]) -> None:
        run_worker(self.container, methods[type_], (uow, events))

    def stop(self) -> None:
        """Drain: what is being handled is finished and acknowledged, the rest goes back to the broker."""
        for consumer in self._consumers:
            consumer.stop()
        for consumer in self._consumers:
            consumer.wait()
        super().stop()

    def kill(self) -> None:
        for consumer in self._consumers:
            consumer.kill()
        super().kill()

    @property
    def busy(self) -> bool:
        return any(consumer.busy for consumer in self._consumers)

    @property
    def connected(self) -> bool:
        return all(consumer.connected for consumer in self._consumers)


class _Polled(SharedExtension, ProviderCollector):
    """A green thread that runs a poller made from all providers of one sort."""

    poller: Any = None

    def make(self, runtime: Runtime) -> Any:
        raise NotImplementedError

    def start(self) -> None:
        runtime: Runtime = self.container.config[RUNTIME]
        self.poller = self.make(runtime)
        self.container.spawn_managed_thread(self.poller.run, identifier=type(self).__name__)

    def stop(self) -> None:
        if self.poller is not None:
            self.poller.stop()
            self.poller.wait()
        super().stop()

    def kill(self) -> None:
        if self.poller is not None:
            self.poller.kill()
        super().kill()

    def run(self, provider: Any, *args: Any) -> Any:
        return run_worker(self.container, provider, args)

    @property
    def busy(self) -> bool:
        return self.poller is not None and self.poller.busy


class DueWork(_Polled):
    """One per container: claims due work of every district and retries parked events."""

    inbox_consumer = InboxConsumer()

    def make(self, runtime: Runtime) -> DuePoller:
        handlers: dict[str, Callable[..., Any]] = {p.kind: partial(self.run, p) for p in self._providers}
        return DuePoller(runtime, self.container.service_name, handlers, self._inboxes)

    def _inboxes(self) -> list[Inbox]:
        return [consumer.inbox for consumer in self.inbox_consumer._consumers]


class On(Entrypoint):
    """`@on("district.grade_recorded")`: the method gets `(uow, events)`."""

    consumer = InboxConsumer()
    work = DueWork()  # retries what was parked, also in a service without due work of its own

    def __init__(self, type_: str, **kwargs: Any) -> None:
        self.type = type_
        super().__init__(**kwargs)

    def setup(self) -> None:
        self.consumer.register_provider(self)

    def stop(self) -> None:
        self.consumer.unregister_provider(self)


class Due(Entrypoint):
    """`@due("reminder")`: the method gets `(uow, items)`."""

    work = DueWork()

    def __init__(self, kind: str, **kwargs: Any) -> None:
        self.kind = kind
        super().__init__(**kwargs)

    def setup(self) -> None:
        self.work.register_provider(self)

    def stop(self) -> None:
        self.work.unregister_provider(self)


class Effects(_Polled):
    """One per container: runs every `@effect` for every district whenever something was committed."""

    def make(self, runtime: Runtime) -> EffectPump:
        effects = [Pumped(partial(self.run, each), each.every, each.woken) for each in self._providers]
        return EffectPump(runtime, self.container.service_name, effects)


class Effect(Entrypoint):
    """`@effect`: the method gets `(transaction,)`, where `with transaction() as uow:` opens one short transaction.

    It claims, closes the transaction, calls the provider, opens another and records; it returns how many it claimed,
    and is called again at once until that is 0. `@effect(every=2)`: nobody waits for it in this second, so after it has
    found nothing it is not called again for so long, whatever is committed meanwhile; `woken=True`: unless `uow.wake` asks.
    """

    effects = Effects()

    def __init__(self, every: float = 0.0, woken: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.every = every
        self.woken = woken

    def setup(self) -> None:
        self.effects.register_provider(self)

    def stop(self) -> None:
        self.effects.unregister_provider(self)


class Ports(DependencyProvider):
    """What handlers reach the world through: built once per container by `factory(runtime)`."""

    def __init__(self, factory: Callable[[Runtime], Any]) -> None:
        self.factory = factory

    def setup(self) -> None:
        self.value = self.factory(self.container.config[RUNTIME])

    def get_dependency(self, worker_ctx: Any) -> Any:
        return self.value


on = On.decorator
due = Due.decorator
effect = Effect.decorator
