/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_replay.c - a token needs nothing else.
 *
 * Law: what is told is the token as it was given, never something smaller. */
#include "simulate/simulate_replay.h"

#include <string.h>

#include <cloacina/clock.h>

#include "report/story.h"
#include "report/swimlane.h"
#include "simulate/simulate_tell.h"

/* One replay. Owned by the caller. */
struct replaying {
    struct session *session; /* Borrowed */
    struct token token;
    struct stage stage;
    struct emit emit;
    struct known known; /* none */
    struct search_outcome outcome;
};

/* ---- what goes in ---- */

static enum cloacina_code file_parse(struct replaying *replaying, const char *path,
                                     struct cloacina_error *err)
{
    struct session *session = replaying->session;
    struct file file;
    enum cloacina_code code = file_read(session->call->heap, path, TOKEN_BYTES_MAX, &file, err);
    if (code == CLOACINA_NOT_FOUND) {
        return cloacina_error_raise(err, code, "'%s' is neither a token (cl1:...) nor a file",
                                    path);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    code =
        token_parse(simulate_token_line(file_text(&file)), &session->arena, &replaying->token, err);
    file_finish(&file);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "%s", path);
}

static enum cloacina_code token_read(struct replaying *replaying, struct cloacina_error *err)
{
    struct session *session = replaying->session;
    const char *given = session->options.replay;
    enum cloacina_code code =
        strncmp(given, "cl1:", 4) == 0
            ? token_parse(text_of(given), &session->arena, &replaying->token, err)
            : file_parse(replaying, given, err);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--replay'");
}

/* The token's world; what the command line says about files goes before what the token says. */
static enum cloacina_code world_read(struct replaying *replaying, struct simulate_token *ret_said,
                                     struct cloacina_error *err)
{
    struct session *session = replaying->session;
    const struct simulate_options given = session->options;
    enum cloacina_code code = simulate_token_read(&replaying->token, &given, ret_said, err);
    struct simulate_options *options = &ret_said->options;
    options->library = given.library != NULL ? given.library : options->library;
    options->upgrade_from = given.upgrade_from != NULL ? given.upgrade_from : options->upgrade_from;
    options->workflow = given.workflow != NULL ? given.workflow : options->workflow;
    if (options->workflow == NULL && options->generate == NULL) {
        options->workflow = text_copy(&session->arena, replaying->token.workflow).bytes;
    }
    ret_said->is_twice = ret_said->is_twice || given.is_twice;
    session->options = *options;
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--replay'");
}

/* Another version of the same workflow is welcome: that is what tokens are kept for. */
static enum cloacina_code workflow_check(const struct replaying *replaying,
                                         struct cloacina_error *err)
{
    const struct session *session = replaying->session;
    const struct token *token = &replaying->token;
    const char *name = cloacina_workflow_name(session->source.workflow);
    if (!text_equal(token->workflow, text_of(name))) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--replay': the token is about '%.*s', not about '%s'",
                                    TEXT_PRINT(token->workflow), name);
    }
    if (simulate_token_is_of_other_version(token, &session->source)) {
        session_warn(session, "the token is of '%s@%.*s', and this is '%s@%.*s'", name,
                     TEXT_PRINT(token->hash), name, TOKEN_HASH_DIGITS,
                     cloacina_workflow_hash(session->source.workflow));
    }
    return CLOACINA_OK;
}

