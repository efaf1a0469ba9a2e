"""The S3 calls of an upload one by one, and connections that give up soon."""

import ssl

from minio import Minio
from minio.datatypes import Part
from urllib3 import PoolManager, Retry, Timeout

CONNECT_SECONDS = 2.0
READ_SECONDS = 60.0  # completing an upload of many parts may keep silent that long

Headers = dict[str, str | list[str] | tuple[str]]


class S3Client(Minio):
    """The SDK's own S3 calls for uploads, one by one.

    Its put_object (7.2) would do, but for what happens when a source fails: three threads with a part each
    are left waiting for ever, the upload is aborted while parts are under way, and after a part failed the
    source is still read to its end.
    """

    def put_whole(self, bucket: str, key: str, data: bytes, headers: Headers) -> str:
        """PutObject; returns the version id, "" where the bucket has none."""
        return self._put_object(bucket, key, data, headers).version_id or ""

    def begin(self, bucket: str, key: str, headers: Headers) -> str:
        """CreateMultipartUpload; returns the upload id."""
        return self._create_multipart_upload(bucket, key, headers)

    def send(self, bucket: str, key: str, part: bytes, upload: str, number: int) -> str:
        """UploadPart; returns its etag."""
        return self._upload_part(bucket, key, part, None, upload, number)

    def complete(self, bucket: str, key: str, upload: str, etags: list[str]) -> str:
        """CompleteMultipartUpload; returns the version id."""
        parts = [Part(number, etag) for number, etag in enumerate(etags, 1)]
        return self._complete_multipart_upload(bucket, key, upload, parts).version_id or ""

    def abort(self, bucket: str, key: str, upload: str) -> None:
        """AbortMultipartUpload."""
        self._abort_multipart_upload(bucket, key, upload)


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
