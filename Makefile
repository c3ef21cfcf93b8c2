# Each target sets up what it needs: a virtual environment in .venv with the locked dependencies, and nothing global.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PEERS := .venv-peers
SALES_PEERS := .venv-sales-peers
FLAIR := .venv-flair
READERS := .venv-readers
SUPERSET := .venv-superset
PIP := $(RUN)/python -m pip --disable-pip-version-check -qq
# pip compiles 16,000 modules with one core. Some packages bring templates that are no Python: they are passed over.
COMPILE := $(RUN)/python -W ignore -m compileall -qq -j 0 $(VENV)/lib || true

# Prefect keeps its temporary server's database in the project, not in the home folder.
export PREFECT_HOME ?= $(CURDIR)/.prefect

# Compiled modules are kept: the tests start dozens of processes, which would all compile the project again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: attention-picture bench-bank bench-flair bench-next-visit bench-night bench-peers bench-report bench-sales bench-sales-ablation bench-sales-candidates bench-sales-chain bench-sales-cost bench-sales-many bench-sales-peers bench-scale bench-totals bench-train bench-value bench-visit-ablation bench-visit-cost bench-visit-counts cases check clean docs documented documents faults format help lint lock night recorded-night report-picture studies test try-superset try-wheel wheel

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

night: $(VENV)/runtime  ## run the main job on an embedded database: a generated shop, one night, the results
	@mkdir -p night && cd night && PATH="$(CURDIR)/$(RUN):$$PATH" sh ../deployments/night.sh

test: $(VENV)/development $(READERS)/installed  ## run the tests
	@$(RUN)/python -m pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 15

check: lint test  ## run everything that a change has to pass: ruff, mypy, tests

lint: $(VENV)/development
	@$(RUN)/ruff check
	@$(RUN)/ruff format --check
	@$(RUN)/mypy

format: $(VENV)/development  ## format the code
	@$(RUN)/ruff check --fix
	@$(RUN)/ruff format

bench-night: $(VENV)/development  ## measure one night on real data, on SQLite and on PostgreSQL; BENCH_DATA names the data
	@$(RUN)/python -m benchmarks.real_night

bench-next-visit: $(VENV)/development bench-peers  ## compare next-visit forecasts with other methods; BENCH_DATA names the data
	@$(RUN)/python -m benchmarks.next_visit

bench-visit-ablation: $(VENV)/development  ## measure the contribution of each part of the next-visit network
	@$(RUN)/python -m benchmarks.visit_ablation

bench-visit-cost: $(VENV)/development  ## measure next visits of a million customers: landmarks, training, forecasting
	@$(RUN)/python -m benchmarks.visit_cost

bench-scale: $(VENV)/development  ## measure a night of a million customers beside its floor and the plain way; half an hour
	@$(RUN)/python -m benchmarks.scale

bench-report: $(VENV)/development  ## measure the report of a million customers: seconds to write and to open, bytes, accessibility
	@$(RUN)/python -m benchmarks.report

report-picture: $(VENV)/development  ## take the picture of the report, docs/report.png; SHOP names the folder of a shop with nights
	@$(RUN)/python -m benchmarks.report.picture $(SHOP)

bench-train: $(VENV)/development bench-sales-peers  ## compare sequences trained a second with PyTorch's LSTM
	@$(RUN)/python -m benchmarks.scale.train

bench-value: $(VENV)/development bench-peers  ## compare expected visits and amounts with what came and with other methods
	@$(RUN)/python -m benchmarks.visit_value

bench-peers: $(PEERS)/installed  ## set up the environment of the other methods, which need older packages

bench-visit-counts: $(VENV)/development  ## compare forecasts of visits per day with AutoETS and Theta, from past as-ofs
	@$(RUN)/python -m benchmarks.visit_counts

bench-sales: $(VENV)/development bench-sales-peers  ## compare sales forecasts with other methods; BENCH_DATA names the data
	@$(RUN)/python -m benchmarks.sales

bench-sales-many: $(VENV)/development  ## measure sales forecasts of thousands of series: seconds, and accuracy beside trainings without limits
	@$(RUN)/python -m benchmarks.sales_many

bench-totals: $(VENV)/development  ## measure the bands of totals of groups of series, and their error beside direct forecasts
	@$(RUN)/python -m benchmarks.sales_totals

bench-sales-chain: $(VENV)/development  ## compare sales forecasts with an oracle, on a generated chain with promotions and prices
	@$(RUN)/python -m benchmarks.sales_chain

bench-sales-cost: $(VENV)/development  ## measure sales forecasts of 30,000 series: a night, training, memory
	@$(RUN)/python -m benchmarks.sales_cost
	@$(RUN)/python -m benchmarks.sales_nights

bench-sales-ablation: $(VENV)/development  ## measure the contribution of each part of the sales network; takes hours
	@$(RUN)/python -m benchmarks.sales_ablation

bench-flair: $(FLAIR)/installed  ## set up a package of which sales-candidates measures what it would contribute

bench-sales-candidates: $(VENV)/development bench-flair  ## measure the contribution of each recipe of sales to the served forecast
	@$(RUN)/python -m benchmarks.sales_candidates --with-flair

