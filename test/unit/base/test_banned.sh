#!/bin/sh
# Checks that the calls of base/banned.h do not compile, and that the compiler would take the file without them.
# SPDX-License-Identifier: Apache-2.0
# usage: test_banned.sh COMPILER SOURCE_FOLDER
set -eu
compiler=$1
source=$2

compiles() {
    printf '#include "base/base.h"\nvoid f(char *p);\nvoid f(char *p) { (void)p; %s; }\n' "$1" |
        "$compiler" -std=gnu17 -D_GNU_SOURCE -w -I"$source" -fsyntax-only -x c - 2>/dev/null
}

compiles 'snprintf(p, 1, "x")' || { echo "the file without a banned call does not compile"; exit 1; }
for call in 'strcpy(p, p)' 'strcat(p, p)' 'strncpy(p, p, 1)' 'strncat(p, p, 1)' 'sprintf(p, "x")' \
    'vsprintf(p, "x", *(va_list *)p)' 'strtok(p, p)' 'atoi(p)' 'gmtime((time_t *)p)' 'localtime((time_t *)p)' \
    'system(p)' 'popen(p, p)'; do
    if compiles "$call"; then
        echo "$call compiles"
        exit 1
    fi
done
