/* SPDX-License-Identifier: Apache-2.0 */
/* test_sentence.c - one tale as a clause of English. */
#include "tale_scene.h"

#include "base/instant.h"
#include "report/sentence.h"

static void assert_sentence(const struct sentence *sentence, const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    sentence_write(sentence, &builder);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

static struct tale tale_with(enum tale_kind kind, const char *text, const char *other)
{
    struct tale tale = scene_tale(kind, 2, "load", 2);
    tale.text = text_of(text);
    tale.other = text_of(other);
    tale.until = CLOACINA_WORLD_START_NS + 90 * SECOND + 5 * MS;
    return tale;
}

/* Every kind of tale, as a line of its own and behind something about the same attempt. */
static void every_tale_has_a_sentence(void **state)
{
    (void)state;
    static const struct {
        enum tale_kind kind;
        const char *text, *other, *whole, *continued;
    } all[] = {
        {TALE_SUBMITTED, "shop", "", "run 1 of 'shop' submitted", NULL},
        {TALE_EXECUTION, "Failed", "1 task failed", "run 1 is Failed: 1 task failed", NULL},
        {TALE_STARTED, "k", "", "runner-2 starts 'load', attempt 2 of 3", NULL},
        {TALE_RETURNED, "", "", "'load' returns on runner-2", "returns"},
        {TALE_COMPLETED, "", "", "'load' completed", "completed"},
        {TALE_FAILED, "no\nway", "", "'load' failed: no", "failed: no"},
        {TALE_RETRY, "no", "", "'load' failed: no; retry at 90.005 s",
         "failed: no; retry at 90.005 s"},
        {TALE_SKIPPED, "upstream_failed", "", "'load' skipped: upstream_failed",
         "skipped: upstream_failed"},
        {TALE_LOST, "", "", "'load' was lost with its runner, and will run again",
         "lost with its runner, will run again"},
        {TALE_HANDED_BACK, "", "", "'load' handed back, and will run again",
         "handed back, will run again"},
        {TALE_ABANDONED, "too often", "", "'load' given up: too often", "given up: too often"},
        {TALE_DEFERRED, "", "", "'load' defers, and frees its slot", "defers, and frees its slot"},
        {TALE_RESUMED, "", "", "'load' goes on", "goes on"},
        {TALE_TIMED_OUT, "", "", "'load' times out", "times out"},
        {TALE_EFFECT, "a.b", "", "'load': a.b applied", "a.b applied"},
        {TALE_DIED, "commit", "", "runner-2 DIES at commit; it starts again at 90.005 s", NULL},
        {TALE_BEGAN, "", "", "runner-2 starts again", NULL},
        {TALE_STOPPED, "", "", "runner-2 has stopped in good order", NULL},
        {TALE_FROZEN, "poll", "", "runner-2 FROZEN at poll; it goes on at 90.005 s", NULL},
        {TALE_THAWED, "", "", "runner-2 goes on", NULL},
        {TALE_DEPLOYED, "", "", "runner-2 starts with the changed code", NULL},
        {TALE_FENCED, "", "", "runner-2 knows that its lease has ended", NULL},
        {TALE_BURIED, "", "", "runner-2 is declared dead by the others", NULL},
        {TALE_COMMAND, "reset", "", "an operator asks to reset 'load'", NULL},
        {TALE_COMMAND, "reset", "it is Running",
         "an operator asks to reset 'load', refused: it is Running", NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        struct tale tale = tale_with(all[i].kind, all[i].text, all[i].other);
        assert_sentence(&(struct sentence){.tale = &tale}, all[i].whole);
        assert_sentence(&(struct sentence){.tale = &tale, .is_continued = true},
                        all[i].continued != NULL ? all[i].continued : all[i].whole);
    }
}

/* Most of what an operator asks for is about the whole run. */
static void a_command_without_a_task_is_about_the_run(void **state)
{
    (void)state;
    struct tale tale = tale_with(TALE_COMMAND, "pause", "it is over");
    tale.task = text_of(NULL);
    assert_sentence(&(struct sentence){.tale = &tale},
                    "an operator asks to pause run 1, refused: it is over");
}

/* Every fault, at a place where it happens. */
static const struct fault_sample {
    enum site site;
    struct choice choice;
    const char *expected;
} fault_samples[] = {
    {SITE_COMMIT, {FAULT_POSTPONE, 0}, "everybody else goes before runner-2's commit of 'load'"},
    {SITE_COMMIT, {FAULT_BUSY, 0}, "runner-2's commit of 'load': the store is BUSY"},
    {SITE_COMMIT, {FAULT_ERROR, 0}, "runner-2's commit of 'load' FAILS before it is done"},
    {SITE_COMMIT, {FAULT_REPLY_LOST, 0}, "runner-2's commit of 'load' is done, its REPLY LOST"},
    {SITE_COMMIT_LOCKED,
     {FAULT_DROPPED, 0},
     "runner-2's commit under the lock of 'load' is NOT DONE, and nobody can know"},
    {SITE_EFFECT, {FAULT_ERROR, 0}, "payments.charge FAILS before it is done"},
    {SITE_EFFECT, {FAULT_SLOW, 20 * SECOND}, "payments.charge is SLOW: it arrives after 20 s"},
    {SITE_EFFECT, {FAULT_SLOW_REPLY, 10 * MS}, "payments.charge is SLOW: its reply takes 0.01 s"},
    {SITE_EFFECT, {FAULT_DOWN, 2 * SECOND}, "payments is DOWN for 2 s"},
    {SITE_COMMIT, {FAULT_DOWN, 2 * SECOND}, "the store is DOWN for 2 s"},
    {SITE_COMMIT, {FAULT_FULL, 2 * SECOND}, "the store is FULL for 2 s"},
    {SITE_BODY, {FAULT_CRASH, SECOND}, "runner-2 DIES before the body of 'load', for 1 s"},
    {SITE_EFFECT,
     {FAULT_CRASH_AFTER, SECOND},
     "runner-2 DIES right after payments.charge, for 1 s"},
    {SITE_POLL, {FAULT_STOP, SECOND}, "runner-2 is STOPPED in good order, for 1 s"},
    {SITE_COMMIT, {FAULT_FREEZE, SECOND}, "runner-2 FROZEN before its commit of 'load', for 1 s"},
    {SITE_POLL, {FAULT_DEPLOY, SECOND}, "runner-2 is STOPPED for a DEPLOY, for 1 s"},
    {SITE_COMMIT, {FAULT_NO_MEMORY, 3}, "runner-2 gets NO MEMORY for 3 allocations"},
    {SITE_COMMIT, {FAULT_STEP, -SECOND}, "the clock of runner-2 JUMPS by -1 s"},
    {SITE_POLL, {FAULT_STORE_STEP, SECOND}, "the clock of the store JUMPS by 1 s"},
    {SITE_HINT, {FAULT_LOST, 0}, "a hint to runner-2 is LOST"},
    {SITE_HINT, {FAULT_LATE, SECOND}, "a hint to runner-2 comes 1 s LATE"},
    {SITE_BODY, {FAULT_LATE, SECOND}, "'load' will end 1 s LATE"},
    {SITE_HINT, {FAULT_DOUBLED, 0}, "a hint to runner-2 comes TWICE"},
    {SITE_BODY, {FAULT_FAIL, 0}, "'load' is made to FAIL"},
    {SITE_BODY, {FAULT_TRANSIENT, 0}, "'load' is made to FAIL with an error that passes"},
    {SITE_BODY, {FAULT_HANG, NANOSECONDS_PER_HOUR}, "'load' HANGS for 1 h"},
    {SITE_OPERATOR, {FAULT_PAUSE, SECOND}, "an operator PAUSES run 1 for 1 s"},
    {SITE_OPERATOR, {FAULT_CANCEL, 0}, "an operator CANCELS run 1"},
    {SITE_OPERATOR, {FAULT_RESET, 0}, "an operator RESETS what has failed in run 1"},
    {SITE_OPERATOR, {FAULT_RESET, 4}, "an operator RESETS task 4 of run 1"},
    {SITE_CLOCK, {FAULT_OFFSET, SECOND}, "the clock of runner-2 is WRONG by 1 s"},
    {SITE_RATE, {FAULT_DRIFT, 200000}, "the clock of runner-2 RUNS WRONG by 200ppm"},
    {SITE_NETWORK,
     {FAULT_ROUND_TRIP, 5 * MS},
     "runner-2 is FAR from the store: 0.005 s for each call"},
    {SITE_RANDOM, {FAULT_NUMBER, 7}, "'load' draws the number 7"},
    {SITE_RETRY_JITTER, {FAULT_NUMBER, 7}, "the delay of 'load' is drawn: 7"},
    {SITE_DISK_WRITE, {FAULT_FULL, SECOND}, "the disk is FULL for 1 s"},
    {SITE_DISK_READ,
     {FAULT_IO_ERROR, 0},
     "runner-2's read from the disk of 'load' has an I/O ERROR"},
    {SITE_DISK_SHARE,
     {FAULT_CRASH, SECOND},
     "runner-2 DIES before its look at shared memory of 'load', for 1 s"},
    {SITE_DISK_SYNC,
     {FAULT_POWER_LOSS, 0},
     "POWER LOSS before runner-2's sync of the disk of 'load': what was not synced is gone"},
    {SITE_DISK_LOCK,
     {FAULT_POWER_LOSS, 1},
     "POWER LOSS before runner-2's lock of a file of 'load': all that was written is there"},
    {SITE_DISK_FILE,
     {FAULT_POWER_LOSS, 9},
     "POWER LOSS before runner-2's look for a file of 'load': a part of what was not synced is "
     "gone"},
};

static void every_fault_has_a_sentence(void **state)
{
    (void)state;
    bool has[FAULTS] = {false};
    for (size_t i = 0; i < ARRAY_COUNT(fault_samples); i++) {
        struct decision decision = {scene_label(fault_samples[i].site, "load", 2),
                                    fault_samples[i].choice, 0};
        struct tale tale = scene_tale(TALE_FAULT, 2, "load", 2);
        tale.decision = &decision;
        assert_true(site_allows(fault_samples[i].site, fault_samples[i].choice.fault));
        assert_sentence(&(struct sentence){.tale = &tale}, fault_samples[i].expected);
        has[fault_samples[i].choice.fault] = true;
    }
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        assert_true(has[fault]);
    }
}

/* A call about nobody, by nobody that is known; a service without a dot. */
static void what_is_not_known_is_not_said(void **state)
{
    (void)state;
    struct decision decision = {{.site = SITE_POLL}, {FAULT_BUSY, 0}, 0};
    struct tale tale = {.kind = TALE_FAULT, .decision = &decision};
    struct sentence sentence = {.tale = &tale};
    assert_sentence(&sentence, "the poll: the store is BUSY");
    decision.choice.fault = FAULT_FREEZE;
    decision.choice.amount = SECOND;
    assert_sentence(&sentence, "a runner FROZEN before the poll, for 1 s");
    decision.label.site = SITE_CLOCK;
    decision.choice.fault = FAULT_OFFSET;
    assert_sentence(&sentence, "the clock of the store is WRONG by 1 s");
    decision.label.site = SITE_EFFECT;
    decision.label.name = TEXT_LITERAL("mail");
    decision.choice.fault = FAULT_DOWN;
    assert_sentence(&sentence, "mail is DOWN for 1 s");
    decision.choice.fault = FAULT_HANG;
    assert_sentence(&sentence, "the task HANGS for 1 s");
}

/* A death tells of the fault that it came from. */
static void a_death_says_what_was_being_done(void **state)
{
    (void)state;
    struct decision decision = {scene_label(SITE_COMMIT, "load", 1), {FAULT_CRASH, SECOND}, 0};
    struct tale fault = scene_tale(TALE_FAULT, 2, "load", 1);
    struct tale died = {.kind = TALE_DIED, .runner = 2, .until = CLOACINA_WORLD_START_NS + SECOND};
    struct sentence sentence = {.tale = &died, .fault = &fault};
    fault.decision = &decision;
    assert_sentence(&sentence,
                    "runner-2 DIES before its commit of 'load'; it starts again at 1.000 s");
    decision.choice.fault = FAULT_CRASH_AFTER;
    assert_sentence(&sentence,
                    "runner-2 DIES right after its commit of 'load'; it starts again at 1.000 s");
}

/* The key of the attempts is said where they start, and is long; another one where it is used. */
static void keys_are_short_and_said_once(void **state)
{
    (void)state;
    struct role role = {.uses_key = true, .key = TEXT_LITERAL(SCENE_KEY)};
    struct tale starts = tale_with(TALE_STARTED, SCENE_KEY, "");
    struct tale effect = tale_with(TALE_EFFECT, "a.b", SCENE_KEY);
    assert_sentence(&(struct sentence){.tale = &starts, .role = &role},
                    "runner-2 starts 'load', attempt 2 of 3, key f215");
    effect.count = 1;
    assert_sentence(&(struct sentence){.tale = &effect, .role = &role}, "'load': a.b applied");
    effect.other = TEXT_LITERAL("order-7");
    effect.count = 3;
    assert_sentence(&(struct sentence){.tale = &effect, .role = &role, .is_reply_lost = true},
                    "'load': a.b applied again, 3 times in all, key order-7, REPLY LOST");
}

static void an_only_attempt_is_not_counted(void **state)
{
    (void)state;
    struct tale tale = tale_with(TALE_STARTED, "", "");
    tale.attempt = 1;
    tale.attempts_max = 1;
    assert_sentence(&(struct sentence){.tale = &tale}, "runner-2 starts 'load'");
    tale.attempt = 2;
    tale.attempts_max = 0;
    assert_sentence(&(struct sentence){.tale = &tale}, "runner-2 starts 'load', attempt 2");
}

/* With more than one execution a task's name is not enough. */
static void with_several_runs_a_task_says_whose_it_is(void **state)
{
    (void)state;
    struct tale tale = tale_with(TALE_COMPLETED, "", "");
    assert_sentence(&(struct sentence){.tale = &tale, .has_runs = true},
                    "'load' of run 1 completed");
}

/* A message may hold what would move the cursor. */
static void control_characters_become_question_marks(void **state)
{
    (void)state;
    struct tale tale = tale_with(TALE_FAILED, "\x1b[1m\x7f", "");
    tale.task = TEXT_LITERAL("a\tb");
    assert_sentence(&(struct sentence){.tale = &tale}, "'a?b' failed: ?[1m?");
}

static void moments_beyond_a_day_can_be_read(void **state)
{
    (void)state;
    static const struct {
        int64_t at;
        const char *text;
    } all[] = {
        {0, "0.000 s"},
        {1999999, "0.001 s"},
        {NANOSECONDS_PER_DAY - 1, "86399.999 s"},
        {NANOSECONDS_PER_DAY, "1 d 00:00:00.000"},
        {29 * NANOSECONDS_PER_DAY + 3723 * SECOND + 45 * MS, "29 d 01:02:03.045"},
    };
    char text[MOMENT_SIZE];
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        moment_print(all[i].at, text);
        assert_string_equal(text, all[i].text);
    }
}

