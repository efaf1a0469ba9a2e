"""The S3 calls of an upload one by one, the versions of one key, and connections that give up soon."""

import ssl
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import md5
from itertools import takewhile

from minio import Minio
from minio.credentials.credentials import Credentials
from minio.datatypes import Object, Part
from minio.error import S3Error
from urllib3 import PoolManager, Retry, Timeout

CONNECT_SECONDS = 2.0
READ_SECONDS = 60.0  # completing an upload of many parts may keep silent that long

SHA256 = "x-amz-content-sha256"

Headers = dict[str, str | list[str] | tuple[str]]


class S3Client(Minio):
    """The SDK's own S3 calls for uploads, one by one.

    Its put_object (7.2) would do, but for what happens when a source fails: three threads with a part each
    are left waiting for ever, the upload is aborted while parts are under way, and after a part failed the
    source is still read to its end.
    """

    def put_whole(self, bucket: str, key: str, data: bytes, headers: Headers, sha256: str | None = None) -> str:
        """PutObject; returns the version id, "" where the bucket has none. The server compares what arrives with
        ``sha256`` (hex).
        """
        known: Headers = {} if sha256 is None else {SHA256: sha256}
        return self._put_object(bucket, key, data, headers | known).version_id or ""

    def _build_headers(
        self,
        host: str,
        headers: Headers | None = None,
        body: bytes | None = None,
        creds: Credentials | None = None,
    ) -> tuple[Headers, datetime]:
        """As the SDK, which takes the digest of every body; one that is known is signed as it is, over TLS too."""
        known = headers.get(SHA256) if headers else None
        if known is None or body is None:
            return super()._build_headers(host, headers, body, creds)
        built, date = super()._build_headers(host, headers, None, creds)
        built.pop("Content-MD5", None)  # that of no body
        return built | {SHA256: known, "Content-Length": str(len(body))}, date

    def begin(self, bucket: str, key: str, headers: Headers) -> str:
        """CreateMultipartUpload; returns the upload id."""
        return self._create_multipart_upload(bucket, key, headers)

    def send(self, bucket: str, key: str, part: bytes, upload: str, number: int) -> str:
        """UploadPart; returns its etag."""
        return self._upload_part(bucket, key, part, None, upload, number)

    def complete(self, bucket: str, key: str, upload: str, etags: Sequence[str]) -> str:
        """CompleteMultipartUpload; returns the version id."""
        parts = [Part(number, etag) for number, etag in enumerate(etags, 1)]
        return self._complete_multipart_upload(bucket, key, upload, parts).version_id or ""

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """AbortMultipartUpload."""
        self._abort_multipart_upload(bucket, key, upload)

    def is_free(self, bucket: str, key: str) -> bool:
        """Whether the key has neither a version nor a delete marker, which a HEAD tells by a header of its 404.

        Not by ``versions``: to list one key, MinIO looks at all that begin with the same folder.
        """
        try:
            self.stat_object(bucket, key)
        except S3Error as error:
            if error.code not in {"NoSuchKey", "MethodNotAllowed"}:
                raise
            return error.response.headers.get("x-amz-delete-marker") != "true"
        return False

    def versions(self, bucket: str, key: str) -> Iterator[Object]:
        """Every version and delete marker of the key."""
        listed = self.list_objects(bucket, key, recursive=True, include_version=True)
        # Sorted by key: the key itself comes first of all that begin with it.
        return takewhile(lambda entry: entry.object_name == key, listed)


def etag_of_parts(etags: Sequence[str]) -> str:
    """The etag of an object made of these parts: the MD5 of theirs, and their number. "" where one is no MD5."""
    try:
        joined = b"".join(bytes.fromhex(etag) for etag in etags)
    except ValueError:
        return ""
    return f"{md5(joined, usedforsecurity=False).hexdigest()}-{len(etags)}"


def connections() -> PoolManager:
    """Connections that give up soon: a dead server is reported within seconds, the caller decides about
    again.
    """
    retries = Retry(
        total=2,
        connect=1,
        read=1,
        status=0,
        backoff_factor=0.2,
        # A repeated write could leave two versions: only reads are tried again once they were sent.
        allowed_methods=frozenset({"GET", "HEAD"}),
        # MinIO says "Retry-After: 60" while it starts.
        respect_retry_after_header=False,
    )
    return PoolManager(
        timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
        maxsize=16,
        retries=retries,
        ssl_context=ssl.create_default_context(),
    )
