# kanjian: what do you want to do?
#
#   make demo      install what training needs, train on real digits, look at the result
#   make test      everything CI checks: format, lint, types, layers, tests, doctests
#   make quick     the same without the slow tests
#   make backends  the core paths on JAX and on PyTorch
#   make messages  bring the catalogs of translations up to date, and list what they lack
#   make docs      write again what docs and READMEs take from code and results
#   make format    let ruff put the code in order
#   make clean     remove the virtual environments and the caches

PYTHON ?= python3
BIN := .venv/bin
# two processes; the tests of a file share what they set up
WIDE := --numprocesses 2 --dist loadfile
EXTRAS := train,imaging,video,onnx,int8,serve,dev
# what KerasHub really imports; TensorFlow Text, which it asks for as well, would bring 0.8 GB
HUB := huggingface_hub kagglehub kagglesdk regex safetensors sentencepiece tokenizers
PIP := pip install --disable-pip-version-check --constraint constraints.txt
# pip asks for a home; a machine for tests may have none
ifeq ($(HOME),)
export HOME := $(CURDIR)/.venv/home
endif
# an environment that was left half-made, as where Python's venv is not whole, is made again
ENVIRONMENT = test -x $(1)/bin/pip || $(PYTHON) -m venv $(1)

.PHONY: help demo test check quick backends messages docs format clean
help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

# enough to train and to look; what develops kanjian comes on top with .venv/ready
.venv/trains: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "kanjian needs Python 3.11 or newer, this is %s. Name one: make PYTHON=python3.12 demo" % sys.version.split()[0])'
	@echo "Setting up .venv with what training needs, 2 GB: minutes of fetching, a minute of writing."
	@$(call ENVIRONMENT,.venv)
	@$(BIN)/$(PIP) --quiet 'pip>=25.1' # since then it shows how far it is while it writes, too
	@$(BIN)/$(PIP) --editable '.[train]'
	@touch $@

.venv/ready: .venv/trains
	@echo "Adding to .venv what tests and other formats need, 1 GB."
	@$(BIN)/$(PIP) --editable '.[$(EXTRAS)]'
	@$(BIN)/$(PIP) --quiet $(HUB)
	@$(BIN)/$(PIP) --quiet --no-deps keras-hub
	@touch $@

demo: .venv/trains
	@$(BIN)/kanjian demo

check: .venv/ready
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
	@echo "Setting up .venv-backends with JAX and PyTorch as well, 4 GB."
	@$(call ENVIRONMENT,.venv-backends)
	@.venv-backends/bin/$(PIP) --editable '.[$(EXTRAS)]' jax torch
	@touch $@

messages: .venv/ready
	$(BIN)/python tools/messages.py

docs: .venv/ready
	$(BIN)/python tools/docs.py
	$(BIN)/python tools/sources.py
	$(BIN)/python tools/results.py

format: .venv/ready
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf .venv .venv-backends .mypy_cache .pytest_cache .ruff_cache .hypothesis
