/* SPDX-License-Identifier: Apache-2.0 */
/* health.c - the border to libmicrohttpd.
 *
 * Law: only the loopback address is ever bound, and only what was asked for is answered. */
#include "cloacinactl/health.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <microhttpd.h>

#include "base/heap.h"

enum { CONNECTIONS_MAX = 32, SECONDS_MAX = 10, BACKLOG = 16 };

struct health {
    struct health_options options;
    struct MHD_Daemon *daemon;
    uint16_t port;
};

/* ---- answers ---- */

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *type,
                               struct text_builder *body)
{
    bool is_whole = !body->failed;
    struct text text = text_builder_text(body);
    /* Copied, and const although its type does not say so. */
    struct MHD_Response *response =
        is_whole ? MHD_create_response_from_buffer(text.length, (void *)(uintptr_t)text.bytes,
                                                   MHD_RESPMEM_MUST_COPY)
                 : NULL;
    text_builder_finish(body);
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_NO;
    if (MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES) {
        result = MHD_queue_response(connection, status, response);
    }
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result respond_judged(const struct health *health,
                                      struct MHD_Connection *connection, bool is_readiness)
{
    struct vitals vitals;
    struct text_builder reason;
    struct text_builder body;
    text_builder_init(&reason, health->options.heap);
    text_builder_init(&body, health->options.heap);
    health->options.look(health->options.user, &vitals);
    bool is_good =
        is_readiness ? vitals_are_ready(&vitals, &reason) : vitals_are_healthy(&vitals, &reason);
    vitals_write_json(is_good, is_readiness ? "not-ready" : "unhealthy", text_builder_text(&reason),
                      &body);
    text_builder_finish(&reason);
    return respond(connection, is_good ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                   "application/json", &body);
}

static enum MHD_Result respond_metrics(const struct health *health,
                                       struct MHD_Connection *connection)
{
    struct vitals vitals;
    struct text_builder body;
    text_builder_init(&body, health->options.heap);
    health->options.look(health->options.user, &vitals);
    vitals_write_metrics(&vitals, &body);
    return respond(connection, MHD_HTTP_OK, "text/plain; version=0.0.4", &body);
}

static enum MHD_Result respond_words(const struct health *health, struct MHD_Connection *connection,
                                     unsigned status, const char *words)
{
    struct text_builder body;
    text_builder_init(&body, health->options.heap);
    text_builder_append_terminated(&body, words);
    return respond(connection, status, "text/plain", &body);
}

/* A pointer to a function of this type is what the library asks for. */
static enum MHD_Result answer(void *user, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_size, void **request)
{
    const struct health *health = user;
    (void)version;
    (void)upload;
    (void)request;
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0) {
        *upload_size = 0;
        return respond_words(health, connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
    }
    if (strcmp(url, "/health") == 0) {
        return respond_judged(health, connection, false);
    }
    if (strcmp(url, "/ready") == 0) {
        return respond_judged(health, connection, true);
    }
    if (strcmp(url, "/metrics") == 0) {
        return respond_metrics(health, connection);
    }
    return respond_words(health, connection, MHD_HTTP_NOT_FOUND,
                         "there are /health, /ready and /metrics\n");
}

/* ---- the socket ---- */

static enum cloacina_code refuse(uint16_t port, int number, struct cloacina_error *err)
{
    bool is_taken = number == EADDRINUSE || number == EACCES;
    return cloacina_error_raise(err, is_taken ? CLOACINA_INVALID : CLOACINA_IO,
                                "cannot listen on 127.0.0.1:%u: %s", port, strerror(number));
}

static enum cloacina_code listen_on(uint16_t port, int *ret_socket, uint16_t *ret_port,
                                    struct cloacina_error *err)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t size = sizeof(address);
    int yes = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    if (descriptor < 0) {
        return refuse(port, errno, err);
    }
    /* Not beside a living listener, only after one that has gone. */
    if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
        bind(descriptor, (struct sockaddr *)&address, size) != 0 ||
        listen(descriptor, BACKLOG) != 0 ||
        getsockname(descriptor, (struct sockaddr *)&address, &size) != 0) {
        int number = errno;
        (void)close(descriptor);
        return refuse(port, number, err);
    }
    *ret_socket = descriptor;
    *ret_port = ntohs(address.sin_port);
    return CLOACINA_OK;
}

/* ---- life ---- */

enum cloacina_code health_start(const struct health_options *options, struct health **ret_health,
                                struct cloacina_error *err)
{
    int descriptor = -1;
    struct health *health = heap_take_zeroed(options->heap, 1, sizeof(*health));
    if (health == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    health->options = *options;
    enum cloacina_code code = listen_on(options->port, &descriptor, &health->port, err);
    if (code == CLOACINA_OK) {
        health->daemon =
            MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, NULL, NULL, answer,
                             health, MHD_OPTION_LISTEN_SOCKET, descriptor,
                             MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
                             MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SECONDS_MAX, MHD_OPTION_END);
        if (health->daemon == NULL) {
            (void)close(descriptor);
            code = cloacina_error_raise(err, CLOACINA_IO, "cannot serve on 127.0.0.1:%u",
                                        health->port);
        }
    }
    if (code != CLOACINA_OK) {
        heap_give(options->heap, health, sizeof(*health));
        return code;
    }
    *ret_health = health;
    return CLOACINA_OK;
}

uint16_t health_port(const struct health *health)
{
    return health->port;
}

void health_stop(struct health *health)
{
    if (health != NULL) {
        MHD_stop_daemon(health->daemon);
        heap_give(health->options.heap, health, sizeof(*health));
    }
}
