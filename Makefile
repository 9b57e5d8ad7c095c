# kanjian: what do you want to do?
#
#   make demo      install, train on real digits, look at the result (a minute or two)
#   make test      everything CI checks: format, lint, types, layers, tests, doctests
#   make quick     the same without the slow tests
#   make backends  the core paths on JAX and on PyTorch
#   make docs      write again what docs and READMEs take from code and results
#   make format    let ruff put the code in order
#   make clean     remove the virtual environments and the caches

PYTHON ?= python3
BIN := .venv/bin
# two processes; the tests of a file share what they set up
WIDE := --numprocesses 2 --dist loadfile
EXTRAS := train,imaging,video,onnx,int8,serve,dev
PIP := pip install -qq --disable-pip-version-check --constraint constraints.txt

.PHONY: help setup demo test check quick backends docs format clean
help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

setup: .venv/ready
.venv/ready: pyproject.toml constraints.txt
	@echo "Setting up .venv (the first time takes a minute or two) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/$(PIP) --editable '.[$(EXTRAS)]'
	@touch $@

demo: setup
	@$(BIN)/kanjian demo

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest $(WIDE)

quick: check
	$(BIN)/python -m pytest $(WIDE) -m "not slow"

backends: .venv-backends/ready
	KERAS_BACKEND=jax .venv-backends/bin/python -m pytest $(WIDE) -m backends
	KERAS_BACKEND=torch .venv-backends/bin/python -m pytest $(WIDE) -m backends

.venv-backends/ready: pyproject.toml constraints.txt
	@test -x .venv-backends/bin/python || $(PYTHON) -m venv .venv-backends
	@.venv-backends/bin/$(PIP) --editable '.[$(EXTRAS)]' jax torch
	@touch $@

docs: setup
	$(BIN)/python tools/docs.py
	$(BIN)/python tools/results.py

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .venv-backends .mypy_cache .pytest_cache .ruff_cache .hypothesis
