"""The service as a process of its own, as a machine runs it: started, killed and started again."""

import os
import subprocess
import sys
import time
from copy import copy
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from pydantic_core import to_json

from casesvc import demo
from casesvc.installation import install, prepare_store
from casesvc.migrating import migrate
from casesvc.settings import Settings
from tests.servers import ROOT, free_port


def environment(settings: Settings) -> dict[str, str]:
    """The settings as the variables they are read from."""
    values = {
        name: value.get_secret_value() if isinstance(value, SecretStr) else to_json(value).decode()
        for name, value in settings
        if value is not None
    }
    return {f"CASESVC_{name.upper()}": value.strip('"') for name, value in values.items()}


class Served:
    """``casesvc serve`` over a data folder, or as ``settings`` say, with the demo's people and its fire.

    The twelve ``photographs`` of the fire are painted and read only where they are looked at: that takes seconds.
    """

    def __init__(self, data: Path, settings: Settings | None = None, *, photographs: bool = False) -> None:
        self.settings = settings or Settings(data_dir=data)
        here = install(self.settings)
        migrate(here.database.engine)
        prepare_store(here.store)
        with pytest.MonkeyPatch.context() as patch:
            if not photographs:
                patch.setattr(demo, "demo_photographs", lambda _fire_at: [])
            demo.enter(here)
        here.database.engine.dispose()
        self._listen()

    def another(self) -> "Served":
        """One more process of the same installation, not started yet."""
        made = copy(self)
        made._listen()
        return made

    def _listen(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, **environment(self.settings), "CASESVC_PORT": str(self.port)}
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> "Served":
        command = [sys.executable, "-m", "casesvc.cli", "serve"]
        self.process = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        for _ in range(300):
            try:
                if httpx.get(f"{self.url}/api/v1/health").status_code == 204:
                    return self
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the service did not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def client(self, login: str = "diaocha") -> httpx.Client:
        client = httpx.Client(base_url=self.url, timeout=20)
        client.get("/api/v1/health")
        client.headers["x-csrftoken"] = client.cookies["csrftoken"]
        answer = client.post("/api/v1/session", json={"login": login, "password": demo.PASSWORD})
        assert answer.status_code == 204, answer.text
        return client
