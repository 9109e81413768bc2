/*
 * string.matches(regex): runs a compiled regular expression over a text, all its states side by side.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/regex.h"
#include "expr/expr_internal.h"

/* A set of program places that is cleared at once (Briggs and Torczon, 1993). */
struct places {
    uint32_t *dense, *sparse;
    uint32_t len;
};

struct search {
    const struct regex *re;
    uint32_t *stack;
    int32_t before, after; /* the characters around the place in the text, -1 at its ends */
};

static bool add_place(struct places *p, uint32_t at)
{
    uint32_t i = p->sparse[at];
    if (i < p->len && p->dense[i] == at)
        return false;
    p->sparse[at] = p->len;
    p->dense[p->len++] = at;
    return true;
}

static bool is_word(int32_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool holds(const struct search *s, enum regex_assert assertion)
{
    switch (assertion) {
    case REGEX_TEXT_START:
        return s->before < 0;
    case REGEX_TEXT_END:
        return s->after < 0;
    case REGEX_LINE_START:
        return s->before < 0 || s->before == '\n';
    case REGEX_LINE_END:
        return s->after < 0 || s->after == '\n';
    case REGEX_WORD_EDGE:
        return is_word(s->before) != is_word(s->after);
    case REGEX_NOT_WORD_EDGE:
        return is_word(s->before) == is_word(s->after);
    }
    return false;
}

/* Adds a place and all that is reached from it without a character; true when the end of the program is among them. */
static bool follow(struct search *s, struct places *set, uint32_t start)
{
    size_t depth = 0;
    s->stack[depth++] = start;
    while (depth) {
        uint32_t at = s->stack[--depth];
        const struct regex_inst *in = &s->re->program.items[at];
        if (!add_place(set, at))
            continue;
        if (in->op == REGEX_MATCH)
            return true;
        if (in->op == REGEX_JUMP || in->op == REGEX_SPLIT)
            s->stack[depth++] = in->x;
        if (in->op == REGEX_SPLIT)
            s->stack[depth++] = in->y;
        if (in->op == REGEX_ASSERT && holds(s, in->assertion))
            s->stack[depth++] = at + 1;
    }
    return false;
}

static struct places places_new(struct arena *a, size_t n)
{
    return (struct places){.dense = arena_array(a, uint32_t, n), .sparse = arena_array(a, uint32_t, n)};
}

bool regex_search(struct arena *a, const struct regex *re, struct str text)
{
    size_t n = re->program.len;
    struct places now = places_new(a, n), next = places_new(a, n);
    /* Each place is expanded once and pushes two at most. */
    struct search s = {.re = re, .stack = arena_array(a, uint32_t, 2 * n + 1), .before = -1};
    size_t pos = 0, look = 0;
    s.after = utf8_next(text, &look);
    if (follow(&s, &now, 0))
        return true;
    while (s.after >= 0) {
        int32_t c = s.after;
        pos = look;
        s.before = c;
        s.after = pos < text.len ? utf8_next(text, &look) : -1;
        next.len = 0;
        for (uint32_t i = 0; i < now.len; i++) {
            const struct regex_inst *in = &re->program.items[now.dense[i]];
            if (in->op == REGEX_CLASS && regex_class_has(in->class, (uint32_t)c) && follow(&s, &next, now.dense[i] + 1))
                return true;
        }
        if (follow(&s, &next, 0)) /* a match may begin anywhere */
            return true;
        struct places swap = now;
        now = next;
        next = swap;
    }
    return false;
}

/* How much work a program is per character at most. */
static size_t weight(const struct regex *re)
{
    size_t all = re->program.len;
    for (size_t i = 0; i < re->program.len; i++)
        if (re->program.items[i].op == REGEX_CLASS)
            all += re->program.items[i].class->ranges.len / 4;
    return all;
}

int run_matches(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct arena scratch;
    struct regex re;
    const char *why;
    (void)n;
    if (v[1].s.len > REGEX_BYTES_MAX)
        return run_fail(r, "the regular expression is too long", STR_NULL);
    int err = run_charge(r, 20 + v[1].s.len);
    if (err)
        return err;
    arena_init(&scratch);
    if (regex_compile(&scratch, v[1].s, &re, &why)) {
        err = run_fail(r, "the regular expression is not valid", str_of(why));
    } else {
        err = run_charge(r, weight(&re) / 8 + v[0].s.len * weight(&re) / 64);
        if (!err)
            *ret = value_bool(regex_search(&scratch, &re, v[0].s));
    }
    arena_release(&scratch);
    return err;
}
