"""The real servers the tests talk to: MinIO, PostgreSQL and ClamAV as plain processes on loopback, no containers.

Each keeps its data and its log in a temporary folder of its own, is ended by its process id, and may be
stopped and started again on the same port and data ("store down, then up"). Programs come from
tools/install_test_servers.sh.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0


def missing(program: str) -> NoReturn:
    """A program the tests need is not there: a failure where they must run (CI, REQUIRE_SERVERS=1), else a
    skip.
    """
    message = f"{program} is not installed: run tools/install_test_servers.sh"
    if os.environ.get("CI") or os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def free_port() -> int:
    """A loopback TCP port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def find_minio() -> str:
    """The newest build in .tools/, else the one on PATH."""
    built = sorted((ROOT / ".tools").glob("minio-*/minio"), key=lambda path: path.stat().st_mtime)
    found = str(built[-1]) if built else shutil.which("minio")
    return found or missing("minio")


def find_postgres() -> Path:
    """The bin folder of the newest PostgreSQL (Debian keeps initdb and postgres off PATH)."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if folders:
        return max(folders, key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    return Path(on_path).parent if on_path else missing("postgresql")


def find_clamd() -> str:
    """The ClamAV daemon (Debian keeps it off a plain user's PATH)."""
    return shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin") or missing("clamd")


def find_chromium() -> str:
    """Path of the Chromium that drives the page tests."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or missing("chromium")


class Server:
    """One process with a port, a home folder (removed by close) and a log."""

    name = "server"
    end_signal = signal.SIGTERM

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix=f"test-{self.name}-"))
        self.log = self.home / "log.txt"
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.home)}

    def user(self) -> dict[str, object]:
        """Keywords for subprocess when the server runs as somebody else."""
        return {}

    def is_ready(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start on the same port and data as before; returns when the server answers."""
        if self.process is not None:
            return
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.environment(),
                cwd=self.home,
                **self.user(),
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.is_ready():
                return
            time.sleep(0.05)
        self.stop()
        pytest.fail(f"{self.name} did not start:\n{self.log.read_text(errors='replace')[-4000:]}", pytrace=False)

    def stop(self) -> None:
        """End the process by its id; the data stay for the next start()."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(self.end_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def close(self) -> None:
        """Stop, and remove data and log."""
        self.stop()
        shutil.rmtree(self.home, ignore_errors=True)


class MinioServer(Server):
    """A MinIO with one drive: `endpoint` (host:port, plain HTTP), `access_key`, `secret_key`."""

    name = "minio"

    def __init__(self) -> None:
        self.binary = find_minio()
        super().__init__()
        self.access_key = "test-root"
        self.secret_key = secrets.token_hex(16)

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        certificates = str(self.home / "certs")
        address = ["--address", self.endpoint, "--certs-dir", certificates]
        return [self.binary, "server", str(self.home / "data"), *address, "--quiet"]

    def environment(self) -> dict[str, str]:
        return {
            **super().environment(),
            "MINIO_ROOT_USER": self.access_key,
            "MINIO_ROOT_PASSWORD": self.secret_key,
            "MINIO_BROWSER": "off",
            "MINIO_UPDATE": "off",
        }

    def is_ready(self) -> bool:
        # "cluster" also says that the drive takes writes; "live" answers before that.
        try:
            with urllib.request.urlopen(f"http://{self.endpoint}/minio/health/cluster", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


class ClamdServer(Server):
    """A ClamAV daemon that knows one virus, a sentence of ours: `address` (its socket) and `tcp_address`.

    It takes 2 MiB and looks at files of up to 1 MiB.
    """

    name = "clamd"
    virus = b"this sentence is what the tests call a virus"
    signature = "Casesvc.Test.Sentence-1.UNOFFICIAL"

    def __init__(self) -> None:
        self.binary = find_clamd()
        super().__init__()
        self.socket = self.home / "clamd.sock"
        (self.home / "signatures").mkdir()
        name = self.signature.removesuffix(".UNOFFICIAL")  # what clamd calls every signature that is not ClamAV's own
        (self.home / "signatures" / "ours.ndb").write_text(f"{name}:0:*:{self.virus.hex()}\n")
        settings = {
            "Foreground": "yes",
            "DatabaseDirectory": self.home / "signatures",
            "TemporaryDirectory": self.home,
            "LocalSocket": self.socket,
            "TCPAddr": "127.0.0.1",
            "TCPSocket": self.port,
            "StreamMaxLength": "2M",
            "MaxFileSize": "1M",
            "AlertExceedsMax": "yes",
        }
        (self.home / "clamd.conf").write_text("".join(f"{key} {value}\n" for key, value in settings.items()))

    @property
    def address(self) -> str:
        return f"unix:{self.socket}"

    @property
    def tcp_address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        return [self.binary, "--config-file", str(self.home / "clamd.conf")]

    def is_ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(2)
                probe.connect(str(self.socket))
                probe.sendall(b"zPING\0")
                return probe.recv(16) == b"PONG\0"
        except OSError:
            return False


class PostgresServer(Server):
    """A private PostgreSQL cluster: TCP on 127.0.0.1, trust, superuser "postgres", no fsync (data die with
    the tests).
    """

    name = "postgres"
    end_signal = signal.SIGINT  # "fast": does not wait for clients to leave

    def __init__(self) -> None:
        self.bin = find_postgres()
        super().__init__()
        self.data = self.home / "data"
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        initdb = [
            str(self.bin / "initdb"),
            "-D",
            str(self.data),
            "-U",
            "postgres",
            "-A",
            "trust",
            "--no-sync",
        ]
        done = subprocess.run(
            [*initdb, "-E", "UTF8", "--locale=C.UTF-8"],
            capture_output=True,
            text=True,
            env=self.environment(),
            cwd=self.home,
            check=False,
            **self.user(),
        )
        if done.returncode:
            shutil.rmtree(self.home, ignore_errors=True)
            pytest.fail(f"initdb failed:\n{done.stdout}{done.stderr}", pytrace=False)

    def user(self) -> dict[str, object]:
        # PostgreSQL refuses to run as root.
        if os.geteuid() != 0:
            return {}
        return {"user": "postgres", "group": "postgres", "extra_groups": []}

    def command(self) -> list[str]:
        options = {
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
            "shared_buffers": "64MB",
        }
        settings = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        place = ["-D", str(self.data), "-k", str(self.home), "-h", "127.0.0.1", "-p", str(self.port)]
        return [str(self.bin / "postgres"), *place, *settings]

    def connect(self) -> psycopg.Connection:
        """An autocommitting connection to the maintenance database."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            dbname="postgres",
            autocommit=True,
            connect_timeout=5,
        )

    def is_ready(self) -> bool:
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def create_database(self, like: str = "template1") -> str:
        """A fresh database, empty or as ``like``, which nobody may be using; returns its name."""
        name = f"test_{secrets.token_hex(6)}"
        with self.connect() as connection:
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")  # all that is in it, and no log of it
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(like)))
        return name

    def drop_database(self, name: str) -> None:
        """Drop it, with whoever is still connected."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
