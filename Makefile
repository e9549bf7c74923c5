# minnow: one file, GNU make, no configure. `make help` lists the targets.
# User variables (CFLAGS, LDFLAGS, CPPFLAGS, LDLIBS) are added to, never assigned over.

.DEFAULT_GOAL := all
SHELL := /bin/bash

VERSION := 0.1.0
CC      ?= cc
BUILD   ?= build
PREFIX  ?= /usr/local
V       ?= 0
Q       := $(if $(filter 1,$(V)),,@)

# A variant is a set of compiler switches with objects of its own: build/release, build/address,undefined ...
SANITIZE ?=
VARIANT  := $(if $(SANITIZE),$(SANITIZE),release)
OUT      := $(BUILD)/$(VARIANT)
PROGRAM  := $(if $(SANITIZE),$(OUT)/minnow,$(BUILD)/minnow)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wvla -Wstrict-prototypes \
        -Wmissing-prototypes $(if $(WERROR),-Werror)
BASE_FLAGS := -std=c11 -D_GNU_SOURCE -DMINNOW_VERSION='"$(VERSION)"' -DMINNOW_DATADIR='"$(PREFIX)/share/minnow"' \
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
ALL_CFLAGS := $(BASE_FLAGS) $(OPT) $(CPPFLAGS) $(CFLAGS)

UV_LIBS     = $(shell pkg-config --libs libuv 2>/dev/null || echo -luv)
CURSES_LIBS = $(shell pkg-config --libs ncursesw 2>/dev/null || echo -lncursesw -ltinfo)
CORE_LIBS   = $(UV_LIBS) -lcsv -lm -lpthread

CORE_SRC := $(shell find core -name '*.c' | LC_ALL=C sort)
TUI_SRC  := $(shell find tui -name '*.c' ! -name main.c | LC_ALL=C sort)
CORE_OBJ := $(CORE_SRC:%.c=$(OUT)/%.o) $(OUT)/gen/recipes.o
TUI_OBJ  := $(TUI_SRC:%.c=$(OUT)/%.o) $(OUT)/gen/themes.o
UNIT_SRC := $(wildcard tests/unit/test_*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(OUT)/tests/unit/%)

all: $(PROGRAM) ## build the program (build/minnow)

$(PROGRAM): $(OUT)/tui/main.o $(OUT)/libtui.a $(OUT)/libcore.a
	@echo "  LD    $@"
	$(Q)$(CC) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $^ $(CURSES_LIBS) $(CORE_LIBS) $(LDLIBS)

$(OUT)/libcore.a: $(CORE_OBJ)
$(OUT)/libtui.a: $(TUI_OBJ)
$(OUT)/%.a:
	@echo "  AR    $@"
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(OUT)/%.o: %.c
	@echo "  CC    $<"
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Recipes and themes are compiled in as bytes: a table of (name, text) each.
embed = @mkdir -p $(@D); echo "  GEN   $@"; { \
	echo '\#include "$(1)"'; \
	for f in $(2); do n=$$(basename $$f | sed 's/\..*//'); \
	  echo "static const char text_$$(echo $$n | tr - _)[] = {"; \
	  od -An -v -tu1 $$f | sed 's/[0-9][0-9]*/&,/g'; echo '0};'; done; \
	echo 'const struct embedded $(3)[] = {'; \
	for f in $(2); do n=$$(basename $$f | sed 's/\..*//'); \
	  echo "{\"$$n\", text_$$(echo $$n | tr - _)},"; done; \
	echo '{NULL, NULL}};'; } > $@.tmp && mv $@.tmp $@

RECIPES := $(sort $(wildcard data/recipes/*.recipe))
THEMES  := $(sort $(wildcard themes/*.theme))
$(OUT)/gen/recipes.c: $(RECIPES) Makefile
	$(call embed,core/base/embedded.h,$(RECIPES),embedded_recipes)
$(OUT)/gen/themes.c: $(THEMES) Makefile
	$(call embed,core/base/embedded.h,$(THEMES),embedded_themes)
$(OUT)/gen/%.o: $(OUT)/gen/%.c
	$(Q)$(CC) $(ALL_CFLAGS) -c -o $@ $<

# Unit tests of core link without curses: that is a guard, not an accident. Tests of the screen's pure
# parts (tui/model, text, theme, keys) take them from libtui.a and must not need curses either.
$(OUT)/tests/unit/%: tests/unit/%.c $(OUT)/libtui.a $(OUT)/libcore.a
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)$(CC) $(ALL_CFLAGS) $(LINK_SANITIZE) $(LDFLAGS) -o $@ $< $(OUT)/libtui.a $(OUT)/libcore.a -lcmocka $(CORE_LIBS) $(LDLIBS)

unit: $(UNIT_BIN)
	@for t in $(UNIT_BIN); do echo "== $$t"; $$t || exit 1; done

clean: ## remove everything that was built
	$(Q)rm -rf $(BUILD)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16

.PHONY: all unit clean help
.SECONDARY:
-include $(shell find $(OUT) -name '*.d' 2>/dev/null)
