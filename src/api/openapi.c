/* /openapi.json: OpenAPI 3.1, made from the route table and the types; the same bytes until types change. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"

static void add(struct buf *out, const char *text)
{
    buf_add_cstr(out, text);
}

static bool has_paths(const struct type *t)
{
    return t->part_of == NULL;
}

/* ---- Operations ---- */

struct op {
    const struct api *api;
    const struct route *route;
    const struct type *type; /* of a {type} route */
    struct buf *out;
};

static bool is(const struct op *op, const char *operation)
{
    return str_is(str_of(op->route->operation), operation);
}

static void refusal(struct buf *out, const char *status, const char *what)
{
    json_key(out, status);
    buf_addf(out,
             "{\"description\":\"%s\",\"content\":{\"application/problem+json\":{\"schema\":{\"$ref\":\"#/components/"
             "schemas/problem\"}}}}",
             what);
}

static void success(struct op *op, const char *status, const char *schema, bool etag)
{
    json_key(op->out, status);
    buf_addf(op->out, "{\"description\":\"%s\"", op->route->summary);
    if (etag)
        openapi_add(op->out, ",'headers':{'ETag':{'schema':{'type':'string'}}}");
    if (schema != NULL)
        buf_addf(op->out, ",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}",
                 schema);
    buf_add_char(op->out, '}');
}

/* What an operation of no type answers, where that is not one status with any object. */
static const struct {
    const char *operation, *status, *schema;
} answers[] = {
    {"context", "200", "context"}, {"story", "200", "story"},        {"history", "200", "history"},
    {"search", "200", "search"},   {"types", "200", "types"},        {"loginPage", "200", "login_page"},
    {"login", "200", "session"},   {"loginDemo", "200", "session"},  {"loginLink", "200", "session"},
    {"session", "200", "session"}, {"logout", "204", NULL},          {"sessionUpdate", "204", NULL},
    {"jobs", "200", "jobs"},       {"jobReplay", "202", NULL},       {"jobDrop", "204", NULL},
    {"flows", "200", "flows"},     {"flowOn", "204", NULL},          {"flowOff", "204", NULL},
    {"hook", "202", "receipt"},    {"hookSecret", "202", "receipt"}, {"healthz", "200", "status"},
    {"readyz", "200", "status"},
};

static void other_success(struct op *op)
{
    if (is(op, "stream")) {
        openapi_add(op->out, "'200':{'description':'events as they happen','content':{'text/event-stream':{'schema':"
                             "{'type':'string'}}}}");
        return;
    }
    if (is(op, "metrics")) {
        openapi_add(op->out, "'200':{'description':'measurements','content':{'text/plain':{'schema':{'type':'string'}}}"
                             "}");
        return;
    }
    if (is(op, "hook") || is(op, "hookSecret")) /* a message that came before */
        success(op, "200", "receipt", false);
    for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
        if (is(op, answers[i].operation)) {
            success(op, answers[i].status, answers[i].schema, false);
            return;
        }
    }
    success(op, "200", "any_object", false);
}

static void type_success(struct op *op)
{
    CLEANUP(buf_release) struct buf name = {0};
    buf_init(&name, 200);
    buf_addf(&name, "%.*s%s", STR_ARG(op->type->name), is(op, "list") ? "_list" : "");
    if (is(op, "create"))
        success(op, "201", name.ptr, true);
    else if (is(op, "delete"))
        success(op, "204", NULL, false);
    else if (is(op, "list") || is(op, "get") || is(op, "update") || is(op, "transition"))
        success(op, "200", name.ptr, !is(op, "list"));
    else
        other_success(op);
}

