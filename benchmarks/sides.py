"""The two sides: openssl and minio's own client, and a client of the service; and the servers that both need."""

import base64
import hashlib
import http.client
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO, Self

import httpx
from minio import Minio
from minio.commonconfig import COMPLIANCE
from minio.retention import Retention
from sqlmodel import func, select
from tusclient.client import TusClient

from benchmarks.inputs import File
from casesvc.accounts import add_account
from casesvc.acts import system_actor
from casesvc.installation import install, prepare_store
from casesvc.migrating import migrate
from casesvc.passwords import hashed
from casesvc.settings import Settings
from evidence.exhibit import Original, Reading
from evidence.register import load_units, unit_by_code
from tests.casesvc.serving import environment
from tests.servers import ROOT, MinioServer, PostgresServer, free_port
from workflows.roles import Role

LOGIN, PASSWORD = "diaocha", "Anyang-119-benchmark"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}
TUSPY_PIECE = 64 << 20  # bytes
RETAINED = 1  # days


class Postgres(PostgresServer):
    """As the tests' own, but every commit is on disk, as it is in earnest."""

    def command(self) -> list[str]:
        on = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
        return [*super().command(), *(part for option in on for part in ("-c", option))]


class Plain:
    """minio's own client, over a bucket with object lock, retaining as the service does."""

    def __init__(self, minio: MinioServer) -> None:
        self._client = Minio(minio.endpoint, minio.access_key, minio.secret_key, secure=False)
        self._bucket = f"plain-{secrets.token_hex(6)}"
        self._client.make_bucket(self._bucket, object_lock=True)

    def _kept(self) -> Retention:
        return Retention(COMPLIANCE, datetime.now(UTC) + timedelta(days=RETAINED))

    def put_file(self, file: File) -> None:
        self._client.fput_object(self._bucket, f"originals/{secrets.token_hex(16)}", file.path, retention=self._kept())

    def put_photo(self, file: File) -> None:
        name = f"originals/{secrets.token_hex(16)}"
        with file.path.open("rb") as data:
            self._client.put_object(self._bucket, name, data, file.size, retention=self._kept())

    def digest_and_put_photo(self, file: File) -> None:
        """What is left of the plain client's speed once it takes the two digests that evidence needs."""
        content = file.path.read_bytes()
        digests = [hashlib.new(name, content).hexdigest() for name in ("sha256", "sm3")]
        if digests != [file.sha256, file.sm3]:
            raise RuntimeError(f"{file.path.name} is not what openssl says")
        self.put_photo(file)


class Service:
    """``casesvc serve`` as a process, over a database and a bucket of its own, with one person and one case."""

    def __init__(self, folder: Path, minio: MinioServer, database_url: str = "") -> None:
        self.settings = Settings(
            data_dir=folder,
            database_url=database_url,
            store="minio",
            s3_endpoint=minio.endpoint,
            s3_access_key=minio.access_key,
            s3_secret_key=minio.secret_key,
            s3_bucket=f"ours-{secrets.token_hex(6)}",
            s3_secure=False,
            retention_days=RETAINED,
            port=free_port(),
        )
        self.port = self.settings.port
        self._here = install(self.settings)
        migrate(self._here.database.engine)
        prepare_store(self._here.store)
        with self._here.database.begin(system_actor()) as act:
            load_units(act.tx)
            add_account(
                act,
                unit_by_code(act.tx, "410502"),
                name="王建国",
                certificate="豫消41050201",
                login=LOGIN,
                password_hash=hashed(PASSWORD),
                roles=frozenset({Role.INVESTIGATOR}),
                password_set_by_owner=True,
            )

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "casesvc.cli", "serve"],
            env={**os.environ, **environment(self.settings)},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
        )
        self.pid = self._process.pid
        try:
            self._log_in()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._here.database.engine.dispose()

    def _log_in(self) -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as client:
            self._wait_for(client)
            client.headers["x-csrftoken"] = client.cookies["csrftoken"]
            client.post("/api/v1/session", json={"login": LOGIN, "password": PASSWORD}).raise_for_status()
            alarm = {"received_at": datetime.now(UTC).isoformat(), "place": "文明大道东段", "burning": "纸箱"}
            alarm |= {"caller": "马会计", "phone": "13803720000"}
            incident = client.post("/api/v1/incidents", json=alarm).raise_for_status().json()["number"]
            opening = {"incident": incident, "name": "宏远纸品仓库火灾", "fire_at": alarm["received_at"]}
            self.case = client.post("/api/v1/cases", json=opening).raise_for_status().json()["number"]
            cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
            self.headers = {"Cookie": cookies, "x-csrftoken": client.cookies["csrftoken"]}

    def connect(self) -> "Connection":
        return Connection(self)

    def _wait_for(self, client: httpx.Client) -> None:
        """Until the service answers; RuntimeError when it has ended instead."""
        while self._process.poll() is None:
            try:
                client.get("/api/v1/health").raise_for_status()
            except httpx.ConnectError:
                time.sleep(0.1)
            else:
                return
        raise RuntimeError("the service did not start")

    def originals(self) -> dict[str, tuple[int, str, str]]:
        """Size, SHA-256 and SM3 in the record, by file name."""
        with self._here.database.reading() as tx:
            return {each.file_name: (each.size, each.sha256, each.sm3) for each in tx.exec(select(Original))}

    def read_already(self) -> int:
        """How many originals the jobs have read by now."""
        with self._here.database.reading() as tx:
            return tx.exec(select(func.count()).select_from(Reading)).one()


