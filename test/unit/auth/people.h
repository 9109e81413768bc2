/*
 * The usual small company with its door: credentials made, tried and answered.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_AUTH_PEOPLE_H
#define TANDEM_TEST_UNIT_AUTH_PEOPLE_H

#include "auth/auth_internal.h"
#include "unit/record/claims.h"

#define GOOD_PASSWORD "a long walk at noon"
#define ADDRESS STR("192.0.2.1")

struct people {
    struct world *w;
    struct auth *au;
    struct problem why;
};

static inline int people_setup(void **state)
{
    struct people *p = xcalloc(1, sizeof(*p));
    p->w = world_new();
    problem_init(&p->why, &p->w->a);
    assert_return_code(auth_open(p->w->rs, &p->w->keys, &p->au, &p->why), 0);
    *state = p;
    return 0;
}

static inline int people_teardown(void **state)
{
    struct people *p = *state;
    clock_set_for_test(0);
    p->au = auth_free(p->au);
    world_free(p->w);
    free(p);
    return 0;
}

/* A credential tried inside a read, as the API does. */
struct attempt {
    struct people *p;
    bool by_cookie;
    struct str secret;
    struct session session;
};

static inline int attempt_in(struct db_tx *tx, void *arg)
{
    struct attempt *t = arg;
    struct arena *a = &t->p->w->a;
    problem_init(&t->p->why, a);
    return t->by_cookie ? auth_by_session(t->p->au, tx, t->secret, a, &t->session, &t->p->why)
                        : auth_by_token(t->p->au, tx, t->secret, a, &t->session.actor, &t->p->why);
}

UNUSED static int by_token(struct people *p, struct str token, struct actor *ret)
{
    struct attempt t = {.p = p, .secret = token};
    int err = db_read(p->w->db, attempt_in, &t);
    if (err >= 0 && ret != NULL)
        *ret = t.session.actor;
    return err;
}

UNUSED static int by_cookie(struct people *p, struct str cookie, struct session *ret)
{
    struct attempt t = {.p = p, .by_cookie = true, .secret = cookie};
    int err = db_read(p->w->db, attempt_in, &t);
    if (err >= 0 && ret != NULL)
        *ret = t.session;
    return err;
}

/* Refused, and with that sentence. */
#define assert_refused(p, call, error, sentence)                                                                       \
    do {                                                                                                               \
        problem_init(&(p)->why, &(p)->w->a);                                                                           \
        assert_int_equal((call), (error));                                                                             \
        assert_int_equal((p)->why.message, MSG_##sentence);                                                            \
    } while (0)

UNUSED static struct str token_for(struct people *p, const char *user, int64_t expires_ms, const struct str *scopes,
                                   size_t len)
{
    struct str token;
    if (auth_token_create(p->au, str_of(user), expires_ms, scopes, len, &p->w->a, &token, &p->why) < 0)
        fail_msg("token: %s", problem_text(p->w, &p->why));
    return token;
}

UNUSED static void change_user(struct people *p, const struct actor *who, const char *json)
{
    struct problem why;
    if (update(p->w, &p->w->admin, "user", who->id, json, &why) < 0)
        fail_msg("%s: %s", json, problem_text(p->w, &why));
}

#endif
