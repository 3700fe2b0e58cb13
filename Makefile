# MIA. `make run` shows it, `make test` proves it; the other targets are listed by `make help`.
MODE ?= release
CC ?= gcc
B := build/$(MODE)
DIRS := engine/base engine/net engine engine/indicators engine/levels engine/strategies engine/models engine/brokers engine/feeds engine/advisors \
        config sql commands bot bot/chat bot/web
SRC := $(filter-out bot/main.c,$(foreach d,$(DIRS),$(wildcard $(d)/*.c)))
LIBS := libuv libcurl libwebsockets libcjson sqlite3 yaml-0.1 zlib
WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wswitch-enum -Wvla -Wundef -Wcast-qual \
        -Wimplicit-fallthrough $(WERROR)
COMMON := -std=gnu11 -g -I. -D_GNU_SOURCE -fno-strict-aliasing -fno-strict-overflow -ffp-contract=off -fno-fast-math
HARDEN := -O2 -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection -fcf-protection=full -fPIE
CFLAGS_release := $(HARDEN)
CFLAGS_debug := -O0
CFLAGS_asan := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
CFLAGS_tsan := -O1 -fsanitize=thread -fno-omit-frame-pointer
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_tsan := -fsanitize=thread
PKG := $(shell pkg-config --cflags --libs $(LIBS) 2>/dev/null)
CFLAGS_ALL = $(COMMON) $(WARN) $(CFLAGS_$(MODE)) $(CFLAGS)
LDLIBS = $(PKG) -lm -lpthread
OBJ := $(SRC:%.c=$(B)/%.o)
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/%,$(wildcard tests/unit/test_*.c))

all: $(B)/mia

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP -c $< -o $@

$(B)/libmia.a: $(OBJ)
	rm -f $@ && ar rcs $@ $^

$(B)/mia: $(B)/bot/main.o $(B)/libmia.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(MODE)) $^ $(LDLIBS) -o $@

$(B)/tests/%: tests/unit/%.c $(B)/libmia.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) -MMD -MP $(LDFLAGS_$(MODE)) $< $(B)/libmia.a $(LDLIBS) -lcmocka -o $@

unit: $(UNIT)
	@set -e; for t in $(UNIT); do $$t; done

clean:
	rm -rf build

.PHONY: all unit clean
-include $(shell find build -name '*.d' 2>/dev/null)
