/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - the main program: options in, a table or JSON out.
 *
 *   --json -      JSON alone on standard output
 *   --json FILE   the table on standard output, JSON in the file */
#include "performance.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STATUS_WRONG_OPTIONS = 2, STATUS_NOT_MEASURED = 3 };

struct arguments {
    struct performance_options options;
    const char *json;
    bool wants_help;
};

static const char help[] =
    "  --iterations N      workflows to execute in all (default 10000)\n"
    "  --concurrency N     threads that execute at the same time (default 32)\n"
    "  --database URL      default: an SQLite file in a new folder, removed at the end\n"
    "  --durability WORD   full or normal (default: what the URL says; else normal on SQLite,\n"
    "                      full on PostgreSQL)\n"
    "  --rounds N          the iterations are cut into so many; the median counts (default 5)\n"
    "  --slots N           bodies at a time (default: as many as can be Ready)\n"
    "  --json FILE         write the figures as JSON; - for standard output, without the table\n"
    "  --help              this list\n";

/* ---- options ---- */

static enum cloacina_code number_read(const char *name, const char *text, uint64_t maximum,
                                      uint64_t *ret_number, struct cloacina_error *err)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    bool is_number = text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0;
    if (!is_number || number < 1 || number > maximum) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '%s' wants a number from 1 to %" PRIu64 ", not '%s'",
                                    name, maximum, text);
    }
    *ret_number = number;
    return CLOACINA_OK;
}

static enum cloacina_code count_read(const char *name, const char *text, uint32_t maximum,
                                     uint32_t *ret_count, struct cloacina_error *err)
{
    uint64_t number = 0;
    enum cloacina_code code = number_read(name, text, maximum, &number, err);
    *ret_count = (uint32_t)number;
    return code;
}

static enum cloacina_code durability_read(const char *text,
                                          enum cloacina_durability *ret_durability,
                                          struct cloacina_error *err)
{
    if (strcmp(text, "full") == 0) {
        *ret_durability = CLOACINA_DURABILITY_FULL;
        return CLOACINA_OK;
    }
    if (strcmp(text, "normal") == 0) {
        *ret_durability = CLOACINA_DURABILITY_NORMAL;
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "option '--durability' wants full or normal, not '%s'", text);
}

static enum cloacina_code option_read(const char *name, const char *value,
                                      struct arguments *arguments, struct cloacina_error *err)
{
    struct performance_options *options = &arguments->options;
    if (strcmp(name, "--iterations") == 0) {
        return number_read(name, value, UINT32_MAX, &options->iterations, err);
    }
    if (strcmp(name, "--concurrency") == 0) {
        return count_read(name, value, PERFORMANCE_CONCURRENCY_MAX, &options->concurrency, err);
    }
    if (strcmp(name, "--rounds") == 0) {
        return count_read(name, value, PERFORMANCE_ROUNDS_MAX, &options->rounds, err);
    }
    if (strcmp(name, "--slots") == 0) {
        return count_read(name, value, CLOACINA_RUNNER_SLOTS_MAX, &options->slots, err);
    }
    if (strcmp(name, "--durability") == 0) {
        return durability_read(value, &options->durability, err);
    }
    if (strcmp(name, "--database") == 0) {
        options->database = value;
        return CLOACINA_OK;
    }
    if (strcmp(name, "--json") == 0) {
        arguments->json = value;
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "unknown option '%s'; try --help", name);
}

static enum cloacina_code arguments_read(int argc, char **argv, struct arguments *arguments,
                                         struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (int i = 1; i < argc && code == CLOACINA_OK; i += 2) {
        if (strcmp(argv[i], "--help") == 0) {
            arguments->wants_help = true;
            return CLOACINA_OK;
        }
        if (i + 1 == argc) {
            return cloacina_error_raise(err, CLOACINA_INVALID,
                                        "unknown option '%s', or its value is missing; try --help",
                                        argv[i]);
        }
        code = option_read(argv[i], argv[i + 1], arguments, err);
    }
    return code;
}

/* ---- what comes out ---- */

static void table_line(const char *name, double value, int digits)
{
    if (value >= 0) {
        printf("  %-32s %12.*f\n", name, digits, value);
    }
}

