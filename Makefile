PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test quick soak check browser postgres screenshots pack dist up bench lock clean

# Compiled modules are kept: without them each process of the tests compiles all that it imports.
unexport PYTHONDONTWRITEBYTECODE
# Where drivers' environments are made, once for demo, tests and the server.
export CLOUDSHELL_LOCAL_ENVIRONMENTS := $(CURDIR)/build/environments

demo: .venv/ready  ## the developer guide's story: install, Inventory, Apps, a sandbox, for both shells
	$(BIN)/python -m heavenly demo

test: .venv/ready browser postgres  ## all tests, on all cores, with their coverage
	$(BIN)/pytest -n auto --dist worksteal --cov --cov-report=term --cov-fail-under=95 $(OPTIONS)

quick: .venv/ready  ## the tests that take less than a minute together
	@QUICK=1 $(BIN)/pytest -n auto --dist worksteal -m 'not slow' $(OPTIONS); status=$$?; \
	echo "Left out, which 'make test' runs: packed shells, browser, PostgreSQL, mypy, whole sandboxes, most examples of property tests."; \
	exit $$status

soak: .venv/ready postgres  ## what takes longer: faults, kills, threads, a thousand sandboxes, with figures; every Python; all examples
	SOAK=1 $(BIN)/pytest -m 'soak or only_soak or hypothesis' -s $(OPTIONS)

# Drivers run on Python 3.9 too; 3.10 is the oldest that mypy knows. Ruff checks all for 3.9.
DRIVER := -p driver -p shell -p operations -p provider -p heavenly_cloud

check: .venv/ready  ## lint, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/mypy --python-version 3.10 $(DRIVER)

browser: .venv/ready  ## the Chromium that the portal's tests drive, if the machine has none
	@command -v chromium google-chrome > /dev/null || { \
		echo "Installing Chromium, for the portal's tests..."; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; \
		then apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends chromium > /dev/null; \
		else $(BIN)/playwright install chromium; fi; }

postgres:  ## the PostgreSQL that the tests of its store run, if the machine has none
	@test -n "$$(ls -d /usr/lib/postgresql/*/bin/initdb 2> /dev/null; command -v initdb)" || { \
		echo "Installing PostgreSQL, for the tests of its store..."; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; \
		then apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends postgresql > /dev/null; \
		else echo "Only root on Debian can do that here; without it those tests are skipped."; fi; }

screenshots: .venv/ready browser  ## the pictures that the README and docs/ show, anew: the portal's tests take them
	SCREENSHOTS=1 $(BIN)/pytest tests/end_to_end/test_portal.py
	@mkdir -p docs/images
	@for name in $$(grep -oh 'images/[a-z0-9-]*\.png' README.md docs/*.md | sort -u); do \
		cp build/screenshots/$$(basename $$name) docs/images/; done

pack: .venv/ready  ## build/<Shell>/ and build/<Shell>/dist/<Shell>.zip. OPTIONS=--with-stores
	$(BIN)/python -m heavenly pack $(OPTIONS)

dist: .venv/ready  ## build/dist/: the sdist and the wheel of cloudshell-local
	$(BIN)/python -m build --no-isolation --outdir build/dist

up: .venv/ready  ## a CloudShell on this machine, until Ctrl-C; it keeps its data in build/cloudshell. OPTIONS=--open
	@$(BIN)/cloudshell-local serve --data build/cloudshell $(OPTIONS)

bench: .venv/ready  ## what commands and the cloud cost, against their floors and other mock clouds
	$(BIN)/python -m benchmarks

lock: .venv/ready  ## requirements-dev.lock anew, from pyproject.toml and the drivers' requirements
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --extra dev --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--allow-unsafe --unsafe-package pip --strip-extras --output-file requirements-dev.lock pyproject.toml requirements.txt requirements-stores.txt

.venv/ready: pyproject.toml requirements-dev.lock
	@echo "Making the environment in .venv (about half a minute)..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv build
