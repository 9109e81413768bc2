/*
 * Errors, messages and problems: the tables, and the filling of templates.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "base/base.h"

static const struct {
    const char *name;
    int http;
    const char *title[LANG_COUNT];
} errors[] = {[0] = {"OK", 200, {"All is well", "正常"}},
#define X(id, number, status, en, zh) [number] = {#id, status, {en, zh}},
              ERR_MAP(X)
#undef X
};

static const struct {
    const char *code;
    int err;
    const char *template[LANG_COUNT];
} messages[MSG_COUNT] = {
    [MSG_NONE] = {"", 0, {"", ""}},
#define M(id, error, text_code, en, zh) [MSG_##id] = {text_code, ERR_##error, {en, zh}},
#include "base/message.def"
#undef M
};

static bool err_known(int err)
{
    return err <= 0 && err > -(int)ARRAY_LEN(errors) && errors[-err].name;
}

const char *err_name(int err)
{
    return err_known(err) ? errors[-err].name : "UNKNOWN";
}

int err_http_status(int err)
{
    return err_known(err) ? errors[-err].http : 500;
}

const char *err_title(int err, enum lang lang)
{
    return errors[err_known(err) ? -err : -ERR_INTERNAL].title[lang];
}

const char *message_code(enum message m)
{
    return messages[m].code;
}

int message_err(enum message m)
{
    return messages[m].err;
}

const char *message_template(enum message m, enum lang lang)
{
    return messages[m].template[lang];
}

void problem_init(struct problem *p, struct arena *a)
{
    *p = (struct problem){.arena = a};
}

void problem_clear(struct problem *p)
{
    problem_init(p, p->arena);
}

/* Names are literals of the caller's code; values may look into anything, so they are copied. */
static const struct problem_arg *copy_args(struct arena *a, const struct problem_arg *args)
{
    size_t len = 0;
    while (args && args[len].name)
        len++;
    struct problem_arg *copy = arena_array(a, struct problem_arg, len + 1);
    for (size_t i = 0; i < len; i++)
        copy[i] = (struct problem_arg){.name = args[i].name, .value = arena_str(a, args[i].value)};
    return copy;
}

int problem_set(struct problem *p, enum message m, const struct problem_arg *args)
{
    if (!p)
        return message_err(m);
    if (p->message == MSG_NONE) {
        p->message = m;
        p->err = message_err(m);
        p->args = copy_args(p->arena, args);
    }
    return p->err;
}

int problem_add(struct problem *p, enum problem_where where, struct str place, enum message m,
                const struct problem_arg *args)
{
    int err = message_err(m);
    if (!p)
        return err;
    if (!p->err)
        p->err = err;
    if (p->items_count++ >= PROBLEM_ITEMS_MAX)
        return err;
    struct problem_item *item = arena_new(p->arena, struct problem_item);
    *item = (struct problem_item){
        .message = m,
        .where = where,
        .place = arena_str(p->arena, place),
        .args = copy_args(p->arena, args),
    };
    if (p->last)
        p->last->next = item;
    else
        p->items = item;
    p->last = item;
    return err;
}

static const struct problem_arg *find_arg(const struct problem_arg *args, struct str name)
{
    for (; args && args->name; args++) {
        if (str_is(name, args->name))
            return args;
    }
    return NULL;
}

void message_render(enum message m, const struct problem_arg *args, enum lang lang, struct buf *out)
{
    struct str rest = str_of(message_template(m, lang));
    while (rest.len) {
        size_t open = str_find_char(rest, '{');
        size_t close = open == SIZE_MAX ? SIZE_MAX : str_find(rest, STR("}"), open);
        if (close == SIZE_MAX) {
            buf_add(out, rest);
            return;
        }
        buf_add(out, str_sub(rest, 0, open));
        const struct problem_arg *arg = find_arg(args, str_sub(rest, open + 1, close - open - 1));
        buf_add(out, arg ? arg->value : str_sub(rest, open, close - open + 1));
        rest = str_sub(rest, close + 1, SIZE_MAX);
    }
}
