# `make` alone lists what can be asked for. Everything lives in .venv; nothing else on the machine is touched.

PYTHON_IN_VENV := .venv/bin/python
RUN_TIME := .venv/installed-run-time
TEST := .venv/installed-test
COMPILE := uv pip compile pyproject.toml --quiet --no-header --generate-hashes --no-emit-index-url --universal \
	--python-version 3.11
CHECKS := check-lint check-format check-types check-imports check-migrations

.DEFAULT_GOAL := help
.PHONY: help install install-test kernel demo test check $(CHECKS) bench lock lock-upgrade pictures clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 24

install: $(RUN_TIME) ## what Daybreak needs to run, into .venv
install-test: $(TEST) ## the same, and what its tests need

$(RUN_TIME): pyproject.toml requirements/build.txt requirements/run.txt
	PYTHON="$(PYTHON)" tools/install run
	@touch $@

$(TEST): $(RUN_TIME) requirements/test.txt
	PYTHON="$(PYTHON)" tools/install test
	@touch $@

kernel: $(RUN_TIME) ## the model's compiled kernel for this machine, if it has a C compiler; NumPy gives the same without it
	$(PYTHON_IN_VENV) -m daybreak.pharmacology.kernel

demo: $(RUN_TIME) ## a clinic with synthetic patients at http://localhost:8000
	.venv/bin/daybreak demo

test: $(TEST) ## everything: the checks, then every test on SQLite and on PostgreSQL, then in a browser
	$(PYTHON_IN_VENV) -m tools.run_tests

check: $(CHECKS) ## style, types, the direction of imports, migrations that are missing

check-lint: $(TEST)
	$(PYTHON_IN_VENV) -m ruff check .

check-format: $(TEST)
	$(PYTHON_IN_VENV) -m ruff format --check .

check-types: $(TEST)
	$(PYTHON_IN_VENV) -m mypy

check-imports: $(TEST)
	.venv/bin/lint-imports

check-migrations: $(TEST)
	DAYBREAK_TESTING=1 DAYBREAK_DATABASE=sqlite:///:memory: DJANGO_SETTINGS_MODULE=daybreak.web.settings \
		$(PYTHON_IN_VENV) -m django makemigrations --check --dry-run

bench: $(TEST) ## speed, each figure beside the same work done plainly
	$(PYTHON_IN_VENV) -m benchmarks

lock: ## the lock files again, after a change of dependencies in pyproject.toml
	$(COMPILE) --output-file requirements/run.txt
	$(COMPILE) --extra test --constraint requirements/run.txt --output-file requirements/test.txt
	echo hatchling | $(COMPILE:pyproject.toml=-) --constraint requirements/test.txt --output-file requirements/build.txt

lock-upgrade: ## the newest versions pyproject.toml allows
	rm -f requirements/*.txt
	$(MAKE) lock

pictures: $(TEST) ## the pictures in the README, from the demonstration
	$(PYTHON_IN_VENV) -m tools.pictures

clean: ## everything that was made here, .venv included
	rm -rf .venv .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache dist build
	rm -f src/daybreak/pharmacology/kernel/kernel-*.so
	find src tests tools benchmarks -name __pycache__ -prune -exec rm -rf {} +
