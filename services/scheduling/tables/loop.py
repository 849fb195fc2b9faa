"""What was said, agreed, promised and planned; disagreement and referrals."""

from __future__ import annotations
