#!/bin/bash
# What a message of Alpaca's market data costs.
set -eu
exec "$(dirname "${MIA:-build/release/mia}")/bench/alpaca"
