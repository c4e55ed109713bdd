/* SPDX-License-Identifier: Apache-2.0 */
/* test_view_model.c - the merge of contexts against a second one, which is slow and obvious.
 *
 * The model was written from the text of the design and shares nothing with the engine but that
 * text; they meet in JSON only. It keeps for every task what it has seen of every write: nothing,
 * that it is there, or that it was replaced. Uniting takes the greater of these; writing at a path
 * turns what is there, at the path and below, into replaced. The value is computed by doing the
 * writes one after the other. */
#include "support.h"

#include <stdio.h>

#include "context/view.h"

enum { KEYS = 4, DEPTH_MAX = 3, TASKS_MAX = 120, WRITES_MAX = 3 * TASKS_MAX, ITEMS_MAX = 16 };
enum { NODES_MAX = 20000, TEXT_SIZE = 16384, DEPENDENCIES_MAX = 4 };

/* ---- random numbers (splitmix64) ---- */

static uint64_t random_state;

static uint32_t draw(uint32_t bound)
{
    random_state += 0x9e3779b97f4a7c15;
    uint64_t mixed = random_state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
    return (uint32_t)((mixed ^ mixed >> 31) % bound);
}

/* ---- the model's JSON: numbers, lists of numbers, objects with the keys a, b, c, d ---- */

enum node_kind { NODE_NUMBER, NODE_LIST, NODE_OBJECT };

struct node {
    enum node_kind kind;
    int number;
    int items[ITEMS_MAX];
    size_t count;
    struct node *members[KEYS];
};

static struct node nodes[NODES_MAX];
static size_t node_count;

static struct node *node_make(enum node_kind kind)
{
    assert_true(node_count < NODES_MAX);
    struct node *node = &nodes[node_count++];
    *node = (struct node){.kind = kind};
    return node;
}

static struct node *node_copy(const struct node *original)
{
    struct node *node = node_make(original->kind);
    *node = *original;
    for (int key = 0; key < KEYS; key++) {
        node->members[key] = original->members[key] ? node_copy(original->members[key]) : NULL;
    }
    return node;
}

static struct node *node_random(int depth)
{
    struct node *node = node_make(depth > 0 && draw(3) == 0 ? NODE_OBJECT
                                  : draw(2) == 0            ? NODE_LIST
                                                            : NODE_NUMBER);
    node->number = (int)draw(5);
    node->count = node->kind == NODE_LIST ? draw(4) : 0;
    for (size_t i = 0; i < node->count; i++) {
        node->items[i] = (int)draw(5);
    }
    for (int key = 0; key < KEYS && node->kind == NODE_OBJECT; key++) {
        node->members[key] = draw(3) == 0 ? node_random(depth - 1) : NULL;
    }
    return node;
}

/* ---- texts ---- */

struct printed {
    char bytes[TEXT_SIZE];
    size_t length;
};

static void print(struct printed *out, const char *text)
{
    size_t length = strlen(text);
    assert_true(out->length + length < TEXT_SIZE);
    memcpy(out->bytes + out->length, text, length + 1);
    out->length += length;
}

static void print_number(struct printed *out, int number)
{
    char digits[16];
    (void)snprintf(digits, sizeof(digits), "%d", number);
    print(out, digits);
}

static void print_key(struct printed *out, int key)
{
    print(out, (const char[]){(char)('a' + key), '\0'});
}

static void print_node(struct printed *out, const struct node *node)
{
    const char *comma = "";
    if (node->kind == NODE_NUMBER) {
        print_number(out, node->number);
        return;
    }
    print(out, node->kind == NODE_LIST ? "[" : "{");
    for (size_t i = 0; i < node->count; i++, comma = ",") {
        print(out, comma);
        print_number(out, node->items[i]);
    }
    for (int key = 0; key < KEYS; key++) {
        if (node->members[key] != NULL) {
            print(out, comma);
            print(out, "\"");
            print_key(out, key);
            print(out, "\":");
            print_node(out, node->members[key]);
            comma = ",";
        }
    }
    print(out, node->kind == NODE_LIST ? "]" : "}");
}

/* ---- the model's writes ---- */

struct model_path {
    int keys[DEPTH_MAX];
    int depth;
};

static bool begins_with(struct model_path path, struct model_path start)
{
    for (int i = 0; i < start.depth; i++) {
        if (i >= path.depth || path.keys[i] != start.keys[i]) {
            return false;
        }
    }
    return true;
}

