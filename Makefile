# Two commands do everything on a machine with git, make and Python 3.11+:
#   make rehearse   hear the bell, on an AWS in this process
#   make test       every check and every test that needs nothing from outside
# All set-up goes into .venv. Paths are relative, so that a folder with a space in its name is fine.

PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m
PIP := $(RUN) pip install --quiet --disable-pip-version-check
# A process a core; two at least, so that tests meet company.
WORKERS ?= 2
# An evaluator of policies that is not ours, to be compared with (npm; AGPL, never shipped).
SIMULATE := @cloud-copilot/iam-simulate@0.1.173

.PHONY: help rehearse test check prove prove-long bench fix docs lock clean
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

rehearse: .venv/.rehearse
	$(RUN) tocsin rehearse

test: check
	$(RUN) pytest -n $(WORKERS)

check: .venv/.dev
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(BIN)/python tools/imports.py
	$(BIN)/python tools/lint_template.py
	$(BIN)/python tools/catalogue.py --check
	$(BIN)/python tools/docs.py --check
	$(RUN) pytest -q tests/docs

prove: .venv/.dev
	HYPOTHESIS_PROFILE=long $(RUN) pytest -n $(WORKERS) -m "hypothesis and not proof" tests/core tests/flows
	command -v npm >/dev/null && npm install --silent --no-fund --no-audit --prefix .venv/simulate $(SIMULATE) || echo "npm is not here, or has no network: policies are not compared with another evaluator"
	TOCSIN_IAM_SIMULATE=.venv/simulate $(RUN) pytest -n $(WORKERS) -m proof
	$(RUN) tocsin rehearse

prove-long: .venv/.dev
	HYPOTHESIS_PROFILE=longest $(RUN) pytest -n $(WORKERS) -m "hypothesis and not proof" tests/flows
	TOCSIN_KILLS=1000 $(RUN) pytest -m proof tests/flows/respond/test_kills.py
	TOCSIN_PAIRS=200 $(RUN) pytest -n $(WORKERS) -m proof tests/rehearsal/test_doctor_mutations.py

bench: .venv/.dev
	$(BIN)/python bench/run.py

fix: .venv/.dev
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

docs: .venv/.dev
	$(BIN)/python tools/catalogue.py
	$(BIN)/python tools/docs.py

# Needs uv (pip install uv). One resolution for every supported Python; hashes, and no address of an index.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	$(LOCK) --all-extras --group dev pyproject.toml --output-file requirements/dev.lock
	$(LOCK) --extra rehearse --group build --constraint requirements/dev.lock pyproject.toml --output-file requirements/rehearse.lock

clean:
	rm -rf .venv dist build .pytest_cache .mypy_cache .ruff_cache .hypothesis

.venv/bin/python:
	$(PYTHON) -c "import sys; sys.exit('Tocsin needs Python 3.11 or later; give one: make PYTHON=python3.12 ...' if sys.version_info < (3, 11) else 0)"
	$(PYTHON) -m venv .venv

.venv/.rehearse: requirements/rehearse.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/rehearse.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

.venv/.dev: requirements/dev.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements/dev.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@ .venv/.rehearse
