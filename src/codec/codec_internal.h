/*
 * What the files of codec/ share and nobody else may use.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_CODEC_CODEC_INTERNAL_H
#define TANDEM_CODEC_CODEC_INTERNAL_H

#include "base/value.h"

/* The map under a value of json_as_object(); NULL for any other value. */
const struct value *json_object_map(struct value v);

/* ".5", ".000000001" or nothing; nanos from 0 to 999,999,999. */
void write_fraction(struct buf *out, int32_t nanos);

#endif
