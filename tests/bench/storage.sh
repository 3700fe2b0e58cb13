#!/bin/sh
# The storage table: rows a second, ours beside the bare library, on SQLite and on a PostgreSQL started for it. Both lie in
# the build's folder, on the same disk, and sync.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
build=$(dirname "${MIA:-$here/build/release/mia}")
[ -x "$build/bench/storage" ] || { echo "storage bench skipped: $build/bench/storage is not built"; exit 0; }
work=$(mktemp -d "$build/storage-XXXXXX")
trap 'exec 9>&-; wait; rm -rf "$work"' EXIT # the server ends with that descriptor
mkfifo "$work/in" "$work/url"
MIA_PG_DIR=$work "$here/tests/fakes/postgres.py" <"$work/in" >"$work/url" 2>"$work/log" &
exec 9>"$work/in"
read -r url <"$work/url" || { url=; echo "storage on PostgreSQL skipped: $(head -n 1 "$work/log")"; }
"$build/bench/storage" "$work" "$url"
