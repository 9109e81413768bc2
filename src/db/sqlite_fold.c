/* The SQL function fold(text): case folding that knows more than ASCII, the same as text_fold() in C. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <sqlite3.h>

#include "codec/text.h"
#include "db/sqlite_internal.h"

static void fold(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    CLEANUP(arena_release) struct arena a = {0};
    (void)argc;
    const unsigned char *text = sqlite3_value_text(argv[0]);
    if (text == NULL) {
        sqlite3_result_null(context);
        return;
    }
    arena_init(&a);
    struct str folded = text_fold(&a, str_n((const char *)text, (size_t)sqlite3_value_bytes(argv[0])));
    sqlite3_result_text64(context, folded.ptr != NULL ? folded.ptr : "", folded.len, SQLITE_TRANSIENT, SQLITE_UTF8);
}

int sq_fold_register(sqlite3 *h)
{
    return sqlite3_create_function_v2(h, "fold", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL, fold,
                                      NULL, NULL, NULL);
}
