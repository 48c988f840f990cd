# `make run` from a bare checkout: makes the virtual environment, installs what is locked, starts everything.
# Needs Python 3.11 or later and make; nothing else.

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help run smoke real test test-one-half test-other-half promtool lint type conformance attack mutation canaries chaos schemas reference bench bench-ingest bench-pipeline venv lock clean

VENV := .venv
BIN := $(VENV)/bin
RUN := $(VENV)/.installed-run
DEV := $(VENV)/.installed-dev

# The first Python that is new enough. `make PYTHON=/path/to/python run` names another one.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

RUN_EXTRAS := ingest,validate,aggregate,release,cli,local
SERVICES := ingest validate aggregate release
ONE_HALF := tests/unit tests/model tests/attack tests/conformance tests/chaos
BENCHES := bench-ingest bench-pipeline bench-verdict bench-validate bench-sink bench-aggregate bench-workers bench-rebuild bench-disclosure

help: ## Show this list
	@grep -hE '^[a-z][a-z%-]*:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: $(RUN) ## Start everything, let phones do an hour of fieldwork in a minute, show results; Ctrl-C ends it
	@$(BIN)/rihla run

smoke: $(RUN) ## The same without a terminal; succeeds only if every submission was counted exactly once
	@$(BIN)/rihla smoke

real: $(RUN) ## make real DATA=FOLDER: post a folder's form.xlsx and submissions.zip, compare with an independent count
	@test -n "$(DATA)" || { echo "Name the folder: make real DATA=FOLDER." >&2; exit 1; }
	@$(BIN)/rihla real "$(DATA)"

# Two halves of about the same length: most tests wait, for brokers that start and sessions that expire.
test: lint type promtool ## Style, borders, types, and all tests
	@echo "$(ONE_HALF) run beside all others; theirs is the second summary."
	@told=$$(mktemp); trap 'rm -f "$$told"' EXIT; trap 'exit 130' INT TERM; \
	$(MAKE) --no-print-directory --jobs=2 --keep-going TOLD="$$told" test-one-half test-other-half; failed=$$?; \
	cat "$$told"; exit $$failed

# Not with `&`: what a shell starts so ignores Ctrl-C, and some tests press it.
test-one-half: $(DEV)
	@$(BIN)/pytest $(ONE_HALF) >$(or $(TOLD),/dev/stdout) 2>&1

test-other-half: $(DEV)
	@$(BIN)/pytest $(addprefix --ignore=,$(ONE_HALF))

promtool:
	@deploy/prometheus/promtool.sh || echo "Its tests of the alerts are left out."

lint: $(DEV) ## Style, and the borders between packages
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: $(DEV) ## mypy --strict
	$(BIN)/mypy

conformance: $(DEV) ## Generated submissions judged by Rihla and by JavaRosa; CORPUS=FOLDER takes its forms instead of ours
	@$(BIN)/python -m tests.conformance.run $(if $(CORPUS),"$(CORPUS)")

canaries: $(DEV) ## Thousands of interviews full of canaries; then all that is left behind is searched; ends with one JSON object
	@$(BIN)/python -m tests.canaries.run

chaos: $(DEV) ## Faults of every kind under phones that never stop; SEED=n FAULTS=n SUBMISSIONS=n; ends with one JSON line
	@SEED="$(SEED)" FAULTS="$(FAULTS)" SUBMISSIONS="$(SUBMISSIONS)" $(BIN)/python -m tests.chaos.run

attack: $(DEV) ## Attacks on what release publishes, over thousands of random populations; ends with one JSON object
	@$(BIN)/python -m tests.attack.run

mutation: $(DEV) ## Mutants of the pure core of aggregate, and which of them the unit tests kill; ends with one JSON object
	@$(BIN)/python -m tests.mutation.run $(MODULES)

schemas: $(DEV) ## Write schemas/json anew
	$(BIN)/python -m cli.schemas

reference: $(DEV) ## Write docs/reference anew
	$(BIN)/python -m cli.reference

bench: $(BENCHES) ## All benchmarks, one after the other; each prints one JSON object as its last line

$(BENCHES): bench-%: $(DEV)
	@$(BIN)/python -m bench.$*

venv: $(DEV) ## The virtual environment with everything for development

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Rihla needs Python 3.11 or later and found none: install it, or name one with \
	make PYTHON=/path/to/python." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11, \
	which Rihla needs: name another one with make PYTHON=/path/to/python." >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); echo "No virtual environment could be made with $(PYTHON): \
	install its module venv (on Debian and Ubuntu the package python3-venv)." >&2; exit 1; }

# What is locked is installed by hash. Without a lock (a fresh branch) pip resolves from pyproject.toml.
define install
	@echo "Installing (once; about 220 MB the first time)."
	@if test -f requirements/$(1).txt; then \
		$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/$(1).txt \
		&& $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .; \
	else \
		$(BIN)/python -m pip install --disable-pip-version-check -e '.[$(2)]'; \
	fi || { echo "The packages could not be installed: check the network and the disk, and run make again." >&2; exit 1; }
endef

$(RUN): $(BIN)/python pyproject.toml $(wildcard requirements/run.txt)
	$(call install,run,$(RUN_EXTRAS))
	@touch $@

$(DEV): $(BIN)/python pyproject.toml $(wildcard requirements/dev.txt)
	$(call install,dev,$(RUN_EXTRAS)$(COMMA)dev)
	@touch $@ $(RUN)

COMMA := ,
COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-emit-index-url \
	--no-emit-trusted-host --no-emit-find-links pyproject.toml
EXTRAS_RUN := $(addprefix --extra ,$(subst $(COMMA), ,$(RUN_EXTRAS)))
# With the build's own needs: `pip install --no-build-isolation` builds with what is locked.
EDITABLE := --build-deps-for=editable
# The smaller locks take the versions of the largest, so that what is tested is what runs.
SAME := --constraint requirements/dev.txt

lock: $(DEV) ## Resolve and lock all requirements, with hashes; `make lock UPGRADE=--upgrade` takes newer versions
	$(COMPILE) $(UPGRADE) $(EXTRAS_RUN) --extra dev $(EDITABLE) -o requirements/dev.txt
	$(COMPILE) $(UPGRADE) $(SAME) $(EXTRAS_RUN) $(EDITABLE) -o requirements/run.txt
	@for image in $(SERVICES) cli; do \
		$(COMPILE) $(UPGRADE) $(SAME) --extra $$image -o requirements/$$image.txt || exit 1; done

clean: ## Remove the virtual environment and what tools have cached; data/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
