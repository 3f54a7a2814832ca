# The developers' commands. `make help` lists them.
PYTHON := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup check test lint types wheel bench lock clean

help:  ## show this
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## make or refresh the developers' environment (.venv)
	@sh setup.sh dev

check:  ## all that CI checks, as CI does it
	@bash .ci/run

test: setup  ## the tests; make test ARGS="-k stop"
	@$(PYTHON) -m pytest $(ARGS)

lint: setup  ## ruff
	@$(PYTHON) -m ruff check

types: setup  ## mypy --strict
	@$(PYTHON) -m mypy

wheel: setup  ## build the wheel, install it in a clean environment, and use it from another folder
	@$(PYTHON) tools/check_wheel.py

bench: setup  ## measure, and rewrite docs/benchmarks.md
	@$(PYTHON) -m bench

lock:  ## pin all libraries anew, at their present releases; make lock ARGS="--upgrade-package numpy" for one
	@$(PYTHON) -m pip install --quiet uv==0.13.9
	@$(PYTHON) tools/lock.py $(ARGS)

clean:  ## remove what tools left behind, but not .venv
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
