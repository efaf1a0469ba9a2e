"""Moments: stored in UTC, written by RFC 3339, shown in Beijing time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def rfc3339(at: datetime) -> str:
    """UTC with microseconds, as the custody event's ``at`` is written."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
