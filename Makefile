PYTHON ?= python3.11
BIN := .venv/bin

.PHONY: demo test check pack bench lock clean

demo: .venv/ready  ## pack both shells and take them through a sandbox's whole life
	$(BIN)/heavenly demo

test: .venv/ready  ## all tests, with their coverage
	$(BIN)/pytest --cov --cov-report=term --cov-fail-under=95

check: .venv/ready  ## lint, format and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

pack: .venv/ready  ## build/<Shell>/ and build/<Shell>/dist/<Shell>.zip
	$(BIN)/heavenly pack

bench: .venv/ready  ## what commands and the cloud cost, against their floors and other mock clouds
	$(BIN)/python -m benchmarks

lock: .venv/ready  ## requirements-dev.lock anew, from pyproject.toml and requirements.txt
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile --quiet --extra dev --no-emit-index-url --no-emit-find-links --no-header --no-annotate \
		--allow-unsafe --unsafe-package pip --strip-extras --output-file requirements-dev.lock pyproject.toml requirements.txt

.venv/ready: pyproject.toml requirements-dev.lock
	@echo "Making the environment in .venv (about half a minute)..."
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements-dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:
	rm -rf .venv build
