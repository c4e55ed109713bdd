/* SPDX-License-Identifier: Apache-2.0 */
/* site.c - the table of sites and faults, and how an answer is written.
 *
 * Law: names never change their meaning: tokens outlive the code. */
#include "oracle/site.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"
#include "base/instant.h"

#define BIT(fault) (UINT64_C(1) << (fault))
_Static_assert(SITES <= 64 && FAULTS <= 64, "sets of them are bits of a word");

/* ---- the table ---- */

#define OF_RUNNER                                                                                  \
    (BIT(FAULT_CRASH) | BIT(FAULT_CRASH_AFTER) | BIT(FAULT_FREEZE) | BIT(FAULT_NO_MEMORY) |        \
     BIT(FAULT_STEP))
#define OF_READS                                                                                   \
    (BIT(FAULT_POSTPONE) | BIT(FAULT_BUSY) | BIT(FAULT_ERROR) | BIT(FAULT_REPLY_LOST) |            \
     BIT(FAULT_DROPPED) | BIT(FAULT_SLOW) | BIT(FAULT_SLOW_REPLY) | BIT(FAULT_DOWN) | OF_RUNNER)
#define OF_WRITES (OF_READS | BIT(FAULT_FULL))
#define OF_DISK                                                                                    \
    (BIT(FAULT_POSTPONE) | BIT(FAULT_SLOW) | BIT(FAULT_CRASH) | BIT(FAULT_FREEZE) |                \
     BIT(FAULT_IO_ERROR) | BIT(FAULT_POWER_LOSS))

static const struct site_entry {
    const char *name;
    const char *text;
    uint64_t faults;
} site_table[SITES] = {
    [SITE_NONE] = {"none", "nowhere", 0},
    [SITE_SUBMIT] = {"submit", "a runner stores a new execution", OF_WRITES},
    [SITE_COMMIT] = {"commit", "a runner stores what has changed", OF_WRITES},
    [SITE_COMMIT_LOCKED] = {"commit-locked", "the same under the store's lock, after two conflicts",
                            OF_WRITES},
    [SITE_POLL] = {"poll", "a runner claims work, beats, and looks at who is alive",
                   OF_WRITES | BIT(FAULT_STOP) | BIT(FAULT_DEPLOY) | BIT(FAULT_STORE_STEP)},
    [SITE_LOAD] = {"load", "a runner reads an execution", OF_READS},
    [SITE_REFRESH] = {"refresh", "a runner reads what others have changed", OF_READS},
    [SITE_FIND_COMMIT] = {"find-commit", "a runner asks whether its lost commit was stored",
                          OF_READS},
    [SITE_OPEN_LEASE] = {"open-lease", "a runner announces itself", OF_WRITES},
    [SITE_CLOSE_LEASE] = {"close-lease", "a runner declares another one dead", OF_WRITES},
    [SITE_CLAIMS] = {"claims", "a runner asks whose tasks are lost", OF_READS},
    [SITE_HINT] = {"hint", "the store tells a runner that there may be work",
                   BIT(FAULT_LOST) | BIT(FAULT_LATE) | BIT(FAULT_DOUBLED)},
    [SITE_BODY] = {"body", "the body of an attempt starts",
                   BIT(FAULT_FAIL) | BIT(FAULT_TRANSIENT) | BIT(FAULT_HANG) | BIT(FAULT_LATE) |
                       BIT(FAULT_CRASH) | BIT(FAULT_CRASH_AFTER)},
    [SITE_EVENT] = {"event", "a body begins, goes on after a wait, or ends", BIT(FAULT_POSTPONE)},
    [SITE_WAIT] = {"wait", "a body sleeps or defers", BIT(FAULT_CRASH)},
    [SITE_EFFECT] = {"effect", "a body touches the outside",
                     BIT(FAULT_POSTPONE) | BIT(FAULT_ERROR) | BIT(FAULT_REPLY_LOST) |
                         BIT(FAULT_SLOW) | BIT(FAULT_SLOW_REPLY) | BIT(FAULT_DOWN) |
                         BIT(FAULT_CRASH) | BIT(FAULT_CRASH_AFTER)},
    [SITE_OPERATOR] = {"operator", "an execution has changed, and somebody may interfere",
                       BIT(FAULT_PAUSE) | BIT(FAULT_CANCEL) | BIT(FAULT_RESET)},
    [SITE_CLOCK] = {"clock", "the wall clock of a runner or the store, at its start",
                    BIT(FAULT_OFFSET)},
    [SITE_RATE] = {"rate", "the speed of the clock of a runner or the store", BIT(FAULT_DRIFT)},
    [SITE_NETWORK] = {"network", "the way from a runner to the store", BIT(FAULT_ROUND_TRIP)},
    [SITE_RETRY_JITTER] = {"retry-jitter", "how far a retry is from its delay", BIT(FAULT_NUMBER)},
    [SITE_ENTROPY] = {"entropy", "where ids come from", BIT(FAULT_NUMBER)},
    [SITE_RANDOM] = {"random", "a body asks for a random number", BIT(FAULT_NUMBER)},
    [SITE_DISK_FILE] = {"disk-file", "SQLite opens, finds, measures, cuts or deletes a file",
                        OF_DISK},
    [SITE_DISK_READ] = {"disk-read", "SQLite reads from a file", OF_DISK},
    [SITE_DISK_WRITE] = {"disk-write", "SQLite writes to a file", OF_DISK | BIT(FAULT_FULL)},
    [SITE_DISK_SYNC] = {"disk-sync", "SQLite makes a file durable", OF_DISK},
    [SITE_DISK_LOCK] = {"disk-lock", "SQLite locks or unlocks a file", OF_DISK},
    [SITE_DISK_SHARE] = {"disk-share", "SQLite uses the memory that its processes share", OF_DISK},
};

