# SplitMask: `make demo` shows it working, `make test` checks it, `make help` lists the rest.

SHELL := /bin/bash
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# LIBTORCH names another libtorch than the pinned one in .deps/. An empty one means none.
ifeq ($(strip $(LIBTORCH)),)
  unexport LIBTORCH
else
  override LIBTORCH := $(abspath $(LIBTORCH))
  export LIBTORCH
endif

# The same for build and test, so that nothing is compiled twice.
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error

# Where make install puts the program.
PREFIX ?= /usr/local

.PHONY: help setup build demo test lint format bench docs public-api dist install uninstall clean

help:
	@echo 'make demo            set up, build, pretrain on an embedded data set, compare with a random encoder (some 10 minutes)'
	@echo 'make demo DATA=path  the same on a folder of your own images'
	@echo 'make test            set up, lint, build, run every test and example, check documentation and public interface'
	@echo 'make setup           install what is missing: system packages, libtorch in .deps/, Swift packages'
	@echo 'make build           set up and build .build/release/splitmask'
	@echo 'make lint            check the format of the Swift sources, and the scripts if shellcheck is installed'
	@echo 'make format          bring the Swift sources into that format'
	@echo 'make bench           measure against PyTorch and PIL in the same run'
	@echo 'make docs            the documentation of the Swift library, in .build/documentation'
	@echo 'make public-api      renew docs/public-api.txt, the list of what the library makes public'
	@echo 'make dist            a folder that runs without Swift, in dist/'
	@echo 'make install         put the built program into PREFIX=/usr/local, with manual page and completions; make uninstall'
	@echo 'make clean           remove what was built (not .deps/, demo/ and runs/)'
	@echo
	@echo 'LIBTORCH=/path/to/torch builds against another libtorch (2.9 or newer, CUDA included) than the pinned one.'

setup:
	@scripts/setup.sh

build: setup
	@swift build $(SWIFT_FLAGS)
	@echo 'Built .build/release/splitmask'

demo: build
	@DATA='$(DATA)' scripts/demo.sh

test: setup lint
	@scripts/fetch-plotly.sh
	@swift build $(SWIFT_FLAGS) --build-tests
	@swift test $(SWIFT_FLAGS) --skip-build --disable-xctest
	@scripts/symbols.sh
	@scripts/public-api.sh
	@scripts/docs.sh
	@scripts/examples.sh

lint:
	@swift format lint --strict --parallel --recursive Package.swift Sources Tests Examples
	@if command -v python3 >/dev/null; then Tests/mutations.py --check; fi
	@if command -v shellcheck >/dev/null; then shellcheck -x scripts/*.sh .ci/run; fi

format:
	@swift format --in-place --parallel --recursive Package.swift Sources Tests Examples

bench: build
	@Benchmarks/run

docs: build
	@scripts/symbols.sh
	@scripts/docs.sh
	@echo 'Made .build/documentation; look at it with: docc preview Sources/SplitMask/SplitMask.docc --additional-symbol-graph-dir .build/symbols'

public-api: build
	@scripts/symbols.sh
	@scripts/public-api.sh --renew

dist: setup
	@scripts/dist.sh

# Without building: with sudo, the build folder would become root's.
install:
	@scripts/install.sh install '$(abspath $(PREFIX))' .build/release/splitmask

uninstall:
	@scripts/install.sh uninstall '$(abspath $(PREFIX))'

clean:
	@rm -rf .build .build-dist dist
