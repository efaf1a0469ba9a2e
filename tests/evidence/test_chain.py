"""Chains: dense, linked, and every change to them is a break."""

import json
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from evidence.chain import GENESIS, ChainHead, Statement, append, breaks, canonical, sha256_hex, stated
from evidence.moments import rfc3339
from tests.evidence.conftest import AT


def body(place):
    return {"seq": place.seq, "prev": place.prev, "at": rfc3339(place.at)}


def chain(facts):
    bodies, prev = [], GENESIS
    for seq, fact in enumerate(facts):
        body = canonical({"seq": seq, "fact": fact, "prev": prev})
        bodies.append((seq, body))
        prev = sha256_hex(body)
    return bodies, ChainHead(chain="x", seq=len(bodies) - 1, sha256=prev)


facts = st.lists(st.text(max_size=20), min_size=2, max_size=8)


@given(facts)
def test_an_untouched_chain_has_no_break(given_facts):
    bodies, head = chain(given_facts)
    assert list(breaks(bodies, head)) == []


@given(facts, st.data())
def test_any_changed_bit_is_a_break(given_facts, data):
    bodies, head = chain(given_facts)
    at = data.draw(st.integers(0, len(bodies) - 1))
    body = bytearray(bodies[at][1])
    body[data.draw(st.integers(0, len(body) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    bodies[at] = (bodies[at][0], bytes(body))
    assert list(breaks(bodies, head))


@given(facts, st.data())
def test_any_removed_body_is_a_break(given_facts, data):
    bodies, head = chain(given_facts)
    del bodies[data.draw(st.integers(0, len(bodies) - 1))]
    assert "event_missing" in {broken.what for broken in breaks(bodies, head)}


@given(facts, st.data())
def test_rewriting_the_rest_of_a_chain_contradicts_its_head(given_facts, data):
    bodies, head = chain(given_facts)
    at = data.draw(st.integers(0, len(bodies) - 1))
    rewritten, _ = chain([fact + ("!" if place == at else "") for place, fact in enumerate(given_facts)])
    assert list(breaks(rewritten, head)), "the head still names the old end"


def breaks_told_slowly(bodies, head):
    """The same by the whole of each body, as ``stated`` reads it."""
    expected, prev, at, found = 0, GENESIS, "", []
    for seq, body in bodies:
        said = stated(body)
        found += [(expected, "event_missing")] if seq != expected else []
        found += [(seq, "event_altered")] if seq == expected and said.prev != prev else []
        found += [(seq, "event_altered")] if said.seq != seq else []
        found += [(seq, "time_backward")] if said.at < at else []
        expected, prev, at = seq + 1, sha256_hex(body), said.at
    if head.seq >= expected:
        return [*found, (expected, "event_missing")]
    if head.seq < expected - 1:
        return [*found, (expected - 1, "head_behind")]
    return [*found, (head.seq, "event_altered")] if head.sha256 != prev else found


timed = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "at": st.sampled_from(["2026-11-24T08:00:00.000000Z", "2026-11-24T09:00:00.000000Z", "", None, 3]),
            "prev": st.sampled_from([None, 3, "", "x"]),
            "seq": st.sampled_from([None, "1", 1, 2**70, 1.5, True, [1]]),
            "fact": st.text(max_size=6) | st.lists(st.dictionaries(st.text(max_size=2), st.none()), max_size=2),
        },
    ),
    min_size=1,
    max_size=6,
)
pieces = [
    b'"seq":',
    b'"prev":',
    b'"at":',
    b"[" * 3000,
    b"null",
    b"\\ud800",
    b"\xff",
    b'"',
    b"{",
    b"}",
    b",",
    b"1e999",
    b" ",
]


