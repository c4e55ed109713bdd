/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_plan.c - any bytes as a fault plan: refused with a message, or printed, read and printed
 * again as the very same file. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "oracle/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void print_and_read(const struct cloacina_fault_plan *plan)
{
    struct text_builder once, again;
    struct cloacina_fault_plan *read = NULL;
    struct cloacina_error err = {.code = CLOACINA_OK};
    text_builder_init(&once, NULL);
    text_builder_init(&again, NULL);
    plan_print(plan, &once);
    /* What was short may be longer in full. */
    if (once.length <= PLAN_FILE_BYTES_MAX) {
        enum cloacina_code code =
            plan_read(NULL, text_builder_text(&once), "printed.yaml", &read, &err);
        assert(code == CLOACINA_OK);
        plan_print(read, &again);
        assert(text_equal(text_builder_text(&once), text_builder_text(&again)));
    }
    cloacina_fault_plan_destroy(read);
    text_builder_finish(&once);
    text_builder_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct cloacina_fault_plan *plan = NULL;
    struct cloacina_error err = {.code = CLOACINA_OK};
    struct text yaml = {(const char *)bytes, length};
    if (plan_read(NULL, yaml, "fuzz.yaml", &plan, &err) == CLOACINA_OK) {
        print_and_read(plan);
    } else {
        assert(err.code != CLOACINA_OK && err.message[0] != '\0');
    }
    cloacina_fault_plan_destroy(plan);
    return 0;
}
