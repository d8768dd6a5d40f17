# Two commands matter: `make run` and `make test`. Both install what they need, locked, into .venv.
PYTHON ?= python3
BIN := .venv/bin
LOCK := --universal --generate-hashes --no-emit-index-url --no-annotate --no-header --python-version 3.11 -q

unexport PYTHONDONTWRITEBYTECODE # images set it; with it each of the many processes compiles all of its libraries

PURE := text dates dedupe discover extract rules schedule health revisions
QUICK = $(addprefix tests/,$(or $(PKG),$(PURE)))
CHANGED = $(shell git diff --name-only --diff-filter=d HEAD -- '*.py' 2> /dev/null; git ls-files -o --exclude-standard '*.py' 2> /dev/null)

.DEFAULT_GOAL := help
.PHONY: help run test quick fuzz lint types lock audit clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: .venv/run ## start the monitor (first run: with a demo newspaper)
	@$(BIN)/wirewatch run

test: .venv/dev lint ## lint, types and every test
	@$(BIN)/mypy > .mypy.log 2>&1 & types=$$!; \
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov --cov-report= $(ARGS); tests=$$?; \
	wait $$types || { cat .mypy.log; exit 1; }; exit $$tests
	@$(BIN)/python tests/coverage_floors.py

quick: .venv/dev ## lint what changed and run the quick tests of the pure packages; PKG=archive: of one package
	@$(BIN)/ruff check -q $(CHANGED) && $(BIN)/ruff format -q --check $(CHANGED)
	@$(BIN)/python -m pytest -n 2 -m 'not slow' --hypothesis-profile=dev --durations=0 --durations-min=1 $(QUICK) $(ARGS)

fuzz: .venv/dev ## try new examples on every property (make test always tries the same); PKG=rules: of one package
	@$(BIN)/python -m pytest -n 2 --hypothesis-profile=fuzz -m hypothesis $(addprefix tests/,$(PKG)) $(ARGS)

lint: .venv/dev
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .

types: .venv/dev
	@$(BIN)/mypy

.venv/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Wirewatch needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	@echo "Installing Wirewatch into .venv (once, about a minute) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Compiled once: where Python may not write bytecode (PYTHONDONTWRITEBYTECODE), each start would compile all of it again.
.venv/run: .venv/uv requirements/run.txt pyproject.toml
	@test -e .venv/dev || $(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements/run.txt
	@test -e .venv/dev || $(BIN)/uv pip install -q --python $(BIN)/python --no-deps --build-constraints requirements/build.txt -e .
	@$(BIN)/python -m compileall -q crawler settings
	@touch $@

.venv/dev: .venv/uv requirements/dev.txt pyproject.toml
	@$(BIN)/uv pip sync -q --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --build-constraints requirements/build.txt -e .
	@$(BIN)/python -m compileall -q crawler settings
	@touch $@ .venv/run

lock: .venv/uv ## resolve the dependencies anew
	@$(BIN)/uv pip compile $(LOCK) --extra parquet pyproject.toml -o requirements/run.txt
	@$(BIN)/uv pip compile $(LOCK) --extra parquet --extra postgres --extra metrics -c requirements/run.txt pyproject.toml -o requirements/image.txt
	@$(BIN)/uv pip compile $(LOCK) --all-extras --group dev -c requirements/run.txt pyproject.toml -o requirements/dev.txt
	@$(BIN)/uv pip compile $(LOCK) --group audit -o requirements/audit.txt
	@echo uv | $(BIN)/uv pip compile $(LOCK) - -o requirements/uv.txt
	@printf 'hatchling\neditables\n' | $(BIN)/uv pip compile $(LOCK) - -o requirements/build.txt

.venv/audit: .venv/uv requirements/audit.txt
	@$(BIN)/uv venv -q --clear $@
	@$(BIN)/uv pip sync -q --python $@/bin/python --require-hashes requirements/audit.txt

audit: .venv/audit ## look for known vulnerabilities in the locked packages (needs the network)
	@$(BIN)/python -c 'import json, urllib.request as u; json.load(u.urlopen("https://pypi.org/pypi/pip/25.0/json", timeout=10))["vulnerabilities"]' 2> /dev/null \
	|| { echo "make audit: https://pypi.org is out of reach, and so are its advisories: NOTHING WAS CHECKED." >&2; exit 2; }
	@for name in image dev uv build audit; do echo "requirements/$$name.txt"; \
	.venv/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/$$name.txt || exit 1; done

clean: ## remove the environment and caches (never ./var)
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .coverage* htmlcov
