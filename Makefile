# `make` sets everything up, makes the notebooks, builds the site and grades the example class.
# Each target works alone and first.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
CLASS := _build/class
PUBLIC ?= _build/public
CHAPTERS := $(patsubst book/%/exercise.md,%,$(wildcard book/*/exercise.md))
SETUP := $(VENV)/.installed .venv-learner/.installed

# Small matrices on many threads spend their time waiting for each other.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: all setup system notebooks site grade-examples serve pdf offline publish test lint bench lock new try clean mutations attacks conformance

all: site grade-examples
	@echo
	@echo "The site:            _build/html/index.html   (make serve opens it)"
	@echo "Learners' notebooks: _build/notebooks/"
	@echo "The graded class:    $(CLASS)/   (gradebook.db, autograded/, feedback/)"

# ---- the environments: the grader's, and the learner's, which is all that the sandbox can see

setup: $(SETUP) system

$(VENV)/.installed: requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"Python 3.11 to 3.13 is wanted, this is {sys.version.split()[0]}: make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check --upgrade "pip>=25.1"
	$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

.venv-learner/.installed: requirements.txt pyproject.toml $(VENV)/.installed
	$(PYTHON) -m venv --without-pip .venv-learner
	$(BIN)/pip --python .venv-learner/bin/python install -q --disable-pip-version-check --group learner -c requirements.txt
	touch $@

system:
	@sh publishing/system.sh

# ---- what the course is made into

notebooks: $(SETUP)
	$(RUN) -m publishing notebooks

site: notebooks
	$(BIN)/jupyter-book build . -n -W --keep-going -q

grade-examples: $(SETUP) system
	$(RUN) examples/make_class.py --root $(CLASS) $(CHAPTERS)
	@for chapter in $(CHAPTERS); do echo; echo "== $$chapter"; $(RUN) -m grading grade $$chapter --root $(CLASS) --feedback || exit 1; done

serve: site
	@echo "http://127.0.0.1:8000/ (stop with Ctrl+C)"
	$(RUN) -m http.server --bind 127.0.0.1 --directory _build/html 8000

# ---- what leaves this machine (docs/publishing.md)

pdf: site
	$(RUN) -m publishing pdf

offline: site
	$(RUN) -m publishing offline

publish: pdf
	$(RUN) -m publishing publish --to $(PUBLIC)

# ---- for authors

test: $(SETUP) system
	$(RUN) -m pytest -n 2 --dist loadgroup $(PYTEST)

lint: $(SETUP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

bench: $(SETUP) system
	$(RUN) -m benchmarks

lock: $(SETUP)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 -q --upgrade --custom-compile-command "make lock" -o requirements.txt

attacks: $(SETUP) system
	$(RUN) -m benchmarks.attacks

conformance: $(SETUP) system
	$(RUN) tests/test_conformance.py

mutations: $(SETUP)
	$(RUN) -m grading mutations

new: $(SETUP)
	$(RUN) -m publishing new $(EXERCISE)

try: $(SETUP)
	$(RUN) -m pytest -q tests/test_contract.py -k "$(notdir $(EXERCISE)) and $(firstword $(subst /, ,$(EXERCISE)))"

clean:
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache
