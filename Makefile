# `make` sets everything up, makes the notebooks, builds the site and grades the example class.
# Each target makes what it needs, so each can be the first that you run.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN := $(BIN)/python
CLASS := _build/class
PUBLIC ?= _build/public
CHAPTERS := $(patsubst book/%/exercise.md,%,$(wildcard book/*/exercise.md))
# Grading the project trains networks, which takes long: it is graded last, and `make` grades only a few hand-ins of it.
# A loop that does not end costs a minute: `make` grades it in one chapter.
LONG := project
WHOLE := transform
SHORT := $(filter-out $(LONG),$(CHAPTERS))
GRADE = $(RUN) -m grading grade $$chapter --root $(CLASS) --feedback
SETUP := $(VENV)/.installed .venv-learner/.installed

# With small matrices, several threads spend their time waiting for each other.
export OPENBLAS_NUM_THREADS ?= 1

.PHONY: all help setup system keys notebooks site grade-some grade-examples serve pdf offline publish test lint format \
	bench floors lock new try preview clean mutations attacks conformance

all: site grade-some  ## everything: notebooks, the site, and a made-up class, graded
	@echo
	@echo "The site:            _build/html/index.html   (make serve opens it)"
	@echo "Learners' notebooks: _build/notebooks/"
	@echo "The graded class:    $(CLASS)/   (gradebook.db, autograded/, feedback/, reports/)"

help:  ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile | expand -t 18

# ---- the environments: the grader's, and the learner's, which is the only one that the sandbox can see

setup: $(SETUP) system  ## both environments, and the programs that pip cannot install

$(VENV)/.installed: requirements.txt pyproject.toml
	@echo "== installing the grader's and the site's packages into $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else f"Python 3.11 to 3.13 is wanted, this is {sys.version.split()[0]}: make PYTHON=python3.12")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install -q --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/pip install -q --disable-pip-version-check -r requirements.txt
	@PYTHONWARNINGS=ignore $(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv-learner/.installed: requirements.txt pyproject.toml $(VENV)/.installed
	@echo "== installing the learner's packages into .venv-learner"
	@$(PYTHON) -m venv --without-pip .venv-learner
	@$(BIN)/pip --python .venv-learner/bin/python install -q --disable-pip-version-check --group learner -c requirements.txt
	@touch $@

system:
	@sh publishing/system.sh

# ---- what is built from the course

keys: $(SETUP)  ## what the visible checks and the grader look up, computed once
	@echo "== answer keys"
	@$(RUN) -m publishing keys

notebooks: keys  ## learners' folders in _build/notebooks/, nbgrader's source in class/source/
	@echo "== notebooks"
	@$(RUN) -m publishing notebooks

site: notebooks  ## the site in _build/html/; its lessons run on all processors
	@echo "== lessons and site"
	@$(BIN)/jupyter-book build . -n -W --keep-going -q

grade-some: site system
	@$(RUN) examples/make_class.py --root $(CLASS) $(WHOLE)
	@$(RUN) examples/make_class.py --root $(CLASS) --quick $(filter-out $(WHOLE),$(SHORT))
	@$(RUN) examples/make_class.py --root $(CLASS) --few $(LONG)
	@for chapter in $(SHORT) $(LONG); do echo; echo "== $$chapter"; $(GRADE) || exit 1; done

grade-examples: keys system  ## grades the whole made-up class in all chapters
	@$(RUN) examples/make_class.py --root $(CLASS) $(CHAPTERS)
	@for chapter in $(SHORT) $(LONG); do echo; echo "== $$chapter"; $(GRADE) || exit 1; done

serve: site  ## builds the site and serves it on this machine
	@echo "http://127.0.0.1:8000/ (stop with Ctrl+C)"
	$(RUN) -m http.server --bind 127.0.0.1 --directory _build/html 8000

# ---- publishing (docs/publishing.md)

pdf: site  ## the course as one PDF
	$(RUN) -m publishing pdf

offline: site  ## the site as one zip
	$(RUN) -m publishing offline

publish: pdf  ## the folder to publish (docs/publishing.md)
	$(RUN) -m publishing publish --to $(PUBLIC)

# ---- for authors

test: $(SETUP) system  ## all tests; PYTEST=... for pytest's own options
	$(RUN) -m pytest -n 3 --dist loadgroup $(PYTEST)

lint: $(SETUP)  ## linters, types, and the contract on imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(RUN) -m publishing lint

bench: $(SETUP) system  ## measurements, compared with the alternatives
	$(RUN) -m benchmarks

lock: $(SETUP)  ## updates requirements.txt
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 -q --upgrade --custom-compile-command "make lock" -o requirements.txt

attacks: $(SETUP) system  ## hostile hand-ins, compared with stock nbgrader
	$(RUN) -m benchmarks.attacks

conformance: $(SETUP) system  ## nbgrader's own tests with this plug-in
	$(RUN) tests/test_conformance.py

mutations: $(SETUP)  ## exercise, misconceptions, killed, diagnosed, right formulations accepted
	$(RUN) -m grading mutations

new: $(SETUP)  ## lays an exercise out: make new EXERCISE=chapter/name
	$(RUN) -m publishing new $(EXERCISE)

try: $(SETUP)  ## an exercise's contract: make try EXERCISE=chapter/name
	$(RUN) -m pytest -q tests/test_contract.py -k "$(notdir $(EXERCISE)) and $(firstword $(subst /, ,$(EXERCISE)))"

PORT ?= 8001
preview: keys  ## an exercise's page and check, reloaded after each save: make preview EXERCISE=chapter/name
	@$(RUN) -m publishing preview $(EXERCISE) --port $(PORT)

format: $(SETUP)  ## formats the Python code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

floors: $(SETUP)  ## draws docs/floors.svg, the plan of the code, from the imports
	$(RUN) docs/floors.py

clean:  ## removes what was built (never class/)
	rm -rf _build .pytest_cache .mypy_cache .ruff_cache
