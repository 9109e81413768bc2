/* The command line: finds the command, parses its options, runs it here or asks the server that runs. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/command.h"
#include "app/expr_lines.h"
#include "codec/json.h"

enum { ARGS_MAX = 64, STDIN_BYTES_MAX = 65536 };

static const struct command own_commands[] = {
    {.words = "serve",
     .help = "Run the server; prints one line, `listening on http://HOST:PORT`, once it answers.",
     .options = {{.name = "--listen", .help = "HOST:PORT, port 0 for any free one; 127.0.0.1:8080"},
                 {.name = "--behind-proxy",
                  .help = "plain HTTP beyond this machine is fine: a proxy does TLS",
                  .flag = true}}},
    {.words = "init",
     .help = "Make a new or empty folder a data folder.",
     .options = {{.name = "--demo", .help = "with the demo company", .flag = true},
                 {.name = "--company", .help = "name of the company"},
                 {.name = "--currency", .help = "its ISO 4217 currency; CNY"},
                 {.name = "--time-zone", .help = "its IANA time zone; Asia/Shanghai"}}},
    {.words = "demo remove",
     .help = "Take the demo company away and begin with a company of your own; the server must be stopped.",
     .options = {{.name = "--yes", .help = "every record of the demo is removed for good", .flag = true},
                 {.name = "--company", .help = "name of the company"},
                 {.name = "--currency", .help = "its ISO 4217 currency; CNY"},
                 {.name = "--time-zone", .help = "its IANA time zone; Asia/Shanghai"}}},
    {.words = "expr", .help = "Compute CEL expressions: one JSON object a line in, one out."},
};

struct cli {
    int argc;
    char **argv;
    struct arena a;
    const struct command *command;
    bool own; /* of own_commands */
    bool json, help;
    struct value keys[ARGS_MAX], values[ARGS_MAX];
    size_t len;
    struct problem why;
    enum lang lang;
};

static struct value cli_args(struct cli *c)
{
    return (struct value){.kind = VALUE_MAP, .map = {.keys = c->keys, .values = c->values, .len = c->len}};
}

static void cli_put(struct cli *c, const char *name, struct value v)
{
    if (c->len < ARGS_MAX) {
        c->keys[c->len] = value_str(str_of(name));
        c->values[c->len++] = v;
    }
}

static void print_options(const struct command *k)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && k->options[i].name != NULL; i++) {
        if (!k->options[i].stdin_secret)
            (void)printf("  %-16s %s%s\n", k->options[i].name, k->options[i].help,
                         k->options[i].required ? " (required)" : "");
    }
}

static void print_help(const struct command *k)
{
    if (k != NULL) {
        (void)printf("tandem %s — %s\n\n", k->words, k->help);
        if (!str_is(str_of(k->words), "expr"))
            (void)printf("  %-16s %s\n", "--data DIR", "the data folder (required)");
        print_options(k);
        (void)printf("  %-16s %s\n  %-16s %s\n\nExit: 0 done, 1 refused, 2 not understood.\n", "--json",
                     "answer in JSON", "--help", "this text");
        return;
    }
    (void)printf(
        "Tandem 双擎: projects and operations on one record store.\n\nusage: tandem COMMAND --data DIR [options]\n\n");
    for (size_t i = 0; i < ARRAY_LEN(own_commands); i++)
        (void)printf("  %-20s %s\n", own_commands[i].words, own_commands[i].help);
    for (size_t i = 0; i < commands_len; i++)
        (void)printf("  %-20s %s\n", commands[i].words, commands[i].help);
    (void)printf("\n`tandem COMMAND --help` shows the options of each.\n");
}

static int usage(struct cli *c, const char *reason, struct str what)
{
    struct str text = arena_fmt(&c->a, "%s%s%.*s", reason, str_empty(what) ? "" : " ", STR_ARG(what));
    return PROBLEM(&c->why, USAGE, ARG("reason", text),
                   ARG("command", c->command != NULL ? str_of(c->command->words) : STR("")));
}

/* How many of the first arguments are the words of this command; 0: it is another. */
static int words_fit(const struct cli *c, const char *words)
{
    struct str rest = str_of(words);
    int n = 0;
    while (rest.ptr != NULL) {
        struct str word;
        rest = str_cut(rest, ' ', &word);
        if (n + 1 >= c->argc || !str_is(word, c->argv[n + 1]))
            return 0;
        n++;
    }
    return n;
}

