/* GET /api/v1/types: the types as the web interface draws them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"
#include "meta/describe.h"

static void key_bool(struct buf *out, const char *key, bool b)
{
    json_key(out, key);
    buf_add_cstr(out, b ? "true" : "false");
}

static void key_str(struct buf *out, const char *key, struct str s)
{
    json_key(out, key);
    json_write_str(out, s);
}

static bool field_filter_ok(const struct field *f)
{
    return f->kind != FIELD_SECRET && f->kind != FIELD_LINES && f->kind != FIELD_JSON;
}

static void bounds_to_json(struct buf *out, const struct field *f)
{
    if (f->max_length > 0 &&
        (f->kind == FIELD_TEXT || f->kind == FIELD_RICH || f->kind == FIELD_TAGS || f->kind == FIELD_SECRET)) {
        json_key(out, "max_length");
        buf_add_i64(out, f->max_length);
    }
    if (f->has_min) {
        json_key(out, "min");
        json_write(out, value_dec(f->min));
    }
    if (f->has_max) {
        json_key(out, "max");
        json_write(out, value_dec(f->max));
    }
    if (f->kind == FIELD_DECIMAL || f->kind == FIELD_PERCENT) {
        json_key(out, "scale");
        buf_add_i64(out, f->kind == FIELD_PERCENT ? 4 : f->scale);
    }
}

static void options_to_json(struct buf *out, const struct field *f)
{
    if (f->options_len == 0)
        return;
    json_key(out, "options");
    buf_add_char(out, '[');
    for (size_t i = 0; i < f->options_len; i++) {
        json_comma(out);
        buf_add_char(out, '{');
        key_str(out, "value", f->options[i].value);
        label_to_json(out, "label", &f->options[i].label);
        if (!str_empty(f->options[i].color))
            key_str(out, "color", f->options[i].color);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

static void field_describe(struct buf *out, const struct field *f)
{
    json_key_str(out, f->name);
    buf_add_char(out, '{');
    key_str(out, "type", str_of(field_kind_name(f->kind)));
    label_to_json(out, "label", &f->label);
    if (!str_empty(f->help.text[LANG_EN]))
        label_to_json(out, "help", &f->help);
    key_bool(out, "required", f->required);
    key_bool(out, "read_only", f->system || f->read_only || f->derived.kind != DERIVED_NO);
    key_bool(out, "derived", f->derived.kind != DERIVED_NO);
    key_bool(out, "system", f->system);
    key_bool(out, "secret", f->kind == FIELD_SECRET);
    key_bool(out, "filterable", field_filter_ok(f));
    key_bool(out, "sortable", field_filter_ok(f) && !field_is_many(f));
    key_bool(out, "search", f->search);
    key_bool(out, "many", field_is_many(f));
    key_bool(out, "multiline", f->multiline);
    bounds_to_json(out, f);
    options_to_json(out, f);
    if (f->to != NULL)
        key_str(out, f->kind == FIELD_LINES ? "of" : "to", f->to->name);
    buf_add_char(out, '}');
}

static void fields_to_json(struct buf *out, const struct type *t, int level)
{
    json_key(out, "fields");
    buf_add_char(out, '{');
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (f->sensitivity > level || (f->index == SYS_STATE && t->states_len == 0))
            continue;
        field_describe(out, f);
    }
    buf_add_char(out, '}');
}

static void states_to_json(struct buf *out, const struct type *t)
{
    json_key(out, "states");
    buf_add_char(out, '{');
    for (size_t i = 0; i < t->states_len; i++) {
        const struct state *s = &t->states[i];
        json_key_str(out, s->name);
        buf_add_char(out, '{');
        label_to_json(out, "label", &s->label);
        key_str(out, "kind", str_of(state_kind_name(s->kind)));
        key_bool(out, "posted", s->posted);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
    json_key(out, "initial");
    json_write(out, t->states_len > 0 ? value_str(t->states[0].name) : value_null());
}

static void transitions_to_json(struct buf *out, const struct type *t)
{
    json_key(out, "transitions");
    buf_add_char(out, '{');
    for (size_t i = 0; i < t->transitions_len; i++) {
        const struct transition *tr = &t->transitions[i];
        json_key_str(out, tr->name);
        buf_add_char(out, '{');
        label_to_json(out, "label", &tr->label);
        json_key(out, "from");
        buf_add_char(out, '[');
        for (size_t s = 0; s < t->states_len; s++) {
            if (tr->from & (UINT64_C(1) << s)) {
                json_comma(out);
                json_write_str(out, t->states[s].name);
            }
        }
        buf_add_char(out, ']');
        key_str(out, "to", t->states[tr->to].name);
        json_key(out, "requires");
        buf_add_char(out, '[');
        for (size_t k = 0; k < tr->requires_len; k++) {
            json_comma(out);
            json_write_str(out, tr->requires[k] -> name);
        }
        buf_add_char(out, ']');
        key_str(out, "style", str_empty(tr->style) ? STR("default") : tr->style);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

static void actions_to_json(struct buf *out, const struct type *t, const struct actor *actor)
{
    static const struct {
        enum right_action action;
        const char *name;
    } actions[] = {{RIGHT_READ, "read"}, {RIGHT_CREATE, "create"}, {RIGHT_UPDATE, "update"}, {RIGHT_DELETE, "delete"}};
    json_key(out, "actions");
    buf_add_char(out, '[');
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        bool writes = actions[i].action != RIGHT_READ;
        if (!record_may(actor, t, actions[i].action) || (writes && t->ledger))
            continue;
        json_comma(out);
        json_write_str(out, str_of(actions[i].name));
    }
    buf_add_char(out, ']');
}

static void names_to_json(struct buf *out, const struct field *const *fields, size_t len, int level)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < len; i++) {
        if (fields[i]->sensitivity > level)
            continue;
        json_comma(out);
        json_write_str(out, fields[i]->name);
    }
    buf_add_char(out, ']');
}

static void views_to_json(struct buf *out, const struct type *t, int level)
{
    json_key(out, "views");
    buf_add_cstr(out, "{\"list\":");
    names_to_json(out, t->list, t->list_len, level);
    json_key(out, "form");
    buf_add_char(out, '[');
    for (size_t i = 0; i < t->form_len; i++) {
        json_comma(out);
        buf_add_char(out, '{');
        if (str_empty(t->form[i].label.text[LANG_EN])) {
            json_key(out, "label");
            buf_add_cstr(out, "null");
        } else
            label_to_json(out, "label", &t->form[i].label);
        json_key(out, "fields");
        names_to_json(out, t->form[i].fields, t->form[i].len, level);
        buf_add_char(out, '}');
    }
    buf_add_cstr(out, "]}");
}

static void type_describe(struct buf *out, const struct type *t, const struct actor *actor)
{
    int level = record_level(actor, t);
    json_comma(out);
    buf_add_char(out, '{');
    key_str(out, "type", t->name);
    label_to_json(out, "label", &t->label);
    label_to_json(out, "plural", &t->plural);
    key_str(out, "engine", t->engine);
    json_key(out, "title");
    json_write(out, t->title != NULL ? value_str(t->title->name) : value_null());
    if (t->title_in[LANG_EN] != t->title_in[LANG_ZH]) {
        json_key(out, "title_in");
        buf_add_cstr(out, "{\"en\":");
        json_write_str(out, t->title_in[LANG_EN]->name);
        buf_add_cstr(out, ",\"zh\":");
        json_write_str(out, t->title_in[LANG_ZH]->name);
        buf_add_char(out, '}');
    }
    json_key(out, "part_of");
    json_write(out, t->part_of != NULL ? value_str(t->part_of->name) : value_null());
    key_bool(out, "ledger", t->ledger);
    key_bool(out, "numbered", !str_empty(t->number));
    fields_to_json(out, t, level);
    states_to_json(out, t);
    transitions_to_json(out, t);
    actions_to_json(out, t, actor);
    views_to_json(out, t, level);
    json_key(out, "menu");
    if (str_empty(t->menu_group))
        buf_add_cstr(out, "null");
    else {
        buf_add_char(out, '{');
        key_str(out, "group", t->menu_group);
        json_key(out, "order");
        buf_add_i64(out, t->menu_order);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

void types_write(const struct api *api, const struct actor *actor, struct buf *out)
{
    buf_add_cstr(out, "{\"types\":[");
    for (size_t i = 0; i < api->meta->types_len; i++) {
        if (record_may(actor, api->meta->types[i], RIGHT_READ))
            type_describe(out, api->meta->types[i], actor);
    }
    buf_add_cstr(out, "]}");
}

int route_types(struct call *c)
{
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, 32 << 20);
    types_write(c->api, &c->actor, &out);
    return call_json(c, 200, &out);
}
