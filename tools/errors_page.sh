#!/bin/sh
# Prints docs/ERRORS.md: every code with its status and both sentences, from src/base/message.def and the statuses in err.h.
# SPDX-License-Identifier: Apache-2.0
# usage: tools/errors_page.sh >docs/ERRORS.md
set -eu
cd "$(dirname "$0")/.."

cat <<'HEAD'
# Errors

Made by `tools/errors_page.sh` from `src/base/message.def`; do not edit. An answer that refuses is a problem document (RFC 9457) with one of
these codes in `code`, or in the `code` of an item of `errors`; a code never changes its meaning. The sentence is in the caller's language;
`{name}` stands for what it is about. The status is that of the whole answer where the sentence is the whole's; an item of `errors` goes
with the status of its answer.
HEAD

awk '
# The next quoted text of line from position at; what is left is in rest.
function quoted(line,    i, c, out) {
    i = index(line, "\"") + 1
    out = ""
    while ((c = substr(line, i, 1)) != "\"") {
        if (c == "\\") c = substr(line, ++i, 1)
        if (c == "|") c = "\\|"
        out = out c
        i++
    }
    rest = substr(line, i + 1)
    return out
}
FILENAME ~ /err\.h$/ {
    if (match($0, /^ *X\([A-Z_]+, [0-9]+, [0-9]+,/)) {
        split(substr($0, RSTART, RLENGTH), part, /[(, ]+/)
        for (k = 1; k in part; k++) if (part[k] == "X") break
        status[part[k + 1]] = part[k + 3]
    }
    next
}
/^\/\* .*\. \*\/$/ {
    title = $0
    gsub(/^\/\* |\. \*\/$/, "", title)
    printf "\n## %s\n\n| code | status | English | 中文 |\n|---|---|---|---|\n", title
    next
}
/^M\(/ {
    split($0, part, /[(, ]+/)
    rest = $0
    code = quoted(rest)
    en = quoted(rest)
    zh = quoted(rest)
    printf "| `%s` | %s | %s | %s |\n", code, status[part[3]], en, zh
}' src/base/err.h src/base/message.def