static int find_command(struct cli *c)
{
    int best = 0;
    for (size_t i = 0; i < ARRAY_LEN(own_commands); i++) {
        int n = words_fit(c, own_commands[i].words);
        if (n > best) {
            c->command = &own_commands[i];
            c->own = true;
            best = n;
        }
    }
    for (size_t i = 0; i < commands_len; i++) {
        int n = words_fit(c, commands[i].words);
        if (n > best) {
            c->command = &commands[i];
            c->own = false;
            best = n;
        }
    }
    return best;
}

static const struct command_option *find_option(const struct command *k, struct str name)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && k->options[i].name != NULL; i++) {
        if (str_is(name, k->options[i].name))
            return &k->options[i];
    }
    return NULL;
}

/* The next positional option that has no value yet. */
static const struct command_option *next_positional(struct cli *c)
{
    for (size_t i = 0; i < COMMAND_OPTIONS_MAX && c->command->options[i].name != NULL; i++) {
        const struct command_option *o = &c->command->options[i];
        if (o->name[0] >= 'A' && o->name[0] <= 'Z' && value_map_get(cli_args(c), str_of(o->name)) == NULL)
            return o;
    }
    return NULL;
}

static int parse_one(struct cli *c, int *i)
{
    struct str arg = str_of(c->argv[*i]);
    if (str_is(arg, "--json")) {
        c->json = true;
        return 0;
    }
    if (str_is(arg, "--help") || str_is(arg, "-h")) {
        c->help = true;
        return 0;
    }
    if (!str_starts(arg, STR("--"))) {
        const struct command_option *o = next_positional(c);
        if (o == NULL)
            return usage(c, "one argument too many:", arg);
        cli_put(c, o->name, value_str(arg));
        return 0;
    }
    const struct command_option *o = find_option(c->command, arg);
    bool data = str_is(arg, "--data");
    if (o == NULL && !data)
        return usage(c, "there is no option", arg);
    if (o != NULL && o->flag) {
        cli_put(c, o->name, value_bool(true));
        return 0;
    }
    if (*i + 1 >= c->argc)
        return usage(c, "a value is missing after", arg);
    cli_put(c, data ? "--data" : o->name, value_str(str_of(c->argv[++*i])));
    return 0;
}

/* One line, or all of it, without the newline at its end. */
static int read_stdin(struct cli *c, const char *name)
{
    CLEANUP(buf_release) struct buf text = {0};
    char chunk[4096];
    size_t n;
    buf_init(&text, STDIN_BYTES_MAX);
    while ((n = fread(chunk, 1, sizeof(chunk), stdin)) > 0)
        (void)buf_add(&text, str_n(chunk, n));
    struct str s = buf_str(&text);
    while (s.len > 0 && (s.ptr[s.len - 1] == '\n' || s.ptr[s.len - 1] == '\r'))
        s.len--;
    if (buf_failed(&text) || str_empty(s))
        return usage(c, "nothing, or too much, on standard input for the", str_of(name));
    cli_put(c, name, value_str(arena_str(&c->a, s)));
    return 0;
}

static int parse_options(struct cli *c, int from)
{
    int err = 0;
    for (int i = from; err == 0 && i < c->argc; i++)
        err = parse_one(c, &i);
    if (err < 0 || c->help)
        return err;
    if (str_empty(command_arg(cli_args(c), "--data")) && !str_is(str_of(c->command->words), "expr"))
        return usage(c, "--data DIR is missing", STR_NULL);
    for (size_t i = 0; err == 0 && i < COMMAND_OPTIONS_MAX && c->command->options[i].name != NULL; i++) {
        const struct command_option *o = &c->command->options[i];
        if (o->stdin_secret)
            err = read_stdin(c, o->name);
        else if (o->required && value_map_get(cli_args(c), str_of(o->name)) == NULL)
            err = usage(c, "missing:", str_of(o->name));
    }
    return err;
}

static void print_problem(struct cli *c, int err)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 1 << 20);
    command_explain(&c->why, err, c->lang, &text);
    if (c->json) {
        CLEANUP(buf_release) struct buf out = {0};
        buf_init(&out, 1 << 20);
        buf_add_cstr(&out, "{\"code\":");
        json_write_str(&out, command_code(&c->why, err));
        json_key(&out, "problem");
        json_write_str(&out, buf_str(&text));
        (void)printf("%.*s}\n", STR_ARG(buf_str(&out)));
    } else
        (void)fprintf(stderr, "tandem: %.*s\n", STR_ARG(buf_str(&text)));
}

static void print_result(const struct cli *c, struct str json, struct value result)
{
    const struct value *text = result.kind == VALUE_MAP ? value_map_get(result, STR("text")) : NULL;
    if (!c->json && text != NULL && text->kind == VALUE_STRING)
        (void)printf("%.*s\n", STR_ARG(text->s));
    else
        (void)printf("%.*s\n", STR_ARG(json));
}

