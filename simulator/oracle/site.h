/* SPDX-License-Identifier: Apache-2.0 */
/* site.h - the places where something could go otherwise, and what can go wrong there.
 *
 *   site (a kind of call, or of moment)  x  fault  =  one line of the table in site.c
 *
 * `cloacinactl simulate --faults list`, the reports and docs/failure-injection.md speak in these
 * names; so do tokens and fault plans. Never reuse a name.
 * Law: what is not in the table cannot be chosen, whoever answers. */
#ifndef ORACLE_SITE_H
#define ORACLE_SITE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

enum site {
    SITE_NONE,
    /* Calls of a runner to the store; one for every slot of dal.h that runners use. */
    SITE_SUBMIT,
    SITE_COMMIT,
    SITE_COMMIT_LOCKED,
    SITE_POLL,
    SITE_LOAD,
    SITE_REFRESH,
    SITE_FIND_COMMIT,
    SITE_OPEN_LEASE,
    SITE_CLOSE_LEASE,
    SITE_CLAIMS,
    /* A hint of the store on its way to a runner. */
    SITE_HINT,
    /* Of an attempt: its body starts; it goes on after a wait; it sleeps or defers; it touches the
       outside (the name is the effect's). */
    SITE_BODY,
    SITE_EVENT,
    SITE_WAIT,
    SITE_EFFECT,
    /* An execution has changed, and somebody may command something. */
    SITE_OPERATOR,
    /* Once, when an actor begins: its clock, the speed of its clock, its way to the store. */
    SITE_CLOCK,
    SITE_RATE,
    SITE_NETWORK,
    /* Numbers: any value is legal. */
    SITE_RETRY_JITTER,
    SITE_ENTROPY,
    SITE_RANDOM,
    /* Calls of SQLite to the disk under it, when that is the store; one for each kind. The name is
       that of the file: db, wal, lock. */
    SITE_DISK_FILE,
    SITE_DISK_READ,
    SITE_DISK_WRITE,
    SITE_DISK_SYNC,
    SITE_DISK_LOCK,
    SITE_DISK_SHARE,
    SITES
};

enum fault {
    FAULT_NONE,
    FAULT_POSTPONE,   /* everybody else who is due now goes first */
    FAULT_BUSY,       /* the store answers "busy": certainly not applied */
    FAULT_ERROR,      /* a call that failed before it did anything */
    FAULT_REPLY_LOST, /* applied, but nobody learns it */
    FAULT_DROPPED,    /* the connection broke before it was applied, but nobody knows */
    FAULT_SLOW,       /* takes so long on its way there */
    FAULT_SLOW_REPLY, /* takes so long on its way back */
    FAULT_DOWN,       /* from now on, for so long, for everybody */
    FAULT_FULL,       /* writes fail for so long */
    FAULT_CRASH, /* the runner's process dies before the call; is started again after so long */
    FAULT_CRASH_AFTER, /* the same, after the call has had its effect */
    FAULT_STOP,        /* the runner is stopped in good order; is started again after so long */
    FAULT_FREEZE,      /* the process stands still for so long */
    FAULT_DEPLOY,      /* stopped, and started again with changed code after so long */
    FAULT_NO_MEMORY,   /* so many allocations of this runner fail, from now on */
    FAULT_STEP,        /* the runner's wall clock jumps by so much */
    FAULT_STORE_STEP,  /* the store's clock jumps by so much */
    FAULT_LOST,        /* never arrives */
    FAULT_LATE,        /* so much later */
    FAULT_DOUBLED,     /* arrives twice */
    FAULT_FAIL,        /* the body fails in place of its code */
    FAULT_TRANSIENT,   /* the same, with an error that says: try again */
    FAULT_HANG,        /* does not return for so long, whoever asks */
    FAULT_PAUSE,       /* an operator pauses the execution, and resumes it after so long */
    FAULT_CANCEL,      /* an operator cancels it */
    FAULT_RESET,       /* an operator resets its n-th task, counted round; 0: what failed in it */
    FAULT_OFFSET,      /* a wall clock that is wrong by so much */
    FAULT_DRIFT,       /* a clock that is too fast by so much */
    FAULT_ROUND_TRIP,  /* every call takes so long */
    FAULT_NUMBER,      /* the answer to a question for a number: it is the amount */
    FAULT_IO_ERROR,    /* the call to the disk fails, perhaps after a part of it was done */
    FAULT_POWER_LOSS,  /* of the machine on which all runners are: see disk_cut_power */
    FAULTS
};

/* What the amount of a fault is. */
enum amount { AMOUNT_NONE, AMOUNT_DURATION, AMOUNT_SIGNED, AMOUNT_PPB, AMOUNT_COUNT };

/* The answer to a question. All-zero is the calm one. */
struct choice {
    enum fault fault;
    int64_t amount; /* nanoseconds, parts per billion or a number, as the fault has it */
};

const char *site_name(enum site site);              /* "commit"; static */
const char *site_text(enum site site);              /* one line for people; static */
const char *fault_name(enum fault fault);           /* "reply-lost"; static */
const char *fault_text(enum fault fault);           /* one line for people; static */
enum site site_find(struct text name);              /* SITE_NONE: no such site */
enum fault fault_find(struct text name);            /* FAULT_NONE: no such fault */
bool site_allows(enum site site, enum fault fault); /* in the table? */
bool site_is_store_call(enum site site);
bool site_is_disk_call(enum site site);
bool site_is_number(enum site site);

/* The amount of a fault: what it is, and from where to where when nobody says otherwise. */
enum amount fault_amount(enum fault fault, int64_t *ret_minimum, int64_t *ret_maximum);

/* "reply-lost", "slow:1500ms", "step:-1h", "drift:200ppm", a number's value: exact, and read back
 * by choice_parse. Durations are written in the largest unit that leaves an integer (ns us ms s m h
 * d), rates in ppm where that is exact, else ppb. */
void choice_print(enum site site, struct choice choice, struct text_builder *builder);
/* False: it is none, or not one of this site. A fault with an amount may come without one: its
 * least. */
bool choice_parse(enum site site, struct text text, struct choice *ret_choice);

/* "2s", "1.5s", "-1h", "200ppm", "17". False: not an amount of this kind. */
bool amount_parse(enum amount kind, struct text text, int64_t *ret_amount);
void amount_print(enum amount kind, int64_t amount, struct text_builder *builder);

#endif
