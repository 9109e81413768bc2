# The slower checks of ./dev lint: all run, one finding fails the whole. Sourced.
# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
: "${root:?}"

lint_status=0

lint() {
    echo "== $1"
    shift
    "$@" || lint_status=1
}

lint_checks() {
    checks=0
    for check in tools/check_*.sh; do
        sh "$check" || checks=1
    done
    return $checks
}

lint_shell() {
    find . \( -path ./build -o -path ./.git -o -name node_modules \) -prune -o -name '*.sh' -print0 |
        xargs -0 shellcheck -x dev test/run .ci/run
}

# clang-tidy reads the compile commands of a clang build, so that it does not meet gcc's own flags.
lint_tidy() {
    CC=clang cmake -G Ninja -S . -B build/tidy -DCMAKE_BUILD_TYPE=Debug >/dev/null || return 1
    # Headers that are generated must be there before a file that includes them is read.
    ninja -C build/tidy -t targets all | sed -n 's/: CUSTOM_COMMAND$//p' | grep '_sql\.h$' | xargs -r ninja -C build/tidy >/dev/null || return 1
    find src fuzz -name '*.c' | sort | xargs -n 4 -P "$(nproc)" clang-tidy -p build/tidy --quiet --warnings-as-errors='*' 2>/dev/null
}

# cppcheck 2.10 stops at __VA_OPT__, so it reads a copy in which the macros do without. internalAstError is a limit of its parser too.
lint_cppcheck() {
    rm -rf build/cppcheck
    mkdir -p build/cppcheck
    cp -r src fuzz build/cppcheck/
    find build/cppcheck -name '*.[ch]' -exec sed -i \
        's/ *__VA_OPT__(, *) *{[^}]*}//; s/__VA_OPT__(, *) *__VA_ARGS__/, ##__VA_ARGS__/' {} +
    (cd build/cppcheck && cppcheck --std=c11 --language=c -Isrc -D_GNU_SOURCE --enable=warning,performance,portability --inline-suppr \
        --error-exitcode=1 --quiet --suppress=missingIncludeSystem --suppress=internalAstError -j "$(nproc)" \
        --template='{file}:{line}: {message} [{id}]' src fuzz)
}

run_lint() {
    lint "layers, headers, words, format" lint_checks
    lint shellcheck lint_shell
    lint cppcheck lint_cppcheck
    lint clang-tidy lint_tidy
    lint "gcc -fanalyzer" build_preset analyze
    [ $lint_status = 0 ] && echo "lint: nothing found"
    return $lint_status
}