/* {"exit": 1, "code", "problem"} of the running server becomes ours. */
static int asked_problem(struct cli *c, struct value reply)
{
    const struct value *problem = value_map_get(reply, STR("problem"));
    if (c->json) {
        CLEANUP(buf_release) struct buf out = {0};
        buf_init(&out, 1 << 20);
        json_write(&out, reply);
        (void)printf("%.*s\n", STR_ARG(buf_str(&out)));
    } else
        (void)fprintf(stderr, "tandem: %.*s\n",
                      STR_ARG(problem != NULL && problem->kind == VALUE_STRING ? problem->s : STR("refused")));
    return EXIT_REFUSED;
}

static int ask_server(struct cli *c, const char *dir)
{
    CLEANUP(buf_release) struct buf request = {0};
    CLEANUP(buf_release) struct buf json = {0};
    struct str line;
    struct value reply;
    buf_init(&request, 1 << 20);
    buf_init(&json, 1 << 20);
    buf_add_cstr(&request, "{\"command\":");
    json_write_str(&request, str_of(c->command->words));
    buf_addf(&request, ",\"lang\":\"%s\"", c->lang == LANG_ZH ? "zh" : "en");
    json_key(&request, "args");
    json_write(&request, cli_args(c));
    buf_add_cstr(&request, "}\n");
    int err = control_ask(dir, buf_str(&request), &c->a, &line, &c->why);
    if (err == 0)
        err = json_parse(&c->a, str_trim(line), 64, &reply, &c->why);
    if (err < 0) {
        print_problem(c, err);
        return EXIT_REFUSED;
    }
    const struct value *out = value_map_get(reply, STR("out"));
    if (out == NULL)
        return asked_problem(c, reply);
    json_write(&json, *out);
    print_result(c, buf_str(&json), *out);
    return 0;
}

static int run_here(struct cli *c, const char *dir)
{
    struct server s;
    CLEANUP(buf_release) struct buf out = {0};
    struct value result = value_null();
    buf_init(&out, 4 << 20);
    int err = server_open(dir, &s, &c->why);
    if (err == 0) {
        err = command_run(&s, str_of(c->command->words), cli_args(c), &c->a, &out, &c->why);
        server_close(&s);
    }
    if (err < 0) {
        print_problem(c, err);
        return EXIT_REFUSED;
    }
    if (json_parse(&c->a, buf_str(&out), 64, &result, NULL) < 0)
        result = value_null();
    print_result(c, buf_str(&out), result);
    return 0;
}

static int run_own(struct cli *c)
{
    CLEANUP(buf_release) struct buf out = {0};
    struct value result;
    int err;
    buf_init(&out, 1 << 20);
    if (str_is(str_of(c->command->words), "expr"))
        return expr_lines_run(stdin, stdout);
    if (str_is(str_of(c->command->words), "serve"))
        err = cmd_serve(cli_args(c), &c->why);
    else if (str_is(str_of(c->command->words), "demo remove"))
        err = cmd_demo_remove(cli_args(c), &c->a, &out, &c->why);
    else
        err = cmd_init(cli_args(c), &c->a, &out, &c->why);
    if (err < 0) {
        print_problem(c, err);
        return EXIT_REFUSED;
    }
    if (out.len > 0 && json_parse(&c->a, buf_str(&out), 64, &result, NULL) == 0)
        print_result(c, buf_str(&out), result);
    return 0;
}

static int run(struct cli *c)
{
    const char *lang = getenv("LANG");
    c->lang = lang != NULL && str_starts(str_of(lang), STR("zh")) ? LANG_ZH : LANG_EN;
    int words = find_command(c);
    if (words == 0) {
        bool asked = c->argc > 1 && (str_is(str_of(c->argv[1]), "--help") || str_is(str_of(c->argv[1]), "-h") ||
                                     str_is(str_of(c->argv[1]), "help"));
        print_help(NULL);
        return asked ? 0 : EXIT_USAGE;
    }
    int err = parse_options(c, words + 1);
    if (err < 0) {
        print_problem(c, err);
        return EXIT_USAGE;
    }
    if (c->help) {
        print_help(c->command);
        return 0;
    }
    if (c->own)
        return run_own(c);
    const char *dir = arena_cstr(&c->a, command_arg(cli_args(c), "--data"));
    return server_is_running(dir) == 1 ? ask_server(c, dir) : run_here(c, dir);
}

int main(int argc, char **argv)
{
    struct cli c = {.argc = argc, .argv = argv};
    json_init();
    crypto_init();
    arena_init(&c.a);
    problem_init(&c.why, &c.a);
    int code = run(&c);
    arena_release(&c.a);
    return code;
}