static const struct fault_entry {
    const char *name;
    const char *text;
    enum amount amount;
    int64_t minimum, maximum;
} fault_table[FAULTS] = {
    [FAULT_NONE] = {"none", "nothing", AMOUNT_NONE, 0, 0},
    [FAULT_POSTPONE] = {"postpone", "everybody else who is due at this instant goes first",
                        AMOUNT_NONE, 0, 0},
    [FAULT_BUSY] = {"busy", "the store is busy and does nothing", AMOUNT_NONE, 0, 0},
    [FAULT_ERROR] = {"error", "the call fails before it does anything", AMOUNT_NONE, 0, 0},
    [FAULT_REPLY_LOST] = {"reply-lost", "the call does its work, but its reply is lost",
                          AMOUNT_NONE, 0, 0},
    [FAULT_DROPPED] = {"dropped",
                       "the connection breaks on the way there: nothing is done, but "
                       "the caller cannot know",
                       AMOUNT_NONE, 0, 0},
    [FAULT_SLOW] = {"slow", "the call takes long to arrive", AMOUNT_DURATION,
                    10 * NANOSECONDS_PER_MILLISECOND, 20 * NANOSECONDS_PER_SECOND},
    [FAULT_SLOW_REPLY] = {"slow-reply", "the reply takes long to come back", AMOUNT_DURATION,
                          10 * NANOSECONDS_PER_MILLISECOND, 20 * NANOSECONDS_PER_SECOND},
    [FAULT_DOWN] = {"down",
                    "from here on nothing gets through to the store or service, for "
                    "anybody, for a while",
                    AMOUNT_DURATION, NANOSECONDS_PER_SECOND, 90 * NANOSECONDS_PER_SECOND},
    [FAULT_FULL] = {"full", "the store has no space left for a while", AMOUNT_DURATION,
                    NANOSECONDS_PER_SECOND, 60 * NANOSECONDS_PER_SECOND},
    [FAULT_CRASH] = {"crash",
                     "the runner's process dies just before; it is started again after a "
                     "while",
                     AMOUNT_DURATION, 100 * NANOSECONDS_PER_MILLISECOND,
                     120 * NANOSECONDS_PER_SECOND},
    [FAULT_CRASH_AFTER] = {"crash-after", "the runner's process dies just after it was done",
                           AMOUNT_DURATION, 100 * NANOSECONDS_PER_MILLISECOND,
                           120 * NANOSECONDS_PER_SECOND},
    [FAULT_STOP] = {"stop", "the runner is stopped in good order, and started again after a while",
                    AMOUNT_DURATION, 100 * NANOSECONDS_PER_MILLISECOND,
                    60 * NANOSECONDS_PER_SECOND},
    [FAULT_FREEZE] = {"freeze", "the runner's process stands still for a while, bodies and all",
                      AMOUNT_DURATION, NANOSECONDS_PER_SECOND, 150 * NANOSECONDS_PER_SECOND},
    [FAULT_DEPLOY] = {"deploy", "the runner is stopped and started again with changed code",
                      AMOUNT_DURATION, 100 * NANOSECONDS_PER_MILLISECOND,
                      30 * NANOSECONDS_PER_SECOND},
    [FAULT_NO_MEMORY] = {"no-memory", "the runner's next allocations fail", AMOUNT_COUNT, 1, 3},
    [FAULT_STEP] = {"step", "the runner's wall clock jumps", AMOUNT_SIGNED, -NANOSECONDS_PER_HOUR,
                    NANOSECONDS_PER_HOUR},
    [FAULT_STORE_STEP] = {"store-step", "the store's wall clock jumps", AMOUNT_SIGNED,
                          -10 * NANOSECONDS_PER_SECOND, 10 * NANOSECONDS_PER_SECOND},
    [FAULT_LOST] = {"lost", "it never arrives", AMOUNT_NONE, 0, 0},
    [FAULT_LATE] = {"late", "it comes, or the body returns, later", AMOUNT_DURATION,
                    10 * NANOSECONDS_PER_MILLISECOND, 60 * NANOSECONDS_PER_SECOND},
    [FAULT_DOUBLED] = {"doubled", "it arrives twice", AMOUNT_NONE, 0, 0},
    [FAULT_FAIL] = {"fail", "the body fails in place of its code", AMOUNT_NONE, 0, 0},
    [FAULT_TRANSIENT] = {"transient", "the same with an error that calls for a retry", AMOUNT_NONE,
                         0, 0},
    [FAULT_HANG] = {"hang", "the body does not return for a while, whatever it is told",
                    AMOUNT_DURATION, NANOSECONDS_PER_SECOND, 10 * NANOSECONDS_PER_MINUTE},
    [FAULT_PAUSE] = {"pause", "an operator pauses the execution and resumes it after a while",
                     AMOUNT_DURATION, 0, 60 * NANOSECONDS_PER_SECOND},
    [FAULT_CANCEL] = {"cancel", "an operator cancels the execution", AMOUNT_NONE, 0, 0},
    [FAULT_RESET] = {"reset",
                     "an operator resets what has failed in the execution (0), or the "
                     "n-th task",
                     AMOUNT_COUNT, 0, 64},
    [FAULT_OFFSET] = {"offset", "the wall clock is wrong by so much", AMOUNT_SIGNED,
                      -NANOSECONDS_PER_HOUR, NANOSECONDS_PER_HOUR},
    [FAULT_DRIFT] = {"drift", "the clock is too fast, or too slow", AMOUNT_PPB, -200000, 200000},
    [FAULT_ROUND_TRIP] = {"round-trip", "every call to the store takes so long", AMOUNT_DURATION,
                          NANOSECONDS_PER_MILLISECOND, 500 * NANOSECONDS_PER_MILLISECOND},
    [FAULT_NUMBER] = {"number", "any number", AMOUNT_COUNT, 0, INT64_MAX},
    [FAULT_IO_ERROR] = {"io-error", "the disk fails in this call, and may have done a part of it",
                        AMOUNT_NONE, 0, 0},
    [FAULT_POWER_LOSS] = {"power-loss",
                          "the machine loses power: all runners die, and what was not synced is "
                          "gone (0), there (1), or a mixture",
                          AMOUNT_COUNT, 0, 1000000},
};

