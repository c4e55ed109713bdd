/* SPDX-License-Identifier: Apache-2.0 */
/* cloacina/authoring.h - everything the author of a workflow needs, and libc only.
 *
 *     #include <cloacina/authoring.h>
 *
 *     static enum cloacina_code price_body(struct cloacina_task *task, struct cloacina_error *err)
 *     {
 *         return cloacina_context_set_int64(cloacina_task_context(task), "cents", 4200, err);
 *     }
 *     static enum cloacina_code charge_body(struct cloacina_task *task, struct cloacina_error *err)
 *     {
 *         ...
 *     }
 *
 *     CLOACINA_TASK(price, .body = price_body);
 *     CLOACINA_TASK(charge, .body = charge_body, .dependencies = CLOACINA_TASKS(&price),
 *                   .retry = {.attempts_max = 5, .initial_delay_ms = 500}, .timeout_ms = 30000);
 *     CLOACINA_WORKFLOW(shop, .tasks = CLOACINA_TASKS(&price, &charge));
 *
 * A body is an ordinary function, so debuggers, coverage and sanitizers see its lines. A dependency
 * is a pointer, so a wrong name does not compile. The structure (names, dependencies, rules,
 * retries, timeouts) is data that goes into the store; the bodies stay code of this process.
 *
 * TASKS RUN AT LEAST ONCE. A runner may die after a body has done its work and before that is
 * written down; then the body runs again, on another runner, perhaps while the first one is still
 * busy. A body that touches the outside does so through cloacina_task_effect() and hands the
 * receiver its cloacina_task_idempotency_key(), which is the same in every attempt.
 *
 * Reading order: the body, retry, rules, the definitions, the macros, the handle. The macros are
 * C11; C++ and other languages use the run-time builder of <cloacina/workflow.h>. */
#ifndef CLOACINA_AUTHORING_H
#define CLOACINA_AUTHORING_H

#include <cloacina/context.h>
#include <cloacina/error.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One attempt of one task, as its body sees it. Valid until the body returns; used by its thread
 * only. */
struct cloacina_task;

/* ---- retry: what happens after a failed attempt ----
 *
 * All-zero is the default policy: 3 attempts in all, after 1 s and 2 s, each +-25 %, whatever the
 * error. With n = the number of the attempt that failed, the delay before the next one is
 *
 *     FIXED        initial_delay
 *     LINEAR       initial_delay * n * multiplier
 *     EXPONENTIAL  initial_delay * multiplier * base^(n-1)
 *
 * cut at delay_max, and only then spread by the jitter: a capped delay may become
 * 1.25 * delay_max. */

enum cloacina_backoff {
    CLOACINA_BACKOFF_EXPONENTIAL = 0,
    CLOACINA_BACKOFF_LINEAR = 1,
    CLOACINA_BACKOFF_FIXED = 2
};

enum cloacina_jitter {
    /* Uniform in 75 % .. 125 % of the delay; none at all in a calm world. */
    CLOACINA_JITTER_QUARTER = 0,
    CLOACINA_JITTER_NONE = 1
};

enum cloacina_retry_when {
    CLOACINA_RETRY_ALL = 0,   /* after any error */
    CLOACINA_RETRY_NEVER = 1, /* the first failure is final */
    /* After CLOACINA_TIMEOUT and CLOACINA_UNAVAILABLE; after CLOACINA_FAILED if the message
     * contains "timeout", "connection", "network", "temporary" or "unavailable" in upper or lower
     * case. */
    CLOACINA_RETRY_TRANSIENT = 2,
    /* If the message contains one of `patterns`, in upper or lower case. */
    CLOACINA_RETRY_PATTERNS = 3
};

/* For initial_delay_ms, where 0 already means the default: the next attempt starts at once. */
#define CLOACINA_NO_DELAY (-1)

