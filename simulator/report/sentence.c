/* SPDX-License-Identifier: Apache-2.0 */
/* sentence.c - templates, and what their words stand for.
 *
 * Law: a word in braces is one of the table of words. */
#include "report/sentence.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <cloacina/world.h>

#include "base/hash.h"
#include "base/instant.h"

/* Longer keys are shown by four digits of their hash. */
enum { KEY_SHOWN_MAX = 16 };

/* ---- templates ---- */

static const struct {
    enum loudness loudness;
    const char *whole;     /* as a line of its own */
    const char *continued; /* behind something about the same attempt; NULL: the same */
} tale_templates[] = {
    [TALE_SUBMITTED] = {PLAIN, "{run} of '{text}' submitted", NULL},
    [TALE_EXECUTION] = {PLAIN, "{run} is {text}{other}", NULL},
    [TALE_STARTED] = {PLAIN, "{runner} starts {task}{attempt}{key}", NULL},
    [TALE_RETURNED] = {PLAIN, "{task} {returns} on {runner}{reason}", "{returns}{reason}"},
    [TALE_COMPLETED] = {PLAIN, "{task} completed", "completed"},
    [TALE_FAILED] = {PLAIN, "{task} failed{reason}", "failed{reason}"},
    [TALE_RETRY] = {PLAIN, "{task} failed{reason}; retry at {until}",
                    "failed{reason}; retry at {until}"},
    [TALE_SKIPPED] = {PLAIN, "{task} skipped{reason}", "skipped{reason}"},
    [TALE_LOST] = {PLAIN, "{task} was lost with its runner, and will run again",
                   "lost with its runner, will run again"},
    [TALE_HANDED_BACK] = {PLAIN, "{task} handed back, and will run again",
                          "handed back, will run again"},
    [TALE_ABANDONED] = {PLAIN, "{task} given up{reason}", "given up{reason}"},
    [TALE_DEFERRED] = {PLAIN, "{task} defers, and frees its slot", "defers, and frees its slot"},
    [TALE_RESUMED] = {PLAIN, "{task} goes on", "goes on"},
    [TALE_TIMED_OUT] = {PLAIN, "{task} times out", "times out"},
    [TALE_EFFECT] = {PLAIN, "{task}: {text} applied{again}", "{text} applied{again}"},
    [TALE_DIED] = {LOUD, "{runner} DIES {where}; it starts again at {until}", NULL},
    [TALE_BEGAN] = {PLAIN, "{runner} starts again", NULL},
    [TALE_STOPPED] = {PLAIN, "{runner} has stopped in good order", NULL},
    [TALE_FROZEN] = {LOUD, "{runner} FROZEN {where}; it goes on at {until}", NULL},
    [TALE_THAWED] = {PLAIN, "{runner} goes on", NULL},
    [TALE_DEPLOYED] = {PLAIN, "{runner} starts with the changed code", NULL},
    [TALE_FENCED] = {PLAIN, "{runner} knows that its lease has ended", NULL},
    [TALE_BURIED] = {PLAIN, "{runner} is declared dead by the others", NULL},
    [TALE_FAULT] = {LOUD, "", NULL}, /* see below */
    [TALE_COMMAND] = {PLAIN, "an operator asks to {text} {whom}{other}", NULL},
};

