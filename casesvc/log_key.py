"""The key that signs checkpoints: made at first start, in a file that only the service may read."""

import base64
import binascii
import secrets
import stat
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from casesvc.errors import LogKeyUnusable
from casesvc.installation import publish_secret
from casesvc.settings import Settings
from evidence.note import NoteRefused, SigningKey, checked_name

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SEED = 32


def key_file(settings: Settings) -> Path:
    """Where the key is kept."""
    return settings.log_key_file or settings.data_dir / "log-key"


def signing_key(settings: Settings) -> SigningKey:
    """The key of this installation, made where there is none.

    Raises LogKeyUnusable for a file that holds no key, or that others than its owner may read or write.
    """
    path = key_file(settings)
    if not path.exists():
        write_key(path, settings.log_name or f"casesvc/{secrets.token_hex(4)}")
    return read_key_file(path)


def write_key(path: Path, name: str) -> None:
    """Draw a key that signs as ``name``, and keep it at ``path``, where no file is."""
    private = Ed25519PrivateKey.generate()
    seed = base64.b64encode(private.private_bytes_raw()).decode()
    publish_secret(path, f"{checked_name(name)}\n{seed}\n")


def read_key_file(path: Path) -> SigningKey:
    """The key in a file of two lines: its name, and the seed in base64."""
    try:
        if path.stat().st_mode & _OTHERS:
            raise LogKeyUnusable(path, "属主以外的用户可以读写")
        name, seed, rest = path.read_text("utf-8").split("\n")
        private = base64.b64decode(seed, validate=True)
        if rest or len(private) != _SEED:
            raise LogKeyUnusable(path, "内容不是密钥")
        return SigningKey(checked_name(name), Ed25519PrivateKey.from_private_bytes(private))
    except OSError as reason:
        raise LogKeyUnusable(path, reason.strerror or "不能读取") from reason
    except (ValueError, binascii.Error, NoteRefused) as reason:
        raise LogKeyUnusable(path, "内容不是密钥") from reason