static bool same_path(struct model_path a, struct model_path b)
{
    return a.depth == b.depth && begins_with(a, b);
}

struct model_write {
    size_t author;
    struct model_path path;
    struct node *value; /* NULL: a removal */
};

enum sight { UNSEEN = 0, THERE = 1, REPLACED = 2 };

struct model_task {
    size_t dependencies[DEPENDENCIES_MAX];
    size_t dependency_count;
    enum sight input[WRITES_MAX];
    enum sight output[WRITES_MAX];
};

struct model {
    struct node *initial;
    struct model_task tasks[TASKS_MAX];
    size_t task_count;
    struct model_write writes[WRITES_MAX];
    size_t write_count;
};

static struct model model;

static void sights_unite(enum sight *into, const enum sight *more)
{
    for (size_t w = 0; w < model.write_count; w++) {
        into[w] = more[w] > into[w] ? more[w] : into[w];
    }
}

static void model_run(size_t index)
{
    struct model_task *task = &model.tasks[index];
    memset(task->input, 0, sizeof(task->input));
    for (size_t i = 0; i < task->dependency_count; i++) {
        sights_unite(task->input, model.tasks[task->dependencies[i]].output);
    }
    memcpy(task->output, task->input, sizeof(task->output));
    for (size_t mine = 0; mine < model.write_count; mine++) {
        if (model.writes[mine].author != index) {
            continue;
        }
        for (size_t w = 0; w < model.write_count; w++) {
            if (task->input[w] == THERE &&
                begins_with(model.writes[w].path, model.writes[mine].path)) {
                task->output[w] = REPLACED;
            }
        }
        task->output[mine] = THERE;
    }
}

/* ---- the model's value ---- */

static void list_add(struct node *list, int item)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] == item) {
            return;
        }
    }
    assert_true(list->count < ITEMS_MAX);
    list->items[list->count++] = item;
}

static struct node *lists_unite(const struct node *a, const struct node *b)
{
    struct node *list = node_make(NODE_LIST);
    for (size_t i = 0; i < a->count; i++) {
        list_add(list, a->items[i]);
    }
    for (size_t i = 0; i < b->count; i++) {
        list_add(list, b->items[i]);
    }
    return list;
}

/* All writes that are there at one path as one: writes stand in definition order. */
static struct model_write path_resolve(const enum sight *sights, struct model_path path)
{
    struct model_write resolved = {.value = NULL};
    bool is_set = false;
    for (size_t w = 0; w < model.write_count; w++) {
        const struct model_write *write = &model.writes[w];
        if (sights[w] != THERE || !same_path(write->path, path) ||
            (is_set && write->value == NULL)) {
            continue;
        }
        struct node *value = write->value;
        if (is_set && resolved.value->kind == NODE_LIST && value->kind == NODE_LIST) {
            value = lists_unite(resolved.value, value);
        }
        is_set = value != NULL;
        resolved = (struct model_write){.author = write->author, .path = path, .value = value};
    }
    return resolved;
}

static void write_do(struct node *root, const struct model_write *write)
{
    struct node *object = root;
    for (int i = 0; i < write->path.depth - 1; i++) {
        struct node **member = &object->members[write->path.keys[i]];
        if (*member == NULL || (*member)->kind != NODE_OBJECT) {
            if (write->value == NULL) {
                return;
            }
            *member = node_make(NODE_OBJECT);
        }
        object = *member;
    }
    object->members[write->path.keys[write->path.depth - 1]] =
        write->value == NULL ? NULL : node_copy(write->value);
}

static struct node *model_value(const enum sight *sights)
{
    struct node *root = node_copy(model.initial);
    for (size_t w = 0; w < model.write_count; w++) { /* they stand in the order of their authors */
        if (sights[w] == THERE) {
            struct model_write resolved = path_resolve(sights, model.writes[w].path);
            if (resolved.author == model.writes[w].author) {
                write_do(root, &resolved);
            }
        }
    }
    return root;
}

/* ---- random workflows ---- */

enum shape { SHAPE_RANDOM, SHAPE_CHAIN, SHAPE_COMB, SHAPE_LADDER, SHAPE_LAYERS, SHAPE_COUNT };

static void depend(struct model_task *task, size_t on)
{
    if (task->dependency_count < DEPENDENCIES_MAX) {
        task->dependencies[task->dependency_count++] = on;
    }
}

