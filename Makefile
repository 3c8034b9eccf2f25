# `make check` is what every commit must pass.
PYTHON ?= python

.PHONY: check lint types imports test format
check: lint types imports test

lint:
	$(PYTHON) -m ruff check nlp_cx tests scripts
	$(PYTHON) -m ruff format --check nlp_cx tests scripts

types:
	$(PYTHON) -m mypy

imports:
	lint-imports

test:
	$(PYTHON) -m pytest

format:
	$(PYTHON) -m ruff check --fix nlp_cx tests scripts
	$(PYTHON) -m ruff format nlp_cx tests scripts
