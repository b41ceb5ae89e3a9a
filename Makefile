# Every target sets up what it needs; run `make help` for what there is.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/ready

# The tests start hundreds of processes; where bytecode may not be written, each compiles the desk anew.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check bench soak parity screenshots

help: ## Show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(STAMP) ## Build .venv with everything, hashes checked

$(STAMP): requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

run: $(STAMP) ## Serve the desk with demo people
	$(BIN)/balie serve --demo

demo: $(STAMP) ## Play the whole path over real sockets on throw-away data
	$(BIN)/balie demo

test: $(STAMP) ## Pass the tests
	$(BIN)/python -m pytest -n 3 --dist worksteal -m "not soak"

check: $(STAMP) ## Lint, types, import contracts, sizes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_sizes.py

bench: $(STAMP) ## Print ratios against named baselines of the same run; ONLY=payroll, pay_runs, hostile, receiving, filing, assistant, or pages (200,000 cases, some minutes, only when named)
	$(BIN)/python -m bench $(ONLY)

soak: $(STAMP) ## The long proofs: kills, soak, parity, big data
	$(BIN)/python -m pytest -m soak

parity: $(STAMP) ## Compare the assistant with a Rasa server, which RASA_ENV names; RECORD=1 writes its answers down for the tests
	PYTHONPATH=.:tests $(BIN)/python tools/assistant_parity.py $(PARITY) $(if $(RECORD),--record tests/unit/test_bot/recorded_conversations.json)

screenshots: $(STAMP) ## Take the pictures of docs/screenshots
	PYTHONPATH=.:tests $(BIN)/python tools/screenshots.py
