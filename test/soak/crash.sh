#!/bin/sh
# kill -9 under load, 50 rounds (TANDEM_CRASH_ROUNDS), against the release build; what was checked goes to docs/reports/crash.md.
# SPDX-License-Identifier: Apache-2.0
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
rounds=${TANDEM_CRASH_ROUNDS:-50}
bin=${TANDEM_BIN:-$root/build/release/tandem}
log=$root/build/test/soak-crash.log
mkdir -p "$root/build/test" "$root/docs/reports"
. "$root/tools/node.sh"
node_use "$root"
begun=$(date +%s)
status=0
{ TANDEM_BIN=$bin TANDEM_CRASH_ROUNDS=$rounds node --test --test-reporter=tap --test-timeout=$((120000 + rounds * 20000)) test/crash/test_kill.mjs 2>&1 && echo 0 >"$log.status" || echo $? >"$log.status"; } | tee "$log"
status=$(cat "$log.status")
result=passed
[ "$status" = 0 ] || result=FAILED
{
    echo "# kill -9 under load"
    echo
    echo "Written by \`./dev soak crash\`. 16 writers create and change records with idempotency keys and send webhooks of finished campaigns; the"
    echo "server is killed at a random moment and started again, $rounds times. Then everything that was acknowledged is looked for."
    echo
    echo "- result: $result, in $(($(date +%s) - begun)) s, on $(date -u +%Y-%m-%d)"
    sed -n 's/^.*# checked {\(.*\)}$/- checked: \1/p' "$log" | tr -d '"' | sed 's/,/, /g; s/:\([0-9]\)/ \1/g' | tail -n 1
} >docs/reports/crash.md
cat docs/reports/crash.md
exit "$status"
