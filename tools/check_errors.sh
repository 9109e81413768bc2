#!/bin/sh
# docs/ERRORS.md says what src/base/message.def says.
# SPDX-License-Identifier: Apache-2.0
set -eu
cd "$(dirname "$0")/.."
made=$(mktemp)
trap 'rm -f "$made"' EXIT
sh tools/errors_page.sh >"$made"
if ! cmp -s "$made" docs/ERRORS.md; then
    line=$(diff "$made" docs/ERRORS.md 2>/dev/null | sed -n '1s/^[0-9,]*[acd]\([0-9]*\).*/\1/p')
    echo "docs/ERRORS.md:${line:-1}: is out of date: run sh tools/errors_page.sh >docs/ERRORS.md"
    exit 1
fi
