/* SPDX-License-Identifier: Apache-2.0 */
/* operation.c - names, weights, and drawing.
 *
 * Law: a seed gives the same operations on every machine. */
#include "operation.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SIZE = 20, NUMBER_BOUND = 1000 };

/* The weight: how often in about a hundred. Work comes first, looking is cheap, and a lease that
 * is closed too often leaves nothing but orphans. */
static const struct {
    char name[NAME_SIZE];
    uint32_t weight;
} kinds[OPERATION_KINDS] = {
    [OPERATION_SUBMIT] = {"submit", 9},
    [OPERATION_LOAD] = {"load", 7},
    [OPERATION_REFRESH] = {"refresh", 8},
    [OPERATION_FEED] = {"feed", 3},
    [OPERATION_INPUT] = {"input", 20},
    [OPERATION_COMMAND] = {"command", 6},
    [OPERATION_CLAIM] = {"claim", 6},
    [OPERATION_GROUP] = {"group", 5},
    [OPERATION_LOCKED] = {"locked", 5},
    [OPERATION_AGAIN] = {"again", 3},
    [OPERATION_POLL] = {"poll", 16},
    [OPERATION_OPEN] = {"open", 2},
    [OPERATION_CLOSE] = {"close", 2},
    [OPERATION_CLAIMS] = {"claims", 2},
    [OPERATION_EVENTS] = {"events", 2},
    [OPERATION_LIST] = {"list", 3},
    [OPERATION_DEFINITION] = {"definition", 1},
    [OPERATION_FIND] = {"find", 3},
    [OPERATION_REMOVE] = {"remove", 3},
    [OPERATION_REMOVE_ENDED] = {"remove-ended", 2},
    [OPERATION_ADVANCE] = {"advance", 6},
    [OPERATION_REOPEN] = {"reopen", 1},
};

uint64_t draw_number(struct draw *draw)
{
    uint64_t mixed = draw->state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

uint32_t draw_below(struct draw *draw, uint32_t bound)
{
    return (uint32_t)((draw_number(draw) >> 32) * bound >> 32);
}

static enum operation_kind kind_draw(struct draw *draw)
{
    uint32_t total = 0;
    for (size_t kind = 0; kind < OPERATION_KINDS; kind++) {
        total += kinds[kind].weight;
    }
    uint32_t place = draw_below(draw, total);
    size_t kind = 0;
    while (place >= kinds[kind].weight) {
        place -= kinds[kind].weight;
        kind++;
    }
    return (enum operation_kind)kind;
}

void operations_draw(uint64_t seed, struct operation *ret_operations, size_t count)
{
    struct draw draw = {.state = seed};
    for (size_t i = 0; i < count; i++) {
        ret_operations[i].kind = kind_draw(&draw);
        for (size_t j = 0; j < OPERATION_NUMBERS; j++) {
            ret_operations[i].numbers[j] = draw_below(&draw, NUMBER_BOUND);
        }
    }
}

void operations_print(struct text_builder *builder, const struct operation *operations,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_builder_print(builder, "%s%s:%" PRIu32 ":%" PRIu32 ":%" PRIu32, i > 0 ? "," : "",
                           kinds[operations[i].kind].name, operations[i].numbers[0],
                           operations[i].numbers[1], operations[i].numbers[2]);
    }
}

size_t operations_read(const char *text, struct operation *ret_operations, size_t capacity)
{
    size_t count = 0;
    while (*text != '\0' && count < capacity) {
        char name[NAME_SIZE];
        struct operation *operation = &ret_operations[count];
        int length = 0;
        if (sscanf(text, "%19[a-z-]:%" SCNu32 ":%" SCNu32 ":%" SCNu32 "%n", name,
                   &operation->numbers[0], &operation->numbers[1], &operation->numbers[2],
                   &length) != 4) {
            return SIZE_MAX;
        }
        size_t kind = 0;
        while (kind < OPERATION_KINDS && strcmp(kinds[kind].name, name) != 0) {
            kind++;
        }
        if (kind == OPERATION_KINDS) {
            return SIZE_MAX;
        }
        operation->kind = (enum operation_kind)kind;
        count++;
        text += length;
        text += *text == ',';
    }
    return *text == '\0' ? count : SIZE_MAX;
}
