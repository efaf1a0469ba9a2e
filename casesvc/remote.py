"""A service over the network, as a program elsewhere knows it: one login, JSON answers, files by tus 1.0.0 (tuspy).

Nothing here touches a database or a store: it works on any machine that reaches the service.
"""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Lock
from typing import IO, Any
from urllib.parse import quote

import requests
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError
from tusclient.uploader.uploader import Uploader
from urllib3.connection import HTTPConnection

PATIENCE = (10, 60)  # seconds: to connect, and between two bytes of a JSON answer
DEAD_AFTER = 120  # seconds without a sign of life from the other side


class Unanswered(Exception):
    """No usable answer: the service is not reached, or the connection broke."""

    def __init__(self, server: str, cause: object) -> None:
        super().__init__(f"{server} gave no answer: {cause}")
        self.server = server
        self.cause = cause

    @property
    def words(self) -> str:
        for kind, words in _CAUSES:
            if isinstance(self.cause, kind):
                return f"{self.server} {words}"
        return f"{self.server} 连接不上或连接中断。请检查地址和网络。"


_CAUSES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (requests.exceptions.SSLError, "的证书没有通过验证，没有发送任何内容。请核对地址，或请管理员检查证书。"),
    (requests.exceptions.ProxyError, "经代理连接不上。请检查代理设置。"),
    (requests.exceptions.Timeout, "没有及时回答。请检查网络。"),
    (
        (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema, requests.exceptions.InvalidSchema),
        "不是有效的地址，应为 https://… 或 http://…。",
    ),
    (requests.exceptions.JSONDecodeError, "的回答不是本系统的回答。请核对地址。"),
)


class Refused(Exception):
    """The service said no; ``slug`` is empty where something on the way answered in its place."""

    def __init__(self, status: int, content: bytes | str | None) -> None:
        super().__init__(f"refused with {status}")
        self.status = status
        try:
            said = json.loads(content or "{}")
            self.slug = str(said["type"]).rpartition(":")[2]
            self.title, self.detail = str(said["title"]), str(said["detail"])
        except (ValueError, TypeError, KeyError):
            self.slug, self.title, self.detail = "", "服务器没有接受", f"服务器回答 HTTP {status}。"

    @property
    def words(self) -> str:
        return f"{self.title}：{self.detail}"


@dataclass(frozen=True)
class Standing:
    """How an upload stands; ``idle`` are seconds since the service last moved it, by its own clock."""

    state: str
    label: str
    reason: str
    idle: float
    receipt: dict[str, Any] | None


class Remote:
    """A service and a login there; may be used by several threads."""

    def __init__(self, server: str, login: str, password: str) -> None:
        self.server = server.rstrip("/")
        self.logins = 0
        """How often this has logged in."""
        self._credentials = {"login": login, "password": password}
        self._lock = Lock()
        self.tus = TusClient(self._address("uploads"))
        notice_dead_lines()

    def log_in(self) -> None:
        """Begin a session. Raises Unanswered or Refused."""
        with self._understood():
            asked = requests.get(self._address("health"), timeout=PATIENCE, allow_redirects=False)
            token = asked.cookies.get("csrftoken")
            if token is None:
                # a redirect too: a password goes nowhere but to the address that was given
                raise Refused(asked.status_code, asked.content)
            headers = {"cookie": f"csrftoken={token}", "x-csrftoken": token}
            begun = requests.post(
                self._address("session"),
                json=self._credentials,
                headers=headers,
                timeout=PATIENCE,
                allow_redirects=False,
            )
            session = begun.cookies.get("casesvc_session")
            if session is None:
                raise Refused(begun.status_code, begun.content)
        headers["cookie"] += f"; casesvc_session={session}"
        self.tus.set_headers(headers)
        self.logins += 1

    def log_in_again(self, after: int) -> None:
        """Begin a new session, unless another thread has done so since the login that was counted as ``after``."""
        with self._lock:
            if self.logins == after:
                self.log_in()

    def case(self, number: str) -> dict[str, Any]:
        """The case as the service presents it. Raises Unanswered or Refused."""
        answer, _ = self._get(f"cases/{quote(number, safe='')}")
        return answer

    def standing(self, name: str) -> Standing | None:
        """How an upload of this login stands; None for a name that the service does not know."""
        try:
            answer, at = self._get(f"uploads/{name}")
        except Refused as reason:
            if reason.slug == "upload-unknown":
                return None
            raise
        idle = (at - datetime.fromisoformat(answer["moved_at"])).total_seconds()
        return Standing(answer["state"], answer["state_label"], answer["reason"], idle, answer["receipt"])

    def announce(self, stream: IO[bytes], name: str, metadata: dict[str, str]) -> Uploader:
        """Announce a file that the service does not know yet; the uploader is at its beginning."""
        with self._understood():
            uploader = self.tus.uploader(file_stream=stream, metadata={**metadata, "sending": name})
            uploader.create_url()
        # not the address it answered with: behind a proxy that may be another one
        uploader.set_url(self._address(f"uploads/{name}"))
        return uploader

    def resume(self, stream: IO[bytes], name: str) -> Uploader:
        """An uploader at the offset that the service has acknowledged."""
        with self._understood():
            return self.tus.uploader(file_stream=stream, url=self._address(f"uploads/{name}"))

    def send_piece(self, uploader: Uploader) -> None:
        """Send the next ``chunk_size`` bytes; ``offset`` moves on to what is acknowledged."""
        with self._understood():
            uploader.upload_chunk()

    def _address(self, path: str) -> str:
        return f"{self.server}/api/v1/{path}"

    def _get(self, path: str) -> tuple[dict[str, Any], datetime]:
        """What the service says, and when by its clock."""
        with self._understood():
            answer = requests.get(
                self._address(path), headers=self.tus.headers, timeout=PATIENCE, allow_redirects=False
            )
            if answer.status_code != requests.codes.ok:
                raise Refused(answer.status_code, answer.content)
            at = parsedate_to_datetime(answer.headers["date"]) if "date" in answer.headers else datetime.now(UTC)
            return answer.json(), at

    @contextmanager
    def _understood(self) -> Iterator[None]:
        """The failures of both libraries, told apart by what they mean."""
        try:
            yield
        except requests.RequestException as reason:
            raise Unanswered(self.server, reason) from reason
        except TusCommunicationError as reason:
            if reason.status_code is None:
                raise Unanswered(self.server, reason.args[0]) from reason
            raise Refused(reason.status_code, reason.response_content) from reason


def notice_dead_lines() -> None:
    """Have TCP notice that the other side is gone without a word, for every connection of urllib3.

    tuspy waits for an answer without an end, and rightly: a service that reads back a large file takes minutes for it.
    """
    wanted = {
        ("SOL_SOCKET", "SO_KEEPALIVE"): 1,
        ("IPPROTO_TCP", "TCP_KEEPIDLE"): DEAD_AFTER // 4,
        ("IPPROTO_TCP", "TCP_KEEPINTVL"): DEAD_AFTER // 4,
        ("IPPROTO_TCP", "TCP_KEEPCNT"): 3,
        ("IPPROTO_TCP", "TCP_USER_TIMEOUT"): DEAD_AFTER * 1000,  # milliseconds; Linux only
    }
    for (level, option), value in wanted.items():
        setting = (getattr(socket, level), getattr(socket, option, None), value)
        if setting[1] is not None and setting not in HTTPConnection.default_socket_options:
            HTTPConnection.default_socket_options.append(setting)
