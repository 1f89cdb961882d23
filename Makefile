# `make help` says what there is. `make lab` and `make test` set up everything they need by themselves.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(PATH):/usr/sbin:/sbin

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell scripts/find-python)
export PYTHON

CORE := python/cryptomap/_core.abi3.so
RUST := Cargo.toml Cargo.lock $(shell find rust -name '*.rs' -o -name Cargo.toml)
CARGO := cargo --locked
PYTEST := $(BIN)/python -m pytest
# These share the processors; the others are about real devices and real time, and run one after the other.
IN_MEMORY := tests/structure tests/unit tests/sim
# These wait for peers most of the time, each in namespaces of its own.
WAITING := tests/peers

##@ Two commands

.PHONY: lab
lab: packages-lab $(CORE) ## build all, then run the lab LAB (default lan-to-lan); KEEP=1 leaves it running
	$(BIN)/cryptomap lab $(or $(LAB),lan-to-lan) $(if $(KEEP),--keep)

.PHONY: test
test: packages-lab packages-test $(VENV)/.dev $(CORE) ## install what the tests need, and run all tests
	$(CARGO) test --release --workspace
	$(PYTEST) -n auto $(IN_MEMORY)
	$(PYTEST) -n 2 --dist loadfile $(WAITING)
	$(PYTEST) $(addprefix --ignore=,$(IN_MEMORY) $(WAITING))

##@ For developers

.PHONY: build
build: packages-lab $(CORE) ## the virtual environment and the extension module, in release mode

CHECKS := check-style check-types check-stubs check-layers check-rust check-structure
.PHONY: check $(CHECKS)
check: $(CHECKS) ## formatting, lints, types, stubs, import order, lengths

$(CHECKS): packages-lab $(VENV)/.dev $(CORE)

check-style:
	$(BIN)/ruff format --check python tests
	$(BIN)/ruff check python tests

check-types:
	$(BIN)/mypy

check-stubs:
	MYPYPATH=python $(BIN)/stubtest cryptomap._core

check-layers:
	$(BIN)/lint-imports

check-rust:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --workspace --all-targets -- -D warnings

check-structure:
	$(PYTEST) -q tests/structure

.PHONY: format
format: $(VENV)/.dev ## let ruff and rustfmt set the sources right
	$(BIN)/ruff check --fix python tests
	$(BIN)/ruff format python tests
	$(CARGO) fmt --all

.PHONY: bench
bench: packages-lab packages-test $(CORE) ## measure KIND (default throughput): see `cryptomap bench --help`
	$(BIN)/cryptomap bench $(KIND)

.PHONY: clean
clean: ## remove what was built (the Debian packages stay)
	rm -rf $(VENV) target $(CORE) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Setting up. Each file is rebuilt when what it was made from has changed.

.PHONY: packages-lab packages-test
packages-lab packages-test: packages-%:
	@scripts/ensure-packages $*

$(VENV)/.made: | packages-lab
	@test -n "$(PYTHON)" || { scripts/find-python; exit 1; }
	test -x $(BIN)/python || "$(PYTHON)" -m venv $(VENV)
	touch $@

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt $(VENV)/.made
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(patsubst %,-r %,$(filter %.txt,$^))
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r $<
	touch $@

$(CORE): $(RUST) pyproject.toml $(VENV)/.runtime
	@scripts/check-tools
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked
	touch $@
