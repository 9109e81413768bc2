#!/bin/sh
# The command line as a person meets it: what is not understood ends with 2, what is refused with 1, help with 0.
# SPDX-License-Identifier: Apache-2.0
# usage: test_command_line.sh TANDEM
set -u
tandem=$1
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

# expect CODE WORDS ARGS…: the exit code, and words that must stand in what was printed
expect() {
    code=$1 words=$2
    shift 2
    out=$("$tandem" "$@" 2>&1 </dev/null)
    got=$?
    case $out in *"$words"*) fits=yes ;; *) fits=no ;; esac
    if [ $got -ne "$code" ] || [ $fits = no ]; then
        echo "tandem $*: exit $got, wanted $code with \"$words\"; printed: $out"
        bad=1
    fi
}

LANG=C
export LANG
expect 2 serve
expect 2 serve dance
expect 0 "token create" --help
expect 0 --listen serve --help
expect 2 "--data DIR is missing" serve
expect 2 "there is no option --colour" init --data "$dir/x" --colour red
expect 2 "a value is missing after --data" init --data
expect 2 "one argument too many: x" init --data "$dir/x" x
expect 2 "missing: --user" token create --data "$dir/x"
expect 1 "is not a data folder" token create --data "$dir/x" --user a
mkdir "$dir/full" && : >"$dir/full/file"
expect 1 "is not empty" init --data "$dir/full"
expect 1 '"code":"dir_not_empty"' init --data "$dir/full" --json
LANG=zh_CN.UTF-8
expect 1 "不为空" init --data "$dir/full"
exit $bad
