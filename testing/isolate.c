/* SPDX-License-Identifier: Apache-2.0 */
/* isolate.c - an assertion that fails in a child process is a finding.
 *
 *   child --> a cmocka of its own: one test = the loop over runs --fails--> longjmp back here
 *                  what it prints goes into a file that has no name         the finding
 *
 * cmocka catches signals too; here they kill, so that the parent sees a crash.
 * Law: nothing that the child prints reaches the test's output: the parent tells it once, with the
 * token. */
#include "explore.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cloacina/testing.h>

#include "base/instant.h"
#include "world/coroutine_tools.h"

struct enclosed {
    struct exploration *exploration;
    void (*run)(void *argument);
    void *argument;
};

/* ---- in the child ---- */

static void run_loop(void **state)
{
    static const int deadly[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    const struct enclosed *enclosed = *state;
    for (size_t i = 0; i < ARRAY_COUNT(deadly); i++) {
        (void)signal(deadly[i], SIG_DFL);
    }
    enclosed->run(enclosed->argument);
}

/* After all runs, or what a failed assertion has left undone. */
static int clean_up(void **state)
{
    const struct enclosed *enclosed = *state;
    tools_jumped();
    exploration_tear_down(enclosed->exploration);
    return 0;
}

/* Behind the last `mark` of the text; NULL: there is none. */
static const char *behind_last(const char *text, const char *mark)
{
    const char *found = NULL;
    for (text = strstr(text, mark); text != NULL; text = strstr(text, mark)) {
        text += strlen(mark);
        found = text;
    }
    return found;
}

/* cmocka prints one of these, and nothing of interest behind it:
 *
 *     [  ERROR   ] --- WHY                     ERROR: WHY
 *     [   LINE   ] --- FILE:LINE: error: ...   [  ERROR   ] --- [   LINE   ] --- FILE:LINE: ... */
static void message_find(char *printed, struct search_finding *finding)
{
    static const char error_mark[] = "[  ERROR   ] --- ";
    static const char line_mark[] = "[   LINE   ] --- ";
    char *error = strstr(printed, error_mark);
    const char *why = "";
    const char *place = NULL;
    if (error != NULL) {
        *error = '\0';
        why = error + strlen(error_mark);
        place = strstr(why, line_mark);
    }
    if (why == place) {
        why = behind_last(printed, "ERROR: ");
    }
    if (why == NULL || why[0] == '\0') {
        why = "an assertion failed";
    }
    place = place != NULL ? place + strlen(line_mark) : "";
    const char *place_end = strstr(place, ": error");
    int place_length = place_end != NULL ? (int)(place_end - place) : 0;
    (void)snprintf(finding->message, sizeof(finding->message), "%.*s%s%.*s",
                   (int)strcspn(why, "\n"), why, place_length > 0 ? ", " : "", place_length, place);
}

/* The end of what was written. */
static void tail_read(FILE *output, char *ret_text, size_t size)
{
    ret_text[0] = '\0';
    if (output != NULL) {
        if (fseek(output, -(long)(size - 1), SEEK_END) != 0) {
            rewind(output);
        }
        ret_text[fread(ret_text, 1, size - 1, output)] = '\0';
    }
}

/* The error output goes into the file; the other one nowhere: it is buffered, and would come
 * late. They stay there: the child has nothing else to say. */
static void silence(FILE *output)
{
    (void)fflush(stdout);
    (void)freopen("/dev/null", "w", stdout);
    if (output != NULL) {
        (void)dup2(fileno(output), STDERR_FILENO);
    } else {
        (void)freopen("/dev/null", "w", stderr);
    }
}

/* The environment may want another format, a file for it, or an abort. */
static void make_plain(void)
{
    (void)setenv("CMOCKA_MESSAGE_OUTPUT", "STDOUT", 1);
    (void)unsetenv("CMOCKA_XML_FILE");
    (void)unsetenv("CMOCKA_TEST_ABORT");
}

bool isolate_enter(void *user, void (*loop)(void *argument), void *argument,
                   struct search_finding *ret_finding)
{
    struct exploration *exploration = user;
    struct enclosed enclosed = {exploration, loop, argument};
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate_setup_teardown(run_loop, NULL, clean_up, &enclosed),
    };
    FILE *output = exploration->printed != NULL ? exploration->printed : tmpfile();
    char printed[4096];
    make_plain();
    silence(output);
    if (cmocka_run_group_tests_name("explore", tests, NULL, NULL) == 0) {
        return false;
    }
    *ret_finding = (struct search_finding){.id = "assertion"};
    tail_read(output, printed, sizeof(printed));
    message_find(printed, ret_finding);
    return true;
}

/* ---- in the parent ---- */

struct search_isolation exploration_isolation(struct exploration *exploration)
{
    return (struct search_isolation){
        .enter = isolate_enter,
        .user = exploration,
        .hang_ns = nanoseconds_of_ms(exploration->options->hang_ms),
    };
}

void isolate_last_words(struct exploration *exploration, const char *token,
                        char ret_words[LAST_WORDS_SIZE])
{
    const struct search_isolation isolation = exploration_isolation(exploration);
    struct search_outcome outcome;
    struct token parsed;
    FILE *output = tmpfile();
    exploration->printed = output;
    exploration_tear_down(exploration);
    search_outcome_init(&outcome, exploration->subject.heap);
    if (token_parse(text_of(token), &exploration->arena, &parsed, NULL) == CLOACINA_OK &&
        search_isolated(&exploration->subject, parsed.decisions, parsed.decision_count, NULL,
                        &isolation, &outcome, NULL) == CLOACINA_OK) {
        tail_read(output, ret_words, LAST_WORDS_SIZE);
    } else {
        ret_words[0] = '\0';
    }
    search_outcome_finish(&outcome);
    exploration->printed = NULL;
    if (output != NULL) {
        (void)fclose(output);
    }
}
