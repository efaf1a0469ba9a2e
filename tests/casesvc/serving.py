"""The service as a process of its own, as a machine runs it: started, killed and started again."""

import os
import subprocess
import sys
import time
from pathlib import Path

import httpx

from casesvc import demo
from casesvc.installation import install, prepare_store
from casesvc.migrating import migrate
from casesvc.settings import Settings
from tests.servers import ROOT, free_port


class Served:
    """``casesvc serve`` over a data folder, with the demo's people."""

    def __init__(self, data: Path) -> None:
        here = install(Settings(data_dir=data))
        migrate(here.database.engine)
        prepare_store(here.store)
        demo.enter(here)
        here.database.engine.dispose()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {**os.environ, "CASESVC_DATA_DIR": str(data), "CASESVC_PORT": str(self.port)}
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
