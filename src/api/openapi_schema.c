/* The schemas of /openapi.json: of every type for answers and requests, and of what else the server answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"

enum { AMOUNT_DIGITS = 14 };

void openapi_add(struct buf *out, const char *text)
{
    for (const char *c = text; *c != '\0'; c++)
        buf_add_char(out, *c == '\'' ? '"' : *c);
}

/* ---- One value ---- */

static void number_bound(struct buf *out, const char *key, struct decimal d)
{
    json_key(out, key);
    decimal_format(d, out);
}

static void options_schema(struct buf *out, const struct field *f, bool nullable)
{
    json_key(out, "enum");
    buf_add_char(out, '[');
    for (size_t i = 0; i < f->options_len; i++) {
        json_comma(out);
        json_write_str(out, f->options[i].value);
    }
    if (nullable)
        buf_add_cstr(out, ",null");
    buf_add_char(out, ']');
}

static void simple_schema(struct buf *out, const char *type, const char *format, bool nullable)
{
    json_key(out, "type");
    buf_addf(out, nullable ? "[\"%s\",\"null\"]" : "\"%s\"", type);
    if (format != NULL)
        buf_addf(out, ",\"format\":\"%s\"", format);
}

static void text_schema(struct buf *out, const struct field *f, bool nullable, bool request)
{
    simple_schema(out, "string", NULL, nullable);
    if (f->max_length > 0)
        buf_addf(out, ",\"maxLength\":%lld", (long long)f->max_length);
    if (request && f->required && f->kind == FIELD_TEXT)
        buf_add_cstr(out, ",\"minLength\":1");
}

static bool is_number(struct decimal d, int64_t n)
{
    return decimal_cmp(d, (struct decimal){.coeff = n}) == 0;
}

/* A decimal is a string, so its bounds can only be said by a pattern: no minus sign, or nothing beyond one. */
static void decimal_pattern(struct buf *out, const struct field *f, int digits, int scale)
{
    json_key(out, "pattern");
    if (f->has_min && f->has_max && is_number(f->min, 0) && is_number(f->max, 1) && scale > 0) {
        buf_addf(out, "\"^(0(\\\\.[0-9]{1,%d})?|1(\\\\.0{1,%d})?)$\"", scale, scale);
        return;
    }
    bool negative = !f->has_min || f->min.coeff < 0;
    buf_addf(out, "\"^%s[0-9]{1,%d}", negative ? "-?" : "", digits);
    if (scale > 0)
        buf_addf(out, "(\\\\.[0-9]{1,%d})?", scale);
    buf_add_cstr(out, "$\"");
}

static void bounds_text(struct buf *out, const struct field *f)
{
    if (!f->has_min && !f->has_max)
        return;
    json_key(out, "description");
    buf_add_cstr(out, "\"from ");
    if (f->has_min)
        decimal_format(f->min, out);
    buf_add_cstr(out, " to ");
    if (f->has_max)
        decimal_format(f->max, out);
    buf_add_char(out, '"');
}

static void money_schema(struct buf *out, const struct field *f, bool nullable, bool request)
{
    bool bounded = request && f->has_min && f->min.coeff >= 0;
    if (nullable)
        openapi_add(out, "'anyOf':[{");
    openapi_add(out, "'$ref':'#/components/schemas/money'");
    if (bounded)
        openapi_add(out, ",'properties':{'amount':{'pattern':'^[0-9]'}}");
    if (nullable)
        openapi_add(out, "},{'type':'null'}]");
    if (request)
        bounds_text(out, f);
}

static void link_any_schema(struct buf *out, const struct field *f, bool nullable)
{
    if (nullable)
        openapi_add(out, "'anyOf':[{");
    openapi_add(out, "'$ref':'#/components/schemas/link_any'");
    if (f->to_any_len > 0) {
        openapi_add(out, ",'properties':{'type':{'enum':[");
        for (size_t i = 0; i < f->to_any_len; i++) {
            json_comma(out);
            json_write_str(out, f->to_any[i]->name);
        }
        openapi_add(out, "]}}");
    }
    if (nullable)
        openapi_add(out, "},{'type':'null'}]");
}

