#!/bin/sh
# Runs the built unit tests and the scenarios, two to a core at a time (most of them wait), and ends with one line:
# "N passed, M failed".
#   tests/run.sh BUILD [unit|scenario|all] [PATTERN]
# A unit binary counts each of its cmocka tests; one that dies counts one failure for what it did not say.
# A scenario is an executable tests/scenario/NN-*; it gets $MIA (the binary) and a $TMPDIR of its own, and counts as one
# test (exit 0 passed, 77 skipped, else failed) or, when it prints lines "ok NAME" / "not ok NAME", as that many; a line
# "# skipped: WHAT: WHY" is one more that could not run here. What was skipped is said before the last line.
# What stores something runs twice: on SQLite, and, as NAME@pg with its address in $MIA_TEST_PG, on one PostgreSQL that is
# started for the run (MIA_TEST_DATABASES="sqlite": not); where none is installed, that is said as skipped.
# There a scenario leaves out what never touches the store's way: run(..., once=...) in lib.py.
set -eu
limit=${MIA_TEST_TIMEOUT:-300}

run_one() { # its output and counts go to files in $out
    set -- "${1%@pg}" "$1"
    name=$(basename "$2")
    kind=$(basename "$(dirname "$1")")
    [ "$1" != "$2" ] || unset MIA_TEST_PG
    base=$out/$kind-$name
    own=$(mktemp -d /tmp/mia-test-XXXXXX) # short: the path of a Unix socket holds 107 bytes
    rc=0
    began=$(date +%s)
    TMPDIR=$own MIA=$build/mia timeout -k 5 "$limit" "$1" >"$base.log" 2>&1 </dev/null || rc=$?
    took=$(($(date +%s) - began))
    [ "$took" -lt 5 ] && took='' || took=", $took s"
    if [ "$kind" = tests ]; then
        passed=$(grep -c '\[       OK \] ' "$base.log") || :
        skipped=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$base.log" | awk '{ n += $1 } END { print n + 0 }')
        failed=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$base.log" | awk '{ n += $1 } END { print n + 0 }')
    else
        passed=$(grep -c '^ok ' "$base.log") || :
        failed=$(grep -c '^not ok ' "$base.log") || :
        skipped=$(grep -c '^# skipped: ' "$base.log") || :
        if [ $((passed + failed)) = 0 ]; then
            case $rc in 0) passed=1 ;; 77) skipped=1 rc=0 ;; esac
        fi
    fi
    [ "$rc" = 0 ] || [ "$failed" != 0 ] || failed=1
    echo "$passed $failed $skipped" >"$base.count"
    rm -rf "$own"
    [ "$skipped" = 0 ] || sed -n -e '/test(s)/d' -e "s/^\[  SKIPPED \] /$name: /p" -e "s/^# skipped: /$name: /p" "$base.log" |
        sort -u >"$base.skips"
    if [ "$failed" = 0 ] && [ $((passed + skipped)) != 0 ]; then
        echo "ok    $name ($passed$([ "$skipped" = 0 ] || echo ", $skipped skipped")$took)"
        return
    fi
    [ "$failed" != 0 ] || { echo "0 1 0" >"$base.count"; echo "(no test ran)" >>"$base.log"; }
    # One write, so that two failures do not mix.
    printf 'FAIL  %s (exit %s)\n%s\n' "$name" "$rc" "$(grep -v '\[ RUN \|\[       OK ' "$base.log" | tail -n 40 | sed 's/^/      /')"
}

if [ "$1" = --one ]; then
    run_one "$2"
    exit 0
fi

case $1 in /*) build=$1 ;; *) build=$PWD/$1 ;; esac
kinds=${2:-all}
want=${3:-}
out=$build/results
export build out
# Nothing of the caller's accounts reaches a test, and loopback is reached directly.
unset DISCORD_BOT_TOKEN DISCORD_API_BASE DISCORD_GUILD_ID TELEGRAM_BOT_TOKEN TELEGRAM_API_BASE TELEGRAM_CHAT_ID TELEGRAM_ENABLED \
    ALPACA_API_KEY ALPACA_SECRET_KEY ALPACA_BASE_URL ALPACA_DATA_URL MINIMAX_API_KEY MINIMAX_BASE_URL MINIMAX_MODEL \
    GROQ_API_KEY GROQ_BASE_URL GROQ_MODEL NEWSAPI_KEY NEWSAPI_BASE_URL REDDIT_CLIENT_ID REDDIT_CLIENT_SECRET REDDIT_BASE_URL \
    REDDIT_USER_AGENT DB_HOST DB_PORT DB_NAME DB_USER DB_PASSWORD DATABASE_URL SMTP_PASSWORD MT5_HOST MT5_PORT MT5_PASSWORD \
    MIA_OWNERS MIA_STATE_DIR LLM_TIMEOUT LOG_PATH http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
rm -rf "$out"
mkdir -p "$out"
cd "$(dirname "$0")/.."
# Real market data is no part of the project; what lies beside the checkout is used.
[ -n "${MIA_DATA_DIR:-}" ] || MIA_DATA_DIR=$PWD/../shared/data
export MIA_DATA_DIR
# Those of both databases, by the beginning of their names.
both='test_store_(commit|copy|journal|keep|rows)|02-|1[02]-|20-'
{
    [ "$kinds" = scenario ] || for source in tests/unit/test_*.c tests/fuzz/fuzz_*.c; do
        echo "$build/tests/$(basename "$source" .c)"
    done
    [ "$kinds" = unit ] || find tests/scenario -maxdepth 1 -type f -name '[0-9]*' -perm -u+x 2>/dev/null | sort | sed "s|^|$PWD/|"
} | if [ "${MIA_TEST_DATABASES:-both}" = sqlite ]; then cat; else sed -E "/\/($both)[^/]*$/ { p; s/$/@pg/ }"; fi |
    { grep -F -- "$want" || :; } >"$out/list"
if grep -q '@pg$' "$out/list"; then
    mkfifo "$out/pg-in" "$out/pg-url"
    tests/fakes/postgres.py <"$out/pg-in" >"$out/pg-url" 2>"$out/pg.log" &
    exec 9>"$out/pg-in" # the server ends with this descriptor, however the run ends
    read -r MIA_TEST_PG <"$out/pg-url" || MIA_TEST_PG=
    export MIA_TEST_PG
    if [ -z "$MIA_TEST_PG" ]; then
        sed -i '/@pg$/d' "$out/list"
        echo "on PostgreSQL: $(head -n 1 "$out/pg.log")" >"$out/pg.skips"
    fi
fi
xargs -r -P $((2 * $(nproc))) -n 1 "$PWD/tests/run.sh" --one <"$out/list" 9>&-
[ -z "${MIA_TEST_PG:-}" ] || { exec 9>&-; wait; }
cat "$out"/*.skips 2>/dev/null | sed 's/^/skipped  /'
cat "$out"/*.count 2>/dev/null | awk '{ p += $1; f += $2 } END { printf "%d passed, %d failed\n", p, f; exit f > 0 || p == 0 }'
