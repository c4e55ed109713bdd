/* SPDX-License-Identifier: Apache-2.0 */
/* explore.c - the search behind cloacina_explore(), and its verdict.
 *
 *   token   explore_token.c
 *   sweep, then seeds, in child processes --> the first finding --> shrink --> the story */
#include "explore.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cloacina/clock.h>

#include "base/instant.h"
#include "report/investigate.h"
#include "report/sentence.h"
#include "search/pool.h"
#include "search/sweep.h"

enum { SEEDS_DEFAULT = 1000, SOMETIMES_RUNS_MIN = 100, MESSAGE_SIZE = 512 };

/* ---- runs in child processes ---- */

static bool note_finding(void *user, uint64_t run, const struct search_finding *finding,
                         struct text tape)
{
    struct exploration *exploration = user;
    struct found *found = &exploration->found;
    if (!found->is_there) {
        found->is_there = true;
        found->run = run;
        found->finding = *finding;
        found->code = decisions_parse(tape, &exploration->arena, &found->decisions, &found->count,
                                      &found->error);
    }
    return false;
}

static enum cloacina_code run_one(void *user, uint64_t run, const struct search_setup *setup,
                                  struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct exploration *exploration = user;
    uint64_t seed = exploration->options->first_seed + run;
    enum cloacina_code code =
        exploration->sweep != NULL
            ? sweep_run(exploration->sweep, run, setup, ret_outcome, err)
            : search_seed(&exploration->subject, exploration->plan, seed, setup, ret_outcome, err);
    exploration_tear_down(exploration);
    return code;
}

/* What ends the process has to be shrunk in processes of its own. */
static bool is_fatal(const struct search_finding *finding)
{
    return strcmp(finding->id, "crash") == 0 || strcmp(finding->id, "hang") == 0 ||
           strcmp(finding->id, "assertion") == 0;
}

static enum cloacina_code tell(struct exploration *exploration, struct cloacina_error *err)
{
    const struct found *found = &exploration->found;
    const struct search_isolation isolation = exploration_isolation(exploration);
    struct token world;
    char origin[64];
    if (found->code != CLOACINA_OK) {
        return cloacina_error_raise(err, found->code, "explore: %s", found->error.message);
    }
    if (!exploration_token(exploration, &world)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "explore: no memory for a finding");
    }
    if (exploration->sweep != NULL) {
        (void)snprintf(origin, sizeof(origin), "sweep, run %" PRIu64, found->run);
    } else {
        (void)snprintf(origin, sizeof(origin), "seed %" PRIu64,
                       exploration->options->first_seed + found->run);
    }
    const struct investigate asked = {
        .subject = &exploration->subject,
        .world = &world,
        .finding = &found->finding,
        .decisions = found->decisions,
        .decision_count = found->count,
        .count = 1,
        .origin = origin,
        .clock = cloacina_clock_system(),
        .is_isolated = is_fatal(&found->finding),
        .isolation = &isolation,
    };
    return investigate(&asked, &exploration->report, err);
}

/* `runs` 0: until there are no more. `spent_ns` of the budget are gone. */
static enum cloacina_code seek(struct exploration *exploration, uint64_t runs, int64_t spent_ns,
                               struct pool_result *ret_result, struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    int64_t budget_ns = nanoseconds_of_ms(options->budget_ms);
    if (budget_ns != 0 && budget_ns <= spent_ns) {
        return CLOACINA_OK;
    }
    const struct pool_options pool = {
        .jobs = options->jobs,
        .runs = runs,
        .budget_ns = budget_ns != 0 ? budget_ns - spent_ns : 0,
        .hang_ns = nanoseconds_of_ms(options->hang_ms),
        .stops_at_first = true,
        .run = run_one,
        .found = note_finding,
        .enter = isolate_enter,
        .user = exploration,
    };
    enum cloacina_code code = pool_run(&pool, ret_result, err);
    return code == CLOACINA_OK && exploration->found.is_there ? tell(exploration, err) : code;
}

static enum cloacina_code seek_sweep(struct exploration *exploration,
                                     struct pool_result *ret_result, struct cloacina_error *err)
{
    struct sweep sweep;
    bool has_plan = exploration->options->faults != NULL || exploration->options->plan != NULL;
    enum cloacina_code code =
        sweep_begin(&sweep, &exploration->subject, has_plan ? exploration->plan : NULL, false, err);
    exploration_tear_down(exploration);
    if (code == CLOACINA_OK) {
        exploration->sweep = &sweep;
        code = seek(exploration, 0, 0, ret_result, err);
        exploration->sweep = NULL;
        sweep_finish(&sweep);
    }
    return code;
}

/* ---- what must have been true at least once ---- */