static enum cloacina_code everything_open(struct replaying *replaying, struct cloacina_error *err)
{
    struct session *session = replaying->session;
    struct simulate_token said;
    const char *plan = NULL;
    enum cloacina_code code = token_read(replaying, err);
    if (code == CLOACINA_OK) {
        code = world_read(replaying, &said, err);
    }
    if (code == CLOACINA_OK) {
        code = session_open(session, err);
    }
    if (code == CLOACINA_OK) {
        code = workflow_check(replaying, err);
    }
    if (code == CLOACINA_OK && session->options.emit_test != NULL) {
        code = emit_open(session, &replaying->emit, err);
    }
    if (code == CLOACINA_OK) {
        plan = text_copy(&session->arena, replaying->token.plan).bytes;
        code = plan == NULL ? session_no_memory(err) : session_open_outputs(session, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    replaying->stage = (struct stage){.kind = STAGE_TOKEN, .said = said, .plan = plan};
    simulate_subject_init(&replaying->stage.subject, session->call->heap, &session->source,
                          &session->options, session->context, plan);
    return CLOACINA_OK;
}

/* ---- what comes out ---- */

/* What happens in a run that ends well. */
static enum cloacina_code peace_tell(const struct replaying *replaying, struct cloacina_error *err)
{
    const struct session *session = replaying->session;
    const struct token *token = &replaying->token;
    struct tales tales;
    struct search_outcome outcome;
    struct text_builder builder;
    const struct story_options options = {.is_whole = session->options.story == STORY_ALL};
    tales_init(&tales, session->call->heap);
    search_outcome_init(&outcome, session->call->heap);
    text_builder_init(&builder, session->call->heap);
    struct search_setup setup = {.seed = replaying->stage.said.seed, .teller = &tales.teller};
    enum cloacina_code code = search_replay(&replaying->stage.subject.search, token->decisions,
                                            token->decision_count, &setup, &outcome, NULL, err);
    if (code == CLOACINA_OK) {
        story_write(&tales, &options, &builder);
        swimlane_write(&tales, NULL, &builder);
        text_builder_append_terminated(&builder, "the token does not fail any more\n");
        fputs(text_builder_terminated(&builder), session->call->console->output);
    }
    if (code == CLOACINA_OK && (builder.failed || tales.failed)) {
        code = session_no_memory(err);
    }
    text_builder_finish(&builder);
    search_outcome_finish(&outcome);
    tales_finish(&tales);
    return code;
}

static enum cloacina_code finding_write(const struct session *session, struct cloacina_error *err)
{
    struct text_builder builder;
    text_builder_init(&builder, session->call->heap);
    report_write_finding(&session->report.findings[0], &builder);
    fputs(text_builder_terminated(&builder), session->call->console->output);
    enum cloacina_code code = builder.failed ? session_no_memory(err) : CLOACINA_OK;
    text_builder_finish(&builder);
    return code;
}

static enum cloacina_code finding_tell(struct replaying *replaying, struct cloacina_error *err)
{
    const struct telling telling = {.session = replaying->session,
                                    .known = &replaying->known,
                                    .emit = &replaying->emit,
                                    .is_as_given = true};
    const struct found found = {
        .stage = &replaying->stage,
        .finding = replaying->outcome.finding,
        .decisions = replaying->token.decisions,
        .decision_count = replaying->token.decision_count,
        .count = 1,
    };
    return tell_found(&telling, &found, err);
}

static void figures_take(struct replaying *replaying, int64_t wall_ns)
{
    struct session *session = replaying->session;
    struct report_search *search = &session->report.search;
    session_describe(session);
    search->is_search = true;
    search->plan = replaying->token.plan.length == 0 ? NULL : replaying->stage.plan;
    search->method = "one token";
    search->figures = replaying->outcome.figures;
    search->wall_ns = wall_ns;
}

static enum cloacina_code tell(struct replaying *replaying, struct cloacina_error *err)
{
    struct session *session = replaying->session;
    bool is_broken = replaying->outcome.finding.id != NULL;
    bool is_for_people = !session_is_for_programs(session);
    size_t count = replaying->token.decision_count;
    if (replaying->outcome.decision_count < count &&
        !(is_broken && finding_is_deadly(&replaying->outcome.finding))) {
        session_warn(session, "%zu of %zu decisions found", replaying->outcome.decision_count,
                     count);
    }
    enum cloacina_code code = is_broken ? finding_tell(replaying, err) : CLOACINA_OK;
    if (code == CLOACINA_OK && is_for_people) {
        code = is_broken ? finding_write(session, err) : peace_tell(replaying, err);
    }
    return code == CLOACINA_OK ? session_report_programs(session, err) : code;
}

static enum cloacina_code replay(struct replaying *replaying, struct cloacina_error *err)
{
    struct cloacina_clock *clock = cloacina_clock_system();
    const struct simulate_token *said = &replaying->stage.said;
    const struct token *token = &replaying->token;
    int64_t begin = cloacina_clock_monotonic(clock);
    enum cloacina_code code =
        simulate_subject_replay(&replaying->stage.subject, token->decisions, token->decision_count,
                                said->seed, said->is_twice, &replaying->outcome, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    figures_take(replaying, cloacina_clock_monotonic(clock) - begin);
    return tell(replaying, err);
}

enum cloacina_code simulate_replay(struct session *session, struct cloacina_error *err)
{
    struct replaying replaying = {.session = session};
    search_outcome_init(&replaying.outcome, session->call->heap);
    enum cloacina_code code = everything_open(&replaying, err);
    if (code == CLOACINA_OK) {
        code = replay(&replaying, err);
    }
    search_outcome_finish(&replaying.outcome);
    return code;
}
