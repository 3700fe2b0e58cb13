#!/bin/sh
# Draws the pictures of docs/LEVELS.md anew: tests/pictures/draw.sh BUILD FOLDER [NAME…] (make pictures). What is seen in each,
# bar by bar, is printed. Exit 77: the market data are not here.
set -eu
build=$1
folder=$2
shift 2
bytes_max=40960
mkdir -p "$folder"
[ $# != 0 ] || set -- $("$build/pictures" --list)
for name in "$@"; do
    echo "$name"
    rc=0
    "$build/pictures" "$name" >"$build/picture.json" || rc=$?
    [ "$rc" = 0 ] || exit "$rc"
    "$build/mia-draw" <"$build/picture.json" >"$build/picture.png"
    size=$(wc -c <"$build/picture.png")
    [ "$size" -le "$bytes_max" ] || { echo "$name: $size bytes are more than $bytes_max" >&2; exit 1; }
    mv "$build/picture.png" "$folder/$name.png"
done
