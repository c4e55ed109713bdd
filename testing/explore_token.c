/* SPDX-License-Identifier: Apache-2.0 */
/* explore_token.c - one run of an exploration, as a line of text and back.
 *
 * Law: what runs is the world of the options with the decisions of the token; where the two tell of
 * different worlds, that is said. */
#include "explore.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cloacina/clock.h>

#include "report/investigate.h"

enum { SETTINGS_MAX = 4 };

/* ---- written ---- */

static bool add_setting(struct exploration *exploration, struct token *token, const char *name,
                        const char *value)
{
    struct text kept = text_copy(&exploration->arena, text_of(value));
    token->settings[token->setting_count++] =
        (struct token_setting){.name = text_of(name), .value = kept};
    return kept.bytes != NULL;
}

bool exploration_token(struct exploration *exploration, struct token *ret_token)
{
    const struct cloacina_world_options *world = &exploration->subject.world;
    const char *context = exploration->options->context;
    char number[16];
    *ret_token = (struct token){
        .workflow = text_of(exploration->subject.workflow),
        .hash = text_of(exploration->hash),
        .plan = text_of(exploration->subject.plan),
        .settings =
            arena_take_zeroed(&exploration->arena, SETTINGS_MAX, sizeof(struct token_setting)),
    };
    if (ret_token->settings == NULL) {
        return false;
    }
    (void)snprintf(number, sizeof(number), "%" PRIu32, world->runners);
    bool is_whole = add_setting(exploration, ret_token, "runners", number);
    (void)snprintf(number, sizeof(number), "%" PRIu32, world->slots);
    is_whole = is_whole && add_setting(exploration, ret_token, "slots", number);
    if (world->store == CLOACINA_WORLD_SQLITE) {
        is_whole = is_whole && add_setting(exploration, ret_token, "store", "sqlite");
    }
    if (context != NULL && strcmp(context, "{}") != 0) {
        is_whole = is_whole && add_setting(exploration, ret_token, "context", context);
    }
    return is_whole;
}

/* ---- read ---- */

static void tell_found(size_t found, size_t count)
{
    if (found < count) {
        print_message("explore: %zu of %zu decisions found\n", found, count);
    }
}

/* In this process. A run that does not fail any more leaves no finding. */
static enum cloacina_code replay(struct exploration *exploration, const struct token *token,
                                 const struct token *world, struct cloacina_error *err)
{
    const struct search_setup setup = {.seed = 0};
    struct search_outcome outcome;
    size_t found = 0;
    search_outcome_init(&outcome, exploration->subject.heap);
    enum cloacina_code code = search_replay(&exploration->subject, token->decisions,
                                            token->decision_count, &setup, &outcome, &found, err);
    if (code == CLOACINA_OK) {
        tell_found(found, token->decision_count);
    }
    if (code == CLOACINA_OK && outcome.finding.id == NULL) {
        print_message("explore: this token does not fail\n");
    } else if (code == CLOACINA_OK) {
        const struct investigate asked = {
            .subject = &exploration->subject,
            .world = world,
            .finding = &outcome.finding,
            .decisions = token->decisions,
            .decision_count = token->decision_count,
            .count = 1,
            .origin = "the token",
            .clock = cloacina_clock_system(),
            .shrink_runs_max = 1,
        };
        code = investigate(&asked, &exploration->report, err);
        if (code == CLOACINA_OK) {
            exploration->report.findings[0].shrink_runs = 0; /* nobody has tried to shrink it */
        }
    }
    search_outcome_finish(&outcome);
    return code;
}

/* Why a token may show something else here than where it was made. */
static void tell_differences(const struct token *token, const struct token *world)
{
    if (token->hash.length > 0 && !text_equal(token->hash, world->hash)) {
        print_message("explore: the workflow is not what it was when the token was made\n");
    }
    for (size_t i = 0; i < world->setting_count; i++) {
        const struct token_setting *own = &world->settings[i];
        struct text theirs = token_setting(token, own->name.bytes); /* names are literals */
        if (theirs.bytes != NULL && !text_equal(theirs, own->value)) {
            print_message("explore: %s is %.*s here, and was %.*s when the token was made\n",
                          own->name.bytes, TEXT_PRINT(own->value), TEXT_PRINT(theirs));
        }
    }
}

enum cloacina_code explore_token(struct exploration *exploration, const char *environment,
                                 struct cloacina_error *err)
{
    const char *own = exploration->options->token;
    struct text workflow = text_of(exploration->subject.workflow);
    struct token token;
    struct token world;
    enum cloacina_code code =
        token_parse(text_of(own != NULL ? own : environment), &exploration->arena, &token, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, own != NULL ? "explore: token" : "CLOACINA_TOKEN");
    }
    if (!text_equal(token.workflow, workflow) && own != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "explore: the token is of workflow '%.*s', not of '%s'",
                                    TEXT_PRINT(token.workflow), exploration->subject.workflow);
    }
    if (!text_equal(token.workflow, workflow)) {
        print_message("explore: '%s' is passed over: CLOACINA_TOKEN is of '%.*s'\n",
                      exploration->subject.workflow, TEXT_PRINT(token.workflow));
        return CLOACINA_OK;
    }
    if (!exploration_token(exploration, &world)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "explore: no memory for a token");
    }
    tell_differences(&token, &world);
    return replay(exploration, &token, &world, err);
}