/* Of a fault; `here` is for one site, where it reads otherwise. */
static const struct fault_template {
    const char *text;
    enum site here;
    const char *text_here;
} fault_templates[FAULTS] = {
    [FAULT_NONE] = {"nothing", SITE_NONE, NULL},
    [FAULT_POSTPONE] = {"everybody else goes before {call}", SITE_NONE, NULL},
    [FAULT_BUSY] = {"{call}: the store is BUSY", SITE_NONE, NULL},
    [FAULT_ERROR] = {"{call} FAILS before it is done", SITE_NONE, NULL},
    [FAULT_REPLY_LOST] = {"{call} is done, its REPLY LOST", SITE_NONE, NULL},
    [FAULT_DROPPED] = {"{call} is NOT DONE, and nobody can know", SITE_NONE, NULL},
    [FAULT_SLOW] = {"{call} is SLOW: it arrives after {amount}", SITE_NONE, NULL},
    [FAULT_SLOW_REPLY] = {"{call} is SLOW: its reply takes {amount}", SITE_NONE, NULL},
    [FAULT_DOWN] = {"the store is DOWN for {amount}", SITE_EFFECT,
                    "{service} is DOWN for {amount}"},
    [FAULT_FULL] = {"the store is FULL for {amount}", SITE_DISK_WRITE,
                    "the disk is FULL for {amount}"},
    [FAULT_CRASH] = {"{runner} DIES before {what}, for {amount}", SITE_NONE, NULL},
    [FAULT_CRASH_AFTER] = {"{runner} DIES right after {what}, for {amount}", SITE_NONE, NULL},
    [FAULT_STOP] = {"{runner} is STOPPED in good order, for {amount}", SITE_NONE, NULL},
    [FAULT_FREEZE] = {"{runner} FROZEN before {what}, for {amount}", SITE_NONE, NULL},
    [FAULT_DEPLOY] = {"{runner} is STOPPED for a DEPLOY, for {amount}", SITE_NONE, NULL},
    [FAULT_NO_MEMORY] = {"{runner} gets NO MEMORY for {amount} allocations", SITE_NONE, NULL},
    [FAULT_STEP] = {"the clock of {runner} JUMPS by {amount}", SITE_NONE, NULL},
    [FAULT_STORE_STEP] = {"the clock of the store JUMPS by {amount}", SITE_NONE, NULL},
    [FAULT_LOST] = {"a hint to {runner} is LOST", SITE_NONE, NULL},
    [FAULT_LATE] = {"a hint to {runner} comes {amount} LATE", SITE_BODY,
                    "{task} will end {amount} LATE"},
    [FAULT_DOUBLED] = {"a hint to {runner} comes TWICE", SITE_NONE, NULL},
    [FAULT_FAIL] = {"{task} is made to FAIL", SITE_NONE, NULL},
    [FAULT_TRANSIENT] = {"{task} is made to FAIL with an error that passes", SITE_NONE, NULL},
    [FAULT_HANG] = {"{task} HANGS for {amount}", SITE_NONE, NULL},
    [FAULT_PAUSE] = {"an operator PAUSES {run} for {amount}", SITE_NONE, NULL},
    [FAULT_CANCEL] = {"an operator CANCELS {run}", SITE_NONE, NULL},
    [FAULT_RESET] = {"an operator RESETS {part} {run}", SITE_NONE, NULL},
    [FAULT_OFFSET] = {"the clock of {owner} is WRONG by {amount}", SITE_NONE, NULL},
    [FAULT_DRIFT] = {"the clock of {owner} RUNS WRONG by {amount}", SITE_NONE, NULL},
    [FAULT_ROUND_TRIP] = {"{owner} is FAR from the store: {amount} for each call", SITE_NONE, NULL},
    [FAULT_NUMBER] = {"{task} draws the number {amount}", SITE_RETRY_JITTER,
                      "the delay of {task} is drawn: {amount}"},
    [FAULT_IO_ERROR] = {"{call} has an I/O ERROR", SITE_NONE, NULL},
    [FAULT_POWER_LOSS] = {"POWER LOSS before {call}: {unsynced}", SITE_NONE, NULL},
};

/* What a runner does at a site. */
static const char *const site_nouns[SITES] = {
    [SITE_NONE] = "call",
    [SITE_SUBMIT] = "submission",
    [SITE_COMMIT] = "commit",
    [SITE_COMMIT_LOCKED] = "commit under the lock",
    [SITE_POLL] = "poll",
    [SITE_LOAD] = "load",
    [SITE_REFRESH] = "refresh",
    [SITE_FIND_COMMIT] = "search for a lost commit",
    [SITE_OPEN_LEASE] = "announcement",
    [SITE_CLOSE_LEASE] = "closing of a lease",
    [SITE_CLAIMS] = "look at lost tasks",
    [SITE_HINT] = "hint",
    [SITE_BODY] = "body",
    [SITE_EVENT] = "body",
    [SITE_WAIT] = "wait",
    [SITE_EFFECT] = "effect",
    [SITE_OPERATOR] = "operator",
    [SITE_CLOCK] = "clock",
    [SITE_RATE] = "clock",
    [SITE_NETWORK] = "network",
    [SITE_RETRY_JITTER] = "retry",
    [SITE_ENTROPY] = "id",
    [SITE_RANDOM] = "number",
    [SITE_DISK_FILE] = "look for a file",
    [SITE_DISK_READ] = "read from the disk",
    [SITE_DISK_WRITE] = "write to the disk",
    [SITE_DISK_SYNC] = "sync of the disk",
    [SITE_DISK_LOCK] = "lock of a file",
    [SITE_DISK_SHARE] = "look at shared memory",
};

