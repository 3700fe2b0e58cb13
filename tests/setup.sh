#!/bin/sh
# Makes sure that the packages for a task are there: tests/setup.sh KIND, one of those below
# Where nothing is missing it does nothing, offline, in milliseconds. Debian and its children: installs what is missing.
# Elsewhere: names the packages and fails, unless compiler and libraries are already found.
set -eu

run="gcc make pkg-config libuv1-dev libcurl4-openssl-dev libwebsockets-dev libwebsockets-evlib-uv libcjson-dev
     libsqlite3-dev libpq-dev libyaml-dev zlib1g-dev tzdata ca-certificates"
drawing="libcairo2-dev fonts-dejavu-core" # mia-draw's; without them MIA sends no pictures
libraries="libuv libcurl libwebsockets libcjson sqlite3 libpq yaml-0.1 zlib"
case ${1:-} in
run) more= ;;
draw) more=$drawing libraries="$libraries cairo" ;;
test) more="libcmocka-dev python3 python3-aiohttp strace" libraries="$libraries cmocka" ;;
page) more="libcmocka-dev python3 python3-aiohttp strace chromium" libraries="$libraries cmocka" ;; # what is shown in a browser
check) more=clang-format-14 ;;
fuzz) more="clang-14 libclang-rt-14-dev" ;;
postgres) more="libcmocka-dev python3 python3-aiohttp postgresql" ;;
valgrind) more="libcmocka-dev python3 python3-aiohttp strace valgrind" ;;
*) echo "usage: tests/setup.sh run|draw|test|page|check|fuzz|postgres|valgrind" >&2; exit 2 ;;
esac
case $1 in run | test | page | valgrind) more="$more $drawing" ;; esac # wanted, but all else goes without
wanted="$run $more"

say() { # English, French
    case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in fr*) printf '%s\n' "$2" ;; *) printf '%s\n' "$1" ;; esac >&2
}

# The tests start a throw-away server of their own. Where there is none to start, they say that they were skipped.
has_server() {
    for p in /usr/lib/postgresql/*/bin/initdb; do [ -x "$p" ] && return 0; done
    command -v initdb >/dev/null 2>&1
}
if [ "$1" = postgres ] && has_server; then exit 0; fi
if [ "$1" = test ] && [ "${MIA_TEST_DATABASES:-both}" != sqlite ] && command -v dpkg-query >/dev/null 2>&1 && ! has_server; then
    "$0" postgres || say "Without PostgreSQL: the tests on it are skipped." "Sans PostgreSQL : les tests qui en demandent un sont sautés."
fi

if ! command -v dpkg-query >/dev/null 2>&1; then
    if command -v "${CC:-cc}" >/dev/null 2>&1 && pkg-config --exists $libraries 2>/dev/null; then exit 0; fi
    say "MIA needs these packages (Debian names); please install what your system calls them:" \
        "MIA a besoin de ces paquets (noms Debian) ; installez leurs équivalents sur votre système :"
    echo $wanted >&2
    exit 1
fi

# libcurl is the same to us with any of its TLS libraries, pkg-config with either of its implementations.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' $wanted 'libcurl4-*-dev' pkgconf 2>/dev/null |
    sed -n 's/^installed //p' | tr -s ' ,\n' ' ')
missing=
for p in $wanted; do
    case " $installed " in *" $p "*) continue ;; esac
    case $p in
    libcurl4-openssl-dev) case " $installed" in *" libcurl4-"*) continue ;; esac ;;
    pkg-config) case " $installed " in *" pkgconf "*) continue ;; esac ;;
    esac
    missing="$missing $p"
done
[ -n "$missing" ] || exit 0

rest= # what nothing goes without
for p in $missing; do
    case " $drawing " in *" $p "*) [ "$1" != draw ] || rest="$rest $p" ;; *) rest="$rest $p" ;; esac
done
without_pictures() {
    say "Without cairo: MIA is built without pictures." "Sans cairo : MIA est construit sans images."
    exit 0
}

sudo=
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 && sudo=sudo || {
        say "Missing packages. As root, run:" "Il manque des paquets. En tant que root, lancez :"
        echo "apt-get install$missing" >&2
        [ -n "$rest" ] || without_pictures
        exit 1
    }
fi
say "Installing:$missing" "Installation :$missing"
case $missing in *postgresql*) # the package would start a server of its own for everybody here
    [ -e /etc/postgresql-common/createcluster.conf ] || {
        $sudo mkdir -p /etc/postgresql-common
        echo 'create_main_cluster = false' | $sudo tee /etc/postgresql-common/createcluster.conf >/dev/null
    } ;;
esac
install() { $sudo env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120 -o DPkg::Options::=--force-confold install -y -q --no-install-recommends $missing >&2; }
set -- /var/lib/apt/lists/*Packages* # none yet: apt-get would complain of every name first
[ -e "$1" ] || $sudo apt-get update -q >&2
install || { $sudo apt-get update -q >&2 && install; } || {
    if [ "$missing" != "$rest" ]; then
        missing=$rest
        [ -n "$rest" ] && ! install || without_pictures
    fi
    say "apt-get could not install:$missing" "apt-get n’a pas pu installer :$missing"
    exit 1
}
