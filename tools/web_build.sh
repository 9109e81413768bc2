#!/bin/sh
# Builds the web interface into a folder when something under web/ changed, with compressed copies beside the files.
# SPDX-License-Identifier: Apache-2.0
# usage: web_build.sh DIST [STAMP]      STAMP is touched at the end, STAMP.d says what it depends on
set -eu
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "$0")/.." && pwd)
web=$root/web
dist=$1
stamp=${2:-}
. "$root/tools/node.sh"

# The files of web/ and the folders below it. Not web/ itself, whose time changes with every file that a tool drops there.
sources() {
    find "$web" -mindepth 1 \( -name node_modules -o -name dist -o -name '.?*' \) -prune -o -print
    printf '%s\n' "$root/tools/web_build.sh"
}

install_modules() {
    # What npm installed depends on the lock file and, by the packages' engines, on the Node that ran it.
    want=$(node --version; cat "$web/package-lock.json")
    [ -d "$web/node_modules" ] && [ "$want" = "$(cat "$web/node_modules/.tandem-installed" 2>/dev/null)" ] && return 0
    echo "Installing the web build's packages ..." >&2
    npm_ci "$web" >&2
    printf '%s\n' "$want" >"$web/node_modules/.tandem-installed"
}

build() {
    # The stamp is as old as the start, so that an edit during the build is built next time.
    touch "$dist.started"
    rm -rf "$dist.new"
    (cd "$web" && node node_modules/vite/bin/vite.js build --outDir "$dist.new" --emptyOutDir --logLevel warn) >&2
    find "$dist.new" -type f -size +1k \( -name '*.js' -o -name '*.css' -o -name '*.html' -o -name '*.svg' -o -name '*.json' \
        -o -name '*.txt' -o -name '*.webmanifest' \) -exec gzip -9nk {} +
    rm -rf "$dist"
    mv "$dist.new" "$dist"
    mv "$dist.started" "$dist.stamp"
}

# Whether the built interface is there and nothing is newer than it.
up_to_date() {
    [ -e "$dist/index.html" ] && [ -e "$dist.stamp" ] || return 1
    # shellcheck disable=SC2016
    [ -z "$(sources | xargs -r -d '\n' sh -c 'find "$@" -prune -newer "$0"' "$dist.stamp")" ]
}

mkdir -p "$(dirname "$dist")"
exec 9>"$dist.lock"
flock 9
node_use "$root"
install_modules
up_to_date || build
if [ -n "$stamp" ]; then
    mkdir -p "$(dirname "$stamp")"
    { printf '%s:' "$stamp"; sources | sed 's/[ $#]/\\&/g; s/^/ /' | tr -d '\n'; echo; } >"$stamp.d"
    touch "$stamp"
fi
