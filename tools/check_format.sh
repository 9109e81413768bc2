#!/bin/sh
# Refuses C code that clang-format would write differently (.clang-format).
# SPDX-License-Identifier: Apache-2.0
# usage: check_format.sh [ROOT]
set -eu
export LC_ALL=C
cd "${1:-$(dirname "$0")/..}"
command -v clang-format >/dev/null 2>&1 || {
    echo "check_format: skipped, there is no clang-format"
    exit 0
}
# One word a file, about its first place; formatting the file mends all of them.
# shellcheck disable=SC2016
find src test fuzz bench -type f \( -name '*.c' -o -name '*.h' \) 2>/dev/null | sort | xargs -r -n 8 -P "$(nproc)" sh -c '
    status=0
    for file in "$@"; do
        line=$(clang-format --dry-run -Werror "$file" 2>&1 | sed -n "s/^[^:]*:\([0-9]*\):[0-9]*: error:.*/\1/p" | head -n 1)
        [ -n "$line" ] || continue
        echo "$file:$line: not formatted; run clang-format -i $file"
        status=1
    done
    exit $status
' sh
