"""Nothing lost, nothing twice: outbox, relay, broker, inbox.

Read in this order: `envelope`, `uow`, `inbox`, `entrypoint`, `relay`, `topology`, `embedded`.
"""
