"""What the headers of the tus protocol 1.0.0 (tus.io) and of RFC 9530 say: read strictly, told in Chinese."""

import base64
import hashlib

from casesvc.auth import CaseRequest
from casesvc.errors import InputRefused, TusVersionDiffers
from casesvc.taking import CHECKSUMS, Checksum

TUS = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,checksum,termination,expiration"
PIECE = "application/offset+octet-stream"


def check_version(request: CaseRequest) -> None:
    if request.headers.get("tus-resumable") != TUS:
        raise TusVersionDiffers(TUS)


def whole_number(request: CaseRequest, header: str) -> int:
    given = request.headers.get(header.lower(), "")
    if not (given.isascii() and given.isdigit() and len(given) <= 18):
        raise InputRefused(f"缺少 {header}，或它不是字节数，请检查客户端。")
    return int(given)


def metadata_of(header: str) -> dict[str, str]:
    """``Upload-Metadata``: pairs of a key and a base64 text, separated by commas."""
    metadata = {}
    for pair in header.split(","):
        key, _, value = pair.strip().partition(" ")
        if not key:
            continue
        try:
            metadata[key] = base64.b64decode(value.strip(), validate=True).decode()
        except ValueError:
            raise InputRefused(f"Upload-Metadata 中的 {key[:40]} 不是 Base64 编码的文字，请检查客户端。") from None
    return metadata


def checksum_of(request: CaseRequest) -> Checksum | None:
    """``Upload-Checksum``: algorithm and base64 digest of this piece."""
    given = request.headers.get("upload-checksum")
    if given is None:
        return None
    algorithm, _, value = given.strip().partition(" ")
    try:
        digest = base64.b64decode(value.strip(), validate=True)
    except ValueError:  # binascii.Error too
        digest = b""
    if algorithm not in CHECKSUMS or len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise InputRefused(f"Upload-Checksum 应为 {'、'.join(CHECKSUMS)} 之一及其 Base64 值，请检查客户端。")
    return Checksum(algorithm, digest)


def declared_sha256(field: str | None) -> str | None:
    """The SHA-256 of a Content-Digest or Repr-Digest field (RFC 9530) in hex; other algorithms are passed over."""
    for member in (field or "").split(","):
        algorithm, _, value = member.strip().partition("=")
        if algorithm != "sha-256":
            continue
        try:
            digest = base64.b64decode(value.strip().strip(":"), validate=True)
        except ValueError:  # binascii.Error too
            digest = b""
        if len(digest) != 32:
            raise InputRefused("Content-Digest 或 Repr-Digest 中的 sha-256 不是 32 字节的 Base64 值，请检查客户端。")
        return digest.hex()
    return None
