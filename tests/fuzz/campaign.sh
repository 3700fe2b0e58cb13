#!/bin/sh
# Runs the built harnesses one after the other and ends with a table.
#   tests/fuzz/campaign.sh BUILD SECONDS [PATTERN]
# New inputs are kept in BUILD/corpus/HARNESS, finds in BUILD/HARNESS-*, logs in BUILD/HARNESS.log. The committed corpora
# are read and never written. Exit 1 where anything was found. FUZZ_NICE=19: politely.
set -eu
build=$1
seconds=$2
want=${3:-}
cd "$(dirname "$0")/../.."
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=0
table=$build/table
found=0

# One number of libFuzzer's last lines; 0 where it said none.
last() { sed -n "s/.*$1\\([0-9]*\\).*/\\1/p" "$2" | tail -n 1 | grep . || echo 0; }

printf '%-24s %12s %9s %7s %9s %8s %9s\n' harness runs runs/s edges corpus "rss MiB" finds >"$table"
for source in tests/fuzz/fuzz_*.c; do
    name=$(basename "$source" .c)
    case $name in *"$want"*) ;; *) continue ;; esac
    log=$build/$name.log
    own=$build/corpus/$name
    dict=tests/fuzz/dict/$name.dict
    mkdir -p "$own"
    rm -f "$build/$name"-*
    rc=0
    nice -n "${FUZZ_NICE:-0}" "$build/fuzz/$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$build/$name-" $([ ! -f "$dict" ] || echo "-dict=$dict") \
        "$own" "tests/fuzz/corpus/$name" >"$log" 2>&1 || rc=$?
    finds=$(find "$build" -maxdepth 1 -name "$name-*" ! -name '*-slow-unit-*' | wc -l)
    [ "$rc" = 0 ] || [ "$finds" != 0 ] || finds=1
    printf '%-24s %12s %9s %7s %9s %8s %9s\n' "$name" "$(last 'number_of_executed_units: *' "$log")" \
        "$(last 'average_exec_per_sec: *' "$log")" "$(last 'cov: ' "$log")" "$(find "$own" -type f | wc -l)" \
        "$(last 'peak_rss_mb: *' "$log")" "$finds" >>"$table"
    if [ "$finds" = 0 ]; then
        echo "ok    $name"
    else
        found=1
        echo "FOUND $name: see $log"
        grep -a -m 1 'ERROR\|runtime error\|Assertion' "$log" || :
    fi
done
cat "$table"
exit $found
