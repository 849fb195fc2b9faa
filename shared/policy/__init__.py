"""Who may contact, see or do what: one pure function, `decide`, that fails closed."""

from shared.policy.decide import about_whom, decide
from shared.policy.model import (
    Action,
    Boundary,
    Decision,
    Facts,
    Link,
    Purpose,
    Resource,
    ResourceKind,
    Restriction,
    Scope,
    Subject,
    SubjectKind,
)
from shared.policy.precedence import Obstacle, beats

__all__ = [
    "Action",
    "Boundary",
    "Decision",
    "Facts",
    "Link",
    "Obstacle",
    "Purpose",
    "Resource",
    "ResourceKind",
    "Restriction",
    "Scope",
    "Subject",
    "SubjectKind",
    "about_whom",
    "beats",
    "decide",
]
