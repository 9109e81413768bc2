#!/bin/sh
# Refuses a header that does not compile alone: whoever includes it would have to know what it needs.
# SPDX-License-Identifier: Apache-2.0
# usage: check_headers.sh [ROOT]
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/..}"

flags="-std=gnu17 -D_GNU_SOURCE -Isrc -Itest -Wall -Wextra -Werror"
# Headers that are made from .sql files lie in a build folder.
for gen in build/*/gen; do
    [ -d "$gen" ] && flags="$flags -I$gen" && break
done
for library in libsodium jansson yaml-0.1 sqlite3 libmicrohttpd icu-uc cmocka; do
    flags="$flags $(pkg-config --cflags "$library" 2>/dev/null || true)"
done
export flags

# The first error says what is missing; the rest would only follow from it.
# shellcheck disable=SC2016
find src test -name '*.h' -type f 2>/dev/null | sort | xargs -r -n 4 -P "$(nproc)" sh -c '
    status=0
    for header in "$@"; do
        # shellcheck disable=SC2086
        words=$(printf "#include \"%s\"\n" "$PWD/$header" | gcc $flags -fsyntax-only -fmax-errors=1 -x c - 2>&1) && continue
        printf "%s\n" "$words" | sed -n "s,^$PWD/,,; /error:/p" | head -n 1
        echo "$header:1: include what it uses, so that it compiles alone"
        status=1
    done
    exit $status
' sh