struct cloacina_retry {
    /* Runs in all, the first one counted; 0 = 3, 1 = no retry, at most 1,000,000. */
    int attempts_max;
    enum cloacina_backoff backoff;
    double base;              /* EXPONENTIAL only; 0 = 2.0. Kept as 32.32 bits: 2^-32 to 2^31 */
    double multiplier;        /* EXPONENTIAL and LINEAR; 0 = 1.0. The same range */
    int64_t initial_delay_ms; /* 0 = 1,000; CLOACINA_NO_DELAY = none */
    int64_t delay_max_ms;     /* 0 = 60,000, or initial_delay_ms if that is more */
    enum cloacina_jitter jitter;
    enum cloacina_retry_when retry_when;
    const char *const *patterns; /* PATTERNS only: CLOACINA_TEXTS("busy", "rate limit") */
};

/* ---- rules: whether a task runs ----
 *
 * A task without a rule runs unless one of its dependencies failed (then it is skipped, and what
 * depends on it too), or all of them were skipped. A rule decides alone, once, when all
 * dependencies have ended:
 *
 *     .rule = CLOACINA_TASK_FAILED("charge")
 *     .rule = CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("price"),
 *                             CLOACINA_CONTEXT_VALUE("cents", CLOACINA_GREATER_THAN, "1000"))
 *
 * A rule may name only tasks that the task depends on, directly or through others; the short name,
 * or the full one, "tenant::package::workflow::task". This is checked when the workflow is
 * built. */

enum cloacina_rule_type {
    CLOACINA_RULE_ALWAYS = 1,
    CLOACINA_RULE_TASK_SUCCEEDED = 2,
    CLOACINA_RULE_TASK_FAILED = 3,
    CLOACINA_RULE_TASK_SKIPPED = 4,
    CLOACINA_RULE_CONTEXT_VALUE = 5,
    CLOACINA_RULE_ALL_OF = 6,
    CLOACINA_RULE_ANY_OF = 7,
    CLOACINA_RULE_NONE_OF = 8
};

/* How CLOACINA_CONTEXT_VALUE compares the value under a key of the task's input with the rule's
 * value. */
enum cloacina_rule_operator {
    CLOACINA_EQUALS = 1,       /* equal as JSON: 1 equals 1.0; an absent key equals nothing */
    CLOACINA_NOT_EQUALS = 2,   /* true for an absent key */
    CLOACINA_GREATER_THAN = 3, /* both are numbers, compared exactly; else false */
    CLOACINA_LESS_THAN = 4,
    CLOACINA_CONTAINS = 5,      /* a text contains a text, an array an equal element; else false */
    CLOACINA_NOT_CONTAINS = 6,  /* true for an absent key */
    CLOACINA_KEY_EXISTS = 7,    /* null is a value too; takes NULL in place of a value */
    CLOACINA_KEY_NOT_EXISTS = 8 /* takes NULL in place of a value */
};

/* Made by the macros below; at file scope they live as long as the program. */
struct cloacina_rule {
    enum cloacina_rule_type type;
    const char *task;                       /* TASK_...: the name */
    const char *key;                        /* CONTEXT_VALUE: a key of the context object */
    enum cloacina_rule_operator comparison; /* CONTEXT_VALUE */
    const char *value;                      /* CONTEXT_VALUE: JSON, so a text is "\"like this\"" */
    /* ..._OF: ends in NULL. Without parts, all-of and none-of hold and any-of does not. */
    const struct cloacina_rule *const *parts;
};

#define CLOACINA_ALWAYS() (&(const struct cloacina_rule){.type = CLOACINA_RULE_ALWAYS})
#define CLOACINA_TASK_SUCCEEDED(name)                                                              \
    (&(const struct cloacina_rule){.type = CLOACINA_RULE_TASK_SUCCEEDED, .task = (name)})
#define CLOACINA_TASK_FAILED(name)                                                                 \
    (&(const struct cloacina_rule){.type = CLOACINA_RULE_TASK_FAILED, .task = (name)})