class Connection:
    """One kept-alive connection, on which a file is sent by the system: the client costs as good as nothing."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._http = http.client.HTTPConnection("127.0.0.1", service.port, timeout=300)

    def request(self, method: str, path: str, headers: dict[str, str], body: BinaryIO | None, size: int) -> Any:
        self._http.putrequest(method, path)
        for name, value in {**self._service.headers, **headers, "Content-Length": str(size)}.items():
            self._http.putheader(name, value)
        self._http.endheaders()
        if body is not None:
            self._http.sock.sendfile(body)
        answer = self._http.getresponse()
        content = answer.read()
        if answer.status not in {201, 204}:
            raise RuntimeError(f"{method} {path}: {answer.status} {content.decode(errors='replace')[:500]}")
        return answer.headers

    def _announced(self, file: File, kind: str) -> dict[str, str]:
        facts = {"case": self._service.case, "filename": file.path.name, "kind": kind}
        pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())
        return {"Upload-Length": str(file.size), "Upload-Metadata": ",".join(pairs)}

    def tus(self, file: File) -> None:
        """Announce a file, then send all of it as one piece."""
        headers = {**TUS, **self._announced(file, "electronic")}
        location = self.request("POST", "/api/v1/uploads", headers, None, 0)["Location"]
        with file.path.open("rb") as body:
            self.request("PATCH", location, {**PIECE, "Upload-Offset": "0"}, body, file.size)

    def tus_photo(self, file: File) -> None:
        """Announce a photograph with all of it in the same request."""
        with file.path.open("rb") as body:
            self.request("POST", "/api/v1/uploads", {**PIECE, **self._announced(file, "photo")}, body, file.size)

    def put_photo(self, file: File) -> None:
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        headers = {"Content-Type": "application/octet-stream", "Content-Digest": f"sha-256=:{digest}:"}
        query = f"case={self._service.case}&file_name={file.path.name}&kind=photo"
        with file.path.open("rb") as body:
            self.request("PUT", f"/api/v1/uploads/{secrets.token_hex(8)}?{query}", headers, body, file.size)


def tuspy(service: Service, file: File) -> None:
    """The client library tuspy, in pieces of 64 MiB."""
    client = TusClient(f"http://127.0.0.1:{service.port}/api/v1/uploads", headers=dict(service.headers))
    metadata = {"case": service.case, "filename": file.path.name, "kind": "electronic"}
    client.uploader(str(file.path), chunk_size=TUSPY_PIECE, metadata=metadata).upload()


def over_connections(files: Sequence[File], connections: int, sender: Callable[[], Callable[[File], None]]) -> None:
    """Send files over some connections at once, each made by ``sender`` and used for one file after the other."""
    waiting: SimpleQueue[File] = SimpleQueue()
    for file in files:
        waiting.put(file)

    def work() -> None:
        send = sender()
        while True:
            try:
                file = waiting.get_nowait()
            except Empty:
                return
            send(file)

    with ThreadPoolExecutor(connections) as pool:
        for done in [pool.submit(work) for _ in range(connections)]:
            done.result()
