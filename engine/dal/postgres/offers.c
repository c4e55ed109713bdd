/* SPDX-License-Identifier: Apache-2.0 */
/* offers.c - which tasks of which stored definitions the caller has bodies for.
 *
 *   offers (workflow, bodies)  x  definitions in the store  ->  definition: all tasks | a bit a task
 *
 * Only their names connect a workflow that is offered with another definition of it, and names are in
 * the definition's JSON: so the store's session works it out, once for each pair. A definition that
 * it does not know yet comes with the answer to a poll, and the poll is asked again. */
#include <string.h>

#include "dal/postgres/session.h"
#include "dal/postgres/wire.h"

void offers_forget(struct session *session)
{
    for (size_t i = 0; i < session->offered_count; i++) {
        heap_give(session->heap, session->offered[i].mask, session->offered[i].mask_size);
    }
    session->offered_count = 0;
}

void offers_use(struct session *session, const struct dal_poll *request)
{
    struct hash128 offers = {request->offer_count, 0};
    for (size_t i = 0; i < request->offer_count; i++) {
        const struct workflow *workflow = request->offers[i].workflow;
        const uint8_t *bodies = request->offers[i].bodies;
        uint64_t has = bodies == NULL ? 0 : hash_of(bodies, workflow->task_count, 1);
        offers.high = hash_mix(offers.high, workflow->hash.high ^ has);
        offers.low = hash_mix(offers.low, workflow->hash.low + has);
    }
    if (!hash128_equal(offers, session->offers)) {
        offers_forget(session);
        session->offers = offers;
        session->has_asked = false;
    }
}

void offers_ask(struct session *session, const struct dal_poll *request)
{
    struct parameters *parameters = trip_parameters(session, STATEMENT_NEW_DEFINITIONS);
    for (size_t i = 0; i < request->offer_count; i++) {
        parameters_text(parameters, 0, request->offers[i].workflow->tenant);
        parameters_text(parameters, 1, request->offers[i].workflow->package);
        parameters_text(parameters, 2, request->offers[i].workflow->name);
    }
    for (size_t i = 0; i < session->offered_count; i++) {
        parameters_number(parameters, 3, session->offered[i].definition);
    }
    trip_send(session, STATEMENT_NEW_DEFINITIONS);
}

void offers_put(const struct session *session, struct parameters *parameters)
{
    for (size_t i = 0; i < session->offered_count; i++) {
        const struct offered *offered = &session->offered[i];
        if (offered->is_whole) {
            parameters_number(parameters, 0, offered->definition);
        } else if (offered->mask != NULL) {
            parameters_number(parameters, 1, offered->definition);
            parameters_text(parameters, 2, (struct text){offered->mask, offered->mask_size});
        }
    }
}

/* ---- working it out ---- */

static bool is_same_workflow(const struct workflow *a, const struct workflow *b)
{
    return text_equal(a->name, b->name) && text_equal(a->package, b->package) &&
           text_equal(a->tenant, b->tenant);
}

static bool has_body(const struct dal_offer *offer, const struct workflow *wanted, uint32_t task)
{
    uint32_t place = task;
    if (!hash128_equal(offer->workflow->hash, wanted->hash) &&
        (!is_same_workflow(offer->workflow, wanted) ||
         !workflow_index(offer->workflow, workflow_task_name(wanted, task), &place))) {
        return false;
    }
    return offer->bodies == NULL || offer->bodies[place] != 0;
}

static bool is_offered(const struct dal_poll *request, const struct workflow *wanted, uint32_t task)
{
    size_t i = 0;
    while (i < request->offer_count && !has_body(&request->offers[i], wanted, task)) {
        i++;
    }
    return i < request->offer_count;
}

/* False: no memory. */
static bool remember(struct session *session, struct offered offered)
{
    if (!heap_grow(session->heap, &session->offered, &session->offered_capacity,
                   session->offered_count + 1, sizeof(session->offered[0]))) {
        return false;
    }
    session->offered[session->offered_count++] = offered;
    return true;
}

static void resolve(struct session *session, const struct dal_poll *request, int64_t definition,
                    const struct workflow *wanted)
{
    size_t size = ((size_t)wanted->task_count + 7) / 8;
    char *mask = heap_take_zeroed(session->heap, size, 1);
    uint32_t bodies = 0;
    if (mask == NULL) {
        return;
    }
    for (uint32_t task = 0; task < wanted->task_count; task++) {
        if (is_offered(request, wanted, task)) {
            mask[task / 8] = (char)(mask[task / 8] | 1 << task % 8);
            bodies++;
        }
    }
    struct offered offered = {definition, mask, size, bodies == wanted->task_count};
    if (offered.is_whole || bodies == 0) {
        offered.mask = NULL;
        offered.mask_size = 0;
    }
    if (!remember(session, offered) || offered.mask == NULL) {
        heap_give(session->heap, mask, size);
    }
}

static bool is_known(const struct session *session, int64_t definition)
{
    size_t i = 0;
    while (i < session->offered_count && session->offered[i].definition != definition) {
        i++;
    }
    return i < session->offered_count;
}

/* The workflow behind a row: one of those offered, or rebuilt from its JSON. A new reference; NULL: no
 * memory, or what stands there is no workflow. */
static struct workflow *read_workflow(struct session *session, const struct dal_poll *request,
                                      const PGresult *result, size_t row)
{
    struct text bytes = reply_text(result, row, 1);
    struct hash128 hash = {(uint64_t)wire_get(bytes.bytes, 8),
                           (uint64_t)wire_get(bytes.bytes + 8, 8)};
    struct cloacina_error why = {0};
    struct workflow *workflow = NULL;
    for (size_t i = 0; i < request->offer_count; i++) {
        if (hash128_equal(request->offers[i].workflow->hash, hash)) {
            return workflow_ref(request->offers[i].workflow);
        }
    }
    enum cloacina_code code =
        workflow_read(session->heap, reply_text(result, row, 2), &workflow, &why);
    if (code != CLOACINA_OK && code != CLOACINA_NO_MEMORY) {
        cloacina_log_print(
            session->options.log, CLOACINA_LOG_WARNING,
            "store: table 'workflow_definitions', definition %lld is not offered: %s",
            (long long)reply_number(result, row, 0), why.message);
        (void)remember(session, (struct offered){.definition = reply_number(result, row, 0)});
    }
    return workflow;
}

/* What cannot be worked out now is asked for again by the next poll. */
bool offers_learn(struct session *session, const struct dal_poll *request)
{
    const PGresult *result = trip_result(session, STATEMENT_NEW_DEFINITIONS);
    size_t known = session->offered_count;
    for (size_t row = 0; row < reply_rows(result); row++) {
        int64_t definition = reply_number(result, row, 0);
        struct workflow *wanted =
            is_known(session, definition) ? NULL : read_workflow(session, request, result, row);
        if (wanted != NULL) {
            resolve(session, request, definition, wanted);
            workflow_unref(wanted);
        }
    }
    return session->offered_count > known;
}
