# The developer's commands. `make` alone lists them.

.DEFAULT_GOAL := help
# Thousands of processes start here: none may compile anew what another one has compiled.
export PYTHONDONTWRITEBYTECODE :=
.PHONY: help setup demo test homes golden anytime anyorder busy fuzz simulate mutants chaos endurance scale bench targets clients lint docs clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## create every environment that the tests need
	@scripts/setup tap target jsonl check meltano dlt postgres browser

demo: ## sandbox | tap-daktela | target-csv, two runs, and the Keboola component; the files stay in demo-output/
	@scripts/setup tap target
	@.venv/bin/python scripts/demo

test: setup lint ## all checks, and all tests but those of `make homes`, with branch coverage
	@.venv/bin/python -m pytest --cov --numprocesses 4 --dist worksteal --durations 10

homes: setup ## the tests that need what `make setup` leaves out: Dagster and Airflow, for some minutes
	@scripts/setup dagster airflow
	@.venv/bin/python -m pytest -m apart --durations 10

golden: ## write all golden files anew, after a wanted change of what is written: read the difference
	@scripts/setup tap target postgres
	@RENEW_GOLDEN=1 .venv/bin/python -m pytest -q tests/catalog/test_catalog.py tests/runs/test_golden.py tests/keboola/test_functional.py tests/keboola/config/test_sample_config.py tests/python_client/test_examples.py tests/analysts/test_queries.py

anytime: setup ## the tests and the demo at nine moments, in three time zones of the machine, for an hour
	@scripts/setup anytime
	@.venv/bin/python scripts/suite moments $(NAMES)

anyorder: setup ## the tests shuffled, by 1, 2 and 4 workers, and each file alone, for half an hour
	@.venv/bin/python scripts/suite orders $(NAMES)

busy: setup ## the tests three times in a row, beside four processes that never rest, for half an hour
	@scripts/setup load
	@.venv/bin/python scripts/suite busy $(NAMES)

fuzz: ## dirty data, guided by coverage: each property of tests/fuzz for SECONDS=20, from SEED=1
	@scripts/setup fuzz
	@.venv-fuzz/bin/python scripts/fuzz --seconds $(or $(SECONDS),20) --seed $(or $(SEED),1)

simulate: ## runs against odd instances in memory: SECONDS=60, from SEED=1, or REPLAY='...' what failed
	@scripts/setup tap
	@.venv/bin/python -m tests.simulation $(if $(REPLAY),--replay '$(REPLAY)',--seconds $(or $(SECONDS),60) --seed $(or $(SEED),1) $(if $(ONLY),--only $(ONLY)) $(if $(TABLE),--table))

mutants: ## one small mistake at a time in what must not be wrong: which does no test notice? SAMPLE=, SEED=, MODULE=
	@scripts/setup tap
	@.venv/bin/python scripts/mutants $(if $(MODULE),--module $(MODULE)) $(if $(SAMPLE),--sample $(SAMPLE)) --seed $(or $(SEED),1)

chaos: ## faults of the server and kills of the processes, for some minutes: no row may be lost
	@scripts/setup tap target
	@.venv/bin/python scripts/chaos faults
	@.venv/bin/python scripts/chaos kills

endurance: ## 2 million rows, slow targets and silent servers, for five minutes: memory may not grow
	@scripts/setup tap target
	@.venv/bin/python scripts/chaos endurance

scale: ## eight instances with five years each by Airflow, in spite of kills: equal to plain runs? INSTANCES=, SEED=
	@scripts/setup tap target airflow postgres
	@.venv/bin/python scripts/scale $(if $(INSTANCES),--instances $(INSTANCES)) $(if $(SEED),--seed $(SEED))

bench: ## measure the tap beside what one would use instead, for twenty minutes; into benchmarks/RESULTS.md; QUICK=1, ONLY=
	@scripts/setup tap target bench
	@.venv/bin/python -m benchmarks $(if $(QUICK),--quick) $(if $(ONLY),--only '$(ONLY)')

targets: ## each target twice: which rows and values arrive, how fast; is docs/targets.md right? WRITE=1 renews it
	@scripts/setup tap target jsonl pipelinewise duckdb parquet postgres
	@.venv/bin/python scripts/targets $(if $(ROWS),--rows $(ROWS)) $(if $(ONLY),--only $(ONLY)) $(if $(WRITE),--write)

clients: ## Daktela's own Python client beside ours: what each can do and takes; is docs/client.md right? WRITE=1 renews it
	@scripts/setup tap
	@.venv/bin/python scripts/clients $(if $(WRITE),--write)

lint: ## style and types
	@scripts/setup tap
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

docs: ## regenerate what is generated in the documentation
	@scripts/setup tap
	@.venv/bin/python scripts/docs.py

clean: ## remove everything that these commands made
	rm -rf .venv .venv-* build dist \
		demo-output htmlcov .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