static void dependencies_draw(enum shape shape, size_t index, struct model_task *task)
{
    task->dependency_count = 0;
    if (index == 0) {
        return;
    }
    switch (shape) {
    case SHAPE_RANDOM:
        for (uint32_t left = draw(DEPENDENCIES_MAX); left > 0; left--) {
            depend(task, draw((uint32_t)index));
        }
        break;
    case SHAPE_CHAIN: /* with a few leaps */
        depend(task, index - 1);
        if (draw(5) == 0) {
            depend(task, draw((uint32_t)index));
        }
        break;
    /* The first few tasks are no chain, and are needed by the chain again and again. */
    case SHAPE_COMB:
        if (index >= 4) {
            depend(task, index - 1);
            depend(task, draw(4));
        }
        break;
    case SHAPE_LADDER:
        depend(task, index - 1);
        depend(task, index >= 2 ? index - 2 : 0);
        depend(task, index >= 2 ? draw(2) : 0);
        break;
    case SHAPE_LAYERS:
        for (int i = 0; i < 3 && index >= 8; i++) {
            depend(task, index - index % 8 - 8 + draw(8));
        }
        break;
    case SHAPE_COUNT:
        fail();
    }
}

static bool is_taken(size_t author, struct model_path path)
{
    for (size_t w = model.write_count; w > 0 && model.writes[w - 1].author == author; w--) {
        struct model_path other = model.writes[w - 1].path;
        if (begins_with(path, other) || begins_with(other, path)) {
            return true;
        }
    }
    return false;
}

static void writes_draw(size_t author, uint32_t keys)
{
    for (uint32_t left = draw(4); left > 0; left--) {
        struct model_path path = {.depth = 1 + (int)draw(DEPTH_MAX)};
        for (int i = 0; i < path.depth; i++) {
            path.keys[i] = (int)draw(keys);
        }
        if (!is_taken(author, path)) {
            model.writes[model.write_count++] = (struct model_write){
                .author = author,
                .path = path,
                .value = draw(4) == 0 ? NULL : node_random(DEPTH_MAX - path.depth),
            };
        }
    }
}

static void model_draw(uint64_t seed)
{
    random_state = seed;
    node_count = 0;
    model.write_count = 0;
    enum shape shape = (enum shape)draw(SHAPE_COUNT);
    uint32_t keys = 1 + draw(KEYS);
    model.task_count = 2 + draw(seed % 25 == 0 ? TASKS_MAX - 2 : 20);
    model.initial = node_make(NODE_OBJECT);
    for (int key = 0; key < KEYS; key++) {
        model.initial->members[key] = draw(2) == 0 ? node_random(DEPTH_MAX - 1) : NULL;
    }
    for (size_t index = 0; index < model.task_count; index++) {
        dependencies_draw(shape, index, &model.tasks[index]);
        writes_draw(index, keys);
        model_run(index);
    }
}

/* ---- the engine ---- */

struct engine {
    struct arena arena;
    const struct view *initial;
    const struct view *inputs[TASKS_MAX];
    const struct view *outputs[TASKS_MAX];
};

static const struct delta *engine_delta(struct engine *engine, size_t author)
{
    struct printed json = {.length = 0};
    const char *comma = "";
    print(&json, "{");
    for (size_t w = 0; w < model.write_count; w++) {
        const struct model_write *write = &model.writes[w];
        if (write->author != author) {
            continue;
        }
        print(&json, comma);
        print(&json, write->value == NULL ? "\"-" : "\"");
        for (int i = 0; i < write->path.depth; i++) {
            print(&json, "/");
            print_key(&json, write->path.keys[i]);
        }
        print(&json, "\":");
        if (write->value == NULL) {
            print(&json, "null");
        } else {
            print_node(&json, write->value);
        }
        comma = ",";
    }
    print(&json, "}");
    const struct delta *delta = NULL;
    assert_int_equal(delta_read(&engine->arena, text_of(json.bytes), &delta, NULL), CLOACINA_OK);
    return delta;
}