#define CLOACINA_TASK_SKIPPED(name)                                                                \
    (&(const struct cloacina_rule){.type = CLOACINA_RULE_TASK_SKIPPED, .task = (name)})
#define CLOACINA_CONTEXT_VALUE(context_key, operator_name, json)                                   \
    (&(const struct cloacina_rule){.type = CLOACINA_RULE_CONTEXT_VALUE,                            \
                                   .key = (context_key),                                           \
                                   .comparison = (operator_name),                                  \
                                   .value = (json)})
#define CLOACINA_ALL_OF(...) CLOACINA_RULE_OF_PARTS_(CLOACINA_RULE_ALL_OF, __VA_ARGS__)
#define CLOACINA_ANY_OF(...) CLOACINA_RULE_OF_PARTS_(CLOACINA_RULE_ANY_OF, __VA_ARGS__)
#define CLOACINA_NONE_OF(...) CLOACINA_RULE_OF_PARTS_(CLOACINA_RULE_NONE_OF, __VA_ARGS__)

/* ---- definitions ---- */

struct cloacina_task_definition {
    const char *name; /* set by CLOACINA_TASK: 1 to 255 bytes of UTF-8 without "::" */

    /* Does the work. Returns CLOACINA_OK, or sets `err` and returns its code; `err` is never NULL.
     * What it wrote into the context counts only with CLOACINA_OK. Runs on a thread of its own;
     * never two attempts of one claim at once. Required. */
    enum cloacina_code (*body)(struct cloacina_task *task, struct cloacina_error *err);

    /* CLOACINA_TASKS(&a, &b); NULL = none. */
    const struct cloacina_task_definition *const *dependencies;
    struct cloacina_retry retry;
    int64_t timeout_ms; /* of one attempt, parked time not counted; 0 = the runner's default */
    const struct cloacina_rule *rule; /* NULL = none */
    const char *revision; /* of the code, shown with each attempt; not in the hash. May be NULL */
    const char *description; /* for people; not in the hash. May be NULL */
    void *user;              /* Borrowed: what cloacina_task_user() returns in the body */
    const char *file;        /* set by CLOACINA_TASK, for error messages */
    int line;                /* of a definition over several lines: gcc the first, clang the last */
};

struct cloacina_workflow_definition {
    const char *name;                                    /* set by CLOACINA_WORKFLOW */
    const struct cloacina_task_definition *const *tasks; /* CLOACINA_TASKS(&a, &b), in any order */
    const char *tenant;                                  /* NULL = "public" */
    const char *package;                                 /* NULL = "embedded" */
    const char *description;                             /* may be NULL */
    const char *file; /* set by CLOACINA_WORKFLOW, for error messages */
    int line;
};

/* ---- the macros: at file scope, in C ---- */

/* CLOACINA_TASK(name, .field = value, ...): defines the constant `name`, a struct
 * cloacina_task_definition visible to every file of the same program or shared object. The symbol
 * behind it is `cloacina_task_<name>` and hidden, so a task may be called `send` without getting
 * into the way of libc, and two plug-ins may have tasks of the same name. */
#define CLOACINA_TASK(...) CLOACINA_TASK_DEFINE_(__VA_ARGS__, .file = __FILE__, .line = __LINE__)

