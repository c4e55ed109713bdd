/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_workflow.c - a stored definition is read back exactly, or refused with a message.
 *
 * Whatever the bytes: no crash, no leak, and what is accepted writes itself as the very same
 * bytes. */
#include <assert.h>
#include <string.h>

#include "workflow/workflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workflow *workflow = NULL;
    struct cloacina_error err = {0};
    struct text json = {.bytes = (const char *)data, .length = size};
    if (workflow_read(NULL, json, &workflow, &err) != CLOACINA_OK) {
        assert(err.code != CLOACINA_OK && err.message[0] != '\0');
        return 0;
    }
    assert(text_equal(workflow->json, json));
    workflow_unref(workflow);
    return 0;
}
