"""Every event the services exchange: one schema per version, its producer, consumers, lane and sample.

Start at `docs/architecture.md`; the events themselves are in `district`, `surveys`, `translation`, `notifications` and
`scheduling`. An event changes only by adding a field with a default; anything else is a new version.
"""

from shared.contracts.base import Contract, ContractError, Lane, Sealed
from shared.contracts.registry import all_contracts, contract, contracts_for, latest

__all__ = ["Contract", "ContractError", "Lane", "Sealed", "all_contracts", "contract", "contracts_for", "latest"]
