"""Files to take in, none compressible and no two alike, just written and therefore in memory for both sides."""

import os
import subprocess
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

BLOCK = 4 << 20


@dataclass(frozen=True)
class File:
    """An input on disk, with what openssl says of it."""

    path: Path
    size: int
    sha256: str
    sm3: str


def openssl(path: Path, *algorithms: str) -> list[str]:
    """The digests in hex, all taken at the same time, each by a process of its own."""
    command = ["openssl", "dgst", "-r"]
    running = [subprocess.Popen([*command, f"-{name}", path], stdout=subprocess.PIPE, text=True) for name in algorithms]
    return [process.communicate()[0].split()[0] for process in running]


def make_large(folder: Path, size: int) -> File:
    return _written(folder / "large.bin", size, b"")


def make_photos(folder: Path, count: int, size: int, pictures: str) -> list[File]:
    """Photographs of ``size`` bytes: the same picture of 12 megapixels with random bytes behind it, or these alone."""
    begin = _picture(size) if pictures == "jpeg" and count else b""
    return [_written(folder / f"IMG_{number:04}.jpg", size, begin) for number in range(1, count + 1)]


def _picture(most: int) -> bytes:
    """A JPEG file of 4000 × 3000 pixels and at most ``most`` bytes."""
    noise = Image.frombytes("RGB", (500, 375), os.urandom(500 * 375 * 3)).resize((4000, 3000), Image.Resampling.BICUBIC)
    for quality in (95, 92, 85, 70, 40, 10):
        made = BytesIO()
        noise.save(made, "JPEG", quality=quality)
        if made.tell() <= most:
            return made.getvalue()
    raise ValueError(f"no picture of 12 megapixels in {most} bytes")


def _written(path: Path, size: int, begin: bytes) -> File:
    with path.open("wb") as file:
        file.write(begin)
        for at in range(len(begin), size, BLOCK):
            file.write(os.urandom(min(BLOCK, size - at)))
    sha256, sm3 = openssl(path, "sha256", "sm3")
    return File(path, size, sha256, sm3)
