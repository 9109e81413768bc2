#!/bin/sh
# Turns a .sql file of named statements into a C header: "-- name: event_append" becomes `SQL_EVENT_APPEND`, a struct str.
# SPDX-License-Identifier: Apache-2.0
# usage: sql_to_header.sh IN.sql OUT.h
set -eu
mkdir -p "$(dirname "$2")"
awk '
function flush() { if (name != "") printf "static const struct str SQL_%s __attribute__((unused)) = STR(%s);\n", toupper(name), text }
BEGIN { print "/* Made from a .sql file; do not edit. */\n#include \"base/str.h\"" }
/^-- name: / { flush(); name = $3; text = ""; next }
/^--/ || /^[ \t]*$/ { next }
{ gsub(/\\/, "\\\\"); gsub(/"/, "\\\""); sub(/;[ \t]*$/, ""); text = text (text == "" ? "" : "\n    ") "\"" $0 "\\n\"" }
END { flush() }' "$1" > "$2.new"
mv "$2.new" "$2"
