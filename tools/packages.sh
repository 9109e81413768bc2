# Installs the Debian packages of tools/packages.txt that are missing, or says clearly what to install. Sourced by ./dev.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
: "${root:?}"

packages_of() {
    for group in "$@"; do
        [ -z "$group" ] || sed -n "s/^$group: //p" "$root/tools/packages.txt"
    done | tr '\n' ' '
}

# missing_packages NAME…: those that are not installed.
missing_packages() {
    # dpkg-query fails when it knows one of the names not at all; the list it prints is what counts.
    installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null | sed -n 's/ installed$//p') || true
    for package in "$@"; do
        case "
$installed
" in *"
$package
"*) ;; *) printf '%s ' "$package" ;; esac
    done
}

# How to become root: nothing for root, sudo for others, fails where there is neither.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        echo env
    elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
        # sudo drops the environment, so `env` sets it again on the other side.
        echo sudo env
    else
        return 1
    fi
}

# need_packages GROUP…: afterwards the groups' packages are installed, or the script ends with what to do.
need_packages() {
    # shellcheck disable=SC2046
    install_packages $(packages_of "$@")
}

install_packages() {
    if ! command -v apt-get >/dev/null 2>&1; then
        # Not a Debian: the machine's owner brings the counterparts.
        for tool in cc cmake ninja pkg-config; do
            command -v "$tool" >/dev/null 2>&1 || {
                echo "This is not Debian: install the counterparts of these packages and try again: $*" >&2
                exit 1
            }
        done
        return 0
    fi
    missing=$(missing_packages "$@")
    [ -n "$missing" ] || return 0
    if [ -n "${TANDEM_NO_INSTALL:-}" ] || ! become=$(as_root); then
        {
            echo "Packages are missing. Become root, install them and try again:"
            echo "    apt-get update && apt-get install -y --no-install-recommends $missing"
        } >&2
        exit 1
    fi
    echo "Installing $missing..." >&2
    # Another apt at work (unattended upgrades) is waited for. A bare machine has no lists before the first update.
    # shellcheck disable=SC2086
    {
        $become DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 update ||
            echo "The package lists could not be brought up to date; trying with those that are there." >&2
        $become DEBIAN_FRONTEND=noninteractive apt-get -qq -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
            install --no-install-recommends $missing
    } >&2 </dev/null || {
        echo "apt-get could not install: $missing. Its words are above; mend that and try again." >&2
        exit 1
    }
}

# The groups that are needed only where the machine has no such program from elsewhere; Debian's npm does not install beside another.
npm_group() {
    command -v npm >/dev/null 2>&1 || echo npm
}

chromium_group() {
    chromium_path >/dev/null || echo chromium
}

chromium_path() {
    command -v chromium || command -v chromium-browser || command -v google-chrome
}
