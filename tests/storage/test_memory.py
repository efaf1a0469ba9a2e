"""Memory does not grow with the object: 256 MiB pass through a process that may grow by less than 150 MiB."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from tests.servers import ROOT

GROWTH_KIB = 150 * 1024

PASS = textwrap.dedent("""
    import re, sys
    from pathlib import Path
    from storage import FileStore, MemoryStore, MinioStore

    def memory(name):
        # Not ru_maxrss: a child begins with its parent's peak, and shows no growth below that.
        return int(re.search(name + r":\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

    if sys.argv[1] == "file":
        store = FileStore(Path(sys.argv[3]))
    elif sys.argv[1] == "memory":
        store = MemoryStore()
    else:
        endpoint, access_key, secret_key, bucket = sys.argv[3:]
        store = MinioStore(endpoint, access_key, secret_key, bucket, secure=False)
    store.prepare()
    before = memory("VmRSS")
    if sys.argv[2] == "whole":
        stored = store.put("big", (bytes([number]) * (1 << 20) for number in range(256)))
    else:
        making = store.begin("big")
        parts = [store.add_part("big", making, n + 1, n << 23, bytes([n]) * (1 << 23)) for n in range(32)]
        stored = store.complete("big", making, parts)
    assert stored.size == sum(len(block) for block in store.read("big", stored.version)) == 256 << 20
    print(memory("VmHWM") - before)
""")


def growth(*arguments: str) -> int:
    """KiB by which the peak of the process grew."""
    done = subprocess.run(
        [sys.executable, "-c", PASS, *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("name", ["file", "minio"])
@pytest.mark.parametrize("how", ["whole", "in parts"])
def test_memory_stays_flat(name, how, tmp_path, request):
    if name == "file":
        grown = growth(name, how, str(tmp_path / "store"))
    else:
        server = request.getfixturevalue("minio_server")
        grown = growth(name, how, server.endpoint, server.access_key, server.secret_key, f"test-memory-{how[:2]}")
    assert grown < GROWTH_KIB, f"{name}: {grown} KiB"


def test_the_gauge_sees_memory():
    assert growth("memory", "whole") > 256 * 1024
