"""The tus protocol spoken by hand: each request as a test wants it, right or wrong."""

import base64
import hashlib

TUS = {"tus-resumable": "1.0.0"}
PIECE = {**TUS, "content-type": "application/offset+octet-stream"}


def metadata(**facts: str) -> str:
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in facts.items())


def checksum(content: bytes, algorithm: str = "sha1") -> dict[str, str]:
    digest = hashlib.new(algorithm, content).digest()
    return {"upload-checksum": f"{algorithm} {base64.b64encode(digest).decode()}"}


def announce(client, case: str, length: int, name: str = "a.bin", *, headers=None, content=None, **facts: str):
    facts = {"case": case, "filename": name, "kind": "electronic", **facts}
    given = {**TUS, "upload-length": str(length), "upload-metadata": metadata(**facts), **(headers or {})}
    return client.post("/api/v1/uploads", headers=given, content=content)


def address(client, case: str, length: int, name: str = "a.bin", **facts: str) -> str:
    """Where to send a file that was announced."""
    answer = announce(client, case, length, name, **facts)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def piece(client, url: str, offset: int, content, **headers: str):
    return client.patch(url, headers={**PIECE, "upload-offset": str(offset), **headers}, content=content)


def offset(client, url: str) -> int:
    answer = client.head(url, headers=TUS)
    assert answer.status_code == 200, answer.status_code
    return int(answer.headers["upload-offset"])
