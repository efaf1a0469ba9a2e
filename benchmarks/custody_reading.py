"""The reading half of the custody benchmark: an exhibit's page with 500 events, and the auditor's list, as they grow.

Asked over HTTP as people ask, one after another, of ``casesvc serve`` over each database. The list is asked for in many
ways by a supervisor, who audits every unit, and by a legal officer of one, as a page and as JSON.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.custody_rows import fill
from benchmarks.sides import PASSWORD, Postgres
from casesvc.accounts import actor_of, add_account
from casesvc.acts import system_actor
from casesvc.installation import Installation, install, prepare_store
from casesvc.migrating import migrate
from casesvc.passwords import hashed
from casesvc.settings import Settings
from evidence.act import Act
from evidence.custody import perform
from evidence.custody_event import EventType
from evidence.intake import SampleFacts, collect_sample
from evidence.register import Case, Procedure, load_units, register_case, unit_by_code
from tests.casesvc.serving import environment
from tests.servers import ROOT, free_port
from workflows.roles import Role

SIZES = (10_000, 100_000, 1_000_000)
EVENTS = 500
PAGES = 10
"""How often a round asks for the exhibit's page."""
MOST = 100  # ms at the 95th percentile
PEOPLE = (
    ("diaocha", "王建国", "410502", Role.INVESTIGATOR),
    ("jiandu", "孙丽华", "410500", Role.SUPERVISOR),
    ("fazhi", "陈志远", "410502", Role.LEGAL),
)
ASKS: tuple[Mapping[str, str], ...] = (
    {},
    {"health": "defective"},
    {"health": "attention"},
    {"health": "sound"},
    {"health": "defective", "sort": "longest"},
    {"sort": "longest"},
    {"days": "365"},
    {"days": "365", "kind": "physical"},
    {"kind": "physical"},
    {"kind": "medium", "sort": "longest"},
    {"kind": "physical", "health": "defective"},
    {"whereabouts": "borrowed"},
    {"whereabouts": "lost"},
    {"whereabouts": "examination", "health": "defective"},
    {"holder": "保管000"},
    {"holder": "保管031", "health": "attention"},
    {"holder": "查无此人"},
    {"waiting": "offer"},
    {"hazard": "dangerous"},
    {"hazard": "dangerous", "health": "defective"},
    {"defect": "hole"},
    {"defect": "not_returned", "sort": "longest"},
    {"unit": "410502"},
    {"unit": "410502", "health": "defective"},
    {"q": "第 7 起"},
    {"q": "4105002025O00000"},
)


@dataclass
class Line:
    """What was asked on one stack over so many exhibits: milliseconds of each answer, by what was asked."""

    stack: str
    name: str
    exhibits: int
    taken: dict[str, list[float]] = field(default_factory=dict)

    @property
    def all(self) -> list[float]:
        return [each for taken in self.taken.values() for each in taken]

    @property
    def p95(self) -> float:
        return quantiles(self.all, n=20, method="inclusive")[-1]

    @property
    def slowest(self) -> tuple[str, float]:
        name, taken = max(self.taken.items(), key=lambda each: median(each[1]))
        return name, median(taken)


def run(stacks: tuple[str, ...], sizes: tuple[int, ...], repeat: int, folder: Path) -> list[Line]:
    """Everything, one stack and size after another, each in an installation of its own."""
    lines = []
    for stack in stacks:
        for size in sizes:
            with database(stack) as url:
                lines += measured(stack, size, url, repeat, Path(tempfile.mkdtemp(dir=folder)))
    return lines


@contextmanager
def database(stack: str) -> Iterator[str]:
    """The URL of an empty database; empty for SQLite in the data folder."""
    if stack == "sqlite":
        yield ""
        return
    server = Postgres()
    try:
        server.start()
        yield server.url(server.create_database())
    finally:
        server.close()


def measured(stack: str, size: int, url: str, repeat: int, data: Path) -> list[Line]:
    settings = Settings(data_dir=data, database_url=url, port=free_port())
    here = install(settings)
    migrate(here.database.engine)
    prepare_store(here.store)
    case, exhibit = peopled(here)
    fill(here.database.engine, size, datetime.now(UTC))
    here.database.engine.dispose()
    page, audit = Line(stack, f"exhibit page, {EVENTS} events", size), Line(stack, "auditor's list", size)
    with served(settings) as client:
        for login in ("jiandu", "fazhi"):
            logged_in = client(login)
            for _ in range(repeat):
                for _ in range(PAGES):
                    ask(logged_in, page, f"/cases/{case}/exhibits/{exhibit}", {})
                for asked in ASKS:
                    ask(logged_in, audit, "/custody/audit", asked)
                    ask(logged_in, audit, "/api/v1/custody/audit", asked)
    shutil.rmtree(data)
    return [page, audit]


