# Every target is one line; the work is in .ci.
.PHONY: run test check audit bench drill soak slo-report slo-check slo-monitor incident-monitor incident-check \
	incident-report drift-capture drift-detect drift-summary lock clean
PYTHON ?= python3
MINUTES ?= 60

run:
	@PYTHON=$(PYTHON) sh .ci/setup run && exec .venv/bin/watchfloor demo

test:
	@PYTHON=$(PYTHON) sh .ci/setup test && sh .ci/tests $(ARGS)

check:
	@PYTHON=$(PYTHON) sh .ci/setup dev && sh .ci/check

audit:
	@PYTHON=$(PYTHON) sh .ci/setup dev && sh .ci/audit

bench:
	@PYTHON=$(PYTHON) sh .ci/setup test && .venv/bin/python -m tests.bench $(ARGS)

drill:
	@PYTHON=$(PYTHON) sh .ci/setup test && .venv/bin/python -m tests.drills $(ARGS)

soak:
	@PYTHON=$(PYTHON) sh .ci/setup test && .venv/bin/python -m tests.drills.soak --minutes $(MINUTES) $(ARGS)

slo-report slo-check slo-monitor:
	@PYTHON=$(PYTHON) sh .ci/setup run && exec .venv/bin/watchfloor slo $(@:slo-%=%) $(ARGS)

incident-monitor incident-check incident-report:
	@PYTHON=$(PYTHON) sh .ci/setup run && exec .venv/bin/watchfloor incident $(@:incident-%=%) $(ARGS)

drift-capture drift-detect drift-summary:
	@PYTHON=$(PYTHON) sh .ci/setup run && exec .venv/bin/watchfloor drift $(@:drift-%=%) $(ARGS)

lock:
	@PYTHON=$(PYTHON) sh .ci/setup dev && sh .ci/lock

clean:
	@rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
