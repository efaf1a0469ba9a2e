"""Objects in a bucket with versioning and object lock: MinIO, or any S3 endpoint that has both.

An object is always named with its version id: the latest version may be a stranger's overwrite.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import islice

from minio.commonconfig import COMPLIANCE, GOVERNANCE
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error
from minio.retention import Retention
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError

from storage.blocks import chain, in_parts
from storage.s3_client import Headers, S3Client, connections, etag_of_parts
from storage.store import (
    BLOCK_SIZE,
    CANARY_PREFIX,
    MakingUnknown,
    ObjectExists,
    ObjectMissing,
    Part,
    PartsDiffer,
    StoredObject,
    StoreFull,
    StoreUnavailable,
    check_canary_key,
    check_key,
    check_making,
    check_part,
    check_parts,
    check_prefix,
)

PART_SIZE = 16 << 20  # bytes; S3 takes 10,000 parts, so the largest object has 156 GiB
PARALLEL_PARTS = 3
CANARY_DAYS = 1
# No object, no version; the version is a delete marker; the version id is none at all (to a HEAD: 400).
FULL = frozenset({"XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "QuotaExceeded", "InsufficientCapacity"})
MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed", "InvalidArgument", "BadRequest"})
DIFFERENT = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall"})


class MinioStore:
    """A bucket of an S3 endpoint.

    `endpoint` is host:port; `retention_days` (COMPLIANCE) applies to put(lock=True), None retains nothing;
    `part_size` in bytes, at least 5 MiB. An upload holds some five parts in memory. Thread-safe.
    """

    name = "minio"

    def __init__(
        self,
        endpoint: str,
        access_key: str,
        secret_key: str,
        bucket: str,
        *,
        secure: bool = True,
        region: str = "us-east-1",
        retention_days: int | None = None,
        part_size: int = PART_SIZE,
    ) -> None:
        self._client = S3Client(
            endpoint, access_key, secret_key, secure=secure, region=region, http_client=connections()
        )
        self._bucket = bucket
        self._region = region
        self._retention_days = retention_days
        self._part_size = part_size

    def prepare(self) -> None:
        """Make the bucket, with versioning and object lock, unless it exists.

        One that exists is left as it is: whether it protects anything is for the canary to say.
        """
        with self._faults():
            if self._client.bucket_exists(self._bucket):
                return
            try:
                self._client.make_bucket(self._bucket, self._region, object_lock=True)
            except S3Error as error:
                if error.code != "BucketAlreadyOwnedByYou":  # another process was first
                    raise

    def put(
        self,
        key: str,
        blocks: Iterable[bytes],
        *,
        lock: bool = False,
        fresh: bool = False,
        sha256: Callable[[], str] | None = None,
    ) -> StoredObject:
        """As the protocol.

        Two concurrent puts of one key may both succeed: S3 then keeps both versions, and each caller's
        version id names its own bytes. A server that dies in mid-upload keeps the parts until it clears stale
        uploads (MinIO: 24 h); they are under no key.
        """
        if fresh:
            check_key(key)
        else:
            self._check_free(key)
        parts = in_parts(blocks, self._part_size)
        first = deque(islice(parts, 2))
        headers = self._headers(key, lock=lock)
        if len(first) > 1:
            return self._put_parts(key, chain(first, parts), headers)
        with self._faults():
            version = self._client.put_whole(self._bucket, key, first[0], headers, sha256() if sha256 else None)
        return StoredObject(key, version, len(first[0]))

    def begin(self, key: str, *, lock: bool = False) -> str:
        """As the protocol. The server forgets an upload in time: MinIO 24 h after its begin, if it is not told
        otherwise (MINIO_API_STALE_UPLOADS_EXPIRY). Its parts are MakingUnknown then.
        """
        self._check_free(key)
        with self._faults():
            return self._client.begin(self._bucket, key, self._headers(key, lock=lock))

    def add_part(self, key: str, making: str, number: int, offset: int, part: bytes) -> Part:
        check_key(key)
        check_part(number, offset, part)
        with self._faults(), self._refusals(key, making):
            etag = self._client.send(self._bucket, key, part, making, number)
        return Part(number, offset, len(part), etag)

    def complete(self, key: str, making: str, parts: Sequence[Part]) -> StoredObject:
        """As the protocol. Whether an object is made of these parts, its etag says."""
        check_key(key)
        check_parts(key, making, parts)
        etags = [part.tag for part in parts]
        size = sum(part.size for part in parts)
        if before := self._made_before(key, etags, size):
            return before
        try:
            with self._faults(), self._refusals(key, making):
                return self._finish(key, making, etags, size)
        except MakingUnknown:
            if meanwhile := self._made_before(key, etags, size):
                return meanwhile
            raise

    def abandon(self, key: str, making: str) -> None:
        check_key(key)
        with suppress(MakingUnknown), self._faults(), self._refusals(key, making):
            self._client.abort(self._bucket, key, making)

    def read(self, key: str, version: str, start: int = 0) -> Generator[bytes, None, None]:
        check_key(key)
        with self._faults(), self._absence(key, version):
            try:
                response = self._client.get_object(self._bucket, key, offset=start, version_id=version or None)
            except S3Error as error:
                if error.code != "InvalidRange":
                    raise
                return _nothing()  # `start` is at the end, or behind it
        blocks = self._blocks(response)
        next(blocks)  # begun: from here on its finally closes the connection, even if nobody reads
        return blocks

    def stat(self, key: str, version: str) -> StoredObject:
        return StoredObject(key, version, int(self._head(key, version).get("content-length", "0")))

    def locked_until(self, key: str, version: str) -> datetime | None:
        # From the HEAD: get_object_retention of the SDK trips over the nanoseconds some servers write.
        headers = self._head(key, version)
        until = headers.get("x-amz-object-lock-retain-until-date")
        if until is None or headers.get("x-amz-object-lock-mode") != COMPLIANCE:
            return None
        return datetime.fromisoformat(until).astimezone(UTC)

    def set_legal_hold(self, key: str, version: str, on: bool) -> None:  # noqa: FBT001 - as the protocol
        check_key(key)
        change = self._client.enable_object_legal_hold if on else self._client.disable_object_legal_hold
        with self._faults(), self._absence(key, version):
            change(self._bucket, key, version_id=version or None)

    def has_legal_hold(self, key: str, version: str) -> bool:
        check_key(key)
        with self._faults(), self._absence(key, version):
            return self._client.is_object_legal_hold_enabled(self._bucket, key, version_id=version or None)

    def keys(self, prefix: str = "") -> Iterator[StoredObject]:
        check_prefix(prefix)
        return self._list(prefix)

    def _list(self, prefix: str) -> Iterator[StoredObject]:
        with self._faults():
            for entry in self._client.list_objects(self._bucket, prefix, recursive=True, include_version=True):
                if not entry.is_delete_marker:
                    yield StoredObject(entry.object_name or "", entry.version_id or "", entry.size or 0)

    def try_overwrite(self, key: str, version: str, data: bytes) -> str:
        del version  # S3 overwrites by key
        check_canary_key(key)
        with self._faults():
            try:
                self._client.put_whole(self._bucket, key, data, {})
            except S3Error as error:
                return self._answer(error)
        return "accepted (as a version of its own, if the bucket is versioned)"

    def try_delete(self, key: str, version: str) -> str:
        check_canary_key(key)
        target = DeleteObject(key, version or None)
        with self._faults():
            try:
                # With the strongest rights there are: GOVERNANCE gives way to them, COMPLIANCE must not.
                errors = list(self._client.remove_objects(self._bucket, [target], bypass_governance_mode=True))
            except S3Error as error:
                return self._answer(error)
        return f"{errors[0].code}: {errors[0].message}" if errors else "accepted"

    def try_shorten(self, key: str, version: str) -> str:
        check_canary_key(key)
        if self.locked_until(key, version) is None:
            # Setting one would be no attack: it would protect the object from try_delete.
            return "no COMPLIANCE retention to shorten"
        soon = datetime.now(UTC) + timedelta(minutes=1)
        answers = []
        for mode in (COMPLIANCE, GOVERNANCE):
            with self._faults():
                try:
                    retention = Retention(mode, soon)
                    self._client.set_object_retention(self._bucket, key, retention, version_id=version or None)
                    answers.append(f"{mode}: accepted")
                except S3Error as error:
                    answers.append(f"{mode}: {self._answer(error)}")
        return "; ".join(answers)

    def _put_parts(self, key: str, parts: Iterator[bytes], headers: Headers) -> StoredObject:
        """A multipart upload: completed when every part is there, aborted whatever goes wrong."""
        with self._faults():
            upload = self._client.begin(self._bucket, key, headers)
        try:
            etags, size = self._send(key, upload, parts)
            with self._faults():
                return self._finish(key, upload, etags, size)
        except BaseException:
            with suppress(HTTPError, MinioException, OSError):  # the first error is the one to report
                self._client.abort(self._bucket, key, upload)
            raise

    def _finish(self, key: str, upload: str, etags: Sequence[str], size: int) -> StoredObject:
        """Make the object of its parts, and look at it: S3 may answer 200 and put an error into the body."""
        version = self._client.complete(self._bucket, key, upload, etags)
        try:
            stored = self.stat(key, version)
        except ObjectMissing as missing:
            raise StoreUnavailable(self.name, f"{key!r} is not there once completed") from missing
        if stored.size != size:
            raise StoreUnavailable(self.name, f"{size} bytes sent, {stored.size} stored as {key!r}")
        return stored

    def _send(self, key: str, upload: str, parts: Iterator[bytes]) -> tuple[list[str], int]:
        """Send the parts, some at a time; returns their etags in order and the bytes sent.

        Ends at the first failure, of source or store, when no part is under way any more: what is aborted
        before that may leave a part behind.
        """
        etags: list[str] = []
        size = 0
        waiting: deque[Future[str]] = deque()
        with ThreadPoolExecutor(PARALLEL_PARTS) as pool:
            for number, part in enumerate(parts, 1):
                size += len(part)
                waiting.append(pool.submit(self._client.send, self._bucket, key, part, upload, number))
                if len(waiting) == PARALLEL_PARTS:
                    with self._faults():
                        etags.append(waiting.popleft().result())
            with self._faults():
                etags.extend(future.result() for future in waiting)
        return etags, size

    def _blocks(self, response: BaseHTTPResponse) -> Generator[bytes, None, None]:
        try:
            yield b""
            with self._faults():
                yield from response.stream(BLOCK_SIZE, decode_content=False)
        finally:
            # With bytes still to come this drops the connection; after the last it is in the pool already.
            response.close()
            response.release_conn()

    def _head(self, key: str, version: str) -> dict[str, str]:
        """The headers of the version, names in lower case."""
        check_key(key)
        with self._faults(), self._absence(key, version):
            found = self._client.stat_object(self._bucket, key, version_id=version or None)
        return {name.lower(): value for name, value in (found.metadata or {}).items()}

    def _check_free(self, key: str) -> None:
        """Raise ObjectExists for a key with any version, be it hidden by a delete marker."""
        check_key(key)
        with self._faults():
            if not self._client.is_free(self._bucket, key):
                raise ObjectExists(key)

    def _made_before(self, key: str, etags: Sequence[str], size: int) -> StoredObject | None:
        """The object of just these parts; None where the key is free. Raises ObjectExists."""
        made = etag_of_parts(etags)
        with self._faults():
            if self._client.is_free(self._bucket, key):
                return None
            for entry in self._client.versions(self._bucket, key):
                if (entry.etag, entry.size) == (made, size):
                    return StoredObject(key, entry.version_id or "", size)
        raise ObjectExists(key)

    def _headers(self, key: str, *, lock: bool) -> Headers:
        headers: Headers = {"Content-Type": "application/octet-stream"}
        if lock and self._retention_days is not None:
            days = min(CANARY_DAYS, self._retention_days) if key.startswith(CANARY_PREFIX) else self._retention_days
            until = datetime.now(UTC) + timedelta(days=days)
            headers["x-amz-object-lock-mode"] = COMPLIANCE
            headers["x-amz-object-lock-retain-until-date"] = until.strftime("%Y-%m-%dT%H:%M:%SZ")
        return headers

    def _answer(self, error: S3Error) -> str:
        """A refusal in words; an answer that is a fault of the server (5xx) is raised again."""
        if error.response.status >= 500:
            raise error
        return f"{error.code}: {error.message}"

    @contextmanager
    def _absence(self, key: str, version: str) -> Iterator[None]:
        """Tell "this version is missing", a finding, from "the bucket is not there", a fault."""
        try:
            yield
        except S3Error as error:
            if error.code not in MISSING:
                raise
            if not self._client.bucket_exists(self._bucket):
                raise
            raise ObjectMissing(key, version) from error

    @contextmanager
    def _refusals(self, key: str, making: str) -> Iterator[None]:
        """What the server says of an upload and its parts, as the protocol's errors."""
        check_making(key, making)  # with none at all, a part would be an object
        try:
            yield
        except S3Error as error:
            if error.code == "NoSuchUpload":
                raise MakingUnknown(key, making) from error
            if error.code in DIFFERENT:
                raise PartsDiffer(key, making) from error
            raise

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (HTTPError, MinioException, OSError) as error:
            full = isinstance(error, S3Error) and error.code in FULL
            raise (StoreFull if full else StoreUnavailable)(self.name, error) from error


def _nothing() -> Generator[bytes, None, None]:
    yield from ()