/* ---- words ---- */

void line_append(struct text line, struct text_builder *builder)
{
    for (size_t i = 0; i < line.length; i++) {
        char c = line.bytes[i];
        bool is_control = (unsigned char)c < 0x20 || c == 0x7f;
        text_builder_append_char(builder, is_control ? '?' : c);
    }
}

void moment_print(int64_t since_start_ns, char ret_text[MOMENT_SIZE])
{
    int64_t ms = since_start_ns / NANOSECONDS_PER_MILLISECOND;
    if (since_start_ns < NANOSECONDS_PER_DAY) {
        snprintf(ret_text, MOMENT_SIZE, "%" PRId64 ".%03d s", ms / 1000, (int)(ms % 1000));
        return;
    }
    int seconds = (int)(ms / 1000 % 86400);
    snprintf(ret_text, MOMENT_SIZE, "%" PRId64 " d %02d:%02d:%02d.%03d",
             since_start_ns / NANOSECONDS_PER_DAY, seconds / 3600, seconds / 60 % 60, seconds % 60,
             (int)(ms % 1000));
}

static void runner_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->tale->runner == 0) {
        text_builder_append_terminated(builder, "a runner");
    } else {
        text_builder_print(builder, "runner-%u", (unsigned)sentence->tale->runner);
    }
}

/* Whose clock, whose network. */
static void owner_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->tale->runner == 0) {
        text_builder_append_terminated(builder, "the store");
    } else {
        runner_write(sentence, builder);
    }
}

static void run_write(const struct sentence *sentence, struct text_builder *builder)
{
    text_builder_print(builder, "run %u", (unsigned)sentence->tale->run);
}

static void task_write(const struct sentence *sentence, struct text_builder *builder)
{
    const struct tale *tale = sentence->tale;
    if (tale->task.length == 0) {
        text_builder_append_terminated(builder, "the task");
        return;
    }
    text_builder_append_char(builder, '\'');
    line_append(tale->task, builder);
    text_builder_append_char(builder, '\'');
    if (sentence->has_runs) {
        text_builder_print(builder, " of run %u", (unsigned)tale->run);
    }
}

/* Nothing of an only attempt. */
static void attempt_write(const struct sentence *sentence, struct text_builder *builder)
{
    const struct tale *tale = sentence->tale;
    if (tale->attempt > 1 || tale->attempts_max > 1) {
        text_builder_print(builder, ", attempt %u", (unsigned)tale->attempt);
        if (tale->attempts_max > 0) {
            text_builder_print(builder, " of %u", (unsigned)tale->attempts_max);
        }
    }
}

/* The task or, when none is named, the whole run. */
static void whom_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->tale->task.length > 0) {
        task_write(sentence, builder);
    } else {
        run_write(sentence, builder);
    }
}

static void key_print(struct text key, struct text_builder *builder)
{
    text_builder_append_terminated(builder, ", key ");
    if (key.length <= KEY_SHOWN_MAX) {
        line_append(key, builder);
    } else {
        text_builder_print(builder, "%04x", (unsigned)(hash_of(key.bytes, key.length, 0) & 0xffff));
    }
}

static void key_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->role != NULL && sentence->role->uses_key && sentence->tale->text.length > 0) {
        key_print(sentence->tale->text, builder);
    }
}

static void text_write(const struct sentence *sentence, struct text_builder *builder)
{
    line_append(sentence->tale->text, builder);
}

/* The first line of what was said: ": gateway timeout". */
static void reason_append(struct text reason, struct text_builder *builder)
{
    const char *end = reason.length == 0 ? NULL : memchr(reason.bytes, '\n', reason.length);
    if (reason.length > 0) {
        text_builder_append_terminated(builder, ": ");
        line_append(
            (struct text){reason.bytes, end == NULL ? reason.length : (size_t)(end - reason.bytes)},
            builder);
    }
}

