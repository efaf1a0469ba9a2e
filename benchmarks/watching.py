"""What processes take while something is measured, and whether the service still answers: read from /proc."""

import http.client
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from types import TracebackType
from typing import Self

TICKS = os.sysconf("SC_CLK_TCK")
PROBED_EVERY = 1.0  # seconds
SAMPLED_EVERY = 0.2  # seconds


@dataclass
class Seen:
    """``cpu`` are processor seconds by name of a process, "… children" those of its descendants; memory in MiB.

    ``read_meanwhile`` are originals that the jobs have read by the end.
    """

    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    peak: float = 0.0
    children_peak: float = 0.0
    answered: list[float] = field(default_factory=list)
    unanswered: int = 0
    read_meanwhile: int = 0


class Watch:
    """Watches ``processes`` (ids by name) while its block runs, and how the service at ``port`` answers meanwhile.

    Memory is that of the process named ``service``: its own peak meanwhile, and the largest of its children.
    """

    def __init__(self, processes: Mapping[str, int], port: int | None = None) -> None:
        self._processes = {**processes, "client": os.getpid()}
        self._port = port
        self._done = Event()
        self._threads = [Thread(target=self._sample, name="sample")]
        if port is not None:
            self._threads.append(Thread(target=self._probe, name="probe"))
        self.seen = Seen()

    def __enter__(self) -> Self:
        if "service" in self._processes:
            Path(f"/proc/{self._processes['service']}/clear_refs").write_text("5")  # its peak begins anew
        self._before = self._cpu()
        self._started = time.perf_counter()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, reason: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seen.seconds = time.perf_counter() - self._started
        after = self._cpu()
        self._done.set()
        for thread in self._threads:
            thread.join()
        self.seen.cpu = {name: after[name] - self._before.get(name, 0.0) for name in after}
        if "service" in self._processes:
            self.seen.peak = _status(self._processes["service"], "VmHWM")

    def _cpu(self) -> dict[str, float]:
        taken = {}
        for name, pid in self._processes.items():
            own, reaped = _cpu_of(pid)
            taken[name] = own
            if pid != os.getpid():  # whose children are the others
                taken[f"{name} children"] = reaped + sum(sum(_cpu_of(child)) for child in descendants(pid))
        return taken

    def _sample(self) -> None:
        while not self._done.wait(SAMPLED_EVERY):
            if "service" in self._processes:
                children = [_status(pid, "VmRSS") for pid in descendants(self._processes["service"])]
                self.seen.children_peak = max([self.seen.children_peak, *children])

    def _probe(self) -> None:
        while not self._done.wait(PROBED_EVERY):
            started = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
            try:
                connection.request("GET", "/api/v1/health")
                well = connection.getresponse().status == 204
            except (OSError, http.client.HTTPException):
                well = False
            finally:
                connection.close()
            self.seen.answered.append(time.perf_counter() - started)
            self.seen.unanswered += not well


def descendants(pid: int) -> list[int]:
    """The children of a process and theirs, as far as they still run."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def wait_until_idle(pid: int) -> None:
    """Until a process and its children have taken next to nothing for two seconds; at most a minute."""
    for _ in range(30):
        before = _whole(pid)
        time.sleep(2)
        if _whole(pid) - before < 0.1:
            return


def _whole(pid: int) -> float:
    return sum(_cpu_of(pid)) + sum(sum(_cpu_of(child)) for child in descendants(pid))


def _cpu_of(pid: int) -> tuple[float, float]:
    """Processor seconds of a process itself, and of children that it has waited for; none of one that is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0, 0.0
    user, system, children_user, children_system = (int(ticks) / TICKS for ticks in stat[11:15])
    return user + system, children_user + children_system


def _status(pid: int, name: str) -> float:
    """A figure of /proc/PID/status in MiB."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{name}:")), 0.0)
