#!/usr/bin/env bash
# Installs the npm parts of package-lock.json once per user and lock file (they unpack to 650 MB), and links them to
# target/tools. Run by Maven at the start of every build; does nothing when they are there.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "ocos: $1" >&2; exit 1; }
[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "the local stack runs on Linux x86-64 with glibc; this is $(uname -s) $(uname -m)"
ldd --version 2>&1 | grep -qi musl && fail "the local stack needs glibc; this system has musl"
command -v npm >/dev/null || fail "npm is missing: install Node.js 20 or newer with npm"

key=$(sha256sum package.json package-lock.json | sha256sum | cut -c1-16)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/ocos/tools/$key"
if [ ! -f "$cache/complete" ]; then
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9
  if [ ! -f "$cache/complete" ]; then
    echo "ocos: installing npm parts (once per user) …" >&2
    cp package.json package-lock.json .npmrc "$cache/"
    (cd "$cache" && npm ci --no-progress --loglevel=error >&2) || fail "npm ci failed (see above)"
    touch "$cache/complete"
  fi
fi
mkdir -p target
ln -sfn "$cache" target/tools
