"""How fast files are taken in, beside openssl and minio's own client over the same bytes into the same MinIO.

``python benchmarks/intake.py --help``. Each round goes through the lines in turn, every second one backwards; what is
compared shares one MinIO, empty at first. A ratio is taken within its round, and the median of the rounds is told.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.inputs import File, make_large, make_photos, openssl
from benchmarks.sides import Connection, Plain, Postgres, Service, over_connections, tuspy
from benchmarks.watching import Seen, Watch, wait_until_idle
from evidence.sending import PART_SIZE
from tests.servers import MinioServer

LEAST_LARGE, LEAST_PHOTOS = 0.6, 0.7  # of the yardstick's speed
MOST_MEMORY = 250.0  # MiB of the service's process
MOST_SILENT = 1.0  # seconds until the health probe is answered
UNITS = {"": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


@dataclass
class Servers:
    """The servers of some lines; every service gets a folder and a database of its own."""

    folder: Path
    minio: MinioServer
    postgres: Postgres | None
    plain: Plain

    def service(self, stack: str) -> Service:
        url = self.postgres.url(self.postgres.create_database()) if stack == "postgresql" else ""
        return Service(Path(tempfile.mkdtemp(dir=self.folder)), self.minio, url)

    def processes(self, stack: str = "") -> dict[str, int]:
        found = {"minio": self.minio.process.pid}
        return found | {"database": self.postgres.process.pid} if stack == "postgresql" else found


@dataclass
class Line:
    """One way to take ``files`` in. ``against`` names the line that it is held against, none for a yardstick."""

    name: str
    files: Sequence[File]
    measure: Callable[[Servers, Sequence[File]], Seen]
    against: str = ""
    least: float = 0.0
    rounds: list[Seen] = field(default_factory=list)

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    @property
    def serves(self) -> bool:
        """Whether the service took part."""
        return "service" in self.rounds[0].cpu

    @property
    def speeds(self) -> list[float]:
        """MB/s of each round."""
        return [self.size / 1e6 / seen.seconds for seen in self.rounds]

    def per_gigabyte(self, process: str) -> float:
        """Processor seconds of a process for each GB, the median of the rounds."""
        return median(seen.cpu.get(process, 0.0) for seen in self.rounds) / (self.size / 1e9)


def digested_then_put(servers: Servers, files: Sequence[File], ways: Sequence[Sequence[str]]) -> Seen:
    """Digests by openssl, at once or one after the other, then minio's client."""
    with Watch(servers.processes()) as watch:
        for algorithms in ways:
            openssl(files[0].path, *algorithms)
        servers.plain.put_file(files[0])
    return watch.seen


def put_photos(servers: Servers, files: Sequence[File], connections: int, *, digested: bool) -> Seen:
    send = servers.plain.digest_and_put_photo if digested else servers.plain.put_photo
    with Watch(servers.processes()) as watch:
        over_connections(files, connections, lambda: send)
    return watch.seen


def ours(servers: Servers, files: Sequence[File], stack: str, send: Callable[[Service, Sequence[File]], None]) -> Seen:
    """A fresh service: what one left its jobs to read must not slow the next."""
    with servers.service(stack) as service:
        wait_until_idle(service.pid)
        with Watch({"service": service.pid, **servers.processes(stack)}, service.port) as watch:
            send(service, files)
        watch.seen.read_meanwhile = service.read_already()
        if service.originals() != {file.path.name: (file.size, file.sha256, file.sm3) for file in files}:
            raise RuntimeError("what is in the record is not what openssl says of the files")
    return watch.seen


