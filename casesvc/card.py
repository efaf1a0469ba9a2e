"""What lies on a card or in a folder: the files to upload in their order, and what is left out, with the reason."""

import os
import re
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

SYSTEM_FILES = re.compile(r"(\.DS_Store|Thumbs\.db|ehthumbs\.db|desktop\.ini|\._.*|\.localized)", re.IGNORECASE)
SYSTEM_FOLDERS = frozenset({"System Volume Information", ".Spotlight-V100", ".fseventsd"})


@dataclass(frozen=True)
class Found:
    """A file to upload.

    ``key`` is its path below the parent of what was named, in NFC with "/": the same on every system. ``twin`` counts
    those with the same key before it, as two cards of one camera have them.
    """

    path: Path
    key: str
    size: int
    twin: int = 0


@dataclass(frozen=True)
class LeftOut:
    """``fault`` where it should have been uploaded and cannot be read."""

    path: Path
    reason: str
    fault: bool = False


def look_through(named: Iterable[Path]) -> tuple[list[Found], list[LeftOut]]:
    """The files below what was named, in the order of their names, folder by folder; nothing behind a link.

    What is named itself is taken whatever it is called, and may be a link.
    """
    found: list[Found] = []
    left_out: list[LeftOut] = []
    seen: set[str] = set()
    keys: Counter[str] = Counter()
    for top in named:
        top_path = Path(os.path.abspath(top))  # noqa: PTH100 - takes .. out without following links
        for path in _below(top_path, left_out):
            real = os.path.realpath(path)
            if real in seen:
                left_out.append(LeftOut(path, "已在本次上传之列"))
                continue
            seen.add(real)
            try:
                size = path.stat().st_size
            except OSError as reason:
                left_out.append(LeftOut(path, f"文件读不出（{reason.strerror}）", fault=True))
                continue
            key = unicodedata.normalize("NFC", path.relative_to(top_path.parent).as_posix())
            found.append(Found(path, key, size, keys[key]))
            keys[key] += 1
    return found, left_out


def _below(top: Path, left_out: list[LeftOut]) -> Iterator[Path]:
    if not top.is_dir():
        yield top
        return

    def unreadable(reason: OSError) -> None:
        left_out.append(LeftOut(Path(reason.filename), f"文件夹打不开（{reason.strerror}）", fault=True))

    for folder, folders, names in os.walk(top, onerror=unreadable):
        here = Path(folder)
        for name in sorted(names, key=_order):
            if reason := _not_taken(here / name, system=SYSTEM_FILES.fullmatch(name) is not None):
                left_out.append(LeftOut(here / name, reason))
            else:
                yield here / name
        refused = {name: _not_taken(here / name, system=name in SYSTEM_FOLDERS) for name in sorted(folders, key=_order)}
        left_out.extend(LeftOut(here / name, reason) for name, reason in refused.items() if reason)
        folders[:] = [name for name, reason in refused.items() if not reason]


def _not_taken(path: Path, *, system: bool) -> str:
    """Why an entry of a folder is left out; empty for one that is taken."""
    if system:
        return "系统文件"
    if path.is_symlink():
        return "链接，没有跟随"
    try:
        mode = path.lstat().st_mode
    except OSError:
        return ""  # told as unreadable when it is to be read
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "不是普通文件"


def _order(name: str) -> tuple[str, str]:
    return unicodedata.normalize("NFC", name), name
