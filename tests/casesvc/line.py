"""A line between a client and a service: it counts what goes out, and at a given byte something happens on it."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Line:
    """Forwards connections to ``port``; at ``at`` bytes from clients ``then`` is called, once, before any more pass."""

    def __init__(self, port: int, at: int | None = None, then: Callable[[], None] = lambda: None) -> None:
        self.sent = 0
        self._port = port
        self._at = at
        self._then = then
        self._lock = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                threading.Thread(target=self._join, args=(client,), daemon=True).start()

    def _join(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection(("127.0.0.1", self._port)) as service:
            answers = threading.Thread(target=self._pass, args=(service, client, len), daemon=True)
            answers.start()
            self._pass(client, service, self._count)
            answers.join()

    def _pass(self, source: socket.socket, target: socket.socket, seen: Callable[[bytes], object]) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                seen(data)
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _count(self, data: bytes) -> None:
        with self._lock:
            self.sent += len(data)
            if self._at is not None and self.sent >= self._at:
                self._at = None
                self._then()