static void responses(struct op *op)
{
    struct buf *out = op->out;
    bool write = !str_is(str_of(op->route->method), "GET");
    json_key(out, "responses");
    buf_add_char(out, '{');
    if (op->type != NULL)
        type_success(op);
    else
        other_success(op);
    refusal(out, "400", "not understood");
    if (!(op->route->flags & ROUTE_PUBLIC) || write)
        refusal(out, "401", "no or no good credential");
    refusal(out, "403", "no right");
    refusal(out, "404", "not there, or not to be seen");
    if (write) {
        refusal(out, "409", "the state forbids it");
        refusal(out, "412", "changed meanwhile");
        refusal(out, "413", "too large");
        refusal(out, "415", "another Content-Type than application/json");
        refusal(out, "422", "does not fit the type");
        refusal(out, "428", "If-Match is missing");
        refusal(out, "507", "the disk is full");
    }
    refusal(out, "414", "the address is too long");
    refusal(out, "429", "too many requests");
    refusal(out, "431", "the header is too large");
    refusal(out, "503", "busy");
    buf_add_char(out, '}');
}

static void parameter(struct buf *out, const char *name, const char *where, bool required, const char *schema,
                      const char *description)
{
    json_comma(out);
    buf_addf(out, "{\"name\":\"%s\",\"in\":\"%s\",\"required\":%s,\"schema\":%s,\"description\":\"%s\"}", name, where,
             required ? "true" : "false", schema, description);
}

static void list_parameters(struct op *op)
{
    struct buf *out = op->out;
    parameter(out, "select", "query", false, "{\"type\":\"string\"}", "fields, by comma");
    parameter(out, "order", "query", false, "{\"type\":\"string\"}", "field.asc or field.desc, several by comma");
    parameter(out, "limit", "query", false, "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200,\"default\":50}",
              "records a page");
    parameter(out, "after", "query", false, "{\"type\":\"string\"}", "the next of the page before");
    parameter(out, "count", "query", false, "{\"type\":\"string\",\"enum\":[\"exact\",\"none\"]}",
              "none leaves the count out");
    parameter(out, "labels", "query", false, "{\"type\":\"string\",\"enum\":[\"true\",\"false\"]}",
              "number and title of what is linked");
    parameter(out, "or", "query", false, "{\"type\":\"string\"}", "(a.eq.1,b.is.null)");
    parameter(out, "and", "query", false, "{\"type\":\"string\"}", "(a.gt.1,a.lt.9)");
    for (size_t i = 0; i < op->type->fields_len; i++) {
        const struct field *f = &op->type->fields[i];
        if (f->kind == FIELD_SECRET || f->kind == FIELD_LINES || f->kind == FIELD_JSON ||
            (f->system && f->index == SYS_STATE && op->type->states_len == 0))
            continue;
        struct str name = f->name;
        json_comma(out);
        buf_addf(out,
                 "{\"name\":\"%.*s\",\"in\":\"query\",\"required\":false,\"schema\":{\"type\":\"string\"},"
                 "\"description\":\"op.value: eq, neq, gt, gte, lt, lte, in, like, ilike, is; not. before any\"}",
                 STR_ARG(name));
    }
}

static void path_parameters(struct op *op)
{
    struct str path = str_of(op->route->path);
    size_t at = 0;
    while ((at = str_find(path, STR("{"), at)) != SIZE_MAX) {
        size_t end = str_find(path, STR("}"), at);
        struct str name = str_sub(path, at + 1, end - at - 1);
        at = end;
        if (op->type != NULL && (str_is(name, "type") || str_is(name, "name")))
            continue;
        json_comma(op->out);
        buf_addf(op->out, "{\"name\":\"%.*s\",\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"%s}}",
                 STR_ARG(name), str_is(name, "id") ? ",\"format\":\"uuid\"" : "");
    }
}

static void parameters(struct op *op)
{
    struct buf *out = op->out;
    json_key(out, "parameters");
    buf_add_char(out, '[');
    path_parameters(op);
    if (op->type != NULL && is(op, "list"))
        list_parameters(op);
    if (op->type != NULL && (is(op, "update") || is(op, "delete") || is(op, "transition")))
        parameter(out, "If-Match", "header", true, "{\"type\":\"string\",\"pattern\":\"^\\\"[0-9]+\\\"$\"}",
                  "the revision that was read, as an entity tag");
    if (op->type != NULL && (is(op, "create") || is(op, "transition")))
        parameter(out, "Idempotency-Key", "header", false, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":200}",
                  "the same key and body: the same answer, one effect");
    if (is(op, "search"))
        parameter(out, "q", "query", true, "{\"type\":\"string\"}", "part of a number or title");
    if (is(op, "jobs")) {
        parameter(out, "state", "query", false,
                  "{\"type\":\"string\",\"enum\":[\"waiting\",\"leased\",\"done\",\"dead\",\"dropped\"]}",
                  "jobs in that state");
        parameter(out, "limit", "query", false, "{\"type\":\"integer\",\"minimum\":1,\"maximum\":200}", "jobs a page");
        parameter(out, "before", "query", false, "{\"type\":\"integer\",\"minimum\":1}", "the next of the page before");
    }
    buf_add_char(out, ']');
}

