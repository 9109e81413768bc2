# The stages of ./dev test: each prints a heading and its time, all are counted, and the last line is "N passed, N failed". Sourced.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
: "${root:?}"

passed=0
failed=0
broken=
logs=$root/build/test

count() {
    passed=$((passed + $1))
    failed=$((failed + $2))
}

# run_logged NAME COMMAND…: shows the output as it comes, keeps it in build/test/NAME.log, returns the command's status.
run_logged() {
    log=$logs/$1.log
    shift
    { "$@" 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log"
    return "$(cat "$log.status")"
}

# stage NAME FUNCTION: one that fails without having counted a failed test (nothing could be run) counts as one.
stage() {
    printf '\n== %s\n' "$1"
    begun=$(date +%s)
    failed_before=$failed
    note=
    if "$2"; then result=ok; else result=FAILED; fi
    if [ -n "$note" ]; then
        echo "$note"
        result=skipped
    fi
    if [ $result = FAILED ] && [ "$failed" = "$failed_before" ]; then count 0 1; fi
    if [ "$failed" != "$failed_before" ]; then
        result=FAILED
        broken="$broken, $1"
    fi
    printf -- '-- %s: %s, %s s\n' "$1" $result $(($(date +%s) - begun))
}

# One file that does not compile must not hide what the others would say, so the builds go on as far as they can.
stage_asan_build() { run_logged asan-build build_preset asan -k 0; }
stage_release_build() { run_logged release-build build_preset release -k 0; }

# Each tools/check_*.sh is one test: it prints "file:line: what to do" and fails, or is quiet.
stage_checks() {
    for check in tools/check_*.sh; do
        if run_logged "$(basename "$check" .sh)" sh "$check"; then
            echo "ok $check"
            count 1 0
        else
            echo "FAILED $check"
            count 0 1
        fi
    done
}

stage_unit() {
    [ -e build/asan/CTestTestfile.cmake ] || { note="there is no asan build"; return 0; }
    status=0
    run_logged unit ctest --test-dir build/asan -j "$(nproc)" --output-on-failure --no-tests=ignore || status=1
    # "97% tests passed, 1 tests failed out of 40"
    total=$(sed -n 's/^.*% tests passed, .* out of \([0-9]*\)$/\1/p' "$logs/unit.log")
    bad=$(sed -n 's/^.*% tests passed, \([0-9]*\) tests failed out of .*$/\1/p' "$logs/unit.log")
    count $((${total:-0} - ${bad:-0})) "${bad:-0}"
    return $status
}

# node_tests KIND BUILD SECONDS: test/KIND/test_*.mjs against the server of a build.
node_tests() {
    set -- "$1" "$2" "$3" test/"$1"/test_*.mjs
    [ -e "$4" ] || { note="none yet"; return 0; }
    [ -x "build/$2/tandem" ] || { note="there is no build/$2/tandem"; return 0; }
    status=0
    TANDEM_BIN=$root/build/$2/tandem run_logged "$1" timeout --foreground -k 10 "$3" sh test/run "$1" || status=1
    count "$(tap_total pass "$1")" "$(tap_total 'fail|cancelled' "$1")"
    return $status
}

tap_total() {
    awk -v what="^($1)\$" '$1 == "#" && $2 ~ what && NF == 3 { n += $3 } END { print n + 0 }' "$logs/$2.log"
}

stage_http() { node_tests http asan 300; }
stage_e2e() { node_tests e2e release 300; }
stage_crash() { TANDEM_CRASH_ROUNDS=${TANDEM_CRASH_ROUNDS:-5} node_tests crash release 240; }

stage_web() {
    [ -e web/package-lock.json ] || { note="none yet"; return 0; }
    run_logged web-build sh tools/web_build.sh "$root/build/web/dist" || return 1
    status=0
    if [ -e web/tsconfig.json ]; then
        if (cd web && run_logged tsc node_modules/.bin/tsc --noEmit); then
            echo "ok types"
            count 1 0
        else
            count 0 1
        fi
    fi
    report=$logs/vitest.json
    rm -f "$report"
    (cd web && run_logged vitest timeout --foreground -k 10 240 node_modules/.bin/vitest run --passWithNoTests \
        --reporter=default --reporter=json --outputFile.json="$report") || status=1
    if [ -s "$report" ]; then
        # shellcheck disable=SC2046,SC2016
        count $(node -p 'const r = JSON.parse(require("fs").readFileSync(process.argv[1])); `${r.numPassedTests} ${r.numFailedTests}`' "$report")
    fi
    return $status
}

# Whether a stage was asked for; all are when none is named.
wanted() {
    [ -z "$only" ] && return 0
    case " $only " in *" $1 "*) return 0 ;; esac
    return 1
}

# any_wanted STAGE…
any_wanted() {
    for s in "$@"; do
        wanted "$s" && return 0
    done
    return 1
}

check_names() {
    for name in $only; do
        case $name in
        checks | unit | http | web | e2e | crash) ;;
        *)
            echo "There is no stage $name: checks unit http web e2e crash" >&2
            exit 2
            ;;
        esac
    done
}

# Everything is asked of the package manager at once.
prepare_test() {
    set -- build test
    node=no
    browser=no
    if [ -e web/package-lock.json ] || ls test/*/test_*.mjs >/dev/null 2>&1; then
        node=yes
        set -- "$@" "$(npm_group)"
    fi
    if wanted e2e && ls test/e2e/test_*.mjs >/dev/null 2>&1; then
        browser=yes
        set -- "$@" browser "$(chromium_group)"
    fi
    need_packages "$@"
    if [ $node = yes ]; then node_use "$root" || exit 1; fi
    if [ $browser = yes ]; then
        CHROMIUM=$(chromium_path)
        export CHROMIUM
    fi
}

run_stages() {
    only=$*
    check_names
    started=$(date +%s)
    mkdir -p "$logs"
    prepare_test
    # The header check reads generated headers, so the build comes first.
    if any_wanted checks unit http; then stage "asan build" stage_asan_build; fi
    if wanted checks; then stage checks stage_checks; fi
    if wanted unit; then stage "unit tests and corpus replay" stage_unit; fi
    if any_wanted http e2e crash; then stage "release build" stage_release_build; fi
    if wanted http; then stage "black-box tests" stage_http; fi
    if wanted web; then stage "web: types and unit tests" stage_web; fi
    if wanted e2e; then stage "browser tests" stage_e2e; fi
    if wanted crash; then stage "crash test" stage_crash; fi
    printf '\n%s s in all\n' $(($(date +%s) - started))
    [ -z "$broken" ] || printf 'failed: %s (logs in build/test/)\n' "${broken#, }"
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
