# Everything runs in a virtual environment of its own, .venv, made on first need.
#
#   make run       start a server:  make run PORT=9000 DATA=/var/tmp/chat
#   make client    start the client: make client ARGS="-h HOST -p PORT -n NAME"
#   make test      run the tests
#   make check     run everything that CI runs
#   make torture   try hard to break what is promised:  make torture ARGS="crash"
#   make rows      try the requirements, one by one, on a running server
#   make bench     measure this server beside others:  make bench ARGS="--quick --only pairs"
#   make conformance IRCTEST=FOLDER   let irctest, checked out there, try the IRC side
#   make picture   draw docs/client.svg again
#   make clean     remove what the above have made, but not the data

PORT ?= 8123
DATA ?= chatsvc-data
ARGS ?=
JOBS ?= $(shell nproc)

# The first Python that is new enough and can make virtual environments.
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' \
	2>/dev/null && echo $$python && break; done)

BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# irctest gets a virtual environment of its own; it starts the server with ours.
IRCTEST ?=
SUITE ?= irctest/server_tests
SELECTED := not implementation-specific and not deprecated and not strict

.PHONY: run client test check compiled torture rows bench conformance \
	irctest-there picture clean
.DELETE_ON_ERROR:

run: .venv/installed
	@$(BIN)/twistd --nodaemon --pidfile= chatsvc --port "$(PORT)" --data "$(DATA)"

client: .venv/installed
	@$(BIN)/chatsvc-client $(ARGS)

test: .venv/with-tests compiled
	$(BIN)/python -m pytest --numprocesses=$(JOBS)

# The order: what is quick comes first; pytest's closing line comes last.
check: .venv/with-checks compiled
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m twisted.trial --jobs=$(JOBS) tests
	$(BIN)/python -m pytest --cov --numprocesses=$(JOBS)

torture: .venv/with-tests
	$(BIN)/python -m tests.torture --full $(ARGS)

rows: .venv/with-tests
	$(BIN)/python tests/rows.py

bench: .venv/installed compiled
	$(BIN)/python -m bench $(ARGS)

conformance: irctest-there .venv/with-irctest compiled
	cd "$(IRCTEST)" && PYTHONPATH="$(CURDIR)/tests/conformance" \
		CHATSVC_PYTHON="$(CURDIR)/$(BIN)/python" \
		"$(CURDIR)/.venv/irctest/bin/python" -m pytest -p no:cacheprovider \
		--controller irctest_controller -m '$(SELECTED)' $(SUITE) $(ARGS)

picture: .venv/with-tests
	$(BIN)/python docs/picture.py

# Bytecode, also where Python is told to write none: most of these start servers again and again.
compiled: .venv/installed
	@$(BIN)/python -m compileall -q chatsvc twisted

irctest-there:
	@test -f "$(IRCTEST)/requirements.txt" || { echo "Clone progval/irctest, the conformance" \
		"suite of IRC servers, and say: make conformance IRCTEST=FOLDER"; exit 1; }

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf _trial_temp* .coverage* build dist *.egg-info bench-data-*
	find chatsvc twisted tests bench docs examples -name __pycache__ -prune -exec rm -rf {} +
	rm -f twisted/plugins/dropin.cache chatsvc/protocols/_sending*.so

# Each file below is made when what it stands for is done, so that it is done once.

.venv/made:
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11 or newer with its venv module is needed; set PYTHON= to one."; exit 1; }
	$(PYTHON) -m venv .venv
	$(INSTALL) 'pip>=25.1'
	@touch $@

.venv/installed: .venv/made pyproject.toml hatch_build.py chatsvc/protocols/_sending.c
	$(INSTALL) --editable .
	@touch $@

.venv/with-tests: .venv/installed
	$(INSTALL) --group test
	@touch $@

.venv/with-irctest: .venv/installed
	$(PYTHON) -m venv .venv/irctest
	.venv/irctest/bin/python -m pip install --quiet --disable-pip-version-check \
		--requirement "$(IRCTEST)/requirements.txt"
	@touch $@

.venv/with-checks: .venv/with-tests
	$(INSTALL) --group check
	@touch $@
