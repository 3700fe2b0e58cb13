#!/bin/sh
# The table of indicators: ours in batches and row by row, beside the least C for the same figures.
set -eu
here=$(cd "$(dirname "$0")/../.." && pwd)
bench=$(dirname "${MIA:-$here/build/release/mia}")/bench/indicators
[ -x "$bench" ] || { echo "indicators bench skipped: $bench is not built"; exit 0; }
exec "$bench"