/* A property's name stands in the title; its message need not repeat it. */
static void a_finding_has_a_title_and_a_message(void **state)
{
    (void)state;
    struct text_builder builder;
    struct search_finding property = scene_charged_twice_finding();
    struct search_finding promise = scene_finding("I-03", "", "'x': twice", 0);
    text_builder_init(&builder, NULL);
    finding_title_write(&property, &builder);
    assert_string_equal(text_builder_terminated(&builder), "always \"one order is charged once\"");
    assert_string_equal(finding_message(&property), "one order was charged twice");
    text_builder_reset(&builder);
    finding_title_write(&promise, &builder);
    assert_string_equal(text_builder_terminated(&builder), "I-03");
    assert_string_equal(finding_message(&promise), "'x': twice");
    text_builder_finish(&builder);
}

/* Who goes first is no fault; an effect that was applied again is what one looks for. */
static void loud_is_what_went_wrong(void **state)
{
    (void)state;
    struct decision decision = {{.site = SITE_POLL}, {FAULT_BUSY, 0}, 0};
    struct tale tale = {.kind = TALE_FAULT, .decision = &decision};
    assert_int_equal(sentence_loudness(&tale), LOUD);
    decision.choice.fault = FAULT_POSTPONE;
    assert_int_equal(sentence_loudness(&tale), PLAIN);
    tale = tale_with(TALE_EFFECT, "a", "k");
    assert_int_equal(sentence_loudness(&tale), PLAIN);
    tale.count = 2;
    assert_int_equal(sentence_loudness(&tale), LOUD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_tale_has_a_sentence),
        cmocka_unit_test(a_command_without_a_task_is_about_the_run),
        cmocka_unit_test(every_fault_has_a_sentence),
        cmocka_unit_test(what_is_not_known_is_not_said),
        cmocka_unit_test(a_death_says_what_was_being_done),
        cmocka_unit_test(keys_are_short_and_said_once),
        cmocka_unit_test(an_only_attempt_is_not_counted),
        cmocka_unit_test(with_several_runs_a_task_says_whose_it_is),
        cmocka_unit_test(control_characters_become_question_marks),
        cmocka_unit_test(moments_beyond_a_day_can_be_read),
        cmocka_unit_test(a_finding_has_a_title_and_a_message),
        cmocka_unit_test(loud_is_what_went_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
