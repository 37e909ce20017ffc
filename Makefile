# The main commands are `make serve` and `make test`; each installs its dependencies and prints its steps.
.DEFAULT_GOAL := help
.PHONY: help serve test library-checks page-checks setup setup-rust setup-linters setup-page setup-browsers build dist npm lint check-page test-native test-browsers test-page check-npm bench bench-web soak gpu-report gpu-kit clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: build ## build the page and serve it; PORT=8000 chooses the port
	@echo '==> Serving www/'
	@npm run --silent serve

# Incremental compilation makes a first build of the tests a quarter slower, and speeds up only the next ones.
ifeq (,$(wildcard target/debug))
test: export CARGO_INCREMENTAL := 0
endif
test: ## install missing dependencies, then run all checks and tests: those of the page beside those of the library
	@$(MAKE) --no-print-directory --jobs=2 setup
	@$(MAKE) --no-print-directory --jobs=2 --keep-going library-checks page-checks

library-checks:
	@$(MAKE) --no-print-directory IN_ORDER=1 lint test-native test-browsers

page-checks:
	@$(MAKE) --no-print-directory IN_ORDER=1 check-page test-page

# Two runs of cargo in one folder would wait for each other.
ifdef IN_ORDER
.NOTPARALLEL:
endif

setup: setup-linters setup-page setup-browsers ## install the missing dependencies of the tests

setup-rust:
	@tools/setup.sh rust

setup-linters: setup-rust
	@tools/setup.sh linters

setup-page: setup-rust ## install the missing dependencies of the page
	@tools/setup.sh page

setup-browsers: setup-rust
	@tools/setup.sh browsers

build: setup-page ## build the WebAssembly module, www/pkg
	@tools/build-page.sh

dist: build ## build dist/, the page as static files for any host, and check its size
	@tools/build-dist.sh

npm: build ## build the npm package, target/npm
	@tools/build-npm.sh

lint: setup-linters ## check formatting, lints and documentation links
	@tools/lint.sh

check-page: build ## check the page's types and lints, and test its modules
	@tools/check-page.sh

test-native: setup-browsers ## test on this machine's GPU or a software adapter
	@tools/test-native.sh

test-browsers: setup-page setup-browsers ## test the library inside Chromium and Firefox
	@tools/test-browsers.sh

test-page: setup-browsers dist npm ## test the page in Chromium and Firefox
	@tools/test-page.sh

check-npm: npm ## check the npm package with publint, attw, tsc and six set-ups in Chromium; not part of make test
	@tools/check-npm.sh

bench: ## time ResNet-50 on this machine's GPU; BENCH='--help' lists the choices
	@tools/bench-native.sh $(BENCH)

bench-web: build ## time the page's engine and others in Chromium; BENCH='--help' lists the choices
	@tools/bench-web.sh $(BENCH)

soak: setup-browsers build ## run one page for more than an hour and check its memory; SOAK='--minutes 5' shortens it, see tests/soak/run.js
	@node tests/soak/run.js $(SOAK)

gpu-report: ## report what AMD's compiler makes of the kernels, without a GPU; writes docs/gpu-report.md
	@tools/test-native.sh --test gpu_report -- --write

gpu-kit: ## build target/gpu-kit, which checks and times the committed sources on a machine with a GPU and PyTorch
	@tools/gpu-kit.sh

clean: ## remove everything that was built or installed here
	rm -rf target node_modules benches/web/node_modules npm/check/node_modules benches/results www/pkg dist
