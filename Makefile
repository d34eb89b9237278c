# libwebsockets-rs for C people. `make help` lists the targets.
SHELL        := /bin/bash
PREFIX       ?= /usr/local
LIBDIR       ?= $(PREFIX)/lib
INCLUDEDIR   ?= $(PREFIX)/include
DATADIR      ?= $(PREFIX)/share
DESTDIR      ?=
CARGO        ?= cargo
TARGET_DIR   := target
PROFILE      ?= release
BUILT        := $(TARGET_DIR)/$(PROFILE)
DEB          ?= $(TARGET_DIR)/deb
STAGE        := $(CURDIR)/$(TARGET_DIR)/stage
VERSION      := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
SONAME       := libwebsockets.so.17
REALNAME     := $(SONAME).$(VERSION)
SOURCES      := $(shell find src build -type f 2>/dev/null) build.rs Cargo.toml cbindgen.toml

# What a call from the wrong thread does where neither the environment nor the program says: abort, refuse, marshal.
THREAD_CHECK ?=
ifneq ($(THREAD_CHECK),)
  ifeq ($(filter $(THREAD_CHECK),abort refuse marshal),)
    $(error THREAD_CHECK=$(THREAD_CHECK): it has to be abort, refuse or marshal)
  endif
  export LWS_THREAD_CHECK_DEFAULT := $(THREAD_CHECK)
endif
# What was built with one choice is built again for another: this file is as old as the last change of it.
CHOICE       := $(TARGET_DIR)/thread-check
$(shell mkdir -p $(TARGET_DIR); [ "$$(cat $(CHOICE) 2>/dev/null || echo none)" = "$(THREAD_CHECK)" ] || echo "$(THREAD_CHECK)" >$(CHOICE))

.PHONY: all help install uninstall stage demo test test-autobahn test-autobahn-all test-deflate-load
.PHONY: test-traces test-clients test-dropin test-dropin-valgrind test-growth test-deb deb test-asan
.PHONY: test-valgrind test-loom-mutants bench performance clean prepare-demo prepare-test prepare-dropin prepare-bench
.PHONY: test-slow-peers fuzz-http test-testssl test-tls test-tls-fuzz
all: $(BUILT)/libwebsockets.so $(BUILT)/libwebsockets.a

help:
	@echo "make                 build the shared object and the static library (THREAD_CHECK=abort|refuse|marshal)"
	@echo "make PROFILE=quick   the same in seconds, without link-time optimisation, for working on the library"
	@echo "make install         PREFIX=$(PREFIX) DESTDIR= LIBDIR=$(LIBDIR)"
	@echo "make uninstall       remove exactly what install put there (same variables)"
	@echo "make stage           install into $(TARGET_DIR)/stage"
	@echo "make demo            install what is missing, build, and run the chat example"
	@echo "make test            install what is missing, and run all tests"
	@echo "make test-autobahn   the conformance suite on c-examples/echo"
	@echo "make test-autobahn-all  all of its 517 cases, as server and as client (an hour)"
	@echo "make test-deflate-load  permessage-deflate under load, every reply compared (a quarter of an hour)"
	@echo "make test-clients    10,000 client connections from one context, on this library and the system's"
	@echo "make test-dropin     janus, rtpengine and csound, unmodified, on this library, ROUNDS=10 times each; installs them"
	@echo "make test-dropin-valgrind  janus and csound under memcheck, on this library and the system's"
	@echo "make test-growth     descriptors and memory of janus and rtpengine over 5,000 connections"
	@echo "make deb             a Debian package in target/deb that takes libwebsockets17's place (THREAD_CHECK=marshal)"
	@echo "make test-deb        that package in a clean Debian made by debootstrap: janus on it, and back (root)"
	@echo "make test-traces     the recorded callback traces"
	@echo "make test-loom-mutants  mistakes put into the guard, each of which its models have to find"
	@echo "make test-asan       the C tests of guard and re-entrancy, whole, under AddressSanitizer (nightly Rust)"
	@echo "make fuzz-http       ten minutes of broken peers against a live HTTP server under AddressSanitizer (nightly Rust)"
	@echo "make test-slow-peers 10,000 HTTP peers that send a byte a second or stop, beside one that is served"
	@echo "make test-valgrind   a sample of the re-entrancy test under valgrind"
	@echo "make test-testssl    testssl.sh (Debian package of that name) on c-examples/wss-echo"
	@echo "make test-tls        what the suite takes a sample of over TLS, whole: with TLS 1.2 and 1.3"
	@echo "make test-tls-fuzz   10,000 peers that break or draw out their TLS handshakes"
	@echo "make bench           this library, the system's and a bare epoll loop in turn; ONLY=echo64,http PAIRS=5 SECONDS_EACH=1.5"
	@echo "make performance     all of that for docs/performance.md and README.md, whose figures it writes (20 minutes, an idle machine)"
	@echo "make clean           remove $(TARGET_DIR)/"

