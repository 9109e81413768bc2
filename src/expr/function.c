/*
 * Finds functions by name and matches arguments against their signatures.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/expr_internal.h"

const struct function *expr_function(struct str name)
{
    static const struct function *const tables[] = {FUNCTIONS_OPERATOR, FUNCTIONS_CONVERT, FUNCTIONS_STRING,
                                                    FUNCTIONS_TIME,     FUNCTIONS_MATH,    FUNCTIONS_OURS};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct function *f = tables[i]; f->name; f++)
            if (str_is(name, f->name))
                return f;
    return NULL;
}

/* Whether an argument of letter `arg` may stand where the signature says `wanted`; a dyn argument always may. */
static bool letter_fits(char arg, char wanted)
{
    if (arg == '*' || wanted == '*' || arg == wanted)
        return true;
    return (wanted == 'S' && arg == 'L') || (arg == 'S' && wanted == 'L');
}

bool expr_signature_next(const char **sig, bool member, const char *letters, size_t n, char *ret_result)
{
    const char *s = *sig;
    while (*s) {
        bool ok = true, dotted = false;
        size_t i = 0;
        for (; *s && *s != '>'; s++) {
            if (*s == '.') {
                dotted = true;
            } else if (*s == '+') {
                while (i < n && ok)
                    ok = letter_fits(letters[i++], s[-1]);
            } else {
                ok = ok && i < n && letter_fits(letters[i], *s);
                i++;
            }
        }
        char result = s[1];
        s += 2;
        while (*s == ' ')
            s++;
        if (ok && i == n && dotted == member) {
            *sig = s;
            *ret_result = result;
            return true;
        }
    }
    *sig = s;
    return false;
}
