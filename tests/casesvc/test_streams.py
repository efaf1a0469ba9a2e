"""Bodies that are sent slowly, not at all, or too many at once."""

import threading

import anyio
import pytest
from litestar.exceptions import InternalServerException

from casesvc import streams
from casesvc.errors import SendingBroken, SendingsBusy, SendingStalled
from casesvc.streams import consume, quiet_for


async def chunks(*parts, pause=0.0):
    for part in parts:
        await anyio.sleep(pause)
        yield part


def run(job):
    return anyio.run(job)


def test_a_body_comes_in_blocks_whatever_its_chunks():
    parts = [b"x" * 700_000] * 4

    async def job():
        return await consume(chunks(*parts), list, person=1)

    blocks = run(job)
    assert b"".join(blocks) == b"".join(parts)
    assert len(blocks) == 2


def test_a_body_that_is_gathered_anyway_comes_as_one_block():
    parts = [b"x" * 700_000] * 4

    async def job(whole):
        return await consume(chunks(*parts), list, person=1, whole=whole)

    assert anyio.run(job, 2_800_000) == [b"".join(parts)]
    assert b"".join(anyio.run(job, 2_799_999)) == b"".join(parts), "one that turns out longer is no less whole"


def test_of_a_body_that_breaks_all_that_came_is_taken_before_the_reason_is_heard():
    taken = []

    async def broken():
        yield b"x" * 100_000
        yield b"y" * 100_000
        raise InternalServerException  # as Litestar's, when the client is gone

    def take(blocks):
        taken.extend(blocks)

    async def job():
        with pytest.raises(SendingBroken):
            await consume(broken(), take, person=1, whole=1_000_000)

    run(job)
    assert b"".join(taken) == b"x" * 100_000 + b"y" * 100_000


def test_the_service_knows_whether_bodies_come_in():
    seen = []

    async def job():
        await consume(chunks(b"x"), lambda _blocks: seen.append(quiet_for()), person=1)

    run(job)
    assert seen == [0.0]
    assert 0 < quiet_for() < 30


def test_a_sender_that_stops_is_told_so_and_its_thread_is_free(monkeypatch):
    monkeypatch.setattr(streams, "PATIENCE", 0.2)

    async def stalled():
        yield b"begun"
        await anyio.sleep(30)

    async def job():
        before = threading.active_count()
        with pytest.raises(SendingStalled):
            await consume(stalled(), list, person=1)
        assert streams._under_way.total() == 0
        return threading.active_count() - before

    assert run(job) <= 1, "at most the idle worker stays"


def test_a_trickle_is_no_sending(monkeypatch):
    monkeypatch.setattr(streams, "PATIENCE", 0.3)

    async def job():
        with pytest.raises(SendingStalled):
            await consume(chunks(*[b"x"] * 100, pause=0.05), list, person=1)

    run(job)


def test_a_slow_but_steady_line_is_let_through(monkeypatch):
    monkeypatch.setattr(streams, "PATIENCE", 0.5)

    async def job():
        return await consume(chunks(*[b"x" * streams.LEAST] * 12, pause=0.1), list, person=1)

    assert sum(map(len, run(job))) == 12 * streams.LEAST


@pytest.mark.parametrize(("others", "own"), [(streams.AT_ONCE, 0), (0, streams.AT_ONCE_EACH)])
def test_too_many_at_once_are_told_to_come_again(others, own):
    async def job():
        streams._under_way.update({2: others, 1: own})
        try:
            with pytest.raises(SendingsBusy):
                await consume(chunks(b"x"), list, person=1)
        finally:
            streams._under_way.clear()

    run(job)


def test_what_a_consumer_leaves_is_drained_so_that_the_sender_hears_the_reason():
    taken = []

    async def counted():
        for part in [b"x" * 1024] * 50:
            taken.append(part)
            yield part

    def refuse(_blocks):
        raise ValueError("refused before reading")

    async def job():
        with pytest.raises(ValueError, match="before reading"):
            await consume(counted(), refuse, person=1)

    run(job)
    assert len(taken) == 50
