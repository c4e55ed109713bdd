/* SPDX-License-Identifier: Apache-2.0 */
/* dal.c - is a store complete? Asked once, at start-up, so that no call has to. */
#include "dal/dal.h"

#include "execution/state.h"

enum cloacina_code dal_check(const struct dal *dal, struct cloacina_error *err)
{
    if (dal == NULL || dal->impl == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "store: none was given");
    }
    const struct dal_impl *impl = dal->impl;
    const struct {
        const char *name;
        bool is_filled;
    } slots[] = {
        {"commit", impl->commit != NULL},
        {"commit_locked", impl->commit_locked != NULL},
        {"poll", impl->poll != NULL},
        {"load", impl->load != NULL},
        {"refresh", impl->refresh != NULL},
        {"find_commit", impl->find_commit != NULL},
        {"open_lease", impl->open_lease != NULL},
        {"close_lease", impl->close_lease != NULL},
        {"claims", impl->claims != NULL},
        {"events", impl->events != NULL},
        {"executions", impl->executions != NULL},
        {"definition", impl->definition != NULL},
        {"leases", impl->leases != NULL},
        {"remove", impl->remove != NULL},
        {"remove_ended", impl->remove_ended != NULL},
        {"listen", impl->listen != NULL},
        {"descriptor", impl->descriptor != NULL},
        {"take_hints", impl->take_hints != NULL},
        {"destroy", impl->destroy != NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(slots); i++) {
        if (!slots[i].is_filled) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "store: slot '%s' is empty",
                                        slots[i].name);
        }
    }
    return CLOACINA_OK;
}

bool dal_is_news(const struct changeset *changeset)
{
    uint8_t before = changeset->before.status;
    uint8_t after = changeset->after->status;
    bool is_turn = after == EXECUTION_PAUSED || before == EXECUTION_PAUSED ||
                   execution_status_is_terminal(after) || execution_status_is_terminal(before);
    if (before != after && is_turn) {
        return true;
    }
    for (size_t i = 0; i < changeset->row_count; i++) {
        if (changeset->rows[i].after->status == TASK_READY) {
            return true;
        }
    }
    return false;
}

void dal_destroy(struct dal *dal)
{
    if (dal != NULL) {
        dal->impl->destroy(dal);
    }
}