/* Makes a task of another file known here, above its use in CLOACINA_TASKS. */
#define CLOACINA_TASK_DECLARE(task_name)                                                           \
    extern const struct cloacina_task_definition task_name CLOACINA_SYMBOL_(                       \
        "cloacina_task_" #task_name)

/* A list of pointers to tasks, for .dependencies and .tasks. */
#define CLOACINA_TASKS(...) ((const struct cloacina_task_definition *const[]){__VA_ARGS__, NULL})

/* A list of texts. */
#define CLOACINA_TEXTS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* CLOACINA_WORKFLOW(name, .tasks = CLOACINA_TASKS(...), ...): defines the constant `name`, a struct
 * cloacina_workflow_definition, and enters it into the list of its program or shared object. The
 * linker keeps that list: a workflow inside a static library is entered only if the whole library
 * is linked (Meson: link_whole; ld: --whole-archive), since nobody else refers to it. */
#define CLOACINA_WORKFLOW(...)                                                                     \
    CLOACINA_WORKFLOW_DEFINE_(__VA_ARGS__, .file = __FILE__, .line = __LINE__)

/* Makes a workflow of another file known here. */
#define CLOACINA_WORKFLOW_DECLARE(workflow_name)                                                   \
    extern const struct cloacina_workflow_definition workflow_name CLOACINA_SYMBOL_(               \
        "cloacina_workflow_" #workflow_name)

/* ---- the handle: what a body may ask and do ---- */

/* The context of this attempt: read and written through <cloacina/context.h>. Lives as long as the
 * handle. */
CLOACINA_API struct cloacina_context *cloacina_task_context(struct cloacina_task *task);

/* The short name. Lives as long as the handle. */
CLOACINA_API const char *cloacina_task_name(const struct cloacina_task *task);

/* The definition's .user. */
CLOACINA_API void *cloacina_task_user(const struct cloacina_task *task);

/* Which attempt this is, from 1, and how many there may be in all. A lost runner does not count as
 * one. */
CLOACINA_API uint32_t cloacina_task_attempt(const struct cloacina_task *task);
CLOACINA_API uint32_t cloacina_task_attempts_max(const struct cloacina_task *task);

/* A text that is the same for every attempt of this task of this execution and for no other: hand
 * it to whoever must not do the work twice. Lives as long as the handle. */
CLOACINA_API const char *cloacina_task_idempotency_key(const struct cloacina_task *task);

/* A text that is new for every claim: tells attempts apart, for instance in logs of an outside
 * service. */
CLOACINA_API const char *cloacina_task_token(const struct cloacina_task *task);

/* Nanoseconds since 1970-01-01T00:00:00Z; virtual in a world. Use it in place of time() and its
 * relatives, and your tests never wait. */
CLOACINA_API int64_t cloacina_task_now(const struct cloacina_task *task);

/* A number below `bound` (0 if bound is 0 or 1); always 0 in a calm world, replayed by a token. */
CLOACINA_API uint64_t cloacina_task_random(struct cloacina_task *task, uint64_t bound);

/* Not 0 once this attempt has lost its claim, was cancelled or has run out of time: whatever it
 * still writes will be refused, so it should return soon. Ask in long loops; it costs next to
 * nothing. */
CLOACINA_API int cloacina_task_is_cancelled(const struct cloacina_task *task);

/* Waits, keeping the slot; virtual in a world. Negative is 0. CLOACINA_CANCELLED: the claim was
 * lost or cancelled before the time was over; CLOACINA_CRASHED: the runner is dead (simulator).
 * Return with either. */
CLOACINA_API enum cloacina_code
cloacina_task_sleep_ms(struct cloacina_task *task, int64_t milliseconds,
                       struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Gives up the slot, asks `condition(user)` every `interval_ms` (at least 1), the first time after
 * one interval, until it answers non-zero, and takes a slot again. The body keeps its thread;
 * parked time does not count towards the timeout. Errors as cloacina_task_sleep_ms; INVALID: no
 * condition, or an interval below 1. */
CLOACINA_API enum cloacina_code
cloacina_task_defer_until(struct cloacina_task *task, int (*condition)(void *user), void *user,
                          int64_t interval_ms, struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* One deed that the outside notices. */
struct cloacina_effect {
    const char *name; /* of the receiver and the deed, "payments.charge"; required */
    const char *key;  /* equal for repetitions of the same deed; may be NULL */
    enum cloacina_code (*apply)(void *argument, struct cloacina_error *err); /* does it; required */
    void *argument;
    /* Not 0: `apply` hands the key to the receiver, which does the deed once per key however often
     * it is asked (payment services call it an idempotency key). A world does the same: it does not
     * call `apply` again for a deed that was done, and answers CLOACINA_OK. */
    int once_per_key;
};

/* Does a deed. In production this is the call of `apply` and nothing else. In a world it is the
 * place where the deed may fail before it happens, happen with its reply lost, be slow or find the
 * receiver down, and the ledger notes how often each key was applied. Returns what `apply`
 * returned, or what the world made of it; errors as cloacina_task_sleep_ms besides. INVALID: no
 * name, no apply, or once_per_key without a key. */
CLOACINA_API enum cloacina_code
cloacina_task_effect(struct cloacina_task *task, const struct cloacina_effect *effect,
                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- the list of declared workflows ---- */

/* Changes with the layout of the definitions above; a plug-in built for another one is refused by
 * name. */
#define CLOACINA_AUTHORING_ABI 1

/* Gives the workflows that this program or shared object declares, in link order (sort before use),
 * and returns CLOACINA_AUTHORING_ABI. Every file that includes this header carries a copy; the
 * linker keeps one per program or shared object, and each copy sees only the list of its own. */
CLOACINA_API int
cloacina_workflows_declared(const struct cloacina_workflow_definition *const **ret_workflows,
                            size_t *ret_count);

/* ======== below this line: how the macros do it ======== */

#define CLOACINA_RULE_OF_PARTS_(rule_type, ...)                                                    \
    (&(const struct cloacina_rule){                                                                \
        .type = (rule_type), .parts = (const struct cloacina_rule *const[]){__VA_ARGS__, NULL}})

/* The variadic part is never empty, which C11 demands: the macros above append file and line. */
#define CLOACINA_TASK_DEFINE_(task_name, ...)                                                      \
    CLOACINA_TASK_DECLARE(task_name);                                                              \
    const struct cloacina_task_definition task_name = {.name = #task_name, __VA_ARGS__}

/* The section holds pointers: structs of different files would be padded apart. */
#define CLOACINA_WORKFLOW_DEFINE_(workflow_name, ...)                                              \
    CLOACINA_WORKFLOW_DECLARE(workflow_name);                                                      \
    static const struct cloacina_workflow_definition                                               \
        *const cloacina_declared_##workflow_name CLOACINA_ENTRY_ = &workflow_name;                 \
    const struct cloacina_workflow_definition workflow_name = {.name = #workflow_name, __VA_ARGS__}

/* Hidden: a plug-in's reference to its own task must not end up at a task of the program that loads
 * it. */
#define CLOACINA_SYMBOL_(symbol) __asm__(symbol) __attribute__((visibility("hidden")))

/* `used` keeps the compiler from dropping the entry, `retain` the linker: lld with --gc-sections
 * does not count __start_ symbols as a reference. */
#if defined(__has_attribute)
#if __has_attribute(retain)
#define CLOACINA_ENTRY_ __attribute__((used, retain, section("cloacina_workflows")))
#endif
#endif
#ifndef CLOACINA_ENTRY_
#define CLOACINA_ENTRY_ __attribute__((used, section("cloacina_workflows")))
#endif

/* The linker makes these where the section begins and ends; without a section they are NULL. The
 * names are the linker's. (Behind an asm label gcc 12 forgets that they are hidden, and a plug-in
 * without workflows would see the list of its host.) */
extern const struct cloacina_workflow_definition *const __start_cloacina_workflows[]
    __attribute__((weak, visibility("hidden")));
extern const struct cloacina_workflow_definition *const __stop_cloacina_workflows[]
    __attribute__((weak, visibility("hidden")));

__attribute__((weak)) int
cloacina_workflows_declared(const struct cloacina_workflow_definition *const **ret_workflows,
                            size_t *ret_count)
{
    *ret_workflows = __start_cloacina_workflows;
    *ret_count = __start_cloacina_workflows == NULL
                     ? 0
                     : (size_t)(__stop_cloacina_workflows - __start_cloacina_workflows);
    return CLOACINA_AUTHORING_ABI;
}

#ifdef __cplusplus
}
#endif
#endif
