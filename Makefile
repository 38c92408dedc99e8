# One vocabulary of tasks for people and CI alike; `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := True
export FEAST_USAGE := False
export DO_NOT_TRACK := 1
# lightfm-next builds for the builder's own processor unless told otherwise
export LIGHTFM_NO_CFLAGS := 1
BUILD_CFLAGS := -O3 -march=x86-64-v3 -ffast-math -fno-finite-math-only

.DEFAULT_GOAL := help
.PHONY: help install run test test-all lint bench clean requirements

help:  ## list the tasks
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/installed  ## install everything into .venv

$(VENV)/installed: requirements.txt requirements-build.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	CFLAGS="$(BUILD_CFLAGS)" $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

run: install  ## make a sample company, train, and serve it
	@$(BIN)/huoli run

test: install  ## lint and test; under 15 minutes on 2 cores
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 -m "not slow"

test-all: install  ## all tests, the slow ones too
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2

lint: install  ## style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install  ## print every figure that the README states
	$(BIN)/python benchmarks/pipeline.py

requirements:  ## resolve pyproject.toml anew into the hashed requirements
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  --extra dev requirements.in pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  requirements-build.in --output-file requirements-build.txt

clean:  ## remove the environment and all state
	rm -rf $(VENV) data mlruns out build *.egg-info
