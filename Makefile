# FastShop's tasks. `make` lists them. Each works from a clean clone, because it first installs what it needs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

python := .venv/bin/python

.PHONY: help
help: ## List the tasks
	@sed --quiet --regexp-extended 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand --tabs=20

.PHONY: run
run: packages python ## Build and run the demo shop on an embedded Postgres
	@Scripts/run-demo.sh

.PHONY: test
test: test-packages lint build unit-tests end-to-end interop ## Run everything that must pass: lint, build, all tests

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
unit-tests: build test-packages ## Run the Swift tests
	@echo "==> Running the Swift tests"
	@swift test --skip-build --disable-xctest

.PHONY: end-to-end
end-to-end: build test-python ## Run the end-to-end tests with a real gRPC client (pytest)
	@echo "==> Running the end-to-end tests"
	@$(python) -m pytest Tests/EndToEnd

.PHONY: interop
interop: build test-python ## Run gRPC's interoperability suite with grpcio, grpc-go and grpc-java
	@Scripts/install-packages.sh Scripts/interop-packages.txt
	@echo "==> Running the interoperability suite"
	@$(python) Tests/Interop/run.py

.PHONY: proto
proto: packages ## Regenerate the code from Proto/
	@Scripts/generate-proto.sh

.PHONY: docs
docs: packages ## Regenerate the API reference (docs/api.md, docs/api/, docs/errors.md)
	@Scripts/generate-reference.sh

.PHONY: bench
bench: ## Compare with gRPC C++, nghttpd, pgbench and Redis, and print the ratios (BENCH="echo --seconds 1")
	@Benchmarks/run $(BENCH)

.PHONY: bench-worst
bench-worst: packages test-python ## Search for the longest turns of an event loop (WORST="--only subscribers")
	@Benchmarks/worst/run $(WORST)

.PHONY: fuzz
fuzz: packages ## Fuzz the decoders and the server under AddressSanitizer (FUZZ_SECONDS=60 each)
	@Fuzz/run.sh

.PHONY: sanitize
sanitize: packages ## Run all Swift tests under AddressSanitizer, one at a time
	@SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:suppressions=Scripts/asan-suppressions.txt \
	  swift test --no-parallel --scratch-path .build-asan --sanitize=address --disable-xctest

.PHONY: clean
clean: ## Remove build products (but not the data of `make run`)
	@rm --recursive --force .build .build-asan .build-fuzz .venv Benchmarks/build Clients/python/fastshop

# Prerequisites of the tasks above; quick when there is nothing to do.

.PHONY: packages
packages: ## Install missing Debian packages
	@Scripts/install-packages.sh Scripts/debian-packages.txt
	@Scripts/check-swift.sh

.PHONY: test-packages
test-packages: packages ## Install the Debian packages that only tests need
	@Scripts/install-packages.sh Scripts/test-packages.txt

.PHONY: python
python: packages ## Create .venv for the Python examples, and generate the Python stubs
	@Scripts/python-environment.sh Clients/python/requirements.txt

.PHONY: test-python
test-python: test-packages ## The same, including what the tests need
	@Scripts/python-environment.sh Clients/python/requirements.txt Tests/EndToEnd/requirements.txt
