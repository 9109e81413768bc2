/*
 * Reads a regular expression and makes its program.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "expr/regex.h"
#include "expr/regex_class.h"

enum piece_kind { PIECE_EMPTY, PIECE_CLASS, PIECE_ASSERT, PIECE_CAT, PIECE_ALT, PIECE_REPEAT };

/* A part of the pattern: a tree. */
struct piece {
    enum piece_kind kind;
    enum regex_assert assertion;
    const struct regex_class *class;
    struct piece *a, *b;
    int min, max; /* REPEAT; max -1: without end */
};

struct reader {
    struct regex_reader in;
    bool fold, lines, dot_all; /* the flags i, m and s */
    int depth;
};

static int read_alternatives(struct reader *r, struct piece **ret);

static struct piece *piece_new(struct reader *r, enum piece_kind kind)
{
    struct piece *p = arena_new(r->in.arena, struct piece);
    p->kind = kind;
    return p;
}

static struct piece *pair(struct reader *r, enum piece_kind kind, struct piece *a, struct piece *b)
{
    struct piece *p = piece_new(r, kind);
    p->a = a;
    p->b = b;
    return p;
}

static struct piece *assert_piece(struct reader *r, enum regex_assert assertion)
{
    struct piece *p = piece_new(r, PIECE_ASSERT);
    p->assertion = assertion;
    return p;
}

static struct regex_class *class_piece(struct reader *r, struct piece **ret)
{
    struct regex_class *c = arena_new(r->in.arena, struct regex_class);
    c->fold = r->fold;
    *ret = piece_new(r, PIECE_CLASS);
    (*ret)->class = c;
    return c;
}

/* The flags after "(?", up to ':' or ')'; U, which only chooses among matches, changes nothing here. */
static int read_flags(struct reader *r, char *ret_end)
{
    bool on = true;
    for (;;) {
        int32_t c = regex_take(&r->in);
        if (c == 'i')
            r->fold = on;
        else if (c == 'm')
            r->lines = on;
        else if (c == 's')
            r->dot_all = on;
        else if (c == '-' && on)
            on = false;
        else if (c == ':' || c == ')')
            return *ret_end = (char)c, 0;
        else if (c != 'U')
            return regex_error(&r->in, "this kind of group (?…) does not exist");
    }
}

/* "<name>" or "P<name>" of a named group, which is like any other here. */
static int skip_name(struct reader *r)
{
    int32_t c = regex_take(&r->in);
    if (c == 'P')
        c = regex_take(&r->in);
    if (c != '<')
        return regex_error(&r->in, "this kind of group (?…) does not exist");
    size_t len = 0;
    for (c = regex_take(&r->in); c != '>'; c = regex_take(&r->in), len++)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'))
            return regex_error(&r->in, "a group's name has letters, digits and _");
    return len ? 0 : regex_error(&r->in, "a group's name is missing");
}

/* What follows "(". */
static int read_group(struct reader *r, struct piece **ret)
{
    bool fold = r->fold, lines = r->lines, dot_all = r->dot_all;
    int err = 0;
    if (++r->depth > REGEX_DEPTH_MAX)
        return regex_error(&r->in, "it is nested too deep");
    if (regex_peek(&r->in) == '?') {
        char end = ':';
        regex_take(&r->in);
        bool named = regex_peek(&r->in) == 'P' || regex_peek(&r->in) == '<';
        err = named ? skip_name(r) : read_flags(r, &end);
        if (!err && end == ')') { /* (?i): the flags hold for the rest of the group around */
            r->depth--;
            *ret = piece_new(r, PIECE_EMPTY);
            return 0;
        }
    }
    if (err || (err = read_alternatives(r, ret)))
        return err;
    if (regex_take(&r->in) != ')')
        return regex_error(&r->in, "a ) is missing");
    r->fold = fold;
    r->lines = lines;
    r->dot_all = dot_all;
    r->depth--;
    return 0;
}