static void number_schema(struct buf *out, const struct field *f, bool nullable)
{
    simple_schema(out, "integer", "int64", nullable);
    if (f->has_min)
        number_bound(out, "minimum", f->min);
    if (f->has_max)
        number_bound(out, "maximum", f->max);
}

/* The inside of one value's schema. */
static void value_schema(struct buf *out, const struct field *f, bool nullable, bool request)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_DURATION:
        number_schema(out, f, nullable);
        break;
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        simple_schema(out, "string", "decimal", nullable);
        decimal_pattern(out, f, 17 - f->scale, f->scale);
        bounds_text(out, f);
        break;
    case FIELD_MONEY:
        money_schema(out, f, nullable, request);
        break;
    case FIELD_BOOL:
        simple_schema(out, "boolean", NULL, nullable);
        break;
    case FIELD_DATE:
        simple_schema(out, "string", "date", nullable);
        break;
    case FIELD_DATETIME:
        simple_schema(out, "string", "date-time", nullable);
        break;
    case FIELD_SELECT:
    case FIELD_MULTISELECT:
        simple_schema(out, "string", NULL, nullable);
        options_schema(out, f, nullable);
        break;
    case FIELD_LINK:
    case FIELD_USER:
        simple_schema(out, "string", "uuid", nullable);
        if (f->to != NULL) {
            json_key(out, "x-to");
            json_write_str(out, f->to->name);
        }
        break;
    case FIELD_LINK_ANY:
        link_any_schema(out, f, nullable);
        break;
    case FIELD_JSON:
        openapi_add(out, "'description':'any JSON'");
        break;
    default:
        text_schema(out, f, nullable, request);
    }
}

/* ---- One property ---- */

static bool is_read_only(const struct field *f)
{
    return f->system || f->read_only || f->derived.kind != DERIVED_NO;
}

/* The fields that every record has; who made it is a user's id, or the system's name. */
static void system_property(struct buf *out, const struct type *t, const struct field *f)
{
    switch (f->index) {
    case SYS_ID:
    case SYS_COMPANY:
        simple_schema(out, "string", "uuid", f->index == SYS_COMPANY);
        break;
    case SYS_REV:
        simple_schema(out, "integer", "int64", false);
        openapi_add(out, ",'minimum':1");
        break;
    case SYS_CREATED_AT:
    case SYS_CHANGED_AT:
        simple_schema(out, "string", "date-time", false);
        break;
    case SYS_ARCHIVED:
        simple_schema(out, "boolean", NULL, false);
        break;
    case SYS_STATE:
        simple_schema(out, "string", NULL, false);
        openapi_add(out, ",'enum':[");
        for (size_t i = 0; i < t->states_len; i++) {
            json_comma(out);
            json_write_str(out, t->states[i].name);
        }
        buf_add_char(out, ']');
        break;
    default:
        simple_schema(out, "string", NULL, true);
    }
}

static void list_property(struct buf *out, const struct field *f, bool request)
{
    bool lines = f->kind == FIELD_LINES;
    /* Null empties a list as an empty list does. */
    simple_schema(out, "array", NULL, request && !f->required);
    buf_addf(out, ",\"maxItems\":%d", lines ? META_LINES_MAX : META_MANY_MAX);
    if (request && f->required && !lines)
        buf_add_cstr(out, ",\"minItems\":1");
    openapi_add(out, ",'items':{");
    if (lines)
        buf_addf(out, "\"$ref\":\"#/components/schemas/%.*s_line%s\"", STR_ARG(f->to->name), request ? "_write" : "");
    else {
        struct field one = *f;
        one.required = false; /* of an entry nothing is asked but its form */
        value_schema(out, &one, false, request);
    }
    buf_add_char(out, '}');
}

