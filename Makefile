# MIA. `make run` shows it, `make test` proves it; the other targets are listed by `make help`.
MODE ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(CI),true)
WERROR := -Werror
endif
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 20
RESTARTS ?= 100
B := build/$(MODE)
DIRS := engine/base engine/net engine engine/indicators engine/levels engine/strategies engine/models engine/brokers engine/feeds engine/advisors \
        config sql commands bot bot/chat bot/draw bot/web
# cairo is in mia-draw alone: neither the library nor the bot knows it.
PAINTER := bot/draw/main.c bot/draw/paint.c
SRC := $(filter-out bot/main.c $(PAINTER),$(foreach d,$(DIRS),$(wildcard $(d)/*.c)))
LIBS := libuv libcurl libwebsockets libcjson sqlite3 libpq yaml-0.1 zlib
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wvla -Wundef -Wcast-qual \
        -Wimplicit-fallthrough $(WERROR)
COMMON := -std=gnu11 -g -I. -D_GNU_SOURCE -fno-strict-aliasing -fno-strict-overflow -ffp-contract=off -fno-fast-math
HARDEN := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
# No tables to unwind by at run time: nothing throws, and debuggers have theirs in the debug information.
CFLAGS_release := $(HARDEN) -fno-asynchronous-unwind-tables -fno-unwind-tables
CFLAGS_debug := -O0
CFLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
CFLAGS_fuzz := $(CFLAGS_asan) -fsanitize=fuzzer-no-link
# Loops over rows: laid out for speed; the same figures. Pairs of stores that a later step reads one by one are slower.
INDICATORS_release := -O3 -fno-math-errno -fno-tree-slp-vectorize
# What runs once a command, a message or a start: laid out small. The engine, the wire and the store stay laid out for speed.
SMALL_release := -Os
# A C library before 2.36 cannot read packed relocations.
PACKED := $(shell ldd --version 2>/dev/null | awk 'NR == 1 && $$NF >= 2.36 { print ",-z,pack-relative-relocs" }')
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack$(PACKED) -Wl,--as-needed
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
PKG := $(shell pkg-config --libs $(LIBS) 2>/dev/null)
HEADERS := $(shell pkg-config --cflags $(LIBS) 2>/dev/null)
CAIRO := $(shell pkg-config --libs cairo 2>/dev/null)
CFLAGS_ALL = $(COMMON) $(HEADERS) $(WARN) $(CFLAGS_$(MODE)) $(CFLAGS)
LDLIBS = $(PKG) -lm -lpthread
MIGRATIONS := $(sort $(wildcard sql/migrations/*.sql))
OBJ := $(SRC:%.c=$(B)/%.o) $(B)/sql/migrations.o
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c)) \
        $(patsubst tests/fuzz/%.c,$(B)/tests/%,$(wildcard tests/fuzz/fuzz_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

# One line a step; V=1 shows the commands.
ifeq ($(V),)
STEP = @echo "  $(1)";
endif
# run and test use every processor, unless make was told otherwise.
BUILD = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc 2>/dev/null || echo 1))

TIDY = $(wildcard $(foreach d,$(DIRS) tests/unit tests/fuzz tests/bench tests/sim tests/fakes tests/pictures,$(d)/*.[ch]))

all: $(B)/mia $(if $(CAIRO),$(B)/mia-draw,without-pictures)  ## build build/$(MODE)/mia (MODE=release debug asan tsan)
	@:

without-pictures:
	@echo "  without cairo: mia-draw is not built, MIA sends no pictures (tests/setup.sh draw names what is missing)"

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(call STEP,compile $<)$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(B)/engine/indicators/%.o: CFLAGS += $(INDICATORS_$(MODE))
$(B)/bot/%.o $(B)/commands/%.o $(B)/config/%.o: CFLAGS += $(SMALL_$(MODE))

$(B)/sql/migrations.c: sql/embed.sh $(MIGRATIONS)
	@mkdir -p $(@D)
	$(call STEP,embed $(MIGRATIONS))sh sql/embed.sh $(MIGRATIONS) > $@.part && mv $@.part $@

$(B)/bot/web/assets.o: $(filter-out %.c,$(wildcard bot/web/*)) # read by the assembler

$(B)/sql/migrations.o: $(B)/sql/migrations.c
	$(call STEP,compile $<)$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(B)/libmia.a: $(OBJ)
	$(call STEP,archive $@)rm -f $@ && ar rcs $@ $^

$(B)/mia: $(B)/bot/main.o $(B)/libmia.a
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(MODE)) $^ $(LDLIBS) -o $@

$(B)/bot/draw/paint.o: CFLAGS += $(shell pkg-config --cflags cairo 2>/dev/null)

$(B)/mia-draw: $(PAINTER:%.c=$(B)/%.o) $(B)/libmia.a
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(MODE)) $^ $(LDLIBS) $(CAIRO) -o $@

$(B)/tests/%: tests/unit/%.c $(B)/libmia.a
	@mkdir -p $(@D)
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_$(MODE)) $< $(B)/libmia.a $(LDLIBS) -lcmocka -o $@

$(B)/tests/nomem.so: tests/sim/nomem.c
	@mkdir -p $(@D)
	$(call STEP,build $@)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared $< -o $@

$(B)/tests/clockat.so: tests/sim/clockat.c
	@mkdir -p $(@D)
	$(call STEP,build $@)$(CC) -std=gnu11 -D_GNU_SOURCE -O1 -Wall -Wextra -fPIC -shared $< -o $@

# What a harness defines itself (a loop without a clock, a store without a disk) takes the place of the library's.
SEAM := -Wl,--allow-multiple-definition
$(B)/tests/test_identities: CFLAGS += $(SEAM)

# The harnesses without a fuzzer: their corpora, once.
$(B)/tests/fuzz_%: tests/fuzz/fuzz_%.c tests/fuzz/replay_main.c $(B)/libmia.a
	@mkdir -p $(@D)
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_$(MODE)) $(SEAM) $(filter %.c,$^) $(B)/libmia.a $(LDLIBS) -o $@

$(B)/tests/killat: tests/sim/killat.c
	@mkdir -p $(@D)
	$(call STEP,link $@)$(CC) $(COMMON) $(WARN) -O1 -MMD -MP $< -o $@

# Packages may be installed by the first line of run, test, check, fuzz, so what needs them is built by a make of its own.
run:  ## install what is missing, build, and show MIA on a simulated market; needs no account
	@tests/setup.sh run
	@$(BUILD) all
	@exec $(B)/mia run --demo

test:  ## install what is missing, build, run all unit tests and scenarios (T=name: only those)
	@tests/setup.sh test
	@$(BUILD) all tests
	@tests/run.sh $(B) all "$(T)"

tests: $(UNIT) $(B)/tests/killat $(B)/tests/nomem.so $(B)/tests/clockat.so
	@:

unit: $(UNIT)  ## unit tests alone (T=name: only those), e.g. make MODE=asan unit
	@tests/run.sh $(B) unit "$(T)"

$(B)/fuzz/%: tests/fuzz/%.c $(B)/libmia.a
	@mkdir -p $(@D)
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) -fsanitize=fuzzer $(SEAM) -MMD -MP $< $(B)/libmia.a $(LDLIBS) -o $@

fuzzers: $(FUZZERS)
	@:

fuzz:  ## every harness of tests/fuzz under the sanitizers, FUZZ_SECONDS=20 each (T=name: only those); finds stay in build/fuzz
	@tests/setup.sh fuzz
	@$(BUILD) MODE=fuzz CC=clang-14 fuzzers
	@tests/fuzz/campaign.sh build/fuzz $(FUZZ_SECONDS) "$(T)"

identities: $(B)/tests/test_identities  ## a million generated identities x places x shapes: nobody unlisted has any effect
	MIA_IDENTITIES=1000000 $<

intents: $(B)/tests/test_engine_last_gate  ## a million random intents through the last gate: no limit is exceeded
	MIA_INTENTS=1000000 $<

lookahead: $(B)/tests/test_lookahead  ## the whole of three real files cut at 200 places each: decisions, levels, indicators are those of the whole
	LOOKAHEAD_ROWS=0 $<

# A cycle waits more than it works.
JOBS ?= $(shell echo $$((2 * $$(nproc))))

campaign: all $(B)/tests/killat $(B)/tests/nomem.so  ## the desk killed at every system call, failing disk, network, memory; ten scripts (JOBS=N at a time): an hour
	MIA=$(abspath $(B)/mia) /usr/bin/python3 tests/sim/kill_campaign.py --jobs $(JOBS)

pgcampaign: all  ## PostgreSQL restarted 100 times under load: nothing lost, nothing doubled (RESTARTS=100)
	@tests/setup.sh postgres
	MIA=$(abspath $(B)/mia) /usr/bin/python3 tests/sim/pg_campaign.py --restarts $(RESTARTS)

valgrind: all  ## the platforms' scenarios with the program under valgrind: no error, nothing lost
	@tests/setup.sh valgrind
	@mkdir -p build/valgrind; rm -f build/valgrind/log.*
	@printf '#!/bin/sh\nexec valgrind -q --leak-check=full --show-leak-kinds=definite,indirect --log-file=%s/log.%%p %s "$$@"\n' \
	    $(abspath build/valgrind) $(abspath $(B)/mia) >build/valgrind/mia; chmod +x build/valgrind/mia
	@for t in 10- 11- 12- 20-; do MIA_TEST_SLOWER=5 MIA_TEST_DATABASES=sqlite tests/run.sh build/valgrind scenario $$t || exit 1; done
	@find build/valgrind -name 'log.*' -size +0 -exec cat {} + -exec false {} + && echo "valgrind: nothing to say about $$(find build/valgrind -name 'log.*' | wc -l) runs"

planted: all $(B)/tests/killat  ## faults planted in copies of the sources: the campaign must catch each
	MIA=$(abspath $(B)/mia) /usr/bin/python3 tests/sim/kill_campaign.py --jobs $(JOBS) --planted

GENERATED := markdown:docs/CONFIG.md commands:docs/COMMANDS.md indicators:docs/INDICATORS.md strategies:docs/STRATEGIES.md \
             gates:docs/GATES.md example:config/mia.example.yaml

docs: all  ## write the documents that come from the tables; they are committed
	@set -e; for d in $(GENERATED); do $(B)/mia config $${d%:*} >$${d#*:}; done

check:  ## layers, formatting, generated documents unchanged
	@tests/setup.sh check
	@$(BUILD) all
	@for d in $(GENERATED); do $(B)/mia config $${d%:*} | cmp -s - $${d#*:} || \
	    { echo "$${d#*:} is not what the tables say: run make docs" >&2; exit 1; }; done
	@tests/check_layers.sh
	@clang-format-14 --dry-run --Werror $(TIDY) && echo "format: $(words $(TIDY)) files are formatted"

format:  ## clang-format on all sources
	clang-format-14 -i $(TIDY)

$(B)/bench/%: tests/bench/%.c $(B)/libmia.a
	@mkdir -p $(@D)
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_$(MODE)) $< $(B)/libmia.a $(LDLIBS) -o $@

bench: all $(B)/bench/storage $(B)/bench/indicators $(B)/bench/engine $(B)/bench/alpaca  ## measurements beside a peer, as ratios; never a pass or a failure
	@set -e; for b in $(wildcard tests/bench/*.sh); do MIA=$(abspath $(B)/mia) $$b; done

screenshots:  ## take the pictures of the page in docs/ anew, with Chromium
	@tests/setup.sh page
	@$(BUILD) all
	@MIA=$(abspath $(B)/mia) tests/scenario/screenshots.py docs

$(B)/pictures: $(wildcard tests/pictures/*.c) $(B)/libmia.a
	$(call STEP,link $@)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(MODE)) $^ $(LDLIBS) -lm -o $@

pictures:  ## draw the pictures of docs/LEVELS.md anew, from real market data beside the checkout (T=name: only that one)
	@tests/setup.sh draw
	@$(BUILD) all $(B)/pictures
	@tests/pictures/draw.sh $(B) docs/pictures $(T)

install: all  ## install under $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/doc/mia
	install -m 755 $(B)/mia $(wildcard $(B)/mia-draw) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard README.md LICENSE docs/*.md config/*.yaml config/*.service) $(DESTDIR)$(PREFIX)/share/doc/mia

clean:  ## remove build/
	rm -rf build

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/make \1\t\2/p' Makefile | expand -t 16

.PHONY: docs all without-pictures run test tests unit fuzz fuzzers identities intents lookahead campaign pgcampaign valgrind planted check format bench screenshots pictures install clean help
-include $(shell find $(B) -name '*.d' 2>/dev/null)