static void table_print(const char *workflow, const struct performance_result *result)
{
    printf("'%s', %" PRIu32 " task%s, on %s, durability %s\n", workflow, result->tasks,
           result->tasks == 1 ? "" : "s", result->database, result->durability);
    printf("%" PRIu64 " executions by %" PRIu32 " threads in %" PRIu32
           " rounds; the median round\n",
           result->workflows, result->concurrency, result->rounds);
    table_line("workflows/s", result->workflows_per_second, 0);
    table_line("tasks/s", result->tasks_per_second, 0);
    table_line("tasks/s of the floor", result->floor_tasks_per_second, 0);
    if (result->floor_tasks_per_second > 0) {
        table_line("share of the floor", result->tasks_per_second / result->floor_tasks_per_second,
                   2);
    }
    table_line("execute, p50, us", result->execute_p50_us, 0);
    table_line("execute, p99, us", result->execute_p99_us, 0);
    table_line("execute alone, p50, us", result->execute_alone_p50_us, 0);
    table_line("execute alone, p99, us", result->execute_alone_p99_us, 0);
    table_line("rows that stay, per task", result->rows_per_task, 2);
    table_line("statements per task", result->statements_per_task, 2);
    table_line("commits (revisions) per task", result->commits_per_task, 2);
    table_line("processor time per task, us", result->cpu_us_per_task, 1);
    table_line("the same of the floor", result->floor_cpu_us_per_task, 1);
    if (result->floor_note[0] != '\0') {
        printf("  no floor: %s\n", result->floor_note);
    }
}

static void json_number(FILE *stream, const char *key, double value)
{
    if (value >= 0) {
        fprintf(stream, ",\n  \"%s\": %.3f", key, value);
    } else {
        fprintf(stream, ",\n  \"%s\": null", key);
    }
}

/* Workflow names are identifiers of C; a database's name may hold anything. */
static void json_text(FILE *stream, const char *key, const char *text)
{
    fprintf(stream, ",\n  \"%s\": \"", key);
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"' || *at == '\\') {
            fprintf(stream, "\\%c", *at);
        } else if ((unsigned char)*at < ' ') {
            fprintf(stream, "\\u%04x", (unsigned)*at);
        } else {
            fputc(*at, stream);
        }
    }
    fputc('"', stream);
}

static void json_print(FILE *stream, const char *workflow, const struct performance_result *result)
{
    fprintf(stream, "{\n  \"workflow\": \"%s\"", workflow);
    json_text(stream, "database", result->database);
    json_text(stream, "durability", result->durability);
    fprintf(stream, ",\n  \"tasks_per_workflow\": %" PRIu32, result->tasks);
    fprintf(stream, ",\n  \"iterations\": %" PRIu64, result->workflows);
    fprintf(stream, ",\n  \"concurrency\": %" PRIu32, result->concurrency);
    fprintf(stream, ",\n  \"rounds\": %" PRIu32, result->rounds);
    json_number(stream, "workflows_per_second", result->workflows_per_second);
    json_number(stream, "tasks_per_second", result->tasks_per_second);
    json_number(stream, "floor_tasks_per_second", result->floor_tasks_per_second);
    json_number(stream, "execute_p50_us", result->execute_p50_us);
    json_number(stream, "execute_p99_us", result->execute_p99_us);
    json_number(stream, "execute_alone_p50_us", result->execute_alone_p50_us);
    json_number(stream, "execute_alone_p99_us", result->execute_alone_p99_us);
    json_number(stream, "rows_per_task", result->rows_per_task);
    json_number(stream, "statements_per_task", result->statements_per_task);
    json_number(stream, "commits_per_task", result->commits_per_task);
    json_number(stream, "cpu_us_per_task", result->cpu_us_per_task);
    json_number(stream, "floor_cpu_us_per_task", result->floor_cpu_us_per_task);
    json_text(stream, "floor_note", result->floor_note);
    fprintf(stream, "\n}\n");
}

static bool json_write(const char *path, const char *workflow,
                       const struct performance_result *result)
{
    FILE *stream = fopen(path, "w");
    if (stream == NULL) {
        return false;
    }
    json_print(stream, workflow, result);
    return fclose(stream) == 0;
}

int performance_main(const struct performance *shape, int argc, char **argv)
{
    const char *name = shape->workflow->name;
    struct arguments arguments = {0};
    struct performance_result result;
    struct cloacina_error err;
    if (arguments_read(argc, argv, &arguments, &err) != CLOACINA_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
        return STATUS_WRONG_OPTIONS;
    }
    if (arguments.wants_help) {
        printf("usage: %s [OPTION]...\n%s", argv[0], help);
        return EXIT_SUCCESS;
    }
    if (performance_measure(shape, &arguments.options, &result, &err) != CLOACINA_OK) {
        fprintf(stderr, "%s: %s\n", argv[0], err.message);
        return STATUS_NOT_MEASURED;
    }
    bool is_json_alone = arguments.json != NULL && strcmp(arguments.json, "-") == 0;
    if (is_json_alone) {
        json_print(stdout, name, &result);
    } else {
        table_print(name, &result);
    }
    if (arguments.json != NULL && !is_json_alone && !json_write(arguments.json, name, &result)) {
        fprintf(stderr, "%s: cannot write '%s'\n", argv[0], arguments.json);
        return STATUS_NOT_MEASURED;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : STATUS_NOT_MEASURED;
}
