"""Common Alerting Protocol 1.2 (OASIS, 1 July 2010): writing and reading `domain.cap.Alert`."""

from services.notifications.cap.read import CapError, read
from services.notifications.cap.write import write

__all__ = ["CapError", "read", "write"]
