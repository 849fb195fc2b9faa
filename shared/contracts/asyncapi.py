"""All events as one AsyncAPI 3.0 document: `python -m shared.contracts.asyncapi`."""

from __future__ import annotations

import json
import sys
from typing import Any

from shared.contracts.golden import schema
from shared.contracts.registry import all_contracts

EXCHANGE = "homeroom.events"


def build() -> dict[str, Any]:
    """Channels are event types; each component sends what it owns and receives what it hears."""
    channels: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    for declared in all_contracts():
        name = f"{declared.type}.v{declared.version}"
        messages[name] = {
            "name": declared.type,
            "title": declared.purpose,
            "contentType": "application/cloudevents+json",
            "payload": {
                "type": "object",
                "description": "CloudEvents 1.0, structured mode",
                "required": ["specversion", "id", "type", "source", "time", "dataschema", "districtid", "data"],
                "properties": {
                    "type": {"const": declared.type},
                    "dataschema": {"const": f"urn:homeroom:event:{declared.type}:{declared.version}"},
                    "data": schema(declared.fields),
                },
            },
            "examples": [{"name": "sample", "payload": {"data": declared.dump(declared.load(declared.sample))}}],
        }
        channel = channels.setdefault(
            declared.type,
            {
                "address": f"{declared.lane.value}.{declared.type}",
                "messages": {},
                "bindings": {"amqp": {"is": "routingKey", "exchange": {"name": EXCHANGE, "type": "topic", "durable": True}}},
            },
        )
        channel["messages"][name] = {"$ref": f"#/components/messages/{name}"}
        reference = {"$ref": f"#/channels/{declared.type}"}
        operations[f"{declared.producer}.send.{declared.type}"] = {"action": "send", "channel": reference}
        for consumer in declared.consumers:
            operations[f"{consumer}.receive.{declared.type}"] = {"action": "receive", "channel": reference}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Homeroom events", "version": "1", "description": "Generated from shared/contracts."},
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages},
    }


if __name__ == "__main__":
    json.dump(build(), sys.stdout, indent=2, ensure_ascii=False)
