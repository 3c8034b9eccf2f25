#!/usr/bin/env bash
# Make a virtual environment in the checkout and install the package into it, pinned.
# Usage: environment.sh FOLDER PIP-ARGUMENT... ; safe to run again. PYTHON chooses the interpreter.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=$1
shift

find_python() {
  local name
  for name in ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
    if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$name"
      return
    fi
  done
  echo "error: no Python 3.11 or later with venv was found (looked for ${PYTHON:-python3.11 ... python})." >&2
  echo "Install one, or name it: PYTHON=/path/to/python3.11 bash scripts/..." >&2
  return 2
}

if ! "$folder/bin/python" -c 'import pip' 2>/dev/null; then
  python=$(find_python)
  "$python" -m venv --clear "$folder"
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt "$@"
