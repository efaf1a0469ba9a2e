"""What people are told of a refusal or fault (RFC 9457)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """``detail`` is formatted with the attributes of the exception it speaks of."""

    status: int
    slug: str
    title: str
    detail: str

    def about(self, reason: Exception) -> str:
        return self.detail.format_map(vars(reason))