def peopled(here: Installation) -> tuple[str, str]:
    """Accounts, and a case with an exhibit of many events; returns both numbers."""
    with here.database.begin(system_actor()) as act:
        load_units(act.tx)
        for login, name, unit, role in PEOPLE:
            add_account(
                act,
                unit_by_code(act.tx, unit),
                name=name,
                certificate=f"豫消-{login}",
                login=login,
                password_hash=hashed(PASSWORD),
                roles=frozenset({role}),
                password_set_by_owner=True,
            )
        by = actor_of(act.tx, "diaocha")
    with here.database.begin(by) as act:
        unit = unit_by_code(act.tx, "410502")
        fire = {"fire_at": act.at, "place": "文明大道", "procedure": Procedure.ORDINARY}
        case = register_case(act, unit, name="宏远纸品仓库火灾", **fire)
        return case.number, _long_lived(act, case)


def _long_lived(act: Act, case: Case) -> str:
    facts = SampleFacts(
        quantity="1 段",
        features="铜",
        position="东墙配电箱",
        method="剪取",
        packing="证物袋",
        second_officer="李文静",
        witness="马会计",
    )
    exhibit = collect_sample(act, case, facts, name="短路熔痕导线")
    for count in range(1, EVENTS):
        perform(act, case, exhibit, EventType.LABELLED, {"label": f"热敏 60×40，第 {count} 次"})
    return exhibit.number


@contextmanager
def served(settings: Settings) -> Iterator[Callable[[str], httpx.Client]]:
    """``casesvc serve`` as a process; gives a client that is logged in as somebody."""
    process = subprocess.Popen(
        [sys.executable, "-m", "casesvc.cli", "serve"],
        env={**os.environ, **environment(settings)},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def client(login: str) -> httpx.Client:
        made = httpx.Client(base_url=f"http://127.0.0.1:{settings.port}", timeout=120)
        while process.poll() is None:
            try:
                made.get("/api/v1/health").raise_for_status()
                break
            except httpx.ConnectError:
                time.sleep(0.1)
        made.headers["x-csrftoken"] = made.cookies["csrftoken"]
        made.post("/api/v1/session", json={"login": login, "password": PASSWORD}).raise_for_status()
        return made

    try:
        yield client
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def ask(client: httpx.Client, line: Line, path: str, asked: Mapping[str, str]) -> None:
    """One request; the first of its kind by a person is left out: it fills the caches that every later one finds."""
    headers = {"accept": "application/json" if path.startswith("/api/") else "text/html"}
    started = time.perf_counter()
    client.get(path, params=asked, headers=headers).raise_for_status()
    taken = 1000 * (time.perf_counter() - started)
    name = f"{path}?{'&'.join(f'{key}={value}' for key, value in asked.items())}"
    if name in line.taken:
        line.taken[name].append(taken)
    else:
        line.taken[name] = []


def tell(lines: list[Line]) -> None:
    """p95 of each, and how much it grew from the smallest to the largest, beside how much the exhibits did."""
    print(f"\n{'':34}{'exhibits':>10}{'median':>9}{'p95':>9}{'worst':>9}  (ms; met at p95 ≤ {MOST})")
    for line in lines:
        figures = (median(line.all), line.p95, max(line.all))
        told = "".join(f"{figure:9.1f}" for figure in figures)
        name, slowest = line.slowest
        met = "met" if line.p95 <= MOST else "NOT MET"
        print(f"{line.stack:11}{line.name:23}{line.exhibits:10}{told}  {met}; slowest {name} {slowest:.0f}")
    for stack, name in dict.fromkeys((line.stack, line.name) for line in lines):
        own = sorted(
            (line for line in lines if (line.stack, line.name) == (stack, name)), key=lambda each: each.exhibits
        )
        if len(own) > 1:
            grew, exhibits = own[-1].p95 / own[0].p95, own[-1].exhibits / own[0].exhibits
            met = "less than linearly: met" if grew < exhibits else "NOT MET"
            print(f"{stack:11}{name:23} p95 grew {grew:.1f}× over {exhibits:.0f}× the exhibits; {met}")


def asked_for() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--exhibits", type=int, nargs="+", default=SIZES, help="how many (10000 100000 1000000)")
    parser.add_argument("--stacks", nargs="+", choices=("postgresql", "sqlite"), default=["postgresql", "sqlite"])
    parser.add_argument("--repeat", type=int, default=10, help="rounds of all that is asked, for each person (10)")
    return parser.parse_args()


def main() -> None:
    asked = asked_for()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # as Ctrl-C: all that was started ends
    folder = Path(tempfile.mkdtemp(prefix="benchmark-custody-"))
    tempfile.tempdir = str(folder)  # of the servers too
    folder.chmod(0o755)  # PostgreSQL runs as somebody else where we are root
    try:
        lines = run(tuple(asked.stacks), tuple(asked.exhibits), asked.repeat, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tell(lines)


if __name__ == "__main__":
    main()
