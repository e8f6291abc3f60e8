# Each target sets up what it needs. `make` or `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin

# More than there are processors: many tests wait for leases, clocks and servers.
AT_ONCE := 3
RACES := booking_races database many_workers deliver_letter meeting_races restore

.DEFAULT_GOAL := help
.PHONY: help demo run test postgresql check chaos bench docs lock clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: .make/run  ## play four weeks with some twenty simulated people, and leave the letters in demo/
	@$(BIN)/outreach demo --folder demo

run: .make/run  ## work for real: letters, inbox, meetings, thank-yous, until you stop it
	@$(BIN)/outreach run

test: .make/dev  ## style, types, arrows between rooms, and every test
	@$(MAKE) --no-print-directory check
	@$(BIN)/pytest -q -m "not long" -n $(AT_ONCE) --dist loadgroup
	@echo "On PostgreSQL, where the database has ways of its own ..."
	@$(BIN)/pytest -q -m "not long and not slow" -n $(AT_ONCE) --backend postgresql $(addprefix tests/integration/test_,$(addsuffix .py,$(RACES)))

postgresql: .make/dev  ## every integration test on PostgreSQL
	@$(BIN)/pytest -q -m "not long" -n 2 --backend postgresql tests/integration

check: .make/dev  ## style, types and arrows between rooms only
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

chaos: .make/dev  ## the long runs: kill -9, lost answers, hangs; full figures
	@$(BIN)/pytest -q -s -m long tests/chaos

bench: .make/dev  ## how fast, beside what people would use instead; BENCH="send --quick" for a part of it
	@$(BIN)/python -m tests.benchmarks $(BENCH)

docs: .make/run  ## write docs/cli.md anew from the commands themselves
	@$(BIN)/python -m outreach.cli.reference > docs/cli.md

lock:  ## compile the requirement files anew (needs uv)
	uv pip compile pyproject.toml --universal --generate-hashes --no-header --no-annotate -o requirements.lock
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-header --no-annotate -o requirements-dev.lock
	uv pip compile --group build --universal --generate-hashes --no-header --no-annotate -o requirements-build.lock
	uv pip compile tests/benchmarks/requirements-peers.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o tests/benchmarks/requirements-peers.lock

clean:  ## remove what the other targets made
	rm -rf .venv .make demo .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.make/venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Outreach needs Python 3.11 or newer; set PYTHON=."; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv is missing: on Debian, apt-get install python3-venv."; exit 1; }
	@mkdir -p .make && touch $@

.make/run: .make/venv requirements.lock requirements-build.lock pyproject.toml
	@echo "Installing (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-build.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.make/dev: .make/run requirements-dev.lock
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