const char *site_name(enum site site)
{
    return site_table[site].name;
}

const char *site_text(enum site site)
{
    return site_table[site].text;
}

const char *fault_name(enum fault fault)
{
    return fault_table[fault].name;
}

const char *fault_text(enum fault fault)
{
    return fault_table[fault].text;
}

enum site site_find(struct text name)
{
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        if (text_equal(name, text_of(site_table[site].name))) {
            return (enum site)site;
        }
    }
    return SITE_NONE;
}

enum fault fault_find(struct text name)
{
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        if (text_equal(name, text_of(fault_table[fault].name))) {
            return (enum fault)fault;
        }
    }
    return FAULT_NONE;
}

bool site_allows(enum site site, enum fault fault)
{
    return fault != FAULT_NONE && (site_table[site].faults & BIT(fault)) != 0;
}

bool site_is_store_call(enum site site)
{
    return site >= SITE_SUBMIT && site <= SITE_CLAIMS;
}

bool site_is_disk_call(enum site site)
{
    return site >= SITE_DISK_FILE && site <= SITE_DISK_SHARE;
}

bool site_is_number(enum site site)
{
    return site_allows(site, FAULT_NUMBER);
}

enum amount fault_amount(enum fault fault, int64_t *ret_minimum, int64_t *ret_maximum)
{
    *ret_minimum = fault_table[fault].minimum;
    *ret_maximum = fault_table[fault].maximum;
    return fault_table[fault].amount;
}

/* ---- amounts as text ---- */

struct unit {
    const char *name;
    int64_t size;
};

/* The largest first; the last is 1. */
static const struct unit duration_units[] = {
    {"d", NANOSECONDS_PER_DAY},
    {"h", NANOSECONDS_PER_HOUR},
    {"m", NANOSECONDS_PER_MINUTE},
    {"s", NANOSECONDS_PER_SECOND},
    {"ms", NANOSECONDS_PER_MILLISECOND},
    {"us", 1000},
    {"ns", 1},
};
static const struct unit rate_units[] = {{"ppm", 1000}, {"ppb", 1}};
static const struct unit count_units[] = {{"", 1}};

