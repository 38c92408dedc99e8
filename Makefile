# One vocabulary of tasks for people and CI alike; `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export MLFLOW_DISABLE_TELEMETRY := true
export BENTOML_DO_NOT_TRACK := True
export FEAST_USAGE := False
export DO_NOT_TRACK := 1
# OpenMP threads wait by spinning unless told otherwise: beside any other work on the same cores,
# that makes training many times slower; some microseconds pay, as trees have a great many steps
export OMP_WAIT_POLICY := PASSIVE
export GOMP_SPINCOUNT := 1000
# lightfm-next builds for the builder's own processor unless told otherwise
export LIGHTFM_NO_CFLAGS := 1
# a command would else compile the libraries that it imports each time: most of its time
unexport PYTHONDONTWRITEBYTECODE
BUILD_CFLAGS := -O3 -march=x86-64-v3 -ffast-math -fno-finite-math-only

.DEFAULT_GOAL := help
.PHONY: help install postgresql chromium wrk strace run test test-all lint bench clean requirements image screenshots

help:  ## list the tasks
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(VENV)/installed  ## install everything into .venv

$(BIN)/uv: requirements-build.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-build.txt
	@touch $@

$(VENV)/installed: $(BIN)/uv requirements.txt pyproject.toml
	CFLAGS="$(BUILD_CFLAGS)" $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

run: install  ## make a sample company, train, and serve it
	@$(BIN)/huoli run

postgresql:  ## install from Debian's packages the server that tests start, if it is missing
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  $$SUDO apt-get update -q; \
	  $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends postgresql; \
	} || echo "PostgreSQL is missing, so tests on it are skipped: install the package postgresql" >&2

chromium:  ## install from Debian's packages the browser and the Chinese fonts that tests of the console need
	@command -v chromium >/dev/null && fc-list | grep -q 'Noto Sans CJK' || { \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  $$SUDO apt-get update -q; \
	  $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
	    chromium fonts-noto-cjk fontconfig; \
	} || echo "Chromium or Chinese fonts are missing, so tests of the console are skipped: install the packages chromium and fonts-noto-cjk" >&2

test: install postgresql strace chromium  ## lint and test; under 15 minutes on 2 cores
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist worksteal -m "not slow"

test-all: install postgresql strace chromium  ## all tests, the slow ones too
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n 2 --dist worksteal

lint: install  ## style, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

wrk:  ## install from Debian's packages what benchmarks load the service with, if it is missing
strace:  ## install from Debian's packages what tests see system calls with, if it is missing
wrk strace:
	@command -v $@ >/dev/null || { \
	  SUDO=$$([ "$$(id -u)" = 0 ] || echo "sudo -n"); \
	  $$SUDO apt-get update -q; \
	  $$SUDO env DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends $@; \
	} || echo "$@ is missing: install the package $@" >&2

bench: install wrk  ## print every figure that the README states; over an hour on 2 cores
	$(BIN)/python benchmarks/pipeline.py
	$(BIN)/python benchmarks/service.py
	$(BIN)/python benchmarks/serving.py
	$(BIN)/python benchmarks/console.py
	$(BIN)/python benchmarks/truth.py
	$(BIN)/python benchmarks/real_data.py
	$(BIN)/python benchmarks/quality.py

screenshots: install chromium  ## pictures of the console's pages in out/screenshots, while make run is running
	$(BIN)/python tests/support/screenshots.py --out out/screenshots

# needs no working requirements.txt, since it is what mends one
requirements: $(BIN)/uv  ## resolve pyproject.toml anew into the hashed requirements
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  --extra dev requirements.in pyproject.toml --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  --constraint requirements.txt requirements.in pyproject.toml --output-file requirements-service.txt
	$(BIN)/uv pip compile --quiet --generate-hashes --no-header --python-version 3.11 --no-emit-index-url \
	  requirements-build.in --output-file requirements-build.txt

image:  ## build a container image of the service, without data
	docker build --tag huoli .

clean:  ## remove .venv, and the data, mlruns and out of this folder; no other HUOLI_HOME
	rm -rf .venv data mlruns out build huoli.egg-info
