/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_progress.c - the bar.
 *
 * Law: asks for the time once in STEPS_PER_LOOK attempts, so that watching costs nothing. */
#include "simulate/simulate_progress.h"

#include <cloacina/clock.h>

#include "base/instant.h"

enum { STEPS_PER_LOOK = 1024, WIDTH = 36 };

static const int64_t redraw_ns = NANOSECONDS_PER_SECOND / 10;

static int64_t now(void)
{
    return cloacina_clock_monotonic(cloacina_clock_system());
}

/* How much of all is done, from 0 to `whole`. A task may take several attempts. */
static unsigned share(const struct progress *progress, unsigned whole)
{
    uint64_t done = progress->done < progress->tasks ? progress->done : progress->tasks;
    uint64_t all = progress->tasks * progress->seeds;
    return (unsigned)((progress->tasks * progress->seed + done) * whole / all);
}

static void draw_count(struct progress *progress)
{
    fprintf(progress->stream, "\r%llu runs", (unsigned long long)progress->seed);
    (void)fflush(progress->stream);
    progress->is_drawn = true;
}

static void draw_bar(struct progress *progress)
{
    char bar[WIDTH + 1];
    unsigned filled = share(progress, WIDTH);
    for (unsigned i = 0; i < WIDTH; i++) {
        bar[i] = i < filled ? '#' : '.';
    }
    bar[WIDTH] = '\0';
    fprintf(progress->stream, "\r[%s] %3u %%", bar, share(progress, 100));
    if (progress->seeds > 1) {
        uint64_t number = progress->seed < progress->seeds ? progress->seed + 1 : progress->seeds;
        fprintf(progress->stream, "  seed %llu of %llu", (unsigned long long)number,
                (unsigned long long)progress->seeds);
    }
    (void)fflush(progress->stream);
    progress->is_drawn = true;
}

static void draw(struct progress *progress)
{
    if (progress->seeds == 0) {
        draw_count(progress);
    } else {
        draw_bar(progress);
    }
}

static void draw_when_due(struct progress *progress)
{
    int64_t present = now();
    if (present - progress->drawn_at >= redraw_ns) {
        progress->drawn_at = present;
        draw(progress);
    }
}

void progress_begin(struct progress *progress, FILE *stream, uint64_t tasks, uint64_t seeds,
                    bool at_once)
{
    *progress = (struct progress){.stream = stream, .tasks = tasks, .seeds = seeds};
    if (stream != NULL) {
        progress->drawn_at = now();
        if (at_once) {
            draw(progress);
        }
    }
}

void progress_step(struct progress *progress)
{
    progress->done++;
    if (progress->stream != NULL && progress->done % STEPS_PER_LOOK == 0) {
        draw_when_due(progress);
    }
}

void progress_next_seed(struct progress *progress)
{
    progress->seed++;
    progress->done = 0;
    if (progress->stream != NULL) {
        draw_when_due(progress);
    }
}

void progress_runs(struct progress *progress, uint64_t runs)
{
    progress->seed = runs;
    if (progress->stream != NULL) {
        draw_when_due(progress);
    }
}

void progress_end(struct progress *progress)
{
    if (progress->is_drawn) {
        draw(progress);
        fputc('\n', progress->stream);
    }
}
