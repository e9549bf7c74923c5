# minnow: one file, GNU make, no configure, no recursion. `make help` lists the targets.
# User variables (CFLAGS, LDFLAGS, CPPFLAGS, LDLIBS) are added to, never assigned over.

.DEFAULT_GOAL := all
SHELL := /bin/bash

VERSION := 0.1.0
BUILD   ?= build
PREFIX  ?= /usr/local
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

# Without a -j of the user's, as many jobs as processors.
ifeq ($(filter -j% --jobserver%,$(MAKEFLAGS)),)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 2)
endif

# A variant is a set of compiler switches with objects of its own: build/release, build/thread ...
SANITIZE ?=
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
override CC := clang
override SANITIZE := fuzzer-no-link,address,undefined
endif
ifeq ($(origin CC),default)
CC := cc
endif
VARIANT := $(if $(SANITIZE),$(SANITIZE),release)
OUT     := $(BUILD)/$(VARIANT)
PROGRAM := $(if $(SANITIZE),$(OUT)/minnow,$(BUILD)/minnow)
MKCONN  := $(if $(SANITIZE),$(OUT)/mkconn,$(BUILD)/mkconn)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
        -Wmissing-prototypes
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -DMINNOW_VERSION='"$(VERSION)"' \
        -DMINNOW_DATADIR='"$(PREFIX)/share/minnow"' \
        -iquote . -iquote $(OUT)/gen -ffp-contract=off -fno-strict-aliasing $(WARN) -MMD -MP -g
ifeq ($(SANITIZE),)
OPT := -O2 -ftree-vectorize -fno-semantic-interposition
else
OPT := -O1 -fno-omit-frame-pointer -fsanitize=$(SANITIZE) -fno-sanitize-recover=all
ifneq ($(findstring undefined,$(SANITIZE)),)
OPT += -fsanitize=float-cast-overflow
endif
LINK_SANITIZE := -fsanitize=$(SANITIZE)
endif
ALL_CFLAGS = $(BASE_FLAGS) $(if $(WERROR),-Werror) $(OPT) $(CPPFLAGS) $(CFLAGS)

UV_LIBS     = $(shell pkg-config --libs libuv 2>/dev/null || echo -luv)
CURSES_LIBS = $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)
PACK_LIBS   = $(shell pkg-config --libs zlib libzstd 2>/dev/null || echo -lz -lzstd) $(if $(USE_ISAL),-lisal)
CORE_LIBS   = $(UV_LIBS) $(PACK_LIBS) -lcsv -lm -lpthread

# gzip is read by ISA-L where it is installed (ISAL=0: never), else by zlib. Asked when it is needed, that is
# behind the set-up.
ISAL     ?= 1
USE_ISAL  = $(if $(filter 0,$(ISAL)),,$(shell echo '\#include <isa-l/igzip_lib.h>' | \
            $(CC) -E -x c - >/dev/null 2>&1 && echo 1))

