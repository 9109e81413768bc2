# Puts a Node that is new enough for the web build first in PATH, fetching the pinned one where the machine has none. Sourced.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh

# What the web build's tools ask for (vite 8).
node_is_new_enough() {
    command -v node >/dev/null 2>&1 &&
        node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 22 || (a === 22 && b >= 12) ? 0 : 1)' 2>/dev/null
}

# npm's settings that a build wants: no questions, no advertising, no scripts of strangers, and a cache that can be written.
npm_env() {
    if [ -z "${HOME:-}" ] || [ ! -w "$HOME" ]; then
        HOME=$1/build/home
        mkdir -p "$HOME"
        export HOME
    fi
    # Debian's Node trusts the system's authorities; the pinned one only its own list, unless it is told.
    if [ -z "${NODE_EXTRA_CA_CERTS:-}" ] && [ -r /etc/ssl/certs/ca-certificates.crt ]; then
        export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
    fi
    export npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_progress=false
    export npm_config_ignore_scripts=true npm_config_yes=false npm_config_loglevel=error CI=true NO_COLOR=1
}

# npm_ci FOLDER: exactly what the lock file says, once more where the network stumbled.
npm_ci() {
    command -v npm >/dev/null 2>&1 || {
        echo "npm is missing: install the package npm, or run ./dev, which does it." >&2
        return 1
    }
    (cd "$1" && { npm ci || { sleep 2 && npm ci; }; })
}

# node_use ROOT: afterwards `node` is one that the web build can use, or the call fails with what to do.
node_use() {
    npm_env "$1"
    node_is_new_enough && return 0
    case $(uname -m) in
    x86_64) node_arch=x64 ;;
    aarch64) node_arch=arm64 ;;
    *)
        echo "Node 22.12 or newer is needed, and there is none to fetch for $(uname -m): install it and put it into PATH." >&2
        return 1
        ;;
    esac
    node_home=$1/build/node
    node_bin=$node_home/node_modules/node-linux-$node_arch/bin
    mkdir -p "$node_home"
    # Two builds may start at once; the second finds what the first has fetched.
    (
        flock 9
        if ! cmp -s "$1/tools/node/package-lock.json" "$node_home/fetched.json" || [ ! -x "$node_bin/node" ]; then
            echo "Fetching Node for the web build ..." >&2
            cp "$1/tools/node/package.json" "$1/tools/node/package-lock.json" "$node_home/"
            npm_ci "$node_home" >&2 9>&- && [ -x "$node_bin/node" ] &&
                cp "$1/tools/node/package-lock.json" "$node_home/fetched.json"
        fi
    ) 9>"$node_home/lock" || {
        echo "The Node that tools/node/package-lock.json pins could not be fetched: see npm's words above." >&2
        return 1
    }
    PATH=$node_bin:$PATH
    export PATH
}