def large_lines(asked: argparse.Namespace, file: File) -> list[Line]:
    """One file; the first line is the yardstick."""
    files = [file]
    yardstick = "openssl both at once, then minio's client"
    at_once, one_by_one = [("sha256", "sm3")], [("sha256",), ("sm3",)]
    lines = [
        Line(yardstick, files, partial(digested_then_put, ways=at_once)),
        Line("openssl one by one, then minio's client", files, partial(digested_then_put, ways=one_by_one)),
        Line("minio's client alone, no digest", files, partial(digested_then_put, ways=[])),
    ]
    for stack in asked.stacks:
        tus = partial(ours, stack=stack, send=lambda service, files: Connection(service).tus(files[0]))
        lines.append(Line(f"{stack}: tus, one piece", files, tus, yardstick, LEAST_LARGE))
        pieces = partial(ours, stack=stack, send=lambda service, files: tuspy(service, files[0]))
        lines.append(Line(f"{stack}: tuspy, pieces of 64 MiB", files, pieces, yardstick))
    return lines


def photo_lines(asked: argparse.Namespace, photos: Sequence[File], connections: int) -> list[Line]:
    """Photographs over some connections; the first line is the yardstick."""
    yardstick = f"minio's client, {connections} connections"
    plain, digested = (partial(put_photos, connections=connections, digested=each) for each in (False, True))
    lines = [
        Line(yardstick, photos, plain),
        Line(f"minio's client and digests, {connections} connections", photos, digested, yardstick),
    ]
    for stack in asked.stacks:
        for way, one in (("POST (tus)", Connection.tus_photo), ("PUT", Connection.put_photo)):
            measure = partial(ours, stack=stack, send=partial(over, connections=connections, one=one))
            lines.append(Line(f"{stack}: {way}, {connections} connections", photos, measure, yardstick, LEAST_PHOTOS))
    return lines


def over(service: Service, files: Sequence[File], connections: int, one: Callable[[Connection, File], None]) -> None:
    over_connections(files, connections, lambda: partial(one, Connection(service)))


def run(asked: argparse.Namespace, folder: Path) -> list[Line]:
    print("making the input", flush=True)
    groups = [large_lines(asked, make_large(folder, asked.large))] if asked.large else []
    if asked.photos:
        photos = make_photos(folder, asked.photos, asked.photo_size, asked.pictures)
        groups += [photo_lines(asked, photos, connections) for connections in asked.connections]
    for number in range(asked.repeat):
        print(f"round {number + 1} of {asked.repeat}", flush=True)
        for lines in groups:
            with started(folder, postgresql="postgresql" in asked.stacks) as servers:
                for line in reversed(lines) if number % 2 else lines:
                    line.rounds.append(line.measure(servers, line.files))
                    print(f"  {line.name:46}{line.speeds[-1]:7.1f} MB/s", flush=True)
    return [line for lines in groups for line in lines]


@contextmanager
def started(folder: Path, *, postgresql: bool) -> Iterator[Servers]:
    """Empty servers that end with the block, and all their data with them."""
    with ExitStack() as ending:
        place = Path(ending.enter_context(tempfile.TemporaryDirectory(dir=folder)))
        minio = MinioServer()
        ending.callback(minio.close)
        minio.start()
        postgres = None
        if postgresql:
            postgres = Postgres()
            ending.callback(postgres.close)
            postgres.start()
        yield Servers(place, minio, postgres, Plain(minio))


def tell_speeds(lines: Sequence[Line]) -> None:
    print(f"\n{'MB/s':46}{'median':>7}{'least':>8}{'most':>8}{'ratio':>8}  at least")
    by_name = {line.name: line for line in lines}
    for line in lines:
        speeds = line.speeds
        told = f"{line.name:46}{median(speeds):7.1f}{min(speeds):8.1f}{max(speeds):8.1f}"
        if line.against:
            ratio = ratio_of(line, by_name[line.against])
            told += f"{ratio:8.2f}"
            told += f"  {line.least} {'met' if ratio >= line.least else 'NOT MET'}" if line.least else ""
        print(told)


def ratio_of(line: Line, yardstick: Line) -> float:
    return median(own / theirs for own, theirs in zip(line.speeds, yardstick.speeds, strict=True))


