"""``casesvc witness``: signs the checkpoints of other installations, and keeps what it has seen of each.

It needs neither database nor object store: of each log the checkpoint it signed last is a file, which is replaced
before the answer goes out.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import uvicorn
from litestar import Litestar, Request, Response, post
from litestar.datastructures import State

from casesvc.log_key import read_key_file, write_key
from evidence.note import (
    COSIGNATURE,
    Head,
    NoteRefused,
    SigningKey,
    VerifierKey,
    merged,
    read_head,
    read_key,
    read_note,
)
from evidence.witness import Disagrees, checked, read_asked

LARGEST = 64 * 1024


class Witness:
    """What one witness has seen, below ``folder``; it signs with ``key`` for the logs of ``logs``."""

    def __init__(self, folder: Path, key: SigningKey, logs: Sequence[VerifierKey]) -> None:
        self._folder = folder
        self._key = key
        self._logs = tuple(logs)
        folder.mkdir(parents=True, exist_ok=True)

    def sign(self, body: bytes, at: datetime) -> bytes:
        """The line for what a request asks; Disagrees where it may not be signed, NoteRefused for no request."""
        asked = read_asked(body)
        with self._locked(asked.note.text.split("\n", 1)[0]) as seen:
            checked(asked, self._logs, self.seen(seen))
            signature = self._key.cosign(asked.note.text, at)
            _replace(seen, merged(asked.note, [signature]))
        return signature.line.encode()

    def seen(self, path: Path) -> Head | None:
        """The checkpoint signed last."""
        return read_head(read_note(path.read_bytes()).text) if path.exists() else None

    @contextmanager
    def _locked(self, origin: str) -> Iterator[Path]:
        """The file of a log, which no other process reads or replaces meanwhile."""
        path = self._folder / f"{hashlib.sha256(origin.encode()).hexdigest()[:32]}.checkpoint"
        with (self._folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield path


def witness_app(witness: Witness) -> Litestar:
    """One route, ``POST /add-checkpoint``, which answers in plain text as tlog-witness says."""
    return Litestar(
        route_handlers=[add_checkpoint],
        state=State({"witness": witness}),
        request_max_body_size=LARGEST,
        openapi_config=None,
    )


@post("/add-checkpoint", status_code=200, sync_to_thread=True)
def add_checkpoint(request: Request[None, None, State], body: bytes) -> Response[bytes]:
    witness: Witness = request.app.state.witness
    try:
        return Response(witness.sign(body, datetime.now(UTC)), media_type="text/plain; charset=utf-8")
    except NoteRefused as reason:
        return Response(f"{reason.reason}\n".encode(), status_code=400, media_type="text/plain")
    except Disagrees as answer:
        kind = "text/x.tlog.size" if answer.size is not None else "text/plain"
        return Response(answer.text.encode(), status_code=answer.status, media_type=kind)


@click.command("witness")
@click.option("--folder", required=True, type=click.Path(path_type=Path), help="见证密钥和见过的检查点放在这里")
@click.option("--log", "logs", required=True, multiple=True, metavar="VKEY", help="要见证的日志的密钥，可给多个")
@click.option("--name", default="", help="会签用的名称；首次运行时写入密钥，不能有空格和加号")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8010, show_default=True, type=click.IntRange(1, 65535))
def run_witness(folder: Path, logs: tuple[str, ...], name: str, host: str, port: int) -> None:
    """为其他单位的检查点会签：只在其日志包含此前见过的全部内容时签名。"""
    try:
        known = [read_key(line) for line in logs]
    except NoteRefused as reason:
        raise click.UsageError(f"--log 不是密钥：{reason.reason}") from reason
    path = folder / "witness-key"
    if not path.exists():
        write_key(path, name or f"witness/{secrets.token_hex(4)}")
    key = read_key_file(path)
    click.echo(f"会签密钥  {key.verifier(COSIGNATURE).line}")
    uvicorn.run(witness_app(Witness(folder, key, known)), host=host, port=port, log_level="warning")


def _replace(path: Path, content: bytes) -> None:
    """On disk whole, or not at all."""
    written = path.with_suffix(".new")
    with written.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
