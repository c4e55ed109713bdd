/* SPDX-License-Identifier: Apache-2.0 */
/* trip.c - a diamond: two tasks side by side, and a third that sees what both wrote.
 *
 *                    +---> price_flight ---+
 *     read_request --+                     +---> write_offer
 *                    +---> price_hotel ----+
 *
 * What the two branches write is merged by path, whichever of them ends first:
 *   prices.flight, prices.hotel   different paths: both are there
 *   sources                       an array written by both: united
 *   priced_last                   one value written by both: the later task in definition order
 * wins */
#include "trip.h"

/* Makes 'prices' before the branches part: each then adds a path below an object that both know. */
static enum cloacina_code read_request_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_json(cloacina_task_context(task), "prices", "{}", err);
}

static enum cloacina_code set_branch(struct cloacina_task *task, const char *prices,
                                     const char *sources, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    enum cloacina_code code;
    code = cloacina_context_set_json(context, "prices", prices, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = cloacina_context_set_json(context, "sources", sources, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_string(context, "priced_last", cloacina_task_name(task), err);
}

static enum cloacina_code price_flight_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return set_branch(task, "{\"flight\": 42000}", "[\"airline\", \"exchange rates\"]", err);
}

static enum cloacina_code price_hotel_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return set_branch(task, "{\"hotel\": 31500}", "[\"hotel\", \"exchange rates\"]", err);
}

static enum cloacina_code write_offer_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    const char *prices;
    enum cloacina_code code = cloacina_context_get_json(context, "prices", &prices, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_string(context, "offer", prices, err);
}

CLOACINA_TASK(read_request, .body = read_request_body);
CLOACINA_TASK(price_flight, .body = price_flight_body,
              .dependencies = CLOACINA_TASKS(&read_request));
CLOACINA_TASK(price_hotel, .body = price_hotel_body, .dependencies = CLOACINA_TASKS(&read_request));
CLOACINA_TASK(write_offer, .body = write_offer_body,
              .dependencies = CLOACINA_TASKS(&price_flight, &price_hotel));

CLOACINA_WORKFLOW(trip_offer, .description = "a diamond: flight and hotel side by side",
                  .tasks = CLOACINA_TASKS(&read_request, &price_flight, &price_hotel,
                                          &write_offer));
