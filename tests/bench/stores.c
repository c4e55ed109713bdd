/* SPDX-License-Identifier: Apache-2.0 */
/* stores.c - the same code as the examples, once for each store and shape.
 *
 * Law: the floor of a figure was measured in turns with it: performance.c sees to that. */
#include "stores.h"

#include <stdio.h>
#include <stdlib.h>

#include "shapes.h"

enum { ITERATIONS = 20000, ITERATIONS_QUICK = 320 };
enum { SQLITE_CALLERS = 32, POSTGRES_CALLERS = 256 };

/* One call of a one-task workflow is wished to take less than this. */
#define EXECUTE_LIMIT_US 1000.0

struct store {
    const char *name;
    const char *database; /* URL; NULL: an own SQLite file */
    uint32_t callers;
};

static const struct {
    const char *name;
    const struct performance *shape;
} shapes[] = {
    {"simple", &shape_simple},
    {"parallel", &shape_parallel},
    {"pipeline", &shape_pipeline},
};

static void shape_measure(const struct store *store, size_t shape, bool is_quick,
                          void (*tell)(void *user, const char *unit, double value, double floor,
                                       const char *name),
                          void *user)
{
    char name[64];
    struct cloacina_error err;
    struct performance_result result;
    const struct performance_options options = {
        .database = store->database,
        .iterations = is_quick ? ITERATIONS_QUICK : ITERATIONS,
        .concurrency = store->callers,
    };
    if (performance_measure(shapes[shape].shape, &options, &result, &err) != CLOACINA_OK) {
        fprintf(stderr, "bench: %s, %s: %s\n", store->name, shapes[shape].name, err.message);
        exit(3);
    }
    (void)snprintf(name, sizeof(name), "%s, %s, %u callers", store->name, shapes[shape].name,
                   (unsigned)store->callers);
    tell(user, "us per task", 1e6 / result.tasks_per_second, 1e6 / result.floor_tasks_per_second,
         name);
    if (result.tasks == 1) {
        (void)snprintf(name, sizeof(name), "%s, one execute alone, p50; floor: 1 ms", store->name);
        tell(user, "us", result.execute_alone_p50_us, EXECUTE_LIMIT_US, name);
    }
}

void stores_measure(bool is_quick,
                    void (*tell)(void *user, const char *unit, double value, double floor,
                                 const char *name),
                    void *user)
{
    const struct store stores[] = {
        {"SQLite", NULL, SQLITE_CALLERS},
        {"PostgreSQL", getenv("CLOACINA_TEST_POSTGRES"), POSTGRES_CALLERS},
    };
    size_t count = stores[1].database == NULL ? 1 : 2;
    for (size_t store = 0; store < count; store++) {
        for (size_t shape = 0; shape < sizeof(shapes) / sizeof(shapes[0]); shape++) {
            shape_measure(&stores[store], shape, is_quick, tell, user);
        }
    }
}
