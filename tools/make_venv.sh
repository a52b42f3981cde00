#!/usr/bin/env bash
# make_venv.sh VENV WHAT: installs WHAT, editable, into the virtual environment VENV, which is made if it is not there.
# PYTHON names the interpreter; without it, the first one on PATH that is new enough.
set -euo pipefail

venv=$1 what=$2

is_new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  local name
  for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python}; do
    if is_new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  echo "make: Python 3.11 or newer is needed; name one with PYTHON=/path/to/python3 make …" >&2
  return 1
}

if ! { is_new_enough "$venv/bin/python" && "$venv/bin/python" -m pip --version >/dev/null 2>&1; }; then
  python=$(find_python)
  rm -rf "$venv"
  if ! "$python" -m venv "$venv" >&2; then
    rm -rf "$venv"
    echo "make: $python cannot make a virtual environment; on Debian and Ubuntu, \`apt install python3-venv\` mends that" >&2
    exit 1
  fi
fi
echo "Installing $what into $venv …" >&2
"$venv/bin/python" -m pip install --quiet --editable "$what"