static void property(struct buf *out, const struct type *t, const struct field *f, bool request)
{
    json_key_str(out, f->name);
    buf_add_char(out, '{');
    if (f->system)
        system_property(out, t, f);
    else if (field_is_many(f) || f->kind == FIELD_LINES)
        list_property(out, f, request);
    else
        value_schema(out, f, !f->required || (!request && is_read_only(f)), request);
    json_key(out, "title");
    json_write_str(out, f->label.text[LANG_EN]);
    if (f->unique)
        openapi_add(out, ",'x-unique':true");
    if (!request && is_read_only(f))
        openapi_add(out, ",'readOnly':true");
    if (f->kind == FIELD_SECRET)
        openapi_add(out, ",'writeOnly':true");
    buf_add_char(out, '}');
}

static bool shown(const struct type *t, const struct field *f, bool request)
{
    if (f->index == SYS_STATE && f->system && t->states_len == 0)
        return false;
    return request ? !is_read_only(f) : f->kind != FIELD_SECRET;
}

/* ---- One object ---- */

static void required_names(struct buf *out, const struct type *t)
{
    size_t n = 0;
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!f->required || !shown(t, f, true) || f->kind == FIELD_LINES || f->def.kind != VALUE_NULL ||
            f->def_expr != NULL)
            continue;
        if (n++ == 0)
            openapi_add(out, ",'required':[");
        json_comma(out);
        json_write_str(out, f->name);
    }
    if (n > 0)
        buf_add_char(out, ']');
}

static void object_schema(struct buf *out, const struct type *t, const char *suffix, bool request, bool required)
{
    CLEANUP(buf_release) struct buf name = {0};
    buf_init(&name, 200);
    buf_addf(&name, "%.*s%s", STR_ARG(t->name), suffix);
    json_key_str(out, buf_str(&name));
    openapi_add(out, "{'type':'object','properties':{");
    if (t->part_of != NULL && request)
        openapi_add(out, "'id':{'type':['string','null'],'format':'uuid','description':'an existing line; without it a "
                         "new one'}");
    for (size_t i = 0; i < t->fields_len; i++) {
        bool line_system = t->part_of != NULL && t->fields[i].system && t->fields[i].index != SYS_ID;
        if (shown(t, &t->fields[i], request) && !line_system)
            property(out, t, &t->fields[i], request);
    }
    buf_add_char(out, '}');
    if (required)
        required_names(out, t);
    /* Other fields are left out where the reader has not the level for them, or did not select them. */
    if (!request)
        openapi_add(out, t->part_of != NULL ? ",'required':['id']" : ",'required':['id','rev']");
    openapi_add(out, ",'additionalProperties':false}");
}

static void list_schema(struct buf *out, const struct type *t)
{
    CLEANUP(buf_release) struct buf name = {0};
    buf_init(&name, 200);
    buf_addf(&name, "%.*s_list", STR_ARG(t->name));
    json_key_str(out, buf_str(&name));
    buf_addf(out,
             "{\"type\":\"object\",\"required\":[\"records\",\"next\"],\"additionalProperties\":false,"
             "\"properties\":{\"records\":{\"type\":\"array\",\"maxItems\":%d,"
             "\"items\":{\"$ref\":\"#/components/schemas/%.*s_row\"}},",
             RECORD_PAGE_MAX, STR_ARG(t->name));
    openapi_add(out, "'next':{'type':['string','null']},'count':{'type':'integer','minimum':0},"
                     "'labels':{'$ref':'#/components/schemas/labels'}}}");
}

/* A row of a list: the record, and where `select` follows links, their fields by a name with a point. */
static void row_schema(struct buf *out, const struct type *t)
{
    CLEANUP(buf_release) struct buf full = {0};
    buf_init(&full, 1 << 20);
    object_schema(&full, t, "_row", false, false);
    static const char closed[] = ",\"additionalProperties\":false}";
    struct str text = buf_str(&full);
    json_comma(out);
    buf_add(out, str_sub(text, 0, text.len - (sizeof(closed) - 1)));
    openapi_add(out, ",'patternProperties':{'^[a-z0-9_]+[.][a-z0-9_]+$':true},'additionalProperties':false}");
}

/* ---- What is the same for every type ---- */

static void currencies(struct buf *out, int digits)
{
    size_t i = 0;
    buf_add_char(out, '[');
    for (const char *code = currency_next(&i); code != NULL; code = currency_next(&i)) {
        if (digits >= 0 && currency_digits(code) != digits)
            continue;
        json_comma(out);
        json_write_str(out, str_of(code));
    }
    buf_add_char(out, ']');
}