def tell_service(lines: Sequence[Line]) -> None:
    headings = ("service", "reader", "median", "worst", "failed", "read")
    print(f"\n{'memory (MiB), health (ms), photographs read':46}" + "".join(f"{heading:>8}" for heading in headings))
    for line in lines:
        if line.serves:
            answered = [1000 * each for seen in line.rounds for each in seen.answered] or [0.0]
            memory, readers = (max(getattr(seen, name) for seen in line.rounds) for name in ("peak", "children_peak"))
            failed = sum(seen.unanswered for seen in line.rounds)
            read = median(seen.read_meanwhile for seen in line.rounds)
            figures = (memory, readers, median(answered), max(answered), failed, read)
            met = memory < MOST_MEMORY and not failed and max(answered) < 1000 * MOST_SILENT
            told = "".join(f"{figure:8.0f}" for figure in figures)
            print(f"{line.name:46}{told}  {'met' if met else 'NOT MET'}")


def tell_limits(lines: Sequence[Line]) -> None:
    """Where the processors' time goes; a digest's share is what it takes alone over as many bytes."""
    taken = {name: hashing(name) for name in ("sm3", "sha256", "md5")}
    alone = ", ".join(f"{name.upper()} {seconds:.1f} s" for name, seconds in taken.items())
    print(f"\none pass over a GB alone: {alone}; {os.cpu_count()} processors")
    print("service: SM3 and SHA-256 once over each byte, of parts SHA-256 again to sign them; minio: SHA-256 and MD5")
    columns = ("service", "service children", "minio", "database children", "client")
    headings = ("service", "digests", "rest", "readers", "minio", "database", "client")
    print(f"{'processor seconds a GB':46}" + "".join(f"{heading:>9}" for heading in headings))
    for line in lines:
        in_parts = line.files[0].size > PART_SIZE
        digests = taken["sm3"] + taken["sha256"] * (2 if in_parts else 1)
        service, readers, *others = (line.per_gigabyte(name) for name in columns)
        if line.serves:
            figures = [service, digests, service - digests, readers, *others]
        else:
            figures = [0.0, 0.0, 0.0, 0.0, *others]
        print(f"{line.name:46}" + "".join(f"{figure:9.1f}" for figure in figures))


def hashing(algorithm: str) -> float:
    """Seconds for a GB, in this interpreter, alone."""
    block = os.urandom(1 << 20)
    digest = hashlib.new(algorithm)
    started = time.process_time()
    for _ in range(200):
        digest.update(block)
    return (time.process_time() - started) / (200 * len(block) / 1e9)


def bytes_of(given: str) -> int:
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", given)
    if not found or found[2] not in UNITS:
        raise argparse.ArgumentTypeError(f"{given!r} is no size; one is 4GiB, 500MB, 0")
    return int(found[1]) * UNITS[found[2]]


def asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--large", type=bytes_of, default="4GiB", help="size of the large file; 0 for none (4GiB)")
    parser.add_argument("--photos", type=int, default=500, help="how many photographs; 0 for none (500)")
    parser.add_argument("--photo-size", type=bytes_of, default="4MB", help="size of each (4MB)")
    parser.add_argument(
        "--pictures",
        choices=("jpeg", "random"),
        default="jpeg",
        help="what photographs are: pictures, of which the jobs make copies meanwhile, or bytes that are none (jpeg)",
    )
    parser.add_argument("--connections", type=int, nargs="+", default=[4, 8], help="for photographs, at most 8 (4 8)")
    parser.add_argument("--stacks", nargs="+", choices=("postgresql", "sqlite"), default=["postgresql", "sqlite"])
    parser.add_argument("--repeat", type=int, default=3, help="rounds (3)")
    parser.add_argument("--json", type=Path, help="also write everything that was seen to this file")
    return parser.parse_args()


def main() -> None:
    asked = asked_for()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: all that was started ends
    folder = Path(tempfile.mkdtemp(prefix="benchmark-intake-"))
    tempfile.tempdir = str(folder)  # of the servers too
    folder.chmod(0o755)  # PostgreSQL runs as somebody else where we are root
    try:
        lines = run(asked, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tell_speeds(lines)
    tell_service(lines)
    tell_limits(lines)
    if asked.json:
        told = [
            {"name": line.name, "size": line.size, "rounds": [asdict(seen) for seen in line.rounds]} for line in lines
        ]
        asked.json.write_text(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()
