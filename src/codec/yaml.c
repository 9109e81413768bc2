/*
 * Reading YAML: libyaml gives events, this builds the tree and refuses what descriptions do not use.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/yaml.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <yaml.h>

struct reader {
    struct arena *arena;
    struct str file;
    struct problem *why;
    yaml_parser_t parser;
    yaml_event_t event; /* the one that is looked at */
    bool has_event;
};

static void reader_release(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
}

static struct yaml_node *node_new(struct reader *r, enum yaml_kind kind, int line)
{
    struct yaml_node *n = arena_new(r->arena, struct yaml_node);
    n->kind = kind;
    n->file = r->file;
    n->line = line;
    return n;
}

static int line_of(yaml_mark_t mark)
{
    return (int)mark.line + 1;
}

/* A problem at a line of the file that has no node yet. */
static int refuse(struct reader *r, int line, enum message m, const struct problem_arg *args)
{
    struct yaml_node at = {.file = r->file, .line = line};
    return yaml_problem(r->why, &at, m, args);
}
#define REFUSE(r, line, m, ...)                                                                                        \
    refuse((r), (line), MSG_##m, (const struct problem_arg[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})

static int syntax_problem(struct reader *r)
{
    const char *what = r->parser.problem ? r->parser.problem : "the text can't be read";
    size_t line = r->parser.problem_mark.line;
    return REFUSE(r, (int)line + 1, YAML_SYNTAX, ARG("reason", str_of(what)));
}

/* Moves on to the next event; the one before is gone. */
static int next_event(struct reader *r)
{
    if (r->has_event)
        yaml_event_delete(&r->event);
    r->has_event = yaml_parser_parse(&r->parser, &r->event);
    return r->has_event ? 0 : syntax_problem(r);
}

/* Anchors and tags, which may stand on any kind of node. */
static int refuse_extras(struct reader *r, int line, const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", arena_fmt(r->arena, "&%s", (const char *)anchor)));
    if (tag)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", arena_fmt(r->arena, "!%s", (const char *)tag)));
    return 0;
}

static int read_node(struct reader *r, int depth, struct yaml_node **ret);

static int read_scalar(struct reader *r, struct yaml_node **ret)
{
    int line = line_of(r->event.start_mark);
    int err = refuse_extras(r, line, r->event.data.scalar.anchor, r->event.data.scalar.tag);
    if (err)
        return err;
    struct str text = str_n((const char *)r->event.data.scalar.value, r->event.data.scalar.length);
    if (str_find_char(text, '\0') != SIZE_MAX)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", STR("\\0")));
    struct yaml_node *n = node_new(r, YAML_SCALAR, line);
    n->text = arena_str(r->arena, text);
    n->quoted = r->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    *ret = n;
    return 0;
}

static int read_sequence(struct reader *r, int depth, struct yaml_node **ret)
{
    struct yaml_node *n = node_new(r, YAML_SEQ, line_of(r->event.start_mark));
    VEC(struct yaml_node *) items = {0};
    int err = refuse_extras(r, n->line, r->event.data.sequence_start.anchor, r->event.data.sequence_start.tag);
    while (!err) {
        err = next_event(r);
        if (err || r->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        struct yaml_node *item;
        err = read_node(r, depth - 1, &item);
        if (!err)
            vec_push(r->arena, &items, item);
    }
    if (err)
        return err;
    n->items = items.items;
    n->len = items.len;
    *ret = n;
    return 0;
}

/* The key under the reader's event, checked against those before it. */
static int read_key(struct reader *r, struct map *seen, struct yaml_pair *ret)
{
    int line = line_of(r->event.start_mark);
    if (r->event.type == YAML_ALIAS_EVENT)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", STR("*")));
    if (r->event.type != YAML_SCALAR_EVENT)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", STR("? [ ]")));
    struct yaml_node *key;
    int err = read_scalar(r, &key);
    if (err)
        return err;
    if (map_get(seen, key->text))
        return REFUSE(r, line, YAML_DUPLICATE, ARG("key", key->text));
    map_put(seen, key->text, key);
    *ret = (struct yaml_pair){.key = key->text, .key_line = line};
    return 0;
}

static int read_mapping(struct reader *r, int depth, struct yaml_node **ret)
{
    struct yaml_node *n = node_new(r, YAML_MAP, line_of(r->event.start_mark));
    VEC(struct yaml_pair) pairs = {0};
    struct map *seen = map_new(r->arena);
    int err = refuse_extras(r, n->line, r->event.data.mapping_start.anchor, r->event.data.mapping_start.tag);
    while (!err) {
        err = next_event(r);
        if (err || r->event.type == YAML_MAPPING_END_EVENT)
            break;
        struct yaml_pair pair;
        err = read_key(r, seen, &pair);
        if (!err)
            err = next_event(r);
        if (!err)
            err = read_node(r, depth - 1, &pair.value);
        if (!err)
            vec_push(r->arena, &pairs, pair);
    }
    if (err)
        return err;
    n->pairs = pairs.items;
    n->len = pairs.len;
    *ret = n;
    return 0;
}

/* The node that begins with the reader's event; `depth` levels may be opened yet. */
static int read_node(struct reader *r, int depth, struct yaml_node **ret)
{
    int line = line_of(r->event.start_mark);
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(r, ret);
    case YAML_ALIAS_EVENT:
        return REFUSE(r, line, YAML_REFUSED,
                      ARG("what", arena_fmt(r->arena, "*%s", (const char *)r->event.data.alias.anchor)));
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        if (depth <= 0)
            return REFUSE(r, line, YAML_SYNTAX,
                          ARG("reason", arena_fmt(r->arena, "nested more than %d levels deep", YAML_DEPTH_MAX)));
        return r->event.type == YAML_SEQUENCE_START_EVENT ? read_sequence(r, depth, ret) : read_mapping(r, depth, ret);
    default:
        return REFUSE(r, line, YAML_SYNTAX, ARG("reason", STR("a value was expected")));
    }
}

static int read_document(struct reader *r, struct yaml_node **ret)
{
    int line = line_of(r->event.start_mark);
    if (r->event.data.document_start.version_directive)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", STR("%YAML")));
    if (r->event.data.document_start.tag_directives.start != r->event.data.document_start.tag_directives.end)
        return REFUSE(r, line, YAML_REFUSED, ARG("what", STR("%TAG")));
    int err = next_event(r);
    if (!err)
        err = read_node(r, YAML_DEPTH_MAX, ret);
    if (!err)
        err = next_event(r); /* the end of the document */
    if (!err)
        err = next_event(r);
    if (!err && r->event.type != YAML_STREAM_END_EVENT)
        return REFUSE(r, line_of(r->event.start_mark), YAML_REFUSED, ARG("what", STR("---")));
    return err;
}

int yaml_parse(struct arena *a, struct str file, struct str text, struct yaml_node **ret, struct problem *why)
{
    CLEANUP(reader_release) struct reader r = {.arena = a, .why = why};
    r.file = arena_str(a, file);
    if (!yaml_parser_initialize(&r.parser))
        die("the YAML parser found no memory");
    if (text.len > YAML_BYTES_MAX)
        return REFUSE(&r, 1, YAML_SYNTAX, ARG("reason", arena_fmt(a, "more than %d bytes", YAML_BYTES_MAX)));
    /* Said, not guessed: a file that begins like UTF-16 is refused. */
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.len ? text.ptr : ""), text.len);

    struct yaml_node *root = node_new(&r, YAML_SCALAR, 1);
    int err = next_event(&r); /* the start of the stream */
    if (!err)
        err = next_event(&r);
    if (!err && r.event.type == YAML_DOCUMENT_START_EVENT)
        err = read_document(&r, &root);
    if (err)
        return err;
    *ret = root;
    return 0;
}

static void fd_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

/* Reads at most one byte more than is allowed, which yaml_parse() then refuses. */
static int read_file(const char *path, struct buf *out)
{
    CLEANUP(fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return -errno;
    CLEANUP(freep) char *chunk = xmalloc(64 * 1024);
    while (out->len < out->max) {
        size_t want = out->max - out->len < 64 * 1024 ? out->max - out->len : 64 * 1024;
        ssize_t got = read(fd, chunk, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        buf_add(out, str_n(chunk, (size_t)got));
    }
    return 0;
}

int yaml_load(struct arena *a, const char *path, struct yaml_node **ret, struct problem *why)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, YAML_BYTES_MAX + 1);
    int failed = read_file(path, &text);
    if (failed)
        return PROBLEM(why, FILE_UNREADABLE, ARG("file", str_of(path)),
                       ARG("reason", str_of(strerrordesc_np(-failed))));
    return yaml_parse(a, str_of(path), buf_str(&text), ret, why);
}
