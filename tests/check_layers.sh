#!/bin/sh
# Holds every source file to tests/layers.txt. Prints one line a violation; exits 1 when there is one.
#   tests/check_layers.sh [ROOT]       checks the tree, after proving on a made-up one that violations are seen
#   tests/check_layers.sh --only ROOT  checks that tree alone
set -eu
here=$(cd "$(dirname "$0")" && pwd)
rules=$here/layers.txt

check() {
    (cd "$1" && find . -path ./build -prune -o -path './.*' ! -name . -prune -o -name '*.[ch]' -print | sed 's|^\./||' | sort) >"$tmp/files"
    [ -s "$tmp/files" ] || { echo "check_layers: no source file in $1"; return 1; }
    (cd "$1" && awk -v rules="$rules" -v list="$tmp/files" -f "$tmp/check.awk")
}

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cat >"$tmp/check.awk" <<'AWK'
function complain(text) { print file ":" line_number ": " text; wrong++ }

# A path pattern as a regular expression; `*` does not cross a slash.
function pattern(glob) {
    gsub(/[.+^$(){}|]/, "\\\\&", glob)
    gsub(/\*/, "[^/]*", glob)
    return "^" glob "$"
}

function matches_any(name, globs,    parts, n, i, found) {
    n = split(globs, parts, " ")
    for (i = 1; i <= n; i++) {
        if (substr(parts[i], 1, 1) == "-") {
            if (name ~ pattern(substr(parts[i], 2))) return 0
        } else if (name ~ pattern(parts[i])) found = 1
    }
    return found
}

function folder(path) { return sub(/\/[^\/]*$/, "", path) ? path : "" }

# The nearest line that rules a file.
function layer_of(path) {
    while (path != "" && !(path in may)) path = folder(path)
    return path
}

