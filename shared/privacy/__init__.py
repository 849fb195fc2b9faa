"""Keeping personal data closed: sealed fields, blind indexes, values that do not print themselves."""

from shared.privacy.keyring import KeyDestroyed, Keyring, MasterKeyWrong, SealBroken, Sealed
from shared.privacy.pii import Pii

__all__ = ["KeyDestroyed", "Keyring", "MasterKeyWrong", "Pii", "SealBroken", "Sealed"]
