/*
 * Error numbers, the words that go with them, and the problem that carries both to a person.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A call that can fail returns int: 0 or a count when it went well, else a negative ERR_*. What a person must read
 * travels in a struct problem: a message (a stable code with a sentence in English and Chinese, base/message.def) and
 * its arguments. The sentence is rendered at the edge, in the reader's language.
 *
 * Life: a problem lives in the arena it was given; problem_init() cannot fail. Threads: one at a time.
 */
#ifndef TANDEM_BASE_ERR_H
#define TANDEM_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena;
struct buf;

#define MUST_CHECK __attribute__((warn_unused_result))

/* X(name, number, HTTP status, English title, Chinese title). Numbers are stable: wire, log and tests use them. */
#define ERR_MAP(X)                                                                                                     \
    X(MALFORMED, 1, 400, "The request could not be read", "无法读懂该请求")                                            \
    X(UNAUTHENTICATED, 2, 401, "Not logged in", "尚未登录")                                                            \
    X(FORBIDDEN, 3, 403, "Not permitted", "没有权限")                                                                  \
    X(NOT_FOUND, 4, 404, "Not found", "未找到")                                                                        \
    X(METHOD, 5, 405, "Method not allowed", "不支持该方法")                                                            \
    X(CONFLICT, 6, 409, "The current state does not allow this", "当前状态不允许此操作")                               \
    X(STALE, 7, 412, "Changed by somebody else meanwhile", "记录已被他人修改")                                         \
    X(TOO_LARGE, 8, 413, "Too large", "内容过大")                                                                      \
    X(URI_TOO_LONG, 9, 414, "The address is too long", "地址过长")                                                     \
    X(MEDIA_TYPE, 10, 415, "Unsupported content type", "不支持的内容类型")                                             \
    X(INVALID, 11, 422, "The content is not valid", "内容不符合要求")                                                  \
    X(NEED_REVISION, 12, 428, "A revision is required", "需要提供版本号")                                              \
    X(TOO_MANY, 13, 429, "Too many requests", "请求过于频繁")                                                          \
    X(HEADER_TOO_LARGE, 14, 431, "Header too large", "请求头过大")                                                     \
    X(INTERNAL, 15, 500, "Internal error", "内部错误")                                                                 \
    X(UNAVAILABLE, 16, 503, "Not available just now", "服务暂不可用")                                                  \
    X(DISK_FULL, 17, 507, "Storage is full", "存储空间已满")                                                           \
    X(LIMIT, 18, 422, "Limit exceeded", "超出限制")                                                                    \
    X(SYNTAX, 19, 422, "The text could not be parsed", "文本无法解析")                                                 \
    X(EXISTS, 20, 409, "It exists already", "已经存在")                                                                \
    X(TIMEOUT, 21, 503, "It took too long", "处理超时")

enum err {
    ERR_OK = 0,
#define X(name, number, http, en, zh) ERR_##name = -(number),
    ERR_MAP(X)
#undef X
};

/* The name of an error for logs, e.g. "NOT_FOUND"; "UNKNOWN" for any other number. */
const char *err_name(int err);
/* The HTTP status of an error; 500 for any other number. */
int err_http_status(int err);
/* The title of an error in a language. */
const char *err_title(int err, enum lang lang);

/* M(NAME, ERR, "code", "English sentence with {arg}", "Chinese sentence with {arg}"): the rows of base/message.def. */
enum message {
    MSG_NONE = 0,
#define M(name, err, code, en, zh) MSG_##name,
#include "base/message.def"
#undef M
    MSG_COUNT
};

/* The stable code of a message ("required"), the error it belongs to, and its template in a language. */
const char *message_code(enum message m);
int message_err(enum message m);
const char *message_template(enum message m, enum lang lang);

struct problem_arg {
    const char *name; /* as it stands in the template, without braces; NULL ends a list */
    struct str value;
};

enum problem_where {
    WHERE_NONE,
    WHERE_POINTER,   /* a JSON pointer into the request body, "/lines/0/amount" */
    WHERE_PARAMETER, /* a query parameter or header, "order" */
    WHERE_FILE,      /* a file and line, "model/task.yaml:12" */
};

struct problem_item {
    enum message message;
    enum problem_where where;
    struct str place;
    const struct problem_arg *args; /* ended by a NULL name */
    struct problem_item *next;
};

/* At most PROBLEM_ITEMS_MAX items are kept; further ones are counted only. */
enum { PROBLEM_ITEMS_MAX = 50 };

struct problem {
    struct arena *arena;
    int err;                        /* 0: nothing is wrong */
    enum message message;           /* the sentence of the whole; MSG_NONE while there are only items */
    const struct problem_arg *args; /* of the whole */
    struct problem_item *items;     /* in the order they were added */
    struct problem_item *last;
    size_t items_count;
};

void problem_init(struct problem *p, struct arena *a);
/* Forgets everything that was set. */
void problem_clear(struct problem *p);

/*
 * Sets the sentence of the whole and returns its error number, so that `return PROBLEM(why, NO_RIGHT, ARG("type",
 * name));` reads well. p may be NULL: then only the number is returned. Arguments are copied into the arena. The first
 * call wins.
 */
int problem_set(struct problem *p, enum message m, const struct problem_arg *args);
/* Adds one item (one field, one parameter, one line of a file) and returns the item's error number. */
int problem_add(struct problem *p, enum problem_where where, struct str place, enum message m,
                const struct problem_arg *args);

#define ARG(arg_name, arg_value)                                                                                       \
    {                                                                                                                  \
        .name = (arg_name), .value = (arg_value)                                                                       \
    }
#define PROBLEM(p, m, ...)                                                                                             \
    problem_set((p), MSG_##m, (const struct problem_arg[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})
#define PROBLEM_AT(p, where, place, m, ...)                                                                            \
    problem_add((p), (where), (place), MSG_##m, (const struct problem_arg[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})

/* Fills a template: "{name}" becomes the argument's value; an argument that is missing stays as "{name}". */
void message_render(enum message m, const struct problem_arg *args, enum lang lang, struct buf *out);

#endif
