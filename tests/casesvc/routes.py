"""How a route is called by the person whose work it is."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """``fills`` are parameters of the path other than the usual; ``content`` may need what the fixture ``filled``
    knows.
    """

    by: str
    content: dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]] = field(default_factory=dict)
    fills: dict[str, str] = field(default_factory=dict)


def body(by, **json):
    return Call(by, {"json": json})


def form(by, **data):
    return Call(by, {"data": data})
