.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin

.PHONY: help run serve test check servers lint types imports format lock clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

run: .venv/ready casesvc/static/vendor/ready ## set up, migrate, enter the demo data and serve on 127.0.0.1:8000
	@$(BIN)/casesvc migrate
	@$(BIN)/casesvc demo
	@exec $(BIN)/casesvc serve

test: servers ## set up, install and start what the tests need, run every check and every test (root)
	REQUIRE_SERVERS=1 $(MAKE) --no-print-directory check

check: lint types imports ## what CI checks, without installing anything
	$(BIN)/pytest --numprocesses 2 --dist loadgroup

servers: .venv/ready casesvc/static/vendor/ready ## install the servers and programs that the tests use (root)
	@sh tools/install_test_servers.sh

lint: ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: ## mypy, strict
	$(BIN)/mypy

imports: ## imports go down only
	$(BIN)/lint-imports

format: ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: ## write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --group setup --universal --generate-hashes --upgrade --no-header -q -o requirements.lock

clean: ## remove what set-up made; the data stay
	rm -rf .venv .tools node_modules casesvc/static/vendor

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install -q "$$(grep -oE '^uv==[0-9.]+' requirements.lock)"
	@$(BIN)/uv pip sync -q --require-hashes --python $(BIN)/python requirements.lock
	@$(BIN)/uv pip install -q --no-deps --no-build-isolation --python $(BIN)/python --editable .
	@touch $@

casesvc/static/vendor/ready: package.json package-lock.json .venv/ready
	@$(BIN)/python tools/page_libraries.py
	@touch $@
