#!/bin/sh
# embed: turns migrations/NNNN_name.sql files into one C table on standard output, in the order given.
# Each line becomes a string of its own, so that the generated file can be read.
set -eu
echo '#include "sql/migrate.h"'
echo 'const struct migration migration_table[] = {'
for file in "$@"; do
    base=${file##*/}
    number=${base%%_*}
    name=${base#*_}
    case $number in [0-9][0-9][0-9][0-9]) ;; *) echo "embed: $file is not NNNN_name.sql" >&2; exit 1 ;; esac
    printf '{%d, "%s",\n' "$(expr "$number" + 0)" "${name%.sql}"
    sed -e 's/\\/\\\\/g' -e 's/"/\\"/g' -e 's/^/"/' -e 's/$/\\n"/' "$file"
    echo '},'
done
echo '{0, 0, 0}};'
