.PHONY: setup demo test check bench fuzz docs clean

setup:
	@scripts/setup

demo: setup  ## the main job, end to end
	@.venv/bin/shadowpact demo

test: setup  ## all tests
	@.venv/bin/pytest $(PYTEST_ARGS)

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