/* An amount has at most as many decimal places as its currency. */
static void money_object(struct buf *out)
{
    buf_addf(out,
             "\"money\":{\"type\":\"object\",\"required\":[\"amount\",\"currency\"],\"additionalProperties\":false,"
             "\"properties\":{\"amount\":{\"type\":\"string\",\"format\":\"decimal\","
             "\"pattern\":\"^-?[0-9]{1,%d}(\\\\.[0-9]{1,4})?$\",\"examples\":[\"12.50\"]},"
             "\"currency\":{\"type\":\"string\",\"examples\":[\"CNY\"],\"enum\":",
             AMOUNT_DIGITS);
    currencies(out, -1);
    openapi_add(out, "}},'anyOf':[");
    for (int digits = 0; digits <= 4; digits++) {
        json_comma(out);
        openapi_add(out, "{'properties':{'currency':{'enum':");
        currencies(out, digits);
        openapi_add(out, "},'amount':{'pattern':");
        if (digits == 0)
            openapi_add(out, "'^-?[0-9]+$'}}}");
        else
            buf_addf(out, "\"^-?[0-9]+(\\\\.[0-9]{1,%d})?$\"}}}", digits);
    }
    openapi_add(out, "]}");
}

static const char fixed[] =
    ",'link_any':{'type':'object','required':['type','id'],'additionalProperties':false,"
    "'properties':{'type':{'type':'string'},'id':{'type':'string','format':'uuid'}}}"
    ",'label':{'type':'object','required':['en','zh'],'properties':{'en':{'type':'string'},'zh':{'type':'string'}}}"
    ",'labels':{'type':'object','additionalProperties':{'type':'object','required':['type','number','title'],"
    "'properties':{'type':{'type':'string'},'number':{'type':['string','null']},'title':{'type':'string'}}}}"
    ",'named':{'type':'object','required':['type','id','number','title'],'properties':{'type':{'type':'string'},"
    "'id':{'type':'string','format':'uuid'},'number':{'type':['string','null']},'title':{'type':'string'}}}"
    ",'problem':{'type':'object','description':'RFC 9457',"
    "'required':['type','title','status','detail','code','instance','errors'],'additionalProperties':false,"
    "'properties':{'type':{'type':'string'},'title':{'type':'string','minLength':1},"
    "'status':{'type':'integer','minimum':400,'maximum':599},'detail':{'type':'string','minLength':1},"
    "'code':{'type':'string','pattern':'^[a-z0-9_]+$'},'instance':{'type':'string'},'errors':{'type':'array',"
    "'items':{'type':'object','required':['code','detail'],'additionalProperties':false,"
    "'properties':{'pointer':{'type':'string'},'parameter':{'type':'string'},'file':{'type':'string'},"
    "'code':{'type':'string'},'detail':{'type':'string'}}}}}}"
    ",'history':{'type':'object','required':['history'],'properties':{'history':{'type':'array',"
    "'items':{'type':'object','required':['rev','at','actor','changes'],'properties':{'rev':{'type':'integer'},"
    "'at':{'type':'string','format':'date-time'},'type':{'type':'string'},'actor':{'type':'string'},"
    "'on_behalf_of':{'type':['string','null']},'source':{'type':['string','null']},"
    "'transition':{'type':['string','null']},'changes':{'type':'object','additionalProperties':{'type':'object'}},"
    "'cause':{'type':['string','null']}}}}}}"
    ",'may':{'type':'object','required':['allowed'],'properties':{'allowed':{'type':'boolean'},"
    "'reason':{'type':'string'}}}"
    ",'context':{'type':'object','required':['labels','transitions','editable','deletable','read_only','links'],"
    "'properties':{'labels':{'$ref':'#/components/schemas/labels'},"
    "'transitions':{'type':'object','additionalProperties':{'$ref':'#/components/schemas/may'}},"
    "'editable':{'$ref':'#/components/schemas/may'},'deletable':{'$ref':'#/components/schemas/may'},"
    "'read_only':{'type':'object','additionalProperties':{'type':'string'}},'links':{'type':'array',"
    "'items':{'type':'object','required':['type','field','label','count'],'properties':{'type':{'type':'string'},"
    "'field':{'type':'string'},'label':{'$ref':'#/components/schemas/label'},'count':{'type':'integer'}}}}}}"
    ",'story':{'type':'object','required':['events'],'properties':{'events':{'type':'array','items':{'type':'object',"
    "'required':['id','cause','at','lag_ms','type','subject','actor','source','transition','state_before',"
    "'state_after','here'],'properties':{'id':{'type':'string'},'cause':{'type':['string','null']},"
    "'at':{'type':'string','format':'date-time'},'lag_ms':{'type':'integer'},'type':{'type':'string'},"
    "'subject':{'anyOf':[{'$ref':'#/components/schemas/named'},{'type':'null'}]},'source':{'type':['string','null']},"
    "'here':{'type':'boolean'}}}}}}"
    ",'search':{'type':'object','required':['results'],'properties':{'results':{'type':'array','maxItems':20,"
    "'items':{'$ref':'#/components/schemas/named'}}}}"
    ",'types':{'type':'object','required':['types'],'properties':{'types':{'type':'array','items':{'type':'object',"
    "'required':['type','label','plural','engine','title','part_of','ledger','numbered','fields','states','initial',"
    "'transitions','actions','views','menu'],'properties':{'type':{'type':'string'},"
    "'label':{'$ref':'#/components/schemas/label'},'plural':{'$ref':'#/components/schemas/label'},"
    "'engine':{'type':'string','enum':['project','operations','integration','system']},"
    "'fields':{'type':'object','additionalProperties':{'type':'object','required':['type','label','required']}},"
    "'actions':{'type':'array','items':{'type':'string','enum':['read','create','update','delete']}}}}}}}"
    ",'session':{'type':'object','required':['user','company','csrf','lang','theme','demo','unread'],"
    "'properties':{'user':{'type':'object','required':['id','name','title','employee','roles']},"
    "'company':{'type':['object','null'],'required':['id','title','currency','time_zone']},"
    "'csrf':{'type':['string','null']},'lang':{'enum':['zh-CN','en',null]},'theme':{'enum':['light','dark',null]},"
    "'demo':{'type':'boolean'},'unread':{'type':'integer','minimum':0}}}"
    ",'login_page':{'type':'object','required':['demo_logins','company'],'properties':{'demo_logins':{'type':'array',"
    "'items':{'type':'object','required':['name','label','role']}},'company':{'type':['string','null']}}}"
    ",'status':{'type':'object','required':['status'],'properties':{'status':{'type':'string'}},"
    "'additionalProperties':false}"
    ",'jobs':{'type':'object','required':['jobs','next','counts'],'properties':{'jobs':{'type':'array','maxItems':200,"
    "'items':{'type':'object','required':['seq','id','kind','state','attempts','attempts_max']}},"
    "'next':{'type':['integer','null']},'counts':{'type':'object','required':['waiting','leased','dead']}}}"
    ",'flows':{'type':'object','required':['flows'],'properties':{'flows':{'type':'array','items':{'type':'object',"
    "'required':['name','label','on','trigger','steps','runs']}}}}"
    ",'receipt':{'type':'object','required':['delivery','repeat'],'properties':{'delivery':{'type':'string'},"
    "'repeat':{'type':'boolean'}}}"
    ",'any_object':{'type':'object'}";

void openapi_schemas(const struct api *api, struct buf *out)
{
    money_object(out);
    openapi_add(out, fixed);
    for (size_t i = 0; i < api->meta->types_len; i++) {
        const struct type *t = api->meta->types[i];
        if (t->part_of != NULL) {
            object_schema(out, t, "_line", false, false);
            object_schema(out, t, "_line_write", true, true);
            continue;
        }
        object_schema(out, t, "", false, false);
        row_schema(out, t);
        list_schema(out, t);
        if (t->ledger)
            continue;
        object_schema(out, t, "_create", true, true);
        object_schema(out, t, "_update", true, false);
    }
}