static void reason_write(const struct sentence *sentence, struct text_builder *builder)
{
    reason_append(sentence->tale->text, builder);
}

static void other_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->tale->kind == TALE_COMMAND && sentence->tale->other.length > 0) {
        text_builder_append_terminated(builder, ", refused");
    }
    reason_append(sentence->tale->other, builder);
}

static void returns_write(const struct sentence *sentence, struct text_builder *builder)
{
    bool is_good = sentence->tale->code == CLOACINA_OK;
    text_builder_append_terminated(builder, is_good ? "returns" : "fails");
}

static void again_write(const struct sentence *sentence, struct text_builder *builder)
{
    const struct tale *tale = sentence->tale;
    bool is_own_key = sentence->role != NULL && text_equal(tale->other, sentence->role->key);
    if (tale->count > 1) {
        text_builder_append_terminated(builder, " again");
    }
    if (tale->count > 2) {
        text_builder_print(builder, ", %" PRIu64 " times in all", tale->count);
    }
    if (tale->other.length > 0 && !is_own_key) {
        key_print(tale->other, builder);
    }
    text_builder_append_terminated(builder, sentence->is_reply_lost ? ", REPLY LOST" : "");
}

static void until_write(const struct sentence *sentence, struct text_builder *builder)
{
    char moment[MOMENT_SIZE];
    moment_print(sentence->tale->until - CLOACINA_WORLD_START_NS, moment);
    text_builder_append_terminated(builder, moment);
}

static const struct decision *decision_of(const struct sentence *sentence)
{
    return sentence->fault != NULL ? sentence->fault->decision : sentence->tale->decision;
}

/* "commit of 'charge'", "payments.charge". */
static void deed_write(const struct sentence *sentence, const char *owner,
                       struct text_builder *builder)
{
    const struct label *label = &decision_of(sentence)->label;
    if (label->site == SITE_EFFECT) {
        line_append(label->name, builder);
        return;
    }
    text_builder_print(builder, "%s%s", owner, site_nouns[label->site]);
    if (label->name.length > 0) {
        text_builder_print(builder, " (%.*s)", TEXT_PRINT(label->name));
    }
    if (label->task.length > 0) {
        struct tale about = {.task = label->task, .run = label->run};
        text_builder_append_terminated(builder, " of ");
        task_write(&(struct sentence){.tale = &about, .has_runs = sentence->has_runs}, builder);
    }
}

static void what_write(const struct sentence *sentence, struct text_builder *builder)
{
    enum site site = decision_of(sentence)->label.site;
    bool is_body = !site_is_store_call(site) && !site_is_disk_call(site);
    deed_write(sentence, is_body || sentence->tale->runner == 0 ? "the " : "its ", builder);
}

static void call_write(const struct sentence *sentence, struct text_builder *builder)
{
    char owner[32] = "the ";
    enum site site = decision_of(sentence)->label.site;
    if (sentence->tale->runner != 0 && (site_is_store_call(site) || site_is_disk_call(site))) {
        snprintf(owner, sizeof(owner), "runner-%u's ", (unsigned)sentence->tale->runner);
    }
    deed_write(sentence, owner, builder);
}

/* What stands before the last dot of an effect's name. */
static void service_write(const struct sentence *sentence, struct text_builder *builder)
{
    struct text name = decision_of(sentence)->label.name;
    size_t length = name.length;
    while (length > 0 && name.bytes[length - 1] != '.') {
        length--;
    }
    line_append((struct text){name.bytes, length > 1 ? length - 1 : name.length}, builder);
}

static void amount_write(const struct sentence *sentence, struct text_builder *builder)
{
    struct choice choice = decision_of(sentence)->choice;
    char text[DURATION_TEXT_SIZE];
    int64_t minimum, maximum;
    enum amount kind = fault_amount(choice.fault, &minimum, &maximum);
    if (kind == AMOUNT_DURATION || kind == AMOUNT_SIGNED) {
        duration_print(choice.amount, text);
        text_builder_append_terminated(builder, text);
    } else {
        amount_print(kind, choice.amount, builder);
    }
}

/* What of a run is reset. Which task that is, the sentence of the command says: one number too many
 * goes round to the first. */
