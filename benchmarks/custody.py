"""How fast chains of custody are verified, and how fast events are appended through the API.

``python benchmarks/custody.py --help``. Chains are verified beside a bare SHA-256 loop over the same bytes, once with
the bytes at hand and once read from each database by its bare driver; events are appended beside clients that write the
same rows into the same PostgreSQL by themselves. A ratio is taken within its round, and the median of the rounds told.

People append by acts on one exhibit and on many: each size of an act is told for itself, and what is asked for is held
against the mix of them in which every other act is on one exhibit, one of four on 5 and one of four on 20.
(What is read of custody, benchmarks/custody_reading.py measures.)
"""

import argparse
import hashlib
import http.client
import json
import secrets
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, groupby, islice
from operator import itemgetter
from pathlib import Path
from statistics import median

import msgspec
import psycopg
import sqlalchemy as sa
from sqlmodel import Session, select

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.sides import Postgres, Service
from benchmarks.watching import Watch
from casesvc.database import make_engine
from casesvc.tables import metadata
from evidence.act import Act, Actor
from evidence.chain import GENESIS, ChainHead, breaks, canonical
from evidence.custody_chains import chain_findings
from evidence.custody_event import CustodyEvent, EventType
from evidence.exhibit import Exhibit, Kind
from evidence.intake import SampleFacts, collect_sample
from evidence.moments import rfc3339
from evidence.register import Case, Person, Procedure, load_units, register_case, unit_by_code
from tests.servers import MinioServer

LEAST_VERIFIED, LEAST_RATIO, LEAST_APPENDED = 150_000, 0.3, 300  # events a second, of the bare loop, events a second
MIX = (1, 1, 5, 20)
"""Exhibits of the acts that each client makes in turn."""
CHUNK = 5000
AT = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
_encode = msgspec.json.Encoder(order="sorted").encode  # RFC 8785 for what is here: checked against it

Row = tuple[int, int, str, datetime, int, bytes, str]


def body(case: str, exhibit: str, seq: int, by: Actor, prev: str) -> dict[str, object]:
    """An event as the service writes it."""
    return {
        "v": 1,
        "case": case,
        "exhibit": exhibit,
        "seq": seq,
        "type": "verified" if seq else "collected",
        "at": rfc3339(AT + timedelta(seconds=seq)),
        "by": by.as_recorded(),
        "facts": {"result": "unchanged", "findings": []} if seq else {"to": by.as_recorded(), "name": "照片.jpg"},
        "nonce": secrets.token_hex(16),
        "prev": prev,
    }


def rows_of(case: str, exhibits: int, each: int, by: Actor) -> Iterator[Row]:
    """The events of all chains in their order: the columns of :class:`CustodyEvent`."""
    first = body(case, "x", 0, by, GENESIS)
    if _encode(first) != canonical(first):
        raise RuntimeError("the bytes are not canonical")
    for exhibit in range(1, exhibits + 1):
        prev = GENESIS
        for seq in range(each):
            made = _encode(body(case, f"{case}-{exhibit:04d}", seq, by, prev))
            prev = hashlib.sha256(made).hexdigest()
            yield exhibit, seq, "verified" if seq else "collected", AT + timedelta(seconds=seq), by.id, made, prev