@given(timed, st.data())
def test_what_links_a_body_says_the_same_as_the_whole_of_it_whatever_was_done_to_it(given_bodies, data):
    bodies, prev = [], GENESIS
    for seq, said in enumerate(given_bodies):
        bodies.append((seq, json.dumps({"seq": seq, "prev": prev, **said}, ensure_ascii=False).encode()))
        prev = sha256_hex(bodies[-1][1])
    at = data.draw(st.integers(0, len(bodies) - 1))
    cut, end = sorted(data.draw(st.lists(st.integers(0, len(bodies[at][1])), min_size=2, max_size=2)))
    damage = data.draw(st.none() | st.binary(max_size=3) | st.sampled_from(pieces))
    if damage is not None:
        bodies[at] = (at, bodies[at][1][:cut] + damage + bodies[at][1][end:])
    if data.draw(st.booleans()):
        del bodies[data.draw(st.integers(0, len(bodies) - 1))]
    head = ChainHead(chain="x", seq=data.draw(st.integers(-1, len(bodies) + 1)), sha256=prev)
    found = [(broken.seq, broken.what) for broken in breaks(bodies, head)]
    slowly = breaks_told_slowly(bodies, head)
    if all(stated(body) != Statement() for _, body in bodies):
        assert found == slowly
    else:  # of a body that is no JSON outside of its links, the links are read all the same
        assert found
        assert slowly


def test_canonical_form_is_rfc_8785():
    # names of the sorting example of RFC 8785 §3.2.3, in the order it gives: by UTF-16 code unit
    names = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    body = canonical(dict.fromkeys(sorted(names, reverse=True), "x"))
    assert list(json.loads(body)) == names
    assert canonical({"b": 'quote " and \\ and \u001f', "a": [True, None, 10]}) == (
        rb'{"a":[true,null,10],"b":"quote \" and \\ and \u001f"}'
    )


def test_append_is_dense_and_linked(world):
    links = [append(world.tx, "t", AT, body) for _ in range(3)]
    assert [link.seq for link in links] == [0, 1, 2]
    assert [json.loads(link.body)["prev"] for link in links] == [GENESIS, links[0].sha256, links[1].sha256]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE chain_head SET seq = seq - 1 WHERE chain = 't'",
        "UPDATE chain_head SET seq = seq + 2 WHERE chain = 't'",
        "UPDATE chain_head SET sha256 = 'f' WHERE chain = 't'",
        "DELETE FROM chain_head",
    ],
)
def test_a_head_only_grows(world, statement):
    append(world.tx, "t", AT, body)
    world.tx.commit()
    with pytest.raises(sa.exc.DBAPIError, match="only"), world.engine.begin() as connection:
        connection.execute(sa.text(statement))


def test_an_act_that_comes_late_to_the_lock_is_not_recorded_before_its_predecessor(world):
    append(world.tx, "t", AT, body)
    late = append(world.tx, "t", AT - timedelta(seconds=5), body)
    assert late.at == AT


def test_a_clock_set_back_is_recorded_as_it_is_and_found(world):
    links = [append(world.tx, "t", AT, body), append(world.tx, "t", AT - timedelta(hours=1), body)]
    assert links[1].at == AT - timedelta(hours=1)
    found = breaks([(link.seq, link.body) for link in links], world.tx.get(ChainHead, "t"))
    assert [broken.what for broken in found] == ["time_backward"]


def test_time_that_runs_backward_is_a_break():
    bodies, prev = [], GENESIS
    for seq, at in enumerate(("2026-11-24T08:00:00.000000Z", "2026-11-24T07:59:59.000000Z")):
        bodies.append((seq, canonical({"seq": seq, "prev": prev, "at": at})))
        prev = sha256_hex(bodies[-1][1])
    assert [broken.what for broken in breaks(bodies, ChainHead(chain="x", seq=1, sha256=prev))] == ["time_backward"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
members = st.sampled_from(["seq", "prev", "at", "type", "what", "case", "exhibit", "by", "facts", "address"])


@given(st.binary(max_size=60) | st.dictionaries(members, json_values, max_size=8).map(lambda v: json.dumps(v).encode()))
def test_any_bytes_say_something_or_nothing_and_never_raise(given_bytes):
    said = stated(given_bytes)
    assert isinstance(said, Statement)
    assert isinstance(said.facts, dict)
    assert isinstance(said.by.name, str)
    list(breaks([(0, given_bytes)], None))
