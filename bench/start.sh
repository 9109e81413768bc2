#!/bin/sh
# Runs the measurement of bench/start.c against TANDEM_BIN; see there.
# SPDX-License-Identifier: Apache-2.0
set -eu
exec "$TANDEM_BUILD/bench/bench_start"
