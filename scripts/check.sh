#!/usr/bin/env bash
# Set everything up for development and pass all checks: style, types, imports, tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

echo "Setting up .venv-dev (the first time takes minutes: torch is large) ..." >&2
bash scripts/environment.sh .venv-dev -e '.[dev,train]'
export PATH="$PWD/.venv-dev/bin:$PATH"
if command -v make >/dev/null; then
  make check PYTHON=python
else # the targets of the Makefile, where there is no make
  python -m ruff check nlp_cx tests scripts
  python -m ruff format --check nlp_cx tests scripts
  python -m mypy
  lint-imports
  python -m pytest
fi
