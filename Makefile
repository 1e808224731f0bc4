# make demo and make test need Python 3.10 or newer, and nothing else.
PYTHON ?= python3
VENV ?= .venv
# The versions that were tested. CONSTRAINTS= takes the newest that fit instead.
CONSTRAINTS ?= constraints.txt
# More options for pip, such as the index that holds PyTorch for your GPU.
PIP_ARGS ?=
PYTEST_ARGS ?= -n 2
# What README and pages say, and what their examples do, is tried with the site.
PAGES := tests/docs

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	$(if $(CONSTRAINTS),-c $(CONSTRAINTS)) $(PIP_ARGS)

.PHONY: help demo test long newest check docs fuzz clean

help:
	@echo 'make demo   install into $(VENV), then lint and train a net on real digits, in demo/'
	@echo 'make test   install the development tools into $(VENV) and run the tests'
	@echo 'make long   run the tests that take many seconds each, which make test leaves out'
	@echo 'make newest hold the numbers under the newest versions that install, torch first of all'
	@echo 'make check  ruff and mypy, as CI runs them'
	@echo 'make docs   the site, into build/site; run what README and pages say'
	@echo 'make fuzz   feed mutated files to every reader, for two minutes'
	@echo 'make clean  remove what the others made, $(VENV) included'

demo: $(VENV)/installed
	$(BIN)/c2t quickstart demo --force
	$(BIN)/c2t lint demo/solver.prototxt
	cd demo && $(abspath $(BIN))/c2t train solver.prototxt

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS) --ignore=$(PAGES)

long: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m long --ignore=$(PAGES)

# Numbers may not hang on a version's conventions. Its new deprecations are no failure.
newest:
	$(MAKE) test VENV=$(VENV)-newest CONSTRAINTS= \
		PYTEST_ARGS='-n 2 -W default -m "long or not long" tests/test_golden.py tests/layers tests/fillers'

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(VENV)/installed-dev
	$(BIN)/zensical build --clean --strict
	$(BIN)/python -m pytest -n 2 $(PAGES)

fuzz: $(VENV)/installed-dev
	$(BIN)/python -W ignore -m tools.fuzz all --minutes 2

clean:
	rm -rf $(VENV) $(VENV)-newest demo build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Two stamps, so that neither command installs again what has not changed.
$(VENV)/installed: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(PIP) -e .
	touch $@

$(VENV)/installed-dev: pyproject.toml $(CONSTRAINTS) | $(BIN)/python
	$(PIP) -e '.[dev]'
	touch $@ $(VENV)/installed