/* The fields that a transition takes along; what it requires may also stand in the record already. */
static void transition_body(struct op *op, const struct transition *tr)
{
    struct buf *out = op->out;
    openapi_add(out, ",'requestBody':{'required':false,'content':{'application/json':{'schema':");
    buf_addf(out, "{\"$ref\":\"#/components/schemas/%.*s_update\"}}}", STR_ARG(op->type->name));
    if (tr->requires_len > 0) {
        openapi_add(out, ",'description':'must be filled, here or before: ");
        for (size_t i = 0; i < tr->requires_len; i++)
            buf_addf(out, "%s%.*s", i > 0 ? ", " : "", STR_ARG(tr->requires[i] -> name));
        buf_add_char(out, '"');
    }
    buf_add_char(out, '}');
}

/* What an operation of no type takes. */
static const char *body_schema(const struct op *op)
{
    if (is(op, "login"))
        return "{'type':'object','required':['name','password'],'additionalProperties':false,'properties':{"
               "'name':{'type':'string'},'password':{'type':'string','writeOnly':true}}}";
    if (is(op, "loginDemo"))
        return "{'type':'object','required':['name'],'additionalProperties':false,"
               "'properties':{'name':{'type':'string'}}}";
    if (is(op, "loginLink"))
        return "{'type':'object','required':['token','password'],'additionalProperties':false,'properties':{'token':{'"
               "type':'string'},"
               "'password':{'type':'string','minLength':10,'writeOnly':true}}}";
    if (is(op, "sessionUpdate"))
        return "{'type':'object','additionalProperties':false,'properties':{'lang':{'enum':['zh-CN','en',null]},"
               "'theme':{'enum':['light','dark',null]}}}";
    return "{'type':'object'}";
}

static void request_body(struct op *op)
{
    struct buf *out = op->out;
    int flags = op->route->flags;
    if (op->type != NULL && (is(op, "create") || is(op, "update")))
        buf_addf(out,
                 ",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/"
                 "components/schemas/%.*s_%s\"}}}}",
                 STR_ARG(op->type->name), op->route->operation);
    else if (flags & ROUTE_RAW)
        add(out, ",\"requestBody\":{\"required\":true,\"content\":{\"application/"
                 "json\":{\"schema\":{\"type\":\"object\"}}}}");
    else if (flags & (ROUTE_BODY | ROUTE_BODY_MAY)) {
        openapi_add(out, ",'requestBody':{'required':");
        add(out, flags & ROUTE_BODY ? "true" : "false");
        openapi_add(out, ",'content':{'application/json':{'schema':");
        openapi_add(out, body_schema(op));
        openapi_add(out, "}}}");
    }
}

static void security(struct op *op)
{
    json_key(op->out, "security");
    add(op->out, op->route->flags & ROUTE_PUBLIC ? "[]" : "[{\"token\":[]},{\"session\":[]}]");
}

static void operation(struct op *op, const struct transition *tr)
{
    struct buf *out = op->out;
    CLEANUP(buf_release) struct buf method = {0};
    buf_init(&method, 20);
    for (const char *m = op->route->method; *m != '\0'; m++)
        buf_add_char(&method, (char)(*m | 0x20));
    json_key_str(out, buf_str(&method));
    buf_addf(out, "{\"summary\":\"%s\",\"operationId\":\"%s", op->route->summary, op->route->operation);
    if (op->type != NULL)
        buf_addf(out, "_%.*s", STR_ARG(op->type->name));
    if (tr != NULL)
        buf_addf(out, "_%.*s", STR_ARG(tr->name));
    buf_addf(out, "\",\"tags\":[\"%.*s\"]", op->type != NULL ? (int)op->type->name.len : 6,
             op->type != NULL ? op->type->name.ptr : "server");
    parameters(op);
    if (tr != NULL)
        transition_body(op, tr);
    else
        request_body(op);
    security(op);
    responses(op);
    buf_add_char(out, '}');
}

