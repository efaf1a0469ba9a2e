"""Settings, read from environment variables named ``CASESVC_…``; the README documents each one (a test proves it)."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from evidence.clamav import Clamd
from evidence.note import COSIGNATURE, NoteRefused, read_key


class Authority(BaseModel):
    """A time-stamping authority: where it answers, and a PEM file of the certificates that its stamps end at."""

    url: str = Field(pattern=r"^https?://[!-~]+$")
    certificates: Path


class WitnessAt(BaseModel):
    """A witness: where it answers, and the key (vkey line) that its signatures are verified with."""

    url: str = Field(pattern=r"^https?://[!-~]+$")
    key: str

    @field_validator("key")
    @classmethod
    def _of_a_witness(cls, line: str) -> str:
        try:
            if read_key(line).algorithm != COSIGNATURE:
                raise ValueError("the key is of a log, not of a witness")
        except NoteRefused as reason:
            raise ValueError(reason.reason) from reason
        return line


class Settings(BaseSettings):
    """Embedded defaults: SQLite and files on disk below ``data_dir``."""

    model_config = SettingsConfigDict(env_prefix="CASESVC_")

    data_dir: Path = Field(Path("data"), description="Folder of the embedded database, the file store and the secret")
    database_url: str = Field(
        "", description="SQLAlchemy URL; empty: SQLite in data_dir. PostgreSQL: postgresql+psycopg://…"
    )
    store: Literal["file", "minio"] = Field(
        "file", description="Where originals are kept: file (data_dir) or minio (S3)"
    )
    s3_endpoint: str = Field("127.0.0.1:9000", description="Host and port of the S3 endpoint")
    s3_access_key: str = Field("", description="S3 access key")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="S3 secret key")
    s3_bucket: str = Field("fire-evidence", description="Bucket, made with object lock where it does not exist")
    s3_region: str = Field("us-east-1", description="S3 region")
    s3_secure: bool = Field(True, description="TLS to the S3 endpoint")
    retention_days: int = Field(
        3650,
        ge=0,
        description="COMPLIANCE retention of originals and issued documents in days (待中心确认); 0: none",
    )
    upload_hours: int = Field(
        24, ge=1, le=720, description="Hours after which an upload that nobody goes on with is ended, its parts removed"
    )
    clamav: str = Field("", description="Virus scanner clamd: unix:/path of its socket, or host:port; empty: none")
    host: str = Field("127.0.0.1", description="Address the service listens on")
    port: int = Field(8000, ge=1, le=65535, description="Port the service listens on")
    secure_cookies: bool = Field(False, description="Send cookies over HTTPS only; set it behind a TLS proxy")
    session_hours: int = Field(8, ge=1, le=72, description="Hours after which an idle login ends; a busy one after 3×")
    secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that signs form tokens, seals keys of one-time codes; empty: made once, kept in data_dir",
    )

    log_key_file: Path | None = Field(
        None, description="File of the key that signs checkpoints; empty: log-key in data_dir, made at first start"
    )
    log_name: str = Field(
        "",
        pattern=r"^[^\s+]*$",
        max_length=100,
        description="Name under which checkpoints are signed, by which others know this log; empty: drawn with the key",
    )
    tsa: list[Authority] = Field(
        [], description='Time-stamping authorities (RFC 3161), JSON: [{"url": "http://…", "certificates": "tsa.pem"}]'
    )
    witnesses: list[WitnessAt] = Field(
        [], description='Witnesses that sign checkpoints too, JSON: [{"url": "https://…", "key": "name+id+key"}]'
    )
    stamp_minutes: int = Field(10, ge=1, le=1440, description="Minutes between two time stamps of each authority")

    map_tiles: str = Field(
        "",
        pattern=r"^(https?://[A-Za-z0-9.-]+(:\d+)?/[!-~]*)?$",
        description="Address of map pictures with {z}, {x} and {y}; empty: the map needs none",
    )
    map_tiles_gcj02: bool = Field(False, description="The map pictures are in GCJ-02, as of Chinese providers")

    @field_validator("clamav")
    @classmethod
    def _speakable(cls, address: str) -> str:
        return Clamd(address).address if address else ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.store == "minio" and not (self.s3_access_key and self.s3_secret_key.get_secret_value()):
            raise ValueError("CASESVC_STORE=minio needs CASESVC_S3_ACCESS_KEY and CASESVC_S3_SECRET_KEY")
        if self.map_tiles and not all(part in self.map_tiles for part in ("{z}", "{x}", "{y}")):
            raise ValueError("CASESVC_MAP_TILES names no {z}, {x} and {y}")
        if not self.database_url:
            self.database_url = f"sqlite:///{self.data_dir / 'casesvc.sqlite3'}"
        return self
