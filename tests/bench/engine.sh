#!/bin/sh
# Bars a second through the engine, one strategy at a time.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
bench=$(dirname "${MIA:-$here/build/release/mia}")/bench/engine
[ -x "$bench" ] || { echo "engine bench skipped: $bench is not built"; exit 0; }
exec "$bench"