docs: $(VENV)/development  ## build the site of the documentation into site/, strictly
	@NO_MKDOCS_2_WARNING=1 $(RUN)/mkdocs build --quiet && echo "site/index.html"

documented: $(VENV)/development  ## count the commands, settings, tables and columns that are documented
	@$(RUN)/python -m benchmarks.documented

documents: $(VENV)/development  ## write the pages and pictures that are made from the program
	@$(RUN)/python -m tests.documents
	@$(RUN)/python -m tests.documents.pictures

attention-picture: $(VENV)/development  ## draw the weights of Luong's attention as docs/attention.png
	@$(RUN)/python -m benchmarks.attention_picture

bench-bank: $(VENV)/development  ## compare the bank of LSTMs with the usual loop of Keras; minutes for each repeat of the loop
	@$(RUN)/python -m benchmarks.bank

recorded-night: $(VENV)/development  ## compare forecasts with those of a small recorded night, which a refactoring must not change
	@$(RUN)/python -m benchmarks.recorded_night

bench-sales-peers: $(SALES_PEERS)/installed  ## set up the environment of the other methods of sales; several gigabytes

studies: $(VENV)/development  ## repeat the published LSTM studies: published and measured scores side by side, pages in study_pages/
	@$(RUN)/python -m benchmarks.studies

cases: $(VENV)/development  ## run small inputs that once went wrong, with a verdict for each; CASES names their folder
	@$(RUN)/python -m benchmarks.cases

faults: $(VENV)/development  ## kill nights and stop their databases, on SQLite and on PostgreSQL; about an hour
	@$(RUN)/python -m benchmarks.faults

try-superset: $(VENV)/development $(SUPERSET)/installed  ## import our dashboard into a Superset server, and ask each chart for data
	@NIGHTCAST_TEST_SUPERSET=$(SUPERSET) $(RUN)/python -m pytest -q -s tests/deployments/test_superset_server.py

wheel: $(VENV)/runtime  ## build the wheel in dist/, with the locked versions beside it
	@rm -rf dist
	@$(PIP) wheel --no-deps --no-build-isolation --wheel-dir dist .
	@sed -E '/^ +--hash/d; s/ *\\$$//' locks/runtime.txt > dist/constraints.txt
	@ls dist

try-wheel: wheel  ## install the wheel with pipx in an environment of its own, and run the demo
	@PYTHON=$(PYTHON) bash .ci/try_wheel

lock:  ## resolve and lock the dependencies; needs uv
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		pyproject.toml --output-file locks/runtime.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		pyproject.toml --extra development --constraints locks/runtime.txt --output-file locks/development.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		locks/build.in --constraints locks/development.txt --output-file locks/build.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		locks/peers.in --output-file locks/peers.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		locks/sales_peers.in --output-file locks/sales_peers.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-deps --quiet \
		locks/flair.in --output-file locks/flair.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		locks/readers.in --output-file locks/readers.txt
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet \
		locks/superset.in --output-file locks/superset.txt

clean:  ## remove the environment, the demo and the pages of studies
	rm -rf $(VENV) $(PEERS) $(SALES_PEERS) $(FLAIR) $(READERS) $(SUPERSET) dist night site study_pages .prefect

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Nightcast needs Python 3.11, 3.12 or 3.13: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# The packages to run; the project itself is linked, so a change needs no new installation.
$(VENV)/runtime: locks/runtime.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked dependencies into $(VENV); this takes a minute or two the first time." >&2
	@$(PIP) install --no-compile --no-deps --require-hashes --requirement locks/runtime.txt
	@$(PIP) install --no-deps --require-hashes --requirement locks/build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(COMPILE)
	@touch $@

$(VENV)/development: locks/development.txt $(VENV)/runtime
	@echo "Installing the tools for development." >&2
	@$(PIP) install --no-compile --no-deps --require-hashes --requirement locks/development.txt
	@$(COMPILE)
	@touch $@

# An environment of its own, in the folder of the target, with what a lock file names.
define installed
@$(PYTHON) -m venv $(@D)
@echo "Installing $(1) into $(@D)." >&2
@$(@D)/bin/python -m pip --disable-pip-version-check -qq install --no-deps --require-hashes --requirement $<
@touch $@
endef

# Programs that read the tables: tests try the files for them in deployments/.
$(READERS)/installed: locks/readers.txt
	$(call installed,dbt and Datasette)

# Superset needs much older packages, and takes 650 MB.
$(SUPERSET)/installed: locks/superset.txt
	$(call installed,Superset)

# The other methods of next visits need older packages.
$(PEERS)/installed: locks/peers.txt
	$(call installed,the methods to compare with)

# The other methods of sales need PyTorch, which takes several gigabytes.
$(SALES_PEERS)/installed: locks/sales_peers.txt
	$(call installed,the methods to compare sales with (several gigabytes))

# One small package, without those that it names and does not import: it runs with our own NumPy and SciPy.
$(FLAIR)/installed: locks/flair.txt | $(VENV)/runtime
	@$(PIP) install --upgrade --no-deps --require-hashes --target $(FLAIR) --requirement locks/flair.txt
	@touch $@