static int read_escape(struct reader *r, struct piece **ret)
{
    switch (regex_peek(&r->in)) {
    case 'A':
        *ret = assert_piece(r, REGEX_TEXT_START);
        break;
    case 'z':
        *ret = assert_piece(r, REGEX_TEXT_END);
        break;
    case 'b':
        *ret = assert_piece(r, REGEX_WORD_EDGE);
        break;
    case 'B':
        *ret = assert_piece(r, REGEX_NOT_WORD_EDGE);
        break;
    default:
        return regex_read_escape(&r->in, class_piece(r, ret));
    }
    regex_take(&r->in);
    return 0;
}

static int read_atom(struct reader *r, struct piece **ret)
{
    int32_t c = regex_take(&r->in);
    struct regex_class *class;
    switch (c) {
    case '(':
        return read_group(r, ret);
    case '[':
        return regex_read_class(&r->in, class_piece(r, ret));
    case '\\':
        return read_escape(r, ret);
    case '^':
        *ret = assert_piece(r, r->lines ? REGEX_LINE_START : REGEX_TEXT_START);
        return 0;
    case '$':
        *ret = assert_piece(r, r->lines ? REGEX_LINE_END : REGEX_TEXT_END);
        return 0;
    case '*':
    case '+':
    case '?':
        return regex_error(&r->in, "there is nothing to repeat");
    case '.':
        class = class_piece(r, ret);
        class->negated = true;
        if (!r->dot_all)
            regex_add_range(&r->in, class, '\n', '\n');
        return 0;
    default:
        regex_add_range(&r->in, class_piece(r, ret), (uint32_t)c, (uint32_t)c);
        return 0;
    }
}

static bool read_count(struct reader *r, int *ret)
{
    int n = 0;
    bool any = false;
    while (regex_peek(&r->in) >= '0' && regex_peek(&r->in) <= '9') {
        n = n * 10 + (int)(regex_take(&r->in) - '0');
        any = true;
        if (n > REGEX_REPEAT_MAX)
            n = REGEX_REPEAT_MAX + 1;
    }
    *ret = n;
    return any;
}

/* "{2}", "{2,}" or "{2,3}" at the position; false, and nothing taken, where it is just a brace. */
static bool read_braces(struct reader *r, int *ret_min, int *ret_max)
{
    size_t start = r->in.pos;
    regex_take(&r->in);
    bool ok = read_count(r, ret_min);
    *ret_max = *ret_min;
    if (ok && regex_peek(&r->in) == ',') {
        regex_take(&r->in);
        if (!read_count(r, ret_max))
            *ret_max = -1;
    }
    if (ok && regex_take(&r->in) == '}')
        return true;
    r->in.pos = start;
    return false;
}

/* An atom with what repeats it. */
static int read_repeat(struct reader *r, struct piece **ret)
{
    struct piece *p;
    int err = read_atom(r, &p);
    if (err)
        return err;
    int32_t c = regex_peek(&r->in);
    int min = c == '+' ? 1 : 0, max = c == '?' ? 1 : -1;
    if (c == '{' && !read_braces(r, &min, &max)) {
        *ret = p;
        return 0;
    }
    if (c != '*' && c != '+' && c != '?' && c != '{') {
        *ret = p;
        return 0;
    }
    if (c != '{')
        regex_take(&r->in);
    if (min > REGEX_REPEAT_MAX || max > REGEX_REPEAT_MAX || (max >= 0 && max < min))
        return regex_error(&r->in, "it repeats too often");
    if (regex_peek(&r->in) == '?') /* lazy: chooses among matches, changes nothing here */
        regex_take(&r->in);
    c = regex_peek(&r->in);
    if (c == '*' || c == '+' || c == '?')
        return regex_error(&r->in, "there is nothing to repeat");
    *ret = pair(r, PIECE_REPEAT, p, NULL);
    (*ret)->min = min;
    (*ret)->max = max;
    return 0;
}

/* Sequences are chained to the left, so the tree of a long one is deep on that side; emit() walks it by a loop. */
static int read_sequence(struct reader *r, struct piece **ret)
{
    struct piece *all = NULL, *p = NULL;
    while (regex_peek(&r->in) >= 0 && regex_peek(&r->in) != '|' && regex_peek(&r->in) != ')') {
        int err = read_repeat(r, &p);
        if (err)
            return err;
        all = all ? pair(r, PIECE_CAT, all, p) : p;
    }
    *ret = all ? all : piece_new(r, PIECE_EMPTY);
    return 0;
}

