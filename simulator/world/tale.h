/* SPDX-License-Identifier: Apache-2.0 */
/* tale.h - what happened in a world, one sentence at a time, for whoever writes the story.
 *
 * Only the report of a failure listens: without a teller nothing is put together.
 * Law: telling changes nothing, and a tale means the same in every run of the same decisions. */
#ifndef WORLD_TALE_H
#define WORLD_TALE_H

#include <cloacina/error.h>

#include "oracle/oracle.h"

enum tale_kind {
    /* An execution (run). */
    TALE_SUBMITTED = 1, /* text: the workflow */
    TALE_EXECUTION,     /* its status changed; text: the status, other: the reason */
    /* An attempt (run, task, attempt of attempts_max, runner). */
    TALE_STARTED,   /* its body begins; text: the idempotency key */
    TALE_RETURNED,  /* its body has returned; code, text: the message */
    TALE_COMPLETED, /* stored */
    TALE_FAILED,    /* stored; text: the message */
    TALE_RETRY,     /* stored: there will be another attempt at `until`; text: the message */
    TALE_SKIPPED,   /* stored; text: why */
    TALE_LOST,      /* stored: its runner is dead; it will run again */
    TALE_HANDED_BACK,
    TALE_ABANDONED, /* stored; text: the message */
    TALE_DEFERRED,
    TALE_RESUMED,
    TALE_TIMED_OUT,
    TALE_EFFECT, /* applied; text: its name, other: its key, count: how often under this key now */
    /* A runner. */
    TALE_DIED,    /* until: when it is started again; text: where ("at commit"...) */
    TALE_BEGAN,   /* it was started (again) */
    TALE_STOPPED, /* in good order */
    TALE_FROZEN,  /* until */
    TALE_THAWED,
    TALE_DEPLOYED, /* it has the changed code now */
    TALE_FENCED,   /* it knows that its lease has ended */
    TALE_BURIED,   /* others have closed its lease */
    /* Decisions of the oracle. */
    TALE_FAULT, /* label and choice; the site's other fields as above when known */
    /* The operator (run). */
    TALE_COMMAND /* text: "pause", other: "" or why it was refused; task: that is reset */
};

struct tale {
    enum tale_kind kind;
    int64_t at; /* virtual time, nanoseconds since 1970 */
    int64_t until;
    uint32_t runner; /* from 1; 0: none */
    uint32_t run;    /* from 1; 0: none */
    uint32_t attempt, attempts_max;
    uint64_t count;
    enum cloacina_code code;
    struct text task;
    struct text text;
    struct text other;
    const struct decision *decision; /* TALE_FAULT */
};

/* Embed first. All that a tale points to is Borrowed for the call. */
struct teller {
    void (*tell)(struct teller *teller, const struct tale *tale);
};

#endif
