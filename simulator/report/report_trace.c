/* SPDX-License-Identifier: Apache-2.0 */
/* report_trace.c - attempts as trace events.
 *
 * Law: the file grows with the run, the memory does not. */
#include "report/report_trace.h"

#include <assert.h>

#include "base/instant.h"
#include "context/json.h"

/* Writes what the buffer holds as one more element of the list. */
static void element_put(struct report_trace *trace)
{
    if (!trace->buffer.failed) {
        fputs(trace->has_events ? ",\n" : "\n", trace->stream);
        fwrite(trace->buffer.bytes, 1, trace->buffer.length, trace->stream);
        trace->has_events = true;
        text_builder_reset(&trace->buffer);
    }
}

static void process_name_put(struct report_trace *trace, uint32_t runner)
{
    text_builder_print(&trace->buffer,
                       "{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":%u,\"tid\":0,"
                       "\"args\":{\"name\":\"runner-%u\"}}",
                       (unsigned)runner, (unsigned)runner);
    element_put(trace);
}

static void thread_name_put(struct report_trace *trace, uint32_t runner, uint32_t slot)
{
    text_builder_print(&trace->buffer,
                       "{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":%u,\"tid\":%u,"
                       "\"args\":{\"name\":\"slot %u\"}}",
                       (unsigned)runner, (unsigned)slot + 1, (unsigned)slot + 1);
    element_put(trace);
}

void report_trace_begin(struct report_trace *trace, struct cloacina_heap *heap, FILE *stream,
                        uint32_t runners)
{
    *trace = (struct report_trace){.stream = stream};
    text_builder_init(&trace->buffer, heap);
    fputs("{\"displayTimeUnit\":\"ms\",\"traceEvents\":[", stream);
    for (uint32_t runner = 1; runner <= runners; runner++) {
        process_name_put(trace, runner);
    }
}

static void microseconds_write(struct text_builder *builder, const char *key, int64_t nanoseconds)
{
    text_builder_print(builder, ",\"%s\":%lld.%03lld", key,
                       (long long)(nanoseconds / NANOSECONDS_PER_MICROSECOND),
                       (long long)(nanoseconds % NANOSECONDS_PER_MICROSECOND));
}

void report_trace_attempt(struct report_trace *trace, const struct cloacina_world_attempt *attempt)
{
    struct text_builder *buffer = &trace->buffer;
    assert(attempt->runner <= CLOACINA_WORLD_RUNNERS_MAX);
    while (trace->slots[attempt->runner] <= attempt->slot) {
        thread_name_put(trace, attempt->runner, trace->slots[attempt->runner]++);
    }
    text_builder_append_terminated(buffer, "{\"ph\":\"X\",\"cat\":\"task\",\"name\":");
    json_write_text(buffer, text_of(attempt->task));
    text_builder_print(buffer, ",\"pid\":%u,\"tid\":%u", (unsigned)attempt->runner,
                       (unsigned)attempt->slot + 1);
    microseconds_write(buffer, "ts", attempt->started_ns);
    microseconds_write(buffer, "dur", attempt->ended_ns - attempt->started_ns);
    text_builder_append_terminated(buffer, ",\"args\":{\"workflow\":");
    json_write_text(buffer, text_of(attempt->workflow));
    text_builder_print(buffer, ",\"attempt\":%u,\"result\":\"%s\"", (unsigned)attempt->attempt,
                       cloacina_code_name(attempt->code));
    if (attempt->message[0] != '\0') {
        text_builder_append_terminated(buffer, ",\"message\":");
        json_write_text(buffer, text_of(attempt->message));
    }
    text_builder_append_terminated(buffer, "}}");
    element_put(trace);
}

bool report_trace_end(struct report_trace *trace)
{
    bool is_whole = !trace->buffer.failed;
    fputs("\n]}\n", trace->stream);
    text_builder_finish(&trace->buffer);
    return is_whole;
}
