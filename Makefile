# Everything a developer does. `make` alone lists it; CI runs `make check test`, and `retest` where a few failed.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
CODE := src tests tools bench examples
PROSE := README.md CHANGELOG.md CONTRIBUTING.md STYLE.md docs

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore

.PHONY: help demo test retest check check-types check-all-else fmt docs golden bench torture serve clean machine

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.plain ## move the forum monolith to microservices before your eyes (about a minute)
	@$(BIN)/fig demo

# More processes than cores: half of the time a test waits for processes that it has started.
test: $(VENV)/.dev machine ## run all tests
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder

retest: $(VENV)/.dev ## run the tests that failed last, one after the other
	@$(BIN)/python -m pytest --last-failed --last-failed-no-failures=none

check: $(VENV)/.dev ## format, lint, types, spelling, architecture, generated docs: everything but the tests
	@$(MAKE) --jobs=2 --output-sync=target check-types check-all-else GOALS="$(MAKECMDGOALS)"
	@echo "check: all good"

# The one half of the work; it uses one core.
check-types:
	@$(BIN)/mypy --no-error-summary

# Beside it. Where tests follow, the architecture is one of them; that they are collected now leaves their bytecode for
# all workers, which would each compile all of it.
check-all-else:
	@$(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/ruff check --quiet $(CODE)
	@$(BIN)/codespell $(CODE) $(PROSE)
	@$(BIN)/python tools/gen_docs.py --check
	@$(BIN)/python -m pytest -q $(if $(filter test,$(GOALS)),--collect-only >/dev/null || true,tests/architecture)

fmt: $(VENV)/.dev ## format the code and mend what ruff can mend
	@$(BIN)/ruff format $(CODE)
	@$(BIN)/ruff check --fix $(CODE)

docs: $(VENV)/.dev ## write docs/generated anew
	@$(BIN)/python tools/gen_docs.py
	@$(BIN)/python -m tests.aws.fields.page

golden: $(VENV)/.dev ## write the wanted templates of tests/aws/golden anew, and show what changes
	@$(BIN)/python -m tests.aws.goldens
	@git --no-pager diff --stat -- tests/aws/golden

bench: $(VENV)/.dev ## measure against HAProxy, nginx, Envoy, Traefik and Caddy; writes docs/benchmarks.md
	@$(BIN)/python -m bench

torture: $(VENV)/.dev machine ## the long runs: load while everything is changed and killed, and much chance
	@FIG_TORTURE=full $(BIN)/python -m pytest -m torture

serve: $(VENV)/.plain ## run the daemon in the foreground
	@$(BIN)/fig daemon run

clean: ## remove the virtual environment and all that tools left behind
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find src tests tools bench examples -type d \( -name __pycache__ -o -name .mypy_cache \) -prune -exec rm -rf {} +

# The tests drive a second version of HAProxy where the distribution's is there, and a Docker engine, which they start
# themselves where none answers; it wants control groups, which a machine without systemd may lack. Only CI installs
# these by itself.
machine:
	@missing=(); \
	type -P haproxy >/dev/null || missing+=(haproxy); \
	type -P dockerd >/dev/null || missing+=(docker.io); \
	grep -q ' /sys/fs/cgroup' /proc/mounts || missing+=(cgroupfs-mount); \
	if [[ "$${CI:-}" == true && $$(id -u) == 0 && $${#missing[@]} -gt 0 ]] && type -P apt-get >/dev/null; then \
	  export DEBIAN_FRONTEND=noninteractive; \
	  { { timeout 120 apt-get update -qq || true; } && timeout 300 apt-get install -qq --no-install-recommends $${missing[@]}; } >/dev/null \
	    || echo "not to be had from the distribution: $${missing[*]}"; \
	fi </dev/null

# A stamp is newer than pyproject.toml when what it stands for is installed.
$(VENV)/.plain: pyproject.toml
	@tools/make_venv.sh $(VENV) .
	@touch $@

$(VENV)/.dev: pyproject.toml
	@tools/make_venv.sh $(VENV) '.[dev]'
	@touch $(VENV)/.plain $@