static void part_write(const struct sentence *sentence, struct text_builder *builder)
{
    int64_t number = decision_of(sentence)->choice.amount;
    if (number == 0) {
        text_builder_append_terminated(builder, "what has failed in");
    } else {
        text_builder_print(builder, "task %" PRId64 " of", number);
    }
}

/* Before or after what a death or a standstill came; without the fault, what the tale says. */
static void where_write(const struct sentence *sentence, struct text_builder *builder)
{
    if (sentence->fault == NULL) {
        text_builder_append_terminated(builder, "at ");
        line_append(sentence->tale->text, builder);
        return;
    }
    bool is_after = decision_of(sentence)->choice.fault == FAULT_CRASH_AFTER;
    text_builder_append_terminated(builder, is_after ? "right after " : "before ");
    what_write(sentence, builder);
}

/* What a power cut leaves of what was not synced. */
static void unsynced_write(const struct sentence *sentence, struct text_builder *builder)
{
    int64_t variant = decision_of(sentence)->choice.amount;
    const char *text = variant == 0   ? "what was not synced is gone"
                       : variant == 1 ? "all that was written is there"
                                      : "a part of what was not synced is gone";
    text_builder_append_terminated(builder, text);
}

static const struct {
    const char *name;
    void (*write)(const struct sentence *sentence, struct text_builder *builder);
} words[] = {
    {"runner", runner_write},   {"owner", owner_write},       {"run", run_write},
    {"task", task_write},       {"attempt", attempt_write},   {"key", key_write},
    {"text", text_write},       {"reason", reason_write},     {"other", other_write},
    {"returns", returns_write}, {"again", again_write},       {"until", until_write},
    {"what", what_write},       {"call", call_write},         {"service", service_write},
    {"amount", amount_write},   {"where", where_write},       {"whom", whom_write},
    {"part", part_write},       {"unsynced", unsynced_write},
};

/* ---- sentences ---- */

static void word_write(const struct sentence *sentence, struct text word,
                       struct text_builder *builder)
{
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        if (text_equal(word, text_of(words[i].name))) {
            words[i].write(sentence, builder);
        }
    }
}

static void template_write(const struct sentence *sentence, const char *template,
                           struct text_builder *builder)
{
    while (*template != '\0') {
        size_t length = strcspn(template, "{");
        text_builder_append(builder, (struct text){template, length});
        template += length;
        if (*template == '{') {
            length = strcspn(++template, "}");
            word_write(sentence, (struct text){template, length}, builder);
            template += length + 1;
        }
    }
}

enum loudness sentence_loudness(const struct tale *tale)
{
    if (fault_is_soft(tale)) {
        return PLAIN;
    }
    return tale->kind == TALE_EFFECT && tale->count > 1 ? LOUD
                                                        : tale_templates[tale->kind].loudness;
}

void sentence_write(const struct sentence *sentence, struct text_builder *builder)
{
    const struct tale *tale = sentence->tale;
    const char *continued = tale_templates[tale->kind].continued;
    const char *template = tale_templates[tale->kind].whole;
    if (tale->kind == TALE_FAULT) {
        const struct fault_template *of = &fault_templates[tale->decision->choice.fault];
        bool is_here = of->here != SITE_NONE && of->here == tale->decision->label.site;
        template = is_here ? of->text_here : of->text;
    } else if (sentence->is_continued && continued != NULL) {
        template = continued;
    }
    template_write(sentence, template, builder);
}

/* ---- what was broken ---- */

bool finding_is_of_property(const struct search_finding *finding)
{
    return finding->name[0] != '\0';
}

/* A property that is only called "always" has no name to tell. */
void finding_title_write(const struct search_finding *finding, struct text_builder *builder)
{
    text_builder_append_terminated(builder, finding->id);
    if (finding_is_of_property(finding) && strcmp(finding->name, finding->id) != 0) {
        text_builder_append_terminated(builder, " \"");
        line_append(text_of(finding->name), builder);
        text_builder_append_char(builder, '"');
    }
}

const char *finding_message(const struct search_finding *finding)
{
    size_t length = strlen(finding->name);
    const char *message = finding->message;
    bool has_name = length > 0 && message[0] == '\'' &&
                    strncmp(message + 1, finding->name, length) == 0 &&
                    strncmp(message + 1 + length, "': ", 3) == 0;
    return has_name ? message + length + 4 : message;
}
