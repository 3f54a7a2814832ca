# The developers' commands. `make help` lists them.
PYTHON := .venv/bin/python
# The benchmarks' own environment: other recognisers are no part of the product.
PEERS := .cache/bench-venv

.DEFAULT_GOAL := help
.PHONY: help setup check test test-room lint types wheel bench bench-hearing bench-room bench-faults soak rehearse-korean lock clean train-head golden fuzz sbom audit prove mutate diagram

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s  %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup:  ## make or refresh the developers' environment (.venv)
	@sh setup.sh dev

check:  ## all that CI checks, as CI does it
	@bash .ci/run

test: setup  ## the tests; make test ARGS="-k stop"
	@$(PYTHON) -m pytest $(ARGS)

test-room: setup  ## voicecoach run on virtual devices only: people answer, say stop, and pull everything out
	@$(PYTHON) -m pytest -rs tests/live/test_live*.py $(ARGS)

lint: setup  ## ruff
	@$(PYTHON) -m ruff check

types: setup  ## mypy --strict
	@$(PYTHON) -m mypy

wheel: setup  ## build the wheel, install it in a clean environment, and use it from another folder
	@$(PYTHON) tools/check_wheel.py

bench: setup  ## measure, and rewrite docs/benchmarks.md
	@$(PYTHON) -m bench

bench-hearing: setup  ## hearing beside other recognisers; make bench-hearing ARGS="--only cost --redo"
	@test -x $(PEERS)/bin/python || python3 -m venv $(PEERS)
	@$(PEERS)/bin/pip install --quiet -r requirements.lock
	@$(PEERS)/bin/pip install --quiet -r bench/requirements.txt
	@$(PEERS)/bin/python -m bench.study $(ARGS)

bench-room: setup  ## from a spoken "stop" to the release line at the speaker, on virtual devices; ARGS="--trials 40"
	@$(PYTHON) -m bench.room $(ARGS)

bench-faults: setup  ## every fault at run time, caused for real on virtual devices (some 15 minutes); ARGS="--more" goes on, ARGS="--only disk"
	@$(PYTHON) -m bench.faults_run $(ARGS)

soak: setup  ## eight simulated hours and thirty real minutes; make soak ARGS="--hours 1 --minutes 5"
	@$(PYTHON) -m bench.soak $(ARGS)

rehearse-korean: setup  ## a whole session in Korean with Vosk's Korean model, and one that is stopped (minutes)
	@$(PYTHON) -m voicecoach rehearse ko/first-session $(ARGS)
	@$(PYTHON) -m voicecoach rehearse ko/stop-when-ready $(ARGS)

train-head: setup  ## train the release head anew (about an hour and a half): docs/models/release-head.md
	@$(PYTHON) -m pip install --quiet torch==2.13.0
	@$(PYTHON) -m tools.train_head $(ARGS)

golden: setup  ## record the golden sessions anew, after a change of dialogs or of the core that is meant; review the diff
	@$(PYTHON) tests/golden_sessions.py

fuzz: setup  ## the fuzz tests for long, with fresh seeds: make fuzz TIMES=200 ARGS="-k audio"
	@VOICECOACH_FUZZ=$(or $(TIMES),50) $(PYTHON) -m pytest -rs tests/fuzz $(ARGS)

sbom:  ## write sbom.cdx.json, the bill of materials, from the lock and the models' manifest
	@$(PYTHON) tools/sbom.py

audit: setup  ## compare what is installed with the locks and its own checksums; ARGS="--online" asks for known vulnerabilities
	@$(PYTHON) tools/audit.py $(ARGS)

prove: setup  ## the model check of the session core: every state, every event; make prove ARGS="--faults" for the seeded faults
	@$(PYTHON) -m proof $(ARGS)

mutate: setup  ## mutation testing of the pure files (goes on where it stopped); make mutate ARGS="voicecoach.core.safety"
	@$(PYTHON) -m pip install --quiet coverage==7.17.5
	@$(PYTHON) -m proof.mutation $(ARGS)

diagram: setup  ## draw the phases under docs anew, from the table of ways between them
	@$(PYTHON) -m voicecoach diagram --out docs/pictures/phases.svg
	@$(PYTHON) -m voicecoach diagram --out docs/pictures/phases.mmd
	@{ sed '/^```mermaid/q' docs/phases.md; cat docs/pictures/phases.mmd; echo '```'; } > docs/phases.new && mv docs/phases.new docs/phases.md

lock:  ## pin all libraries anew, at their present releases; make lock ARGS="--upgrade-package numpy" for one
	@$(PYTHON) -m pip install --quiet uv==0.13.9
	@$(PYTHON) tools/lock.py $(ARGS)
	@$(PYTHON) tools/sbom.py

clean:  ## remove what tools left behind, but not .venv
	rm -rf build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
