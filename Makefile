PYTEST_WORKERS ?= 2

.PHONY: setup demo test check bench fuzz docs clean

setup:
	@scripts/setup

demo: setup  ## the main job, end to end
	@.venv/bin/shadowpact demo

test: setup  ## all tests; PYTEST_WORKERS=0 for one after the other, PYTEST_ARGS="-k words"
	@.venv/bin/pytest -n $(PYTEST_WORKERS) --dist worksteal $(PYTEST_ARGS)

check: setup  ## format, lint, types, layers, docs in step
	@scripts/check

bench: setup  ## measure; see benchmarks/README.md
	@.venv/bin/python benchmarks/run.py

fuzz: setup  ## throw made-up input at the comparison; FUZZ_ARGS="--examples 20000 --seed 7"
	@.venv/bin/python -m benchmarks.fuzz $(FUZZ_ARGS)

docs: setup  ## write the generated reference pages
	@.venv/bin/python scripts/docs

clean:
	rm -rf .venv .tools .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
