#!/bin/sh
# embed: what is made of the migrations, NNNN_name.sql, in the order given, on standard output.
#   sql/embed.sh FILE…          one C table; each line becomes a string of its own, so that it can be read
#   sql/embed.sh --init FILE…   init.sql: everything at once, as often as one likes, for an empty SQLite database
set -eu

split() { # a file's number and name
    base=${1##*/}
    number=${base%%_*}
    name=${base#*_}
    name=${name%.sql}
    case $number in [0-9][0-9][0-9][0-9]) ;; *) echo "embed: $1 is not NNNN_name.sql" >&2; exit 1 ;; esac
    number=$(expr "$number" + 0)
}

if [ "$1" = --init ]; then
    shift
    echo '-- Made by sql/embed.sh --init from sql/migrations: do not edit. May be run any number of times; mia does the same itself.'
    echo 'BEGIN;'
    echo 'CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP);'
    for file in "$@"; do
        split "$file"
        cat "$file"
        echo "INSERT INTO schema_migrations (version, name, sha256) VALUES ($number, '$name', '$(sha256sum <"$file" | cut -d' ' -f1)') ON CONFLICT DO NOTHING;"
    done
    echo 'COMMIT;'
    exit 0
fi

echo '#include "sql/migrate.h"'
echo 'const struct migration migration_table[] = {'
for file in "$@"; do
    split "$file"
    printf '{%d, "%s",\n' "$number" "$name"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$file"
    echo '},'
done
echo '{0, 0, 0}};'