ifeq ($(PROFILE),release)
# cargo leaves link-time optimisation out where an rlib is built along, so each kind is built by itself.
$(BUILT)/libwebsockets.so: $(SOURCES) $(CHOICE)
	$(CARGO) rustc --lib --release --crate-type cdylib
	@touch $@

$(BUILT)/libwebsockets.a: $(BUILT)/libwebsockets.so
	$(CARGO) rustc --lib --release --crate-type staticlib -- --print native-static-libs 2>&1 | tee $(TARGET_DIR)/static-build.log
	@touch $@
else
$(BUILT)/libwebsockets.so: $(SOURCES) $(CHOICE)
	$(CARGO) build --lib --profile $(PROFILE)
	@touch $@
$(BUILT)/libwebsockets.a: $(BUILT)/libwebsockets.so ;
endif

install: all
	scripts/install "$(DESTDIR)" "$(PREFIX)" "$(LIBDIR)" "$(INCLUDEDIR)" "$(DATADIR)" "$(BUILT)" "$(REALNAME)" "$(VERSION)"

uninstall:
	scripts/uninstall "$(DESTDIR)" "$(DATADIR)"

stage: all
	@rm -rf $(STAGE)
	@$(MAKE) --no-print-directory install DESTDIR= PREFIX=$(STAGE) >/dev/null
	@echo "staged in $(STAGE)"

prepare-demo:
	@scripts/prepare demo

prepare-test:
	@scripts/prepare test

prepare-dropin:
	@scripts/prepare dropin

prepare-bench:
	@scripts/prepare bench

demo: prepare-demo
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage
	PKG_CONFIG_PATH=$(STAGE)/lib/pkgconfig $(MAKE) --no-print-directory -C c-examples/chat
	@echo; echo "The page is served by c-examples/chat on this library. Ctrl-C ends it."
	LD_LIBRARY_PATH=$(STAGE)/lib c-examples/chat/chat --port $${PORT:-7681}

test: prepare-test
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && tests/run-all

test-autobahn: stage
	tests/run-autobahn

test-autobahn-all: stage
	tests/run-autobahn --all
	tests/run-autobahn-client --all

test-deflate-load: stage
	tests/run-deflate-load

test-clients: stage
	tests/run-clients 10000

test-dropin: prepare-dropin
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && tests/venv && tests/run-dropin --rounds $${ROUNDS:-10}

test-dropin-valgrind: prepare-dropin
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && tests/venv && tests/dropin-valgrind

test-growth: prepare-dropin
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && tests/venv && tests/dropin-growth $${CONNECTIONS:-5000}

deb: all
	scripts/deb "$(BUILT)" "$(VERSION)" "$(THREAD_CHECK)" "$(DEB)"

test-deb: deb
	tests/deb-in-clean-root $(DEB)/libwebsockets-rs17_$(VERSION)_amd64.deb

test-traces: stage
	tests/run-traces

test-asan:
	LWS_MARSHAL_SECONDS=60 tests/run-asan tests/py/test_guard.py tests/py/test_torture.py

fuzz-http:
	LWS_HTTP_FUZZ_SECONDS=$${LWS_HTTP_FUZZ_SECONDS:-600} tests/run-asan tests/py/test_http_fuzz.py -s

test-slow-peers: stage
	LWS_SLOW_PEERS=10000 python3 -m pytest -q -s tests/py/test_http.py -k slow_peers

test-valgrind: stage
	LWS_TORTURE_SAMPLE=$${LWS_TORTURE_SAMPLE:-40} LWS_TORTURE_UNDER="valgrind -q --error-exitcode=9" \
		python3 -m pytest -q --timeout 900 tests/py/test_torture.py -k every_function_from_every_callback

test-testssl: stage
	tests/run-testssl

test-tls: stage
	LWS_TLS_ALL=1 python3 -m pytest -q tests/py/test_tls*.py tests/py/test_raw_server.py tests/py/test_x509.py

test-tls-fuzz: stage
	LWS_TLS_PEERS=$${LWS_TLS_PEERS:-10000} python3 -m pytest -q -s --timeout 900 tests/py/test_tls_hostile.py

bench: prepare-bench
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && bench/run --only $${ONLY:-table} --pairs $${PAIRS:-5} \
		--seconds $${SECONDS_EACH:-1.5}

performance: prepare-bench
	@. scripts/cargo-path; $(MAKE) --no-print-directory stage && bench/run --only $${ONLY:-table,http} --pairs $${PAIRS:-5} \
		--seconds $${SECONDS_EACH:-2} --docs

clean:
	rm -rf $(TARGET_DIR)
	@for d in c-examples/*/; do $(MAKE) -s -C $$d clean; done
