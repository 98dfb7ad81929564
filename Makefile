# Everything a developer needs, one command each. `make demo` and `make test` need nothing but Python 3.11+ and make.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
# Tests start the program by the hundred: without bytecode beside it each one would compile it anew.
unexport PYTHONDONTWRITEBYTECODE

VENV   := .venv
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,$(shell \
            $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
UV     := $(shell command -v uv 2>/dev/null)
BIN    := $(VENV)/bin
CODE   := $(wildcard syncd tests benchmarks migrations)

# Tests in parallel, as many at once as there are processors; who has run out takes from the others (WORKERS=0: one
# process, as a debugger wants it).
WORKERS ?= $(shell nproc 2>/dev/null || echo 1)
# Narrow a test run: make test TESTS=tests/unit
TESTS   ?= tests

.PHONY: help
help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- environment ------------------------------------------------------------------------------------------------------
# The stamps are older than the files they stand for only when those changed, so that a second `make` installs nothing.
# What the demo needs is a part of what the tests need: whoever has the second has the first.
BASE := $(VENV)/.base-stamp
DEV  := $(VENV)/.dev-stamp

ifdef UV
pip_install = $(UV) pip install --quiet --python $(BIN)/python
make_venv   = $(UV) venv --quiet --allow-existing --python "$(or $(PYTHON),>=3.11)" $(VENV)
else
# An environment that uv made has no pip. Warnings about root and newer pips are nothing a user could act on here.
pip_install = { $(BIN)/python -m pip --version || $(BIN)/python -m ensurepip; } >/dev/null 2>&1; $(BIN)/python -m pip install --quiet --disable-pip-version-check --root-user-action=ignore
make_venv   = "$(PYTHON)" -m venv $(VENV)
endif

.PHONY: setup
setup: $(DEV) ## Make .venv with everything for developing (pinned, by hash)
	@echo "$(VENV) is ready: source $(BIN)/activate"

$(BIN)/python:
	@test -n "$(PYTHON)$(UV)" || { echo "syncd needs Python 3.11 or newer. Install it, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	@echo "making $(VENV) with $(or $(PYTHON),uv)"
	@$(make_venv)

$(BASE): requirements/base.txt pyproject.toml | $(BIN)/python
	@echo "installing what syncd runs on"
	@$(pip_install) --require-hashes -r requirements/base.txt
	@$(pip_install) --no-deps --no-build-isolation -e .
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing what syncd runs on and is developed with"
	@$(pip_install) --require-hashes -r requirements/dev.txt
	@$(pip_install) --no-deps --no-build-isolation -e .
	@touch $(BASE) $@

.PHONY: browser
browser: ## Install Debian's Chromium, which the tests of the page drive (needs root; without it they are skipped)
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	command -v apt-get >/dev/null || { echo "make browser knows apt-get only: install Chromium yourself" >&2; exit 2; }; \
	echo "installing Chromium"; \
	apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium >/dev/null

.PHONY: systemd
systemd: ## Install systemd-analyze, which judges the service's unit (needs root; without it those tests are skipped)
	@command -v systemd-analyze >/dev/null && exit 0; \
	command -v apt-get >/dev/null || { echo "make systemd knows apt-get only: install systemd-analyze yourself" >&2; exit 2; }; \
	echo "installing systemd-analyze"; \
	apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends systemd >/dev/null

.PHONY: requirements
requirements: $(DEV) ## Pin the dependencies anew (needs uv), newest allowed versions
	@test -n "$(UV)" || { echo "make requirements needs uv on the PATH" >&2; exit 2; }
	$(compile) --extra postgres --output-file requirements/base.txt
	$(compile) --extra postgres --extra dev --constraint requirements/base.txt --output-file requirements/dev.txt

# No header, no index: the files must not say where they were made.
compile = $(UV) pip compile pyproject.toml requirements/build.in --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-header

# --- use --------------------------------------------------------------------------------------------------------------
.PHONY: demo
demo: $(BASE) ## Watch a made-up account arrive in an SQLite file; no account, no network, no configuration
	@$(BIN)/syncd demo $(if $(DIR),--dir "$(DIR)")

# --- prove ------------------------------------------------------------------------------------------------------------
pytest = $(BIN)/python -m pytest $(if $(filter-out 0,$(WORKERS)),--numprocesses $(WORKERS) --dist worksteal)

# Lines and branches are counted while all tiers run but the contract suites, whose hours of a vendor's life would take
# twice as long; what counts is that the rest alone reaches every part. A part (TESTS=…, ARGS=…) is run without.
.PHONY: test
test: $(DEV) ## All tiers on SQLite and PostgreSQL, with coverage of branches (TESTS=tests/unit for a part, without)
ifeq ($(TESTS)$(ARGS),tests)
	@failed=0; \
	$(pytest) tests --ignore=tests/contract --cov --cov-report=term || failed=1; \
	$(pytest) tests/contract || failed=1; \
	exit $$failed
else
	@$(pytest) $(TESTS) $(ARGS)
endif

.PHONY: prove
prove: $(DEV) ## The full figures in real time (long); writes docs/proof.md
	@$(BIN)/python -m tests.prove $(ARGS)

.PHONY: audit
audit: $(DEV) ## Known holes of the pinned packages, by pip-audit (needs the network; ARGS=--offline-ok where there is none)
	@$(BIN)/python -m tests.audit $(ARGS)

.PHONY: soak
soak: $(DEV) ## An hour of faults, changes and kills with all vendors, then the oracle (MINUTES=5 for less); writes docs/soak.md
	@$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60) $(ARGS)

.PHONY: guards
guards: $(DEV) ## Break in a copy what keeps each promise, one by one, and see the tests notice (long); writes docs/guards.md
	@$(BIN)/python -m tests.guards $(if $(ONLY),--only $(ONLY)) $(ARGS)

.PHONY: bench
bench: $(DEV) ## Ingest of 100,000 events and 1,000,000 rows of history beside hand-written floors, both databases
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: lint
lint: $(DEV) ## ruff (rules and format) and the direction of imports
	@$(BIN)/ruff check $(CODE)
	@$(BIN)/ruff format --check $(CODE)
	@$(BIN)/lint-imports --no-cache

.PHONY: types
types: $(DEV) ## mypy, strict
	@$(BIN)/mypy $(CODE)

.PHONY: format
format: $(DEV) ## Format, and mend what ruff can mend by itself
	@$(BIN)/ruff check --fix --exit-zero --quiet $(CODE)
	@$(BIN)/ruff format $(CODE)

.PHONY: docs
docs: $(DEV) ## Generate the reference pages from the declarations (a test says when they are stale)
	@mkdir -p docs/reference
	@$(BIN)/python -m syncd.cli.reference > docs/reference/commands.md
	@$(BIN)/syncd schema --format markdown > docs/reference/tables.md
	@$(BIN)/syncd config schema > docs/reference/config.schema.json

.PHONY: hooks
hooks: $(DEV) ## Run lint and types before each commit
	@$(BIN)/pre-commit install

.PHONY: clean
clean: ## Remove what the targets above made, the environment too
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* htmlcov
