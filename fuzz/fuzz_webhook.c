/*
 * Fuzz target: an arbitrary body of a message is opened and every expression of every connector and mapping is asked
 * about it. SPDX-License-Identifier: Apache-2.0
 */
/* links: hub embedded_description */
#include <stdint.h>

#include "codec/json.h"
#include "hub/hub_internal.h"
#include "world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct hub *hub;

static void close_all(void)
{
    hub = hub_free(hub);
    fuzz_world_close();
}

static void open_all(void)
{
    struct fuzz_world *w = fuzz_world_open();
    struct problem why;
    struct hub_options o = {.records = w->records};
    if (hub != NULL)
        return;
    problem_init(&why, &w->a);
    o.connectors = fuzz_sources(&w->a, "connectors", &o.connectors_len);
    o.mappings = fuzz_sources(&w->a, "mappings", &o.mappings_len);
    if (hub_open(&o, &hub, &why) < 0)
        die("connectors and mappings are not read");
    if (atexit(close_all) != 0)
        die("nothing will be cleaned up");
}

/* Whatever the body, an expression gives a value, names what is not there, or says what is wrong. */
static void ask(const struct inbound *m, const struct expr *e)
{
    struct value v;
    struct problem why;
    CLEANUP(buf_release) struct buf out = {0};
    if (e == NULL)
        return;
    problem_init(&why, m->a);
    int err = inbound_eval(m, e, &v, &why);
    if (err != 0 && err != ERR_NOT_FOUND && err != ERR_INVALID && err != ERR_LIMIT)
        die("an expression failed in a way that is not its own");
    if (err == 0 && v.kind != VALUE_OBJECT) {
        buf_init(&out, 1 << 22);
        json_write(&out, v);
    }
}

static void ask_text(const struct inbound *m, const struct expr *e)
{
    struct str s;
    struct problem why;
    problem_init(&why, m->a);
    if (e != NULL && inbound_text(m, e, &s, &why) == 0 && s.ptr == NULL)
        die("a text is neither there nor empty");
}

static void ask_entity(const struct inbound *m, const struct mapping_entity *e)
{
    ask_text(m, e->id);
    for (size_t i = 0; i < e->rows_len; i++) {
        ask(m, e->rows[i].from);
        ask(m, e->rows[i].person);
        ask(m, e->rows[i].entered);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct inbound m;
    struct problem why;
    open_all();
    arena_init(&a);
    problem_init(&why, &a);
    if (inbound_open(hub, str_n((const char *)data, size), &a, &m, &why) == 0) {
        for (size_t i = 0; i < hub->connectors_len; i++) {
            ask_text(&m, hub->connectors[i]->event);
            ask_text(&m, hub->connectors[i]->record);
            ask(&m, hub->connectors[i]->sent_at);
        }
        for (size_t i = 0; i < hub->mappings_len; i++) {
            const struct mapping *p = hub->mappings[i];
            for (size_t k = 0; k < p->entities_len; k++)
                ask_entity(&m, &p->entities[k]);
            for (size_t k = 0; k < p->events_len; k++)
                ask(&m, p->events[k].when);
        }
    } else if (why.err == 0)
        die("a body is refused without a reason");
    arena_release(&a);
    return 0;
}
