/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_plan.c - finds the fault plan, as a workflow is found: a name goes before a file. */
#include "simulate/simulate_plan.h"

#include <string.h>

static enum cloacina_code file_open(const struct session *session, const char *path,
                                    struct cloacina_fault_plan **ret_plan,
                                    struct cloacina_error *err)
{
    struct file file;
    enum cloacina_code code = file_read(session->call->heap, path, PLAN_FILE_BYTES_MAX, &file, err);
    if (code == CLOACINA_OK) {
        code = plan_read(session->call->heap, file_text(&file), path, ret_plan, err);
        file_finish(&file);
    }
    return code;
}

static bool looks_like_path(const char *word)
{
    return strchr(word, '/') != NULL || strchr(word, '.') != NULL;
}

/* An upgrade without faults would never take place. */
static const char *plan_wanted(const struct simulate_options *options)
{
    return options->faults == NULL && options->upgrade_from != NULL ? "deploys" : options->faults;
}

enum cloacina_code simulate_plan_open(const struct session *session,
                                      struct cloacina_fault_plan **ret_plan,
                                      struct cloacina_error *err)
{
    const char *word = plan_wanted(&session->options);
    *ret_plan = NULL;
    if (word == NULL) {
        return CLOACINA_OK;
    }
    enum cloacina_code code = plan_named(session->call->heap, text_of(word), ret_plan, err);
    if (code == CLOACINA_NOT_FOUND) {
        struct cloacina_error other;
        code = file_open(session, word, ret_plan, &other);
        if (code != CLOACINA_OK && (code != CLOACINA_NOT_FOUND || looks_like_path(word))) {
            *err = other;
        }
    }
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--faults'");
}

enum cloacina_code simulate_budget_read(const char *text, int64_t *ret_ns,
                                        struct cloacina_error *err)
{
    int64_t amount;
    if (!amount_parse(AMOUNT_DURATION, text_of(text), &amount) || amount <= 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--budget': '%s' is no time, such as 500ms, 60s or 5m",
                                    text);
    }
    *ret_ns = amount;
    return CLOACINA_OK;
}
