#!/bin/sh
# Writes a C file that holds every file of some folders (base/embed.h), and a depfile that names what it was made from.
# SPDX-License-Identifier: Apache-2.0
# usage: embed.sh NAME OUT.c OUT.d ROOT DIR…      (each DIR relative to ROOT; one that does not exist is empty)
set -eu
export LC_ALL=C
name=$1 out=$2 dep=$3 root=$4
shift 4
mkdir -p "$(dirname "$out")"
out=$(cd "$(dirname "$out")" && pwd)/$(basename "$out")

list=$out.list
: >"$list.new"
: >"$dep.new"
for dir in "$@"; do
    if [ ! -d "$root/$dir" ]; then
        # The folder above tells when it appears.
        echo "$root" >>"$dep.new"
        continue
    fi
    # Hidden files are editors' and finders' leftovers; a folder counts too, since its time changes when a file comes or goes.
    (cd "$root" && find "$dir" -name '.?*' -prune -o -type f -print) | sed 's,^\./,,' >>"$list.new"
    (cd "$root" && find "$dir" -name '.?*' -prune -o -print) | sed "s,^,$root/," >>"$dep.new"
done
sort -u "$list.new" >"$list"
rm -f "$list.new"
if grep -q '[^A-Za-z0-9_./@+-]' "$list"; then
    grep '[^A-Za-z0-9_./@+-]' "$list" | sed "s,^,$root/,; s,\$,:1: rename it: only letters\, digits and _ . / @ + - are safe in an embedded path," >&2
    exit 1
fi
{ printf '%s:' "$out"; sed 's/[ $#]/\\&/g; s/^/ /' "$dep.new" | tr -d '\n'; echo; } >"$dep"
rm -f "$dep.new"

# The assembler copies the bytes, which takes no time even for megabytes. The checksum makes this file change when a file's content does,
# because nothing else would tell the build that the assembler has to run again.
(cd "$root" && { [ ! -s "$list" ] || xargs cksum <"$list"; }) | awk -v name="$name" -v root="$root" '
BEGIN {
    print "/* Made by tools/embed.sh; do not edit. */\n#include \"base/embed.h\"\n"
}
{
    sum = $1; path = $3; id = name "_file_" n++
    printf "/* %s */\n__asm__(\".pushsection .rodata\\n.balign 16\\n.global %s\\n.hidden %s\\n%s:\\n.incbin \\\"%s/%s\\\"\\n.byte 0\\n.popsection\\n\");\n", sum, id, id, id, root, path
    printf "extern const unsigned char %s[] __attribute__((visibility(\"hidden\")));\n", id
    rows = rows sprintf("    {\"%s\", %s, %d},\n", path, id, $2)
}
END {
    print ""
    if (n == 0) rows = "    {0, 0, 0},\n"
    printf "const struct embedded_file %s_files[] = {\n%s};\nconst size_t %s_files_len = %d;\n", name, rows, name, n
}' >"$out.new"
# An unchanged result keeps its time, so that nothing is compiled or linked again.
if cmp -s "$out.new" "$out"; then rm -f "$out.new"; else mv "$out.new" "$out"; fi