/* With the dependencies in a random order, some of them twice. */
static void engine_run(struct engine *engine, size_t index)
{
    const struct model_task *task = &model.tasks[index];
    const struct view *views[2 * DEPENDENCIES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < task->dependency_count; i++) {
        views[count++] = engine->outputs[task->dependencies[i]];
        if (draw(4) == 0) {
            views[count++] = engine->outputs[task->dependencies[i]];
        }
    }
    if (count == 0) {
        views[count++] = engine->initial;
    }
    for (size_t i = count - 1; i > 0; i--) {
        size_t other = draw((uint32_t)i + 1);
        const struct view *swapped = views[i];
        views[i] = views[other];
        views[other] = swapped;
    }
    engine->inputs[index] = view_unite(&engine->arena, views, count);
    assert_non_null(engine->inputs[index]);
    engine->outputs[index] = view_after(&engine->arena, engine->inputs[index], (uint32_t)index,
                                        engine_delta(engine, index));
    assert_non_null(engine->outputs[index]);
}

static bool is_ready(const struct engine *engine, size_t index)
{
    const struct model_task *task = &model.tasks[index];
    for (size_t i = 0; i < task->dependency_count; i++) {
        if (engine->outputs[task->dependencies[i]] == NULL) {
            return false;
        }
    }
    return engine->outputs[index] == NULL;
}

/* Runs all tasks, in one of the orders that their dependencies allow. */
static void engine_run_all(struct engine *engine)
{
    struct printed json = {.length = 0};
    const struct value *initial = NULL;
    *engine = (struct engine){.initial = NULL};
    arena_init(&engine->arena, NULL);
    print_node(&json, model.initial);
    assert_int_equal(value_read(&engine->arena, text_of(json.bytes), &initial, NULL), CLOACINA_OK);
    engine->initial = view_initial(&engine->arena, initial);
    for (size_t done = 0; done < model.task_count;) {
        size_t index = draw((uint32_t)model.task_count);
        if (is_ready(engine, index)) {
            engine_run(engine, index);
            done++;
        }
    }
}

static void assert_same(struct engine *engine, const struct view *view, const enum sight *sights,
                        uint64_t seed, size_t task)
{
    struct printed wanted = {.length = 0};
    size_t mark = node_count;
    print_node(&wanted, model_value(sights));
    node_count = mark;
    struct text_builder found;
    text_builder_init(&found, NULL);
    const struct value *value = view_value(&engine->arena, view);
    assert_non_null(value);
    value_write(&found, value);
    if (strcmp(text_builder_terminated(&found), wanted.bytes) != 0) {
        fail_msg("seed %llu, task %zu: %s, the model says %s", (unsigned long long)seed, task,
                 text_builder_terminated(&found), wanted.bytes);
    }
    text_builder_finish(&found);
}

/* ---- tests ---- */

/* The merge is the heart of the engine: two implementations of one text must agree. */
static void engine_and_model_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        static struct engine engine;
        model_draw(seed);
        engine_run_all(&engine);
        for (size_t task = 0; task < model.task_count; task++) {
            assert_same(&engine, engine.inputs[task], model.tasks[task].input, seed, task);
            assert_same(&engine, engine.outputs[task], model.tasks[task].output, seed, task);
        }
        arena_finish(&engine.arena);
    }
}

/* The final context unites any tasks, not only the dependencies of one. */
static void all_views_united_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 100000; seed < 102000; seed++) {
        static struct engine engine;
        static enum sight united[WRITES_MAX];
        model_draw(seed);
        engine_run_all(&engine);
        memset(united, 0, sizeof(united));
        for (size_t task = 0; task < model.task_count; task++) {
            sights_unite(united, model.tasks[task].output);
        }
        const struct view *view = view_unite(&engine.arena, engine.outputs, model.task_count);
        assert_non_null(view);
        assert_same(&engine, view, united, seed, model.task_count);
        arena_finish(&engine.arena);
    }
}

/* Neither the order in which tasks end nor that of the rows in a store may show. */
static void the_order_of_running_and_uniting_does_not_show(void **state)
{
    (void)state;
    for (uint64_t seed = 200000; seed < 202000; seed++) {
        static struct engine engines[2];
        model_draw(seed);
        engine_run_all(&engines[0]);
        engine_run_all(&engines[1]);
        for (size_t task = 0; task < model.task_count; task++) {
            assert_true(view_equal(engines[0].outputs[task], engines[1].outputs[task]));
        }
        arena_finish(&engines[0].arena);
        arena_finish(&engines[1].arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engine_and_model_agree),
        cmocka_unit_test(all_views_united_agree),
        cmocka_unit_test(the_order_of_running_and_uniting_does_not_show),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