static const struct unit *units_of(enum amount kind, size_t *ret_count)
{
    switch (kind) {
    case AMOUNT_DURATION:
    case AMOUNT_SIGNED:
        *ret_count = ARRAY_COUNT(duration_units);
        return duration_units;
    case AMOUNT_PPB:
        *ret_count = ARRAY_COUNT(rate_units);
        return rate_units;
    case AMOUNT_COUNT:
        *ret_count = ARRAY_COUNT(count_units);
        return count_units;
    case AMOUNT_NONE:
        break;
    }
    *ret_count = 0;
    return NULL;
}

void amount_print(enum amount kind, int64_t amount, struct text_builder *builder)
{
    size_t count;
    const struct unit *units = units_of(kind, &count);
    if (amount == 0 && count > 1) {
        text_builder_append_terminated(builder, kind == AMOUNT_PPB ? "0ppb" : "0s");
        return;
    }
    for (size_t i = 0; i < count; i++) {
        if (amount % units[i].size == 0) {
            text_builder_print(builder, "%" PRId64 "%s", amount / units[i].size, units[i].name);
            return;
        }
    }
}

/* Digits to a number, without leading zeroes; false: none, or too large. */
static bool digits_read(struct text *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    size_t length = 0;
    while (length < text->length && text->bytes[length] >= '0' && text->bytes[length] <= '9') {
        uint64_t digit = (uint64_t)(text->bytes[length] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
        length++;
    }
    bool is_plain = length == 1 || (length > 1 && text->bytes[0] != '0');
    text->bytes += length;
    text->length -= length;
    *ret_value = value;
    return is_plain;
}

static bool is_signed(enum amount kind)
{
    return kind == AMOUNT_SIGNED || kind == AMOUNT_PPB;
}

/* Digits and a unit. */
static bool number_with_unit(enum amount kind, struct text text, int64_t *ret_amount)
{
    size_t count;
    const struct unit *units = units_of(kind, &count);
    uint64_t value;
    if (!digits_read(&text, &value)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (text_equal(text, text_of(units[i].name)) &&
            value <= (uint64_t)(INT64_MAX / units[i].size)) {
            *ret_amount = (int64_t)value * units[i].size;
            return true;
        }
    }
    return false;
}

bool amount_parse(enum amount kind, struct text text, int64_t *ret_amount)
{
    bool is_duration = kind == AMOUNT_DURATION || kind == AMOUNT_SIGNED;
    bool is_negative = text.length > 0 && text.bytes[0] == '-';
    int64_t amount;
    if (text.length > 0 && is_signed(kind) && (is_negative || text.bytes[0] == '+')) {
        text.bytes++;
        text.length--;
    }
    if (text.length == 0 || !(is_duration ? duration_parse(text, &amount, NULL) == CLOACINA_OK
                                          : number_with_unit(kind, text, &amount))) {
        return false;
    }
    *ret_amount = is_negative ? -amount : amount;
    return true;
}

/* ---- answers as text ---- */

void choice_print(enum site site, struct choice choice, struct text_builder *builder)
{
    enum amount kind = fault_table[choice.fault].amount;
    if (site_is_number(site)) {
        text_builder_print(builder, "%" PRIu64, (uint64_t)choice.amount);
        return;
    }
    text_builder_append_terminated(builder, fault_table[choice.fault].name);
    if (kind != AMOUNT_NONE) {
        text_builder_append_char(builder, ':');
        amount_print(kind, choice.amount, builder);
    }
}

static bool number_parse(struct text text, struct choice *ret_choice)
{
    uint64_t value;
    if (!digits_read(&text, &value) || text.length > 0 || value == 0) {
        return false;
    }
    *ret_choice = (struct choice){FAULT_NUMBER, (int64_t)value};
    return true;
}

bool choice_parse(enum site site, struct text text, struct choice *ret_choice)
{
    if (site_is_number(site)) {
        return number_parse(text, ret_choice);
    }
    const char *colon = text.length == 0 ? NULL : memchr(text.bytes, ':', text.length);
    struct text name = {text.bytes, colon == NULL ? text.length : (size_t)(colon - text.bytes)};
    enum fault fault = fault_find(name);
    const struct fault_entry *entry = &fault_table[fault];
    struct choice choice = {fault, entry->minimum};
    if (!site_allows(site, fault)) {
        return false;
    }
    if (colon != NULL) {
        struct text rest = {colon + 1, text.length - name.length - 1};
        if (entry->amount == AMOUNT_NONE || !amount_parse(entry->amount, rest, &choice.amount)) {
            return false;
        }
    }
    *ret_choice = choice;
    return true;
}