def fill(engine: sa.Engine, events: int, each: int) -> None:
    """A case with chains of ``each`` events, and their heads."""
    metadata.create_all(engine)
    with Session(engine) as tx:
        load_units(tx)
        unit = unit_by_code(tx, "410502")
        person = Person(name="赵敏", certificate="豫消41050202", unit_id=unit.id)
        tx.add(person)
        tx.flush()
        by = Actor(person.id, person.name, unit.id, unit.name, person.certificate)
        act = Act(tx, by, AT)
        case = register_case(act, unit, name="火灾", fire_at=AT, place="文明大道", procedure=Procedure.ORDINARY)
        tx.commit()
        number, case_id = case.number, case.id
    rows = rows_of(number, events // each, each, by)
    names = ("exhibit_id", "seq", "type", "at", "person_id", "body", "sha256")
    for first in range(1, events // each + 1, CHUNK // each):
        chunk = list(islice(rows, CHUNK // each * each))
        exhibits = sorted({row[0] for row in chunk})
        ends = [row for row in chunk if row[1] == each - 1]
        with engine.begin() as connection:
            made = {"case_id": case_id, "kind": Kind.PHOTO, "name": "照片", "collected_by_id": by.id, "created_at": AT}
            numbered = [{**made, "number": f"{number}-{serial:04d}", "serial": serial} for serial in exhibits]
            connection.execute(sa.insert(Exhibit), numbered)
            events_made = [{**dict(zip(names, row, strict=True)), "type": EventType(row[2])} for row in chunk]
            connection.execute(sa.insert(CustodyEvent), events_made)
            heads = [
                {"chain": f"exhibit/{number}-{row[0]:04d}", "seq": row[1], "sha256": row[6], "at": row[3]}
                for row in ends
            ]
            connection.execute(sa.insert(ChainHead), heads)
        del first


def bodies_by_driver(engine: sa.Engine) -> Iterator[bytes]:
    """Every body in order, by the bare driver of the database."""
    query = "SELECT body FROM custody_event ORDER BY exhibit_id, seq"
    url = engine.url
    if engine.dialect.name == "sqlite":
        connection = sqlite3.connect(str(url.database))
        try:
            for (each,) in connection.execute(query):
                yield each
        finally:
            connection.close()
        return
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection, connection.cursor("bodies", binary=True) as cursor:
        cursor.itersize = CHUNK
        for (each,) in cursor.execute(query):
            yield each


def bare(engine: sa.Engine) -> int:
    found = 0
    for each in bodies_by_driver(engine):
        hashlib.sha256(each).hexdigest()
        found += 1
    return found


def verified(engine: sa.Engine) -> int:
    counted = {"exhibits": 0, "events": 0}
    with Session(engine) as tx:
        if list(chain_findings(tx, counted)):
            raise RuntimeError("whole chains are found broken")
    return counted["events"]


def timed(what: Callable[[], int]) -> tuple[float, float]:
    """Events a second: by the clock, and by the processor time of this process."""
    started, used = time.perf_counter(), time.process_time()
    events = what()
    return events / (time.perf_counter() - started), events / (time.process_time() - used)


def told(
    name: str, ours: list[float], theirs: list[float], least: float = 0.0, least_ratio: float = LEAST_RATIO
) -> dict[str, object]:
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    speed, yardstick = median(ours), median(theirs)
    verdict = "" if not least else "  ok" if speed >= least and ratio >= least_ratio else "  TOO SLOW"
    print(f"  {name:<44} {speed:>12,.0f}/s   yardstick {yardstick:>12,.0f}/s   ratio {ratio:.2f}{verdict}", flush=True)
    return {"name": name, "per_second": speed, "yardstick": yardstick, "ratio": ratio}


def at_hand(engine: sa.Engine, events: int, repeat: int) -> dict[str, object]:
    """The work on the bytes alone: some of the chains in memory."""
    query = sa.select(CustodyEvent.exhibit_id, CustodyEvent.seq, CustodyEvent.body)
    query = query.order_by(CustodyEvent.exhibit_id, CustodyEvent.seq).limit(min(events, 200_000))
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    chains = [[(row[1], row[2]) for row in chain] for _, chain in groupby(rows, key=itemgetter(0))]

    def digests() -> int:
        for chain in chains:
            for _, each in chain:
                hashlib.sha256(each).hexdigest()
        return len(rows)

    def walked() -> int:
        for chain in chains:
            if [broken for broken in breaks(chain, None) if broken.what != "head_missing"]:
                raise RuntimeError("whole chains are found broken")
        return len(rows)

    rounds = [(timed(digests), timed(walked)) for _ in range(repeat)]
    theirs, ours = ([each[side][1] for each in rounds] for side in (0, 1))
    return told("bytes at hand, a core", ours, theirs, LEAST_VERIFIED)


def verify_part(asked: argparse.Namespace, folder: Path, postgres: Postgres) -> Iterator[dict[str, object]]:
    print(f"verifying {asked.events:,} events in chains of {asked.each}", flush=True)
    for stack in ("sqlite", "postgresql"):
        here = f"sqlite:///{folder / 'chains.sqlite3'}"
        engine = make_engine(here if stack == "sqlite" else postgres.url(postgres.create_database()))
        started = time.perf_counter()
        fill(engine, asked.events, asked.each)
        print(f"  {stack}: filled in {time.perf_counter() - started:.0f} s", flush=True)
        if stack == "sqlite":
            yield at_hand(engine, asked.events, asked.repeat)
        rounds = [(timed(partial(bare, engine)), timed(partial(verified, engine))) for _ in range(asked.repeat)]
        for side, name in ((1, "a core"), (0, "by the clock")):
            theirs, ours = ([each[who][side] for each in rounds] for who in (0, 1))
            yield told(f"{stack}: read and verified, {name}", ours, theirs, LEAST_VERIFIED if side else 0.0)
        engine.dispose()


class Appending(Service):
    """The service with some sealed samples, on which its clients record that a label was put on."""

    def samples(self, many: int) -> list[str]:
        facts = {"quantity": "1 个", "features": "熔融", "position": "东墙", "method": "拆取", "packing": "物证袋"}
        facts |= {"second_officer": "李文静", "witness": "马会计"}
        with self._here.database.reading() as tx:
            person = tx.exec(select(Person)).one()
            by = Actor(person.id, person.name, person.unit_id, "文峰大队", person.certificate)
            case = tx.exec(select(Case).where(Case.number == self.case)).one()
        made = []
        for _ in range(many):
            with self._here.database.begin(by) as act:
                made.append(collect_sample(act, case, SampleFacts(**facts), name="残骸").number)
        return made

    def client(self, exhibits: list[list[str]], acts: Sequence[int], number: int, until: float) -> int:
        """One act after the other, on so many of the client's own exhibits in turn, on a kept-alive connection until
        the time is over; how many events.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {**self.headers, "Content-Type": "application/json"}
        own, events = exhibits[number], 0
        for batch in cycle(acts):
            if time.perf_counter() >= until:
                break
            some = [own[(events + at) % len(own)] for at in range(batch)]
            sent = json.dumps({"type": "labelled", "exhibits": some, "facts": {"label": "D14"}})
            connection.request("POST", f"/api/v1/cases/{self.case}/custody/acts", sent, headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != 201:
                raise RuntimeError(f"{answer.status} {content.decode(errors='replace')[:500]}")
            events += batch
        return events


def by_themselves(url: str, acts: Sequence[int], _client: int, until: float) -> int:
    """A client that appends the same rows with the driver alone: lock, insert, move the head, commit."""
    events, prev, by = 0, GENESIS, Actor(1, "王建国", 1, "文峰大队", "豫消41050201")
    chain = (secrets.token_hex(8),)
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO bare_head VALUES (%s, -1, %s)", (*chain, GENESIS))
        connection.commit()
        for batch in cycle(acts):
            if time.perf_counter() >= until:
                break
            for _ in range(batch):
                connection.execute("SELECT seq FROM bare_head WHERE chain = %s FOR UPDATE", chain)
                made = canonical(body("x", "x-0001", events, by, prev))
                prev = hashlib.sha256(made).hexdigest()
                connection.execute("INSERT INTO bare VALUES (%s, %s, %s, %s)", (*chain, events, made, prev))
                move = "UPDATE bare_head SET seq = %s, sha256 = %s WHERE chain = %s"
                connection.execute(move, (events, prev, *chain))
                events += 1
            connection.commit()
    return events


def over_clients(asked: argparse.Namespace, client: Callable[[int, float], int]) -> tuple[float, int]:
    """Events a second of all clients together, and how many they were."""
    started = time.perf_counter()
    with ThreadPoolExecutor(asked.clients) as pool:
        done = sum(pool.map(lambda number: client(number, started + asked.seconds), range(asked.clients)))
    return done / (time.perf_counter() - started), done


def append_part(asked: argparse.Namespace, folder: Path, postgres: Postgres) -> Iterator[dict[str, object]]:
    print(f"appending with {asked.clients} clients on PostgreSQL, every commit on disk", flush=True)
    minio = MinioServer()
    minio.start()
    plain = postgres.url(postgres.create_database()).replace("+psycopg", "")
    with psycopg.connect(plain) as connection:
        connection.execute("CREATE TABLE bare (chain text, seq int, body bytea, sha256 text, PRIMARY KEY (chain, seq))")
        connection.execute("CREATE TABLE bare_head (chain text PRIMARY KEY, seq int, sha256 text)")
    try:
        with Appending(folder, minio, postgres.url(postgres.create_database())) as service:
            samples = service.samples(asked.samples)
            mine = [samples[number :: asked.clients] for number in range(asked.clients)]
            processes = {"service": service.pid, "database": postgres.process.pid}
            for acts in [*((batch,) for batch in asked.batches), MIX]:
                rounds = []
                for _ in range(asked.repeat):
                    theirs, _ = over_clients(asked, partial(by_themselves, plain, acts))
                    with Watch(processes) as watch:
                        ours, events = over_clients(asked, partial(service.client, mine, acts))
                    rounds.append((ours, theirs, watch.seen.cpu, events))
                yield appended(acts, rounds)
    finally:
        minio.close()


def appended(acts: Sequence[int], rounds: list[tuple[float, float, dict[str, float], int]]) -> dict[str, object]:
    """What acts of these sizes came to; the mix is held against what is asked for."""
    name = f"acts of {', '.join(map(str, acts))} exhibits"
    found = told(name, [each[0] for each in rounds], [each[1] for each in rounds], LEAST_APPENDED * (acts == MIX), 0.0)
    for side in ("service", "database"):
        taken = [(cpu[side] + cpu[f"{side} children"]) / events * 1000 for _, _, cpu, events in rounds]
        found[f"{side}_seconds_per_1000"] = median(taken)
        print(f"    {side}: {median(taken):.2f} processor seconds for 1,000 events", flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1_000_000, help="to be verified")
    parser.add_argument("--each", type=int, default=10, help="events of a chain")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0, help="of appending, each side")
    parser.add_argument("--samples", type=int, default=400, help="exhibits that events are appended to")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 5, 20], help="exhibits of one act")
    parser.add_argument("--parts", nargs="+", choices=["verify", "append"], default=["verify", "append"])
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    postgres = Postgres()
    postgres.start()
    try:
        with tempfile.TemporaryDirectory() as name:
            found = []
            if "verify" in asked.parts:
                found += verify_part(asked, Path(name), postgres)
            if "append" in asked.parts:
                found += append_part(asked, Path(name), postgres)
    finally:
        postgres.close()
    wanted = f"{LEAST_VERIFIED:,} verified/s a core, {LEAST_RATIO} of the yardstick; {LEAST_APPENDED} appended/s"
    print(f"asked for: {wanted}")
    if asked.json:
        asked.json.write_text(json.dumps(found, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