/* The bit of a "sometimes" is its number among those. */
static enum cloacina_code judge_sometimes(struct exploration *exploration,
                                          const struct pool_result *seen,
                                          struct cloacina_error *err)
{
    uint64_t bit = 1;
    for (size_t i = 0; i < exploration->property_count; i++) {
        const struct cloacina_property *property = exploration->properties[i];
        if (property->type != CLOACINA_SOMETIMES) {
            continue;
        }
        if ((seen->properties_seen & bit) == 0) {
            return cloacina_error_raise(err, CLOACINA_FAILED,
                                        "sometimes \"%s\": not once in %" PRIu64 " runs",
                                        property->name, seen->runs);
        }
        bit <<= 1;
    }
    return CLOACINA_OK;
}

static enum cloacina_code search(struct exploration *exploration, struct cloacina_error *err)
{
    const struct cloacina_explore_options *options = exploration->options;
    uint64_t seeds = options->seeds != 0 ? options->seeds : SEEDS_DEFAULT;
    struct pool_result swept = {.runs = 0};
    struct pool_result result = {.runs = 0};
    enum cloacina_code code = options->sweep ? seek_sweep(exploration, &swept, err) : CLOACINA_OK;
    if (code == CLOACINA_OK && !exploration->found.is_there) {
        code = seek(exploration, seeds, swept.wall_ns, &result, err);
    }
    if (code != CLOACINA_OK || exploration->found.is_there) {
        return code;
    }
    result.properties_seen |= swept.properties_seen;
    result.runs += swept.runs;
    return result.runs < SOMETIMES_RUNS_MIN ? CLOACINA_OK
                                            : judge_sometimes(exploration, &result, err);
}

/* ---- the verdict ---- */

/* cmocka cuts what is longer than about a thousand bytes: line by line, and in parts. */
static void print_lines(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        for (size_t i = 0; i < length; i += 900) {
            size_t part = length - i < 900 ? length - i : 900;
            print_error("%.*s", (int)part, text + i);
        }
        print_error("\n");
        text += length + (text[length] == '\n');
    }
}

/* What the process wrote to its error output before it died: the text of an assert(). */
static void write_last_words(struct exploration *exploration, const char *token,
                             struct text_builder *builder)
{
    char words[LAST_WORDS_SIZE];
    isolate_last_words(exploration, token, words);
    for (const char *line = words; *line != '\0'; line += line[0] == '\n') {
        size_t length = strcspn(line, "\n");
        text_builder_print(builder, "printed: %.*s\n", (int)length, line);
        line += length;
    }
}

/* Prints the finding and writes the sentence that fails the test; false: there is none. */
static bool print_verdict(struct exploration *exploration, char message[MESSAGE_SIZE])
{
    const struct report *report = &exploration->report;
    if (report->finding_count == 0) {
        return false;
    }
    struct report_finding finding = report->findings[0];
    const char *token = finding.token;
    struct text_builder text;
    text_builder_init(&text, NULL);
    finding.token = ""; /* not for the command: it knows neither `prepare` nor `always` */
    report_write_finding(&finding, &text);
    if (strcmp(finding.finding.id, "crash") == 0) {
        write_last_words(exploration, token, &text);
    }
    text_builder_print(&text, "again:   run this test with CLOACINA_TOKEN=%s\n", token);
    print_lines(text_builder_terminated(&text));
    text_builder_reset(&text);
    finding_title_write(&finding.finding, &text);
    text_builder_print(&text, ": %s", finding_message(&finding.finding));
    (void)snprintf(message, MESSAGE_SIZE, "%.*s", MESSAGE_SIZE - 1, text_builder_terminated(&text));
    text_builder_finish(&text);
    return true;
}

/* False: the test has failed, and `message` says why; everything is freed. */
static bool explore(const struct cloacina_explore_options *options, char message[MESSAGE_SIZE])
{
    struct exploration exploration;
    struct cloacina_error err = {CLOACINA_OK, ""};
    const char *environment = getenv("CLOACINA_TOKEN");
    bool has_environment = environment != NULL && environment[0] != '\0';
    bool has_failed = false;
    enum cloacina_code code = exploration_open(&exploration, options, &err);
    if (code == CLOACINA_OK) {
        if (options->token != NULL || has_environment) {
            code = explore_token(&exploration, environment, &err);
        } else {
            code = search(&exploration, &err);
        }
        has_failed = code == CLOACINA_OK && print_verdict(&exploration, message);
        exploration_close(&exploration);
    }
    if (code != CLOACINA_OK) {
        (void)snprintf(message, MESSAGE_SIZE, "%.*s", MESSAGE_SIZE - 1, err.message);
    }
    return code == CLOACINA_OK && !has_failed;
}

void cloacina_explore_at(const struct cloacina_explore_options *options, const char *file, int line)
{
    char message[MESSAGE_SIZE];
    if (!explore(options, message)) {
        test_fail(NULL, place_of(file, line), "%s", message);
    }
}