# Lists are evaluated once; a directory that does not exist is an empty list.
sources = $(shell find $(wildcard $(1)) -name '*.c' 2>/dev/null | LC_ALL=C sort)
CORE_SRC := $(call sources,core)
TUI_SRC  := $(filter-out tui/main.c,$(call sources,tui))
GEN_SRC  := $(if $(wildcard data/gen),$(call sources,data/gen))
CORE_OBJ := $(CORE_SRC:%.c=$(OUT)/%.o) $(OUT)/gen/recipes.o
TUI_OBJ  := $(TUI_SRC:%.c=$(OUT)/%.o) $(OUT)/gen/themes.o
GEN_OBJ  := $(GEN_SRC:%.c=$(OUT)/%.o)
UNIT_BIN := $(patsubst %.c,$(OUT)/%,$(wildcard tests/unit/test_*.c))
FUZZ_BIN := $(patsubst %.c,$(OUT)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH_BIN := $(patsubst %.c,$(OUT)/%,$(wildcard tests/bench/*.c))
RECIPES  := $(sort $(wildcard data/recipes/*.recipe))
THEMES   := $(sort $(wildcard themes/*.theme))
MAN1     := $(wildcard man/*.1)
MAN5     := $(wildcard man/*.5)

# `make demo`, `make check` and `make bench` first install what is missing; plain `make` never does.
SETUP := $(if $(filter check,$(MAKECMDGOALS)),setup-check,$(if $(filter bench,$(MAKECMDGOALS)),$(if \
    $(QUICK),setup-build,setup-bench),$(if $(filter demo,$(MAKECMDGOALS)),setup-build)))

all: $(PROGRAM) ## build the program (build/minnow)

demo: $(PROGRAM) ## set up, build, and open the sample log
	@if [ -t 0 ] && [ -t 1 ]; then $(PROGRAM) data/sample.conn.log; \
	else $(PROGRAM) -b data/sample.conn.log; fi

svg: $(PROGRAM) ## record the demo of README anew (data/demo.svg; needs tmux)
	$(Q)PYTHONPATH=. MINNOW=$(abspath $(PROGRAM)) /usr/bin/python3 tests/tui/demo.py data/demo.svg

# ONLY=unit,cli,tui,fuzz runs some suites; TESTS=PATTERN runs the files whose name contains it.
check: check-programs ## set up, build, and run every test (SANITIZE=, ONLY=, TESTS=)
	@tests/run --out=$(OUT) --program=$(PROGRAM) --generator=$(MKCONN) \
	  $(if $(SANITIZE),--sanitize=$(SANITIZE)) $(if $(ONLY),--only=$(ONLY)) $(TESTS)

check-programs: $(PROGRAM) $(MKCONN) $(UNIT_BIN) $(FUZZ_BIN)

setup-build:
	@CC='$(CC)' .ci/setup build

setup-check:
	@CC='$(CC)' .ci/setup check

setup-bench:
	@CC='$(CC)' VENV='$(BUILD)/bench/venv' .ci/setup bench

# ---- compiling ----

# A change of compiler or switches rebuilds; -Werror alone does not.
FLAGS := $(CC) $(BASE_FLAGS) $(OPT) $(CPPFLAGS) $(CFLAGS)
$(shell mkdir -p $(OUT); printf '%s\n' $(foreach w,$(FLAGS),'$(subst ','\'',$(w))') >$(OUT)/flags.new; \
  cmp -s $(OUT)/flags.new $(OUT)/flags || cp $(OUT)/flags.new $(OUT)/flags; rm -f $(OUT)/flags.new)

# What ISA-L's coming or going changes.
$(shell echo '$(USE_ISAL)' >$(OUT)/isal.new; \
  cmp -s $(OUT)/isal.new $(OUT)/isal || cp $(OUT)/isal.new $(OUT)/isal; rm -f $(OUT)/isal.new)
$(OUT)/core/io/inflate_isal.o: CPPFLAGS += $(if $(USE_ISAL),-DMINNOW_ISAL)
$(OUT)/core/io/inflate_isal.o: $(OUT)/isal

$(PROGRAM): $(OUT)/tui/main.o $(OUT)/libtui.a $(OUT)/libcore.a
	@echo "  LD    $@"
	$(Q)$(CC) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $^ $(CURSES_LIBS) $(CORE_LIBS) $(LDLIBS)

$(MKCONN): $(GEN_OBJ)
	@echo "  LD    $@"
	$(Q)$(CC) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $^ -lm $(LDLIBS)

$(OUT)/libcore.a: $(CORE_OBJ)
$(OUT)/libtui.a: $(TUI_OBJ)
$(OUT)/%.a:
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(OUT)/%.o: %.c $(OUT)/flags | $(SETUP)
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# The fused k-means kernel is compiled once for each kind of vector unit, and chosen at run time. It needs
# its small loops unrolled, whatever the rest is compiled with.
$(OUT)/core/cluster/kernel_%.o: OPT += -O3
ifneq ($(filter x86_64%,$(shell $(CC) -dumpmachine 2>/dev/null)),)
$(OUT)/core/cluster/kernel_avx2.o: OPT += -mavx2 -mfma
$(OUT)/core/cluster/kernel_avx512.o: OPT += -mavx512f
endif

# Recipes and themes are compiled in as bytes: a table of (name, text) each.
embed = @mkdir -p $(@D); echo "  GEN   $@"; { \
	echo '\#include "$(1)"'; \
	for f in $(2); do n=$$(basename $$f | sed 's/\..*//'); \
	  echo "static const char text_$$(echo $$n | tr - _)[] = {"; \
	  od -An -v -tu1 $$f | sed 's/[0-9][0-9]*/(char)&,/g'; echo '0};'; done; \
	echo 'const struct embedded $(3)[] = {'; \
	for f in $(2); do n=$$(basename $$f | sed 's/\..*//'); \
	  echo "{\"$$n\", text_$$(echo $$n | tr - _)},"; done; \
	echo '{NULL, NULL}};'; } > $@.tmp && mv $@.tmp $@

$(OUT)/gen/recipes.c: $(RECIPES) $(if $(wildcard data/recipes),data/recipes) Makefile
	$(call embed,core/base/embedded.h,$(RECIPES),embedded_recipes)
$(OUT)/gen/themes.c: $(THEMES) $(wildcard themes) Makefile
	$(call embed,core/base/embedded.h,$(THEMES),embedded_themes)
$(OUT)/gen/%.o: $(OUT)/gen/%.c $(OUT)/flags | $(SETUP)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Unit tests of core link without curses: that is a guard, not an accident. Tests of the screen's
# pure parts (tui/model, text, theme, keys) take them from libtui.a and must not need curses either.
$(OUT)/tests/unit/%: tests/unit/%.c $(OUT)/libtui.a $(OUT)/libcore.a $(OUT)/flags | $(SETUP)
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $< $(OUT)/libtui.a $(OUT)/libcore.a \
	  -lcmocka $(CORE_LIBS) $(LDLIBS)

# A fuzz target replays its corpus, or (make fuzz) is driven by libFuzzer.
ifneq ($(filter fuzz,$(MAKECMDGOALS)),)
$(OUT)/tests/fuzz/%: tests/fuzz/%.c $(OUT)/libtui.a $(OUT)/libcore.a $(OUT)/flags
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $< \
	  $(OUT)/libtui.a $(OUT)/libcore.a $(CORE_LIBS) $(LDLIBS)
else
$(OUT)/tests/fuzz/%: tests/fuzz/%.c $(OUT)/tests/fuzz/replay.o $(OUT)/libtui.a $(OUT)/libcore.a \
    $(OUT)/flags | $(SETUP)
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $< $(OUT)/tests/fuzz/replay.o \
	  $(OUT)/libtui.a $(OUT)/libcore.a $(CORE_LIBS) $(LDLIBS)
endif

# ---- care ----

C_FILES := $(shell find $(wildcard core tui tests data/gen) -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)

format: ## rewrite every C file as .clang-format says
	$(Q)clang-format -i $(C_FILES)

lint: check-layers ## formatting, static analysis, shell scripts, man pages, layers
	$(Q)tests/lint $(C_FILES)

check-layers: ## who may include whom, sizes of files, banned words
	$(Q)tests/layers

FUZZ_SECONDS ?= 60
fuzz: $(FUZZ_BIN) ## drive every parser with libFuzzer (FUZZ_SECONDS=60 each)
	$(Q)set -e; for t in $(FUZZ_BIN); do n=$${t##*/fuzz_}; new=$(OUT)/corpus/$$n; \
	  mkdir -p $$new tests/fuzz/corpus/$$n; \
	  $$t -max_total_time=$(FUZZ_SECONDS) -rss_limit_mb=2048 -timeout=10 -print_final_stats=1 \
	    -artifact_prefix=$(OUT)/ $$new tests/fuzz/corpus/$$n; done

# ONLY=job,fit-* takes some rows, ROWS= another size of log, LARGE=1 adds what takes gigabytes, README=1 puts the
# table into README.md. QUICK=1 only sees whether something has become twice as slow, QUICK=renew writes down how fast
# it is.
BENCH_RUN = tests/bench/run --program=$(PROGRAM) --generator=$(MKCONN) --programs=$(OUT)/tests/bench \
    --data=$(BUILD)/bench
bench: $(PROGRAM) $(MKCONN) $(BENCH_BIN) ## measure against budgets and peers (ONLY=, ROWS=, LARGE=1, README=1)
	@$(BENCH_RUN) $(if $(ONLY),--only='$(ONLY)') $(if $(ROWS),--rows=$(ROWS)) $(if $(LARGE),--large) \
	  $(if $(README),--readme) $(if $(QUICK),--quick=$(QUICK))

# A peer whose library is not here is left out.
PEER_HEADER = $(or $($(1)_HEADER),$(1).h)
libcsv_HEADER := csv.h
yajl_HEADER   := yajl/yajl_parse.h
$(OUT)/tests/bench/peer_yajl: LDLIBS += -lyajl
$(OUT)/tests/bench/peer_%: tests/bench/peer_%.c $(OUT)/flags | $(SETUP)
	@mkdir -p $(@D)
	@if echo '#include <$(call PEER_HEADER,$*)>' | $(CC) -E -x c - >/dev/null 2>&1; then \
	  echo "  PEER  $@"; $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -lcsv -lz $(LDLIBS); \
	else echo "  SKIP  $@: no $(call PEER_HEADER,$*) here"; fi
$(OUT)/tests/bench/%: tests/bench/%.c $(OUT)/libcore.a $(OUT)/flags | $(SETUP)
	@mkdir -p $(@D)
	@echo "  BENCH $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $< $(OUT)/libcore.a $(CORE_LIBS) $(LDLIBS)

# ---- installing ----

DATADIR = $(DESTDIR)$(PREFIX)/share/minnow
MANDIR  = $(DESTDIR)$(PREFIX)/share/man

# The places where each shell looks. Debian's zsh has another one for packages than for /usr/local.
BASHDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
ZSHDIR  = $(DESTDIR)$(PREFIX)/share/zsh/$(if $(filter /usr,$(PREFIX)),vendor-completions,site-functions)
FISHDIR = $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d

completions: $(PROGRAM) ## print what bash, zsh and fish complete into build/completions
	$(Q)mkdir -p $(BUILD)/completions
	$(Q)$(PROGRAM) --completion=bash >$(BUILD)/completions/minnow.bash
	$(Q)$(PROGRAM) --completion=zsh >$(BUILD)/completions/_minnow
	$(Q)$(PROGRAM) --completion=fish >$(BUILD)/completions/minnow.fish

install: $(PROGRAM) completions ## install program, man pages, themes, recipes, completions (DESTDIR=, PREFIX=)
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/minnow
	install -d $(MANDIR)/man1 $(MANDIR)/man5 $(DATADIR)/recipes $(DATADIR)/themes
	$(if $(MAN1),install -m 644 $(MAN1) $(MANDIR)/man1)
	$(if $(MAN5),install -m 644 $(MAN5) $(MANDIR)/man5)
	$(if $(RECIPES),install -m 644 $(RECIPES) $(DATADIR)/recipes)
	$(if $(THEMES),install -m 644 $(THEMES) $(DATADIR)/themes)
	install -D -m 644 $(BUILD)/completions/minnow.bash $(BASHDIR)/minnow
	install -D -m 644 $(BUILD)/completions/_minnow $(ZSHDIR)/_minnow
	install -D -m 644 $(BUILD)/completions/minnow.fish $(FISHDIR)/minnow.fish

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/minnow $(addprefix $(MANDIR)/man1/,$(notdir $(MAN1))) \
	  $(addprefix $(MANDIR)/man5/,$(notdir $(MAN5))) $(BASHDIR)/minnow $(ZSHDIR)/_minnow $(FISHDIR)/minnow.fish
	rm -rf $(DATADIR)

dist: ## a source archive of the last commit
	$(Q)mkdir -p $(BUILD)
	git archive --prefix=minnow-$(VERSION)/ -o $(BUILD)/minnow-$(VERSION).tar.gz HEAD

clean: ## remove everything that was built
	$(Q)rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

.PHONY: all demo svg check check-programs setup-build setup-check setup-bench format lint check-layers fuzz bench \
    completions install uninstall dist clean help
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
