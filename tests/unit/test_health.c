/* SPDX-License-Identifier: Apache-2.0 */
/* test_health.c - health and metrics over HTTP, asked by a client that only knows sockets. */
#include "support.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/instant.h"
#include "cloacinactl/health.h"

enum { ANSWER_SIZE = 16384 };

static void look(void *user, struct vitals *ret_vitals)
{
    *ret_vitals = *(const struct vitals *)user;
}

static const struct vitals fine = {
    .figures = {.lease = 7, .is_claiming = 1},
    .stale_after_ns = NANOSECONDS_PER_SECOND,
};

/* Skips where the program has no server. */
static struct health *served(struct vitals *vitals)
{
    struct health *health = NULL;
    struct cloacina_error err = {0};
    struct health_options options = {.heap = cloacina_heap_system(), .look = look, .user = vitals};
    if (health_start(&options, &health, &err) == CLOACINA_INVALID) {
        assert_non_null(strstr(err.message, "without libmicrohttpd"));
        skip();
    }
    assert_non_null(health);
    return health;
}

static int connection(const struct health *health, uint32_t address)
{
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(health_port(health))};
    server.sin_addr.s_addr = htonl(address);
    int client = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(client >= 0);
    if (connect(client, (struct sockaddr *)&server, sizeof(server)) != 0) {
        close(client);
        return -1;
    }
    return client;
}

/* The whole answer, to be used before the next one. */
static const char *asked(const struct health *health, const char *request)
{
    static char answer[ANSWER_SIZE];
    size_t length = 0;
    ssize_t count;
    int client = connection(health, INADDR_LOOPBACK);
    assert_true(client >= 0);
    dprintf(client, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", request);
    while ((count = read(client, answer + length, sizeof(answer) - 1 - length)) > 0) {
        length += (size_t)count;
    }
    close(client);
    answer[length] = '\0';
    return answer;
}

static void assert_answer(const struct health *health, const char *request, const char *status,
                          const char *end)
{
    const char *answer = asked(health, request);
    if (strncmp(answer, status, strlen(status)) != 0 || strstr(answer, end) == NULL) {
        fail_msg("%s: %s", request, answer);
    }
}

/* Why: a probe looks at the status alone, a person at the reason. */
static void probes_are_answered_with_status_and_reason(void **state)
{
    (void)state;
    struct vitals vitals = fine;
    struct health *health = served(&vitals);
    assert_answer(health, "GET /health", "HTTP/1.1 200", "\r\n\r\n{\"status\":\"ok\",");
    assert_answer(health, "GET /ready", "HTTP/1.1 200", "Content-Type: application/json");
    vitals.figures.lease = 0;
    assert_answer(health, "GET /health", "HTTP/1.1 503",
                  "{\"status\":\"unhealthy\",\"reason\":\"there is no lease\"}");
    vitals.figures.lease = 7;
    vitals.is_draining = true;
    assert_answer(health, "GET /health", "HTTP/1.1 200", "ok");
    assert_answer(health, "GET /ready", "HTTP/1.1 503",
                  "{\"status\":\"not-ready\",\"reason\":\"draining\"}");
    health_stop(health);
}

/* Why: nothing else is there to be found. */
static void only_what_was_asked_for_is_answered(void **state)
{
    (void)state;
    struct vitals vitals = fine;
    struct health *health = served(&vitals);
    assert_answer(health, "GET /metrics", "HTTP/1.1 200", "\ncloacina_up 1\n");
    assert_answer(health, "HEAD /metrics", "HTTP/1.1 200", "text/plain; version=0.0.4");
    assert_null(strstr(asked(health, "HEAD /metrics"), "cloacina_up"));
    assert_answer(health, "GET /", "HTTP/1.1 404", "/health, /ready and /metrics");
    assert_answer(health, "DELETE /health", "HTTP/1.1 405", "only GET");
    health_stop(health);
}

/* Why: figures are nobody's business outside of this machine. */
static void only_the_loopback_address_listens(void **state)
{
    (void)state;
    struct vitals vitals = fine;
    struct health *health = served(&vitals);
    assert_int_equal(connection(health, INADDR_LOOPBACK + 1), -1); /* 127.0.0.2 is here, too */
    health_stop(health);
}

/* Why: two runners with one port must not share it in silence. */
static void a_port_that_is_taken_is_refused(void **state)
{
    (void)state;
    struct vitals vitals = fine;
    struct health *first = served(&vitals);
    struct health *second = NULL;
    struct cloacina_error err;
    char message[100];
    struct health_options options = {
        .heap = cloacina_heap_system(), .port = health_port(first), .look = look, .user = &vitals};
    assert_int_equal(health_start(&options, &second, &err), CLOACINA_INVALID);
    (void)snprintf(message, sizeof(message),
                   "cannot listen on 127.0.0.1:%u: Address already in use", options.port);
    assert_string_equal(err.message, message);
    assert_null(second);
    health_stop(first);
    health_stop(NULL);
}

/* Why: a failed start leaves no socket and no memory behind. */
static void without_memory_there_is_no_server(void **state)
{
    (void)state;
    struct vitals vitals = fine;
    struct health *health = NULL;
    struct cloacina_error err;
    struct failing_heap heap;
    health_stop(served(&vitals));
    failing_heap_init(&heap, 0);
    struct health_options options = {.heap = &heap.heap, .look = look, .user = &vitals};
    assert_int_equal(health_start(&options, &health, &err), CLOACINA_NO_MEMORY);
    assert_null(health);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probes_are_answered_with_status_and_reason),
        cmocka_unit_test(only_what_was_asked_for_is_answered),
        cmocka_unit_test(only_the_loopback_address_listens),
        cmocka_unit_test(a_port_that_is_taken_is_refused),
        cmocka_unit_test(without_memory_there_is_no_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
