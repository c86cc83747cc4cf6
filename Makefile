# SPDX-License-Identifier: Apache-2.0
# Front door. CMake does the work; see `make help`.

BUILD    ?= build
PREFIX   ?= /usr/local
JOBS     ?= $(shell nproc)
RUN_ARGS ?= --quick
FUZZ_SECONDS ?= 60

CONFIGURE = cmake -S . -B $(BUILD) -DCMAKE_INSTALL_PREFIX=$(PREFIX)

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := all
.PHONY: all run test install deb soak bench fuzz clean help deps deps-test configure

help:
	@echo 'make run      install what is missing, build, run the six stock cases on this host'
	@echo 'make test     build and run every test (needs root and BPF for the live ones)'
	@echo 'make all      build into $(BUILD)/'
	@echo 'make install  install below PREFIX ($(PREFIX)); DESTDIR is honoured'
	@echo 'make deb      a Debian package in build-deb/'
	@echo 'make soak     longer proofs'
	@echo 'make bench    speed, as ratios to figures measured beside it'
	@echo 'make fuzz     libFuzzer over every parser, FUZZ_SECONDS ($(FUZZ_SECONDS)) each, in build-fuzz/'
	@echo 'make clean    remove $(BUILD)/'

deps:
	@scripts/deps.sh --engine

deps-test:
	@scripts/deps.sh --engine --test

$(BUILD)/CMakeCache.txt:
	@$(CONFIGURE) -DBUILD_TESTING=OFF

all: deps $(BUILD)/CMakeCache.txt
	@cmake --build $(BUILD) -j$(JOBS)

run: all
	@$(BUILD)/bin/falcotune run $(RUN_ARGS)

test: deps-test
	@$(CONFIGURE) -DBUILD_TESTING=ON
	@cmake --build $(BUILD) -j$(JOBS)
	@scripts/test.sh $(BUILD)

install: all
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD)

deb:
	@scripts/deps.sh --engine --deb
	@cmake -S . -B build-deb -DCMAKE_INSTALL_PREFIX=/usr -DBUILD_TESTING=OFF
	@cmake --build build-deb -j$(JOBS)
	@cd build-deb && cpack -G DEB

soak: deps-test
	@$(CONFIGURE) -DBUILD_TESTING=ON
	@cmake --build $(BUILD) -j$(JOBS)
	@FALCOTUNE_BIN=$(abspath $(BUILD)/bin) tests/soak/run.sh

bench: deps-test
	@scripts/deps.sh --bench
	@$(CONFIGURE) -DBUILD_TESTING=ON
	@cmake --build $(BUILD) -j$(JOBS)
	@FALCOTUNE_BIN=$(abspath $(BUILD)/bin) tests/bench/run.sh --engine $(abspath $(BUILD)/bin/falcotune-engine)

fuzz:
	@scripts/deps.sh --test
	@CC=clang cmake -S . -B build-fuzz -DFALCOTUNE_FUZZ=ON
	@cmake --build build-fuzz -j$(JOBS) --target fuzz
	@tests/fuzz/run.sh build-fuzz $(FUZZ_SECONDS) $(FUZZ)

clean:
	rm -rf $(BUILD)
