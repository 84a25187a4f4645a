# make generate   write jobs-output/ and xml/ from components/
# make test       run every check and test
# make update     refresh what is generated and committed: jobs-output/, docs/, golden trees
# make benchmark  measure jjbgen against jenkins-jobs, and write docs/benchmarks.md; takes half an hour

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: generate test lint update benchmark debian clean

generate: $(VENV)/.ready
	$(BIN)/jjbgen generate --xml xml

test: $(VENV)/.dev debian lint
	$(BIN)/pytest --numprocesses=auto --dist=loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

update: $(VENV)/.dev
	$(BIN)/jjbgen generate
	$(BIN)/jjbgen schema component --format markdown > docs/descriptor.md
	$(BIN)/jjbgen schema settings --format markdown > docs/settings.md
	$(BIN)/jjbgen schema component > docs/component.schema.json
	$(BIN)/jjbgen schema settings > docs/settings.schema.json
	$(BIN)/pytest --update-golden tests/test_golden.py

benchmark: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# The tests compile Groovy, check shell scripts, build images and push them to a registry with the real tools.
debian:
	@if ! { command -v java && command -v shellcheck && command -v git && command -v curl && command -v openssl && command -v buildah \
	  && command -v docker-registry && ls /usr/share/groovy/lib/groovy-2.4.*.jar /usr/share/java/ant.jar; } >/dev/null 2>&1; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy --no-install-recommends \
	    ant buildah curl default-jre-headless docker-registry git groovy openssl shellcheck; \
	fi

$(VENV)/.ready: setup.cfg pyproject.toml
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { apt-get update -q && apt-get install -qy python3-venv; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.ready
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) xml *.egg-info
