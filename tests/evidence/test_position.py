"""GCJ-02 against the published examples of the eviltransform project, and what is no position."""

import pytest

from evidence.position import Position, gcj02, position_of

# googollee/eviltransform, go/transform_test.go: WGS-84 latitude, longitude; GCJ-02 latitude, longitude
PUBLISHED = {
    "Shanghai": (31.1774276, 121.5272106, 31.17530398364597, 121.531541859215),
    "Shenzhen": (22.543847, 113.912316, 22.540796131694766, 113.9171764808363),
    "Beijing": (39.911954, 116.377817, 39.91334545536069, 116.38404722455657),
}


@pytest.mark.parametrize("place", PUBLISHED)
def test_published_examples(place):
    latitude, longitude, gcj_latitude, gcj_longitude = PUBLISHED[place]
    assert gcj02(latitude, longitude) == pytest.approx((gcj_latitude, gcj_longitude), abs=1e-9)


@pytest.mark.parametrize(
    "outside", [(35.681236, 139.767125), (64.0464, -16.1776), (-27.4698, 153.0251), (0.0, 0.0), (55.8272, 100.0)]
)
def test_outside_china_nothing_is_moved(outside):
    assert gcj02(*outside) == outside


def test_what_a_reader_found_is_shown_beside_what_a_map_needs():
    found = position_of({"latitude": "31.1774276", "longitude": "121.5272106"})
    assert found == Position("31.177428", "121.527211", "31.175304", "121.531542")


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("", ""),
        ("36.1", ""),
        ("nan", "inf"),
        ("36.1°", "114.3"),
        ("1e1", "114.3"),
        ("90.000001", "114.3"),
        ("36.1", "-180.1"),
        ("３６.1", "114.3"),
        (" 36.1", "114.3"),
        (None, 114.3),
    ],
)
def test_what_lies_on_no_globe_is_no_position(latitude, longitude):
    assert position_of({"latitude": latitude, "longitude": longitude}) is None
    assert position_of({}) is None