static void put_path(struct buf *out, const char *path, struct str type, struct str transition)
{
    CLEANUP(buf_release) struct buf text = {0};
    struct str rest = str_of(path);
    buf_init(&text, 1000);
    while (rest.ptr != NULL) {
        struct str part;
        rest = str_cut(rest, '/', &part);
        if (str_empty(part))
            continue;
        buf_add_char(&text, '/');
        if (!str_empty(type) && str_is(part, "{type}"))
            buf_add(&text, type);
        else if (!str_empty(transition) && str_is(part, "{name}"))
            buf_add(&text, transition);
        else
            buf_add(&text, part);
    }
    json_key_str(out, buf_str(&text));
}

/* Is there an earlier row with the same path? Then it wrote this one along. */
static bool path_was_written(size_t i)
{
    for (size_t k = 0; k < i; k++) {
        if (str_is(str_of(api_routes[k].path), api_routes[i].path))
            return true;
    }
    return false;
}

static void path_item(const struct api *api, size_t i, const struct type *t, const struct transition *tr,
                      struct buf *out)
{
    put_path(out, api_routes[i].path, t != NULL ? t->name : STR_NULL, tr != NULL ? tr->name : STR_NULL);
    buf_add_char(out, '{');
    for (size_t k = i; k < api_routes_len; k++) {
        if (!str_is(str_of(api_routes[k].path), api_routes[i].path) || (api_routes[k].flags & ROUTE_HIDDEN))
            continue;
        struct op op = {.api = api, .route = &api_routes[k], .type = t, .out = out};
        if (t != NULL && t->ledger && (is(&op, "create") || is(&op, "update") || is(&op, "delete")))
            continue;
        operation(&op, tr);
    }
    buf_add_char(out, '}');
}

static void type_paths(const struct api *api, size_t i, const struct type *t, struct buf *out)
{
    bool transitions = str_find(str_of(api_routes[i].path), STR("{name}"), 0) != SIZE_MAX;
    if (!transitions) {
        path_item(api, i, t, NULL, out);
        return;
    }
    for (size_t k = 0; k < t->transitions_len; k++)
        path_item(api, i, t, &t->transitions[k], out);
}

static void paths(const struct api *api, struct buf *out)
{
    for (size_t i = 0; i < api_routes_len; i++) {
        if (path_was_written(i) || (api_routes[i].flags & ROUTE_HIDDEN))
            continue;
        if (str_find(str_of(api_routes[i].path), STR("{type}"), 0) == SIZE_MAX) {
            path_item(api, i, NULL, NULL, out);
            continue;
        }
        for (size_t k = 0; k < api->meta->types_len; k++) {
            if (has_paths(api->meta->types[k]))
                type_paths(api, i, api->meta->types[k], out);
        }
    }
}

void openapi_write(const struct api *api, struct buf *out)
{
    add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"Tandem\",\"version\":\"1\",\"description\":\"Projects and "
             "operations on one record store. Money, decimals and percents are strings; times are RFC 3339 in "
             "UTC.\",\"license\":{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}},"
             "\"servers\":[{\"url\":\"/\"}],\"paths\":{");
    paths(api, out);
    add(out, "},\"components\":{\"schemas\":{");
    openapi_schemas(api, out);
    add(out, "},\"securitySchemes\":{\"token\":{\"type\":\"http\",\"scheme\":\"bearer\"},\"session\":{\"type\":"
             "\"apiKey\",\"in\":\"cookie\",\"name\":\"tandem\"}}}}");
}

int route_openapi(struct call *c)
{
    http_body(c->rq, c->rs, 200, "application/json", c->api->openapi);
    return 0;
}