static int read_alternatives(struct reader *r, struct piece **ret)
{
    struct piece *p;
    int err = read_sequence(r, ret);
    while (!err && regex_peek(&r->in) == '|') {
        regex_take(&r->in);
        if (!(err = read_sequence(r, &p)))
            *ret = pair(r, PIECE_ALT, *ret, p);
    }
    return err;
}

struct writer {
    struct arena *arena;
    struct regex *re;
    int visits; /* repetitions of nothing add no instruction, so they are counted as well */
};

static int emit(struct writer *w, const struct piece *p);

static uint32_t here(const struct writer *w)
{
    return (uint32_t)w->re->program.len;
}

static int put(struct writer *w, struct regex_inst in)
{
    if (w->re->program.len >= REGEX_PROGRAM_MAX)
        return ERR_LIMIT;
    vec_push(w->arena, &w->re->program, in);
    return 0;
}

static int emit_alternative(struct writer *w, const struct piece *p)
{
    uint32_t split = here(w);
    int err = put(w, (struct regex_inst){.op = REGEX_SPLIT, .x = split + 1});
    if (err || (err = emit(w, p->a)))
        return err;
    uint32_t jump = here(w);
    err = put(w, (struct regex_inst){.op = REGEX_JUMP});
    w->re->program.items[split].y = here(w);
    if (err || (err = emit(w, p->b)))
        return err;
    w->re->program.items[jump].x = here(w);
    return 0;
}

/* split over the body; `loops`: back to the split after it. */
static int emit_optional(struct writer *w, const struct piece *body, bool loops)
{
    uint32_t split = here(w);
    int err = put(w, (struct regex_inst){.op = REGEX_SPLIT, .x = split + 1});
    if (err || (err = emit(w, body)))
        return err;
    if (loops && (err = put(w, (struct regex_inst){.op = REGEX_JUMP, .x = split})))
        return err;
    w->re->program.items[split].y = here(w);
    return 0;
}

static int emit_repeat(struct writer *w, const struct piece *p)
{
    int err = 0;
    for (int i = 0; i < p->min && !err; i++)
        err = emit(w, p->a);
    if (!err && p->max < 0)
        return emit_optional(w, p->a, true);
    /* Optional copies one after the other match the same texts as nested ones. */
    for (int i = p->min; i < p->max && !err; i++)
        err = emit_optional(w, p->a, false);
    return err;
}

static int emit_sequence(struct writer *w, const struct piece *p)
{
    VEC(const struct piece *) parts = {0};
    for (; p->kind == PIECE_CAT; p = p->a)
        vec_push(w->arena, &parts, p->b);
    int err = emit(w, p);
    for (size_t i = parts.len; i-- > 0 && !err;)
        err = emit(w, parts.items[i]);
    return err;
}

static int emit(struct writer *w, const struct piece *p)
{
    if (++w->visits > 4 * REGEX_PROGRAM_MAX)
        return ERR_LIMIT;
    switch (p->kind) {
    case PIECE_EMPTY:
        return 0;
    case PIECE_CLASS:
        return put(w, (struct regex_inst){.op = REGEX_CLASS, .class = p->class});
    case PIECE_ASSERT:
        return put(w, (struct regex_inst){.op = REGEX_ASSERT, .assertion = p->assertion});
    case PIECE_CAT:
        return emit_sequence(w, p);
    case PIECE_ALT:
        return emit_alternative(w, p);
    case PIECE_REPEAT:
        return emit_repeat(w, p);
    }
    return ERR_INTERNAL;
}

int regex_compile(struct arena *a, struct str pattern, struct regex *ret, const char **ret_why)
{
    struct reader r = {.in = {.arena = a, .pattern = pattern}};
    struct regex re = {0};
    struct writer w = {.arena = a, .re = &re};
    struct piece *root;
    int err = read_alternatives(&r, &root);
    if (!err && regex_peek(&r.in) >= 0)
        err = regex_error(&r.in, "a ( is missing");
    if (!err && (emit(&w, root) || put(&w, (struct regex_inst){.op = REGEX_MATCH})))
        err = regex_error(&r.in, "it is too large");
    if (err)
        *ret_why = r.in.why;
    else
        *ret = re;
    return err;
}