function read_rules(    row, cut, left, right, parts, n, i) {
    while ((getline row < rules) > 0) {
        sub(/#.*/, "", row)
        if (row ~ /^[ \t]*$/) continue
        if (row ~ /^[a-z]+ = /) {
            group[substr(row, 1, index(row, " ") - 1)] = substr(row, index(row, "=") + 1)
            continue
        }
        cut = index(row, ":")
        left = substr(row, 1, cut - 1)
        right = substr(row, cut + 1)
        n = split(left, parts, " ")
        if (parts[1] == "ban") {
            bans++
            for (i = 2; i <= n; i++) ban_words[bans] = ban_words[bans] (i > 2 ? "|" : "") parts[i]
            ban_where[bans] = right
        } else if (parts[1] ~ /^</) {
            for (i = 1; i <= n; i++) third[substr(parts[i], 2, length(parts[i]) - 2)] = right
        } else {
            for (i in group) gsub("[$]" i, group[i], right)
            may[left] = right
        }
    }
}

function check_include(header, quoted,    layer, parts, n, i, glob) {
    if (!quoted) {
        for (glob in third)
            if (header ~ pattern(glob) && !matches_any(file, third[glob])) complain("<" header "> belongs to" third[glob])
        return
    }
    if (!(header in known)) { complain("\"" header "\" is no header of the tree: paths start at the root"); return }
    layer = layer_of(file)
    if (folder(header) == folder(file) || folder(header) == layer) return
    n = split(may[layer], parts, " ")
    for (i = 1; i <= n; i++) if (parts[i] == "*" || parts[i] == header || parts[i] == folder(header)) return
    complain(layer " may not include " header)
}

# Leaves code only: no string, no character, no comment.
function code_of(text,    out, at, two) {
    while (text != "") {
        if (in_comment) {
            at = index(text, "*/")
            if (at == 0) return out
            text = substr(text, at + 2)
            in_comment = 0
        } else if (match(text, /\/\*|\/\/|"|'/) == 0) {
            return out text
        } else {
            two = substr(text, RSTART, 2)
            out = out substr(text, 1, RSTART - 1)
            text = substr(text, RSTART)
            if (two == "//") return out
            if (two == "/*") { in_comment = 1; text = substr(text, 3) }
            else if (substr(text, 1, 1) == "\"") { if (!sub(/^"([^"\\]|\\.)*"/, "", text)) return out; out = out "\"\"" }
            else { if (!sub(/^'([^'\\]|\\.)*'/, "", text)) return out; out = out "0" }
        }
    }
    return out
}

function check_file(    row, code, i, header) {
    in_comment = line_number = 0
    if (layer_of(file) == "") complain("no line of tests/layers.txt rules this file")
    while ((getline row < file) > 0) {
        line_number++
        if (row ~ /^[ \t]*#[ \t]*include[ \t]*["<]/) {
            header = row
            gsub(/^[^"<]*["<]|[">].*$/, "", header)
            if (file !~ /^tests\//) check_include(header, row ~ /include[ \t]*"/)
            continue
        }
        code = code_of(row)
        for (i = 1; i <= bans; i++) {
            if (!matches_any(file, ban_where[i])) continue
            if (match(code, "(^|[^A-Za-z0-9_>.])(" ban_words[i] ")[ \t]*[(]")) complain("banned here: " substr(code, RSTART, RLENGTH) ")")
        }
    }
    close(file)
}

BEGIN {
    read_rules()
    while ((getline file < list) > 0) { files[++count] = file; known[file] = 1 }
    for (f = 1; f <= count; f++) { file = files[f]; check_file() }
    exit wrong > 0
}
AWK

# Each line of the made-up tree: file, tab, content. Those of `bad` must each be seen, those of `good` none.
plant() {
    while IFS='	' read -r path content; do
        mkdir -p "$tmp/tree/$(dirname "$path")"
        printf '%b\n' "$content" >>"$tmp/tree/$path"
    done
}

control() {
    plant <<'GOOD'
engine/base/buf.h	struct buf;
engine/base/log.c	#include <time.h>\nlong t(void) { return time(0); }
engine/engine.h	#include "engine/base/buf.h"
engine/order.h	struct order;
engine/net/loop.h	#include <uv.h>
engine/net/http_multi.c	#include <curl/curl.h>\n#include "engine/net/loop.h"
engine/core.c	/* time(0) of\n old: rand() */ const char *s = "time(0)"; // getenv("X")\nint q = o->time(3), r = market_time(4), c = '"';
engine/brokers/sim.c	#include "engine/net/loop.h"\n#include "engine/order.h"
bot/command.h	#include "engine/engine.h"
bot/chat/telegram.c	#include "engine/net/loop.h"\n#include "bot/command.h"
commands/pause.c	#include "bot/command.h"\n#include "engine/engine.h"
sql/db_sqlite.c	#include <sqlite3.h>
sql/db_pg.c	#include <libpq-fe.h>
tests/unit/test_x.c	#include <uv.h>\n#include "commands/pause.c"
GOOD
    check "$tmp/tree" || { echo "check_layers: complains about a good tree"; return 1; }
    plant <<'BAD'
engine/base/bad1.c	#include "engine/engine.h"
engine/bad2.c	#include "engine/net/loop.h"
engine/bad3.c	#include "bot/command.h"
engine/bad4.c	int t = (int)time(NULL);
engine/bad5.c	/* x */ char *e = getenv("HOME"); /* y */
engine/strategies/bad6.c	#include "engine/engine.h"
commands/bad7.c	#include "engine/net/loop.h"
commands/bad8.c	#include <sqlite3.h>
bot/bad9.c	#include <uv.h>
bot/web/bad10.c	#include <libwebsockets.h>
engine/net/bad11.c	#include <curl/curl.h>
engine/net/bad12.c	#include <cjson/cJSON.h>
sql/bad13.c	#include "bot/command.h"
config/bad14.c	#include "engine/engine.h"
bot/bad15.c	#include "command.h"
bot/bad16.c	int n = atoi("1");
other/bad17.c	int n;
engine/models/bad18.c	int f(void) { return\n socket (1, 2, 3); }
sql/bad20.c	#include <libpq-fe.h>
engine/bad19.c	FILE *f = fopen("a\\"b", "r");
BAD
    check "$tmp/tree" >"$tmp/seen" && { echo "check_layers: sees no violation at all"; return 1; }
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        grep -q "/bad$i\.c:" "$tmp/seen" || { echo "check_layers: does not see planted violation $i"; return 1; }
    done
    ! grep -v "/bad" "$tmp/seen" || { echo "check_layers: complains about good files"; return 1; }
}

if [ "${1:-}" = --only ]; then
    check "$2"
else
    control
    check "${1:-$here/..}" && echo "layers: $(wc -l <"$tmp/files") files keep to tests/layers.txt"
fi
