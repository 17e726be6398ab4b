# The developer's commands. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## create every environment that the tests need
	@scripts/setup tap target jsonl check postgres

demo: ## sandbox | tap-daktela | target-csv, two runs, and the Keboola component; the files stay in demo-output/
	@scripts/setup tap target
	@.venv/bin/python scripts/demo

test: setup lint ## all checks and all tests, with branch coverage
	@.venv/bin/python -m pytest --cov

lint: ## style and types
	@scripts/setup tap
	@.venv/bin/ruff check
	@.venv/bin/ruff format --check
	@.venv/bin/mypy

docs: ## regenerate what is generated in the documentation
	@scripts/setup tap
	@.venv/bin/python scripts/docs.py

clean: ## remove everything that these commands made
	rm -rf .venv .venv-target .venv-jsonl .venv-check .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache \
		.ruff_cache build demo-output htmlcov *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
