"""Positions: WGS-84 as a device recorded it, and GCJ-02 as maps published in China draw it.

GCJ-02 is the obligatory offset of Chinese maps. Its definition is not published; this is the formula known from open
code (the eviltransform project and many after it: sums of sines on the Krasovsky 1940 ellipsoid). It is said to agree
with the maps within a few metres; nobody official vouches for it. Inside the formula's own rectangle, which is wider
than the border, every point is moved, outside none. It serves to find a place on a map; the evidence is WGS-84.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import cos, pi, radians, sin, sqrt
from typing import Any

_DEGREES = re.compile(r"-?\d{1,3}(\.\d{1,10})?", re.ASCII)
_SEMI_MAJOR = 6_378_245.0  # metres
_ECCENTRICITY = 0.00669342162296594323  # squared, first
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_FROM_EAST, _FROM_NORTH = 105.0, 35.0


@dataclass(frozen=True)
class Position:
    """Degrees as text with six decimals (about 0.1 m): WGS-84 as recorded, GCJ-02 converted."""

    latitude: str
    longitude: str
    gcj_latitude: str
    gcj_longitude: str


def position_of(facts: Mapping[str, Any]) -> Position | None:
    """The position in a reading's facts; None where there is none or it lies on no globe."""
    latitude, longitude = str(facts.get("latitude", "")), str(facts.get("longitude", ""))
    if not (_DEGREES.fullmatch(latitude) and _DEGREES.fullmatch(longitude)):
        return None
    north, east = float(latitude), float(longitude)
    if abs(north) > 90 or abs(east) > 180:
        return None
    gcj_north, gcj_east = gcj02(north, east)
    return Position(f"{north:.6f}", f"{east:.6f}", f"{gcj_north:.6f}", f"{gcj_east:.6f}")


def gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """GCJ-02 latitude and longitude of a WGS-84 position, degrees; unchanged outside the formula's rectangle."""
    if not (_WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH):
        return latitude, longitude
    east, north = longitude - _FROM_EAST, latitude - _FROM_NORTH
    shared = 20 * sin(6 * pi * east) + 20 * sin(2 * pi * east)
    northward = (
        -100 + 2 * east + 3 * north + 0.2 * north**2 + 0.1 * east * north + 0.2 * sqrt(abs(east))
        + (shared + _waves(north, (20, 1), (40, 1 / 3), (160, 1 / 12), (320, 1 / 30))) * 2 / 3
    )  # fmt: skip
    eastward = (
        300 + east + 2 * north + 0.1 * east**2 + 0.1 * east * north + 0.1 * sqrt(abs(east))
        + (shared + _waves(east, (20, 1), (40, 1 / 3), (150, 1 / 12), (300, 1 / 30))) * 2 / 3
    )  # fmt: skip
    # metres to degrees on the ellipsoid: along the meridian, and along the parallel
    flattened = 1 - _ECCENTRICITY * sin(radians(latitude)) ** 2
    meridian = _SEMI_MAJOR * (1 - _ECCENTRICITY) / flattened**1.5 * pi / 180
    parallel = _SEMI_MAJOR / sqrt(flattened) * cos(radians(latitude)) * pi / 180
    return latitude + northward / meridian, longitude + eastward / parallel


def _waves(angle: float, *waves: tuple[float, float]) -> float:
    return sum(height * sin(pi * angle * frequency) for height, frequency in waves)
