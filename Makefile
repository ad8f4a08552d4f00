# FastShop's tasks. `make` lists them. Each works in a fresh clone, because it first installs what it needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

python := .venv/bin/python
# The logs and test durations for Tests/run.py.
results := .build/tests
# The number of pytest workers, each with its own Postgres: three per processor, because the tests mostly wait.
workers = $$(($$(nproc) * 3))

.PHONY: help
help: ## List the tasks
	@sed --quiet --regexp-extended 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand --tabs=20

.PHONY: run
run: packages ## Build and run the demo shop on an embedded Postgres
	@Scripts/run-demo.sh

.PHONY: test
test: test-packages test-python ## Run everything that must pass: lint, build, all tests; print the slowest
	@Tests/run.py

.PHONY: lint
lint: packages ## Check the format of the Swift sources
	@echo "==> Linting"
	@swift format lint --strict --parallel --configuration .swift-format $$(Scripts/handwritten-swift.sh)

.PHONY: format
format: packages ## Format the Swift sources in place
	@swift format format --in-place --parallel --configuration .swift-format $$(Scripts/handwritten-swift.sh)

.PHONY: build
build: packages ## Build everything in debug mode
	@echo "==> Building"
	@swift build --build-tests

.PHONY: unit-tests
unit-tests: build test-python ## Run the Swift tests, several modules at once
	@echo "==> Running the Swift tests"
	@Tests/swift_modules.py $(results)

.PHONY: end-to-end
end-to-end: build test-python ## Run the end-to-end tests with a real gRPC client (pytest), by several workers
	@echo "==> Running the end-to-end tests"
	@$(python) -m pytest Tests/EndToEnd -m "not alone" --quiet --numprocesses=$(workers) --dist=loadfile \
	  --no-loadscope-reorder --junitxml=$(results)/end-to-end.xml

.PHONY: end-to-end-alone
end-to-end-alone: build test-python ## Run the end-to-end tests that measure, one after another
	@echo "==> Running the end-to-end tests that measure"
	@$(python) -m pytest Tests/EndToEnd -m alone --quiet --junitxml=$(results)/end-to-end-alone.xml

.PHONY: interop
interop: build test-python ## Run gRPC's interoperability suite with grpcio, grpc-go and grpc-java
	@Scripts/install-packages.sh Scripts/go-packages.txt Scripts/interop-packages.txt
	@echo "==> Running the interoperability suite"
	@$(python) Tests/Interop/run.py

.PHONY: proto
proto: generator-packages ## Regenerate the code from Proto/
	@Scripts/generate-proto.sh

.PHONY: docs
docs: generator-packages ## Regenerate the API reference (docs/api.md, docs/api/, docs/errors.md)
	@Scripts/generate-reference.sh

.PHONY: map
map: packages ## Redraw the map of the targets (docs/map.svg)
	@Scripts/draw-map.sh

.PHONY: bench
bench: ## Compare with gRPC C++, nghttpd, pgbench and Redis, and print the ratios (BENCH="echo --seconds 1")
	@Benchmarks/run $(BENCH)

.PHONY: bench-jobs
bench-jobs: ## Compare the job queue with procrastinate's
	@Benchmarks/jobs/run

.PHONY: bench-consumers
bench-consumers: ## Measure a consumer of events, or kill a thousand (CONSUMERS="kill --kills 1000")
	@Benchmarks/consumers/run $(or $(CONSUMERS),rate)

.PHONY: bench-worst
bench-worst: packages test-python ## Search for the longest turns of an event loop (WORST="--only subscribers")
	@Benchmarks/worst/run $(WORST)

.PHONY: fuzz
fuzz: packages client-packages ## Fuzz the decoders and the server under AddressSanitizer (FUZZ_SECONDS=60 each)
	@Fuzz/run.sh

.PHONY: sanitize
sanitize: test-packages ## Run all Swift tests under AddressSanitizer, one at a time
	@SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:suppressions=Scripts/asan-suppressions.txt \
	  swift test --no-parallel --scratch-path .build-asan --sanitize=address --disable-xctest

.PHONY: clean
clean: ## Remove build products (but not the data of `make run`)
	@rm --recursive --force .build .build-asan .build-fuzz .venv Benchmarks/build Clients/python/fastshop

# Prerequisites of the tasks above; quick when there is nothing to do.

.PHONY: packages
packages: ## Install missing Debian packages of the server
	@Scripts/install-packages.sh Scripts/server-packages.txt
	@Scripts/check-swift.sh

.PHONY: generator-packages
generator-packages: packages ## Install missing Debian packages of the code generator, too
	@Scripts/install-packages.sh Scripts/generator-packages.txt

.PHONY: client-packages
client-packages: ## Install missing Debian packages of the client examples
	@Scripts/install-packages.sh Scripts/client-packages.txt

.PHONY: test-packages
test-packages: generator-packages client-packages ## Install missing Debian packages of the tests, too
	@Scripts/install-packages.sh Scripts/test-packages.txt

.PHONY: python
python: client-packages ## Create .venv for the Python examples, and generate the Python stubs
	@Scripts/python-environment.sh Clients/python/requirements.txt

.PHONY: test-python
test-python: test-packages ## The same, including what the tests need
	@Scripts/python-environment.sh Clients/python/requirements.txt Tests/EndToEnd/requirements.txt
