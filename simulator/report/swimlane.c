/* SPDX-License-Identifier: Apache-2.0 */
/* swimlane.c - tales become marks, marks get columns, bars and signs are drawn at them.
 *
 *   tales --> marks   0    1    2      3      what happens, in its order
 *             bars    [----+----]             from mark to mark, in a row of a runner
 *             signs        !           *      at a mark, in a row
 *
 * First every mark gets the least column that leaves room for the names of the bars; then what is
 * left of the width is given to the times between the marks.
 * Law: a mark stands to the right of the one before it. */
#include "report/swimlane.h"

#include <stdlib.h>
#include <string.h>

#include <cloacina/world.h>

#include "base/heap.h"
#include "base/instant.h"
#include "report/cast.h"

enum {
    BARS_MAX = 12, /* of more only those that matter are drawn */
    MARKS_MAX = SWIMLANE_COLUMNS,
    ROWS_MAX = 24,
    LABEL_MAX = 18,
    LABEL_LEAST = 5,
    NAME_COLUMNS = 12, /* of a row, with the indent */
    LONG_SPACE = 3,    /* columns of a shortened time, at least */
    LONG_TIMES = 4,    /* of the middle one */
    NOWHERE = -1,
};

/* A lane: a runner by its number, or one of these. */
enum { LANE_STORE = CLOACINA_WORLD_RUNNERS_MAX + 1, LANE_OPERATOR, LANE_BROKEN, LANES };

struct mark {
    int64_t at;
    int64_t since; /* time from the mark before */
    bool is_long;  /* to be shortened */
    int column;
};

struct bar {
    const struct tale *tale; /* its start */
    size_t begin, end;       /* marks */
    uint32_t row;            /* of its runner */
    bool is_open;
    char last; /* what stands at its end */
};

struct sign {
    size_t mark;
    uint32_t lane;
    int bar; /* index; NOWHERE: of the lane's first row */
    char what;
};

/* A runner stands still. */
struct still {
    size_t begin, end;
    uint32_t lane;
    bool is_open;
};

/* Everything has a mark of its own, so that one limit holds for all. */
struct picture {
    struct cast cast;
    struct mark marks[MARKS_MAX + 2]; /* one that is too many, and the end */
    struct bar bars[MARKS_MAX + 2];
    struct sign signs[MARKS_MAX + 2];
    struct still stills[MARKS_MAX + 2];
    size_t mark_count, bar_count, sign_count, still_count;
    uint32_t rows[LANES];  /* how many a lane has */
    uint32_t first[LANES]; /* its first one */
    uint32_t row_count;
    bool is_away[LANES]; /* died or stopped */
    char canvas[ROWS_MAX][SWIMLANE_COLUMNS];
    bool is_used[128]; /* signs, for the legend */
    int label_max;
};

/* ---- what is drawn ---- */

static size_t mark_add(struct picture *picture, int64_t at)
{
    size_t number = picture->mark_count++;
    int64_t before = number == 0 ? at : picture->marks[number - 1].at;
    picture->marks[number] = (struct mark){.at = at, .since = at - before};
    return number;
}

static void row_need(struct picture *picture, uint32_t lane, uint32_t rows)
{
    picture->rows[lane] = rows > picture->rows[lane] ? rows : picture->rows[lane];
}

static void sign_add(struct picture *picture, const struct tale *tale, uint32_t lane, int bar,
                     char what)
{
    row_need(picture, lane, 1);
    picture->signs[picture->sign_count++] =
        (struct sign){mark_add(picture, tale->at), lane, bar, what};
}

static int bar_find(const struct picture *picture, const struct tale *tale)
{
    for (size_t i = picture->bar_count; i-- > 0;) {
        const struct tale *start = picture->bars[i].tale;
        if (picture->bars[i].is_open && start->run == tale->run &&
            start->attempt == tale->attempt && text_equal(start->task, tale->task)) {
            return (int)i;
        }
    }
    return NOWHERE;
}

/* The first row of its runner in which nothing runs. */
static uint32_t row_free(const struct picture *picture, uint32_t runner)
{
    uint64_t taken = 0;
    uint32_t row = 0;
    for (size_t i = 0; i < picture->bar_count; i++) {
        const struct bar *bar = &picture->bars[i];
        if (bar->is_open && bar->tale->runner == runner) {
            taken |= UINT64_C(1) << (bar->row % 64);
        }
    }
    while (row < 63 && (taken >> row & 1) != 0) {
        row++;
    }
    return row;
}

static void bar_begin(struct picture *picture, const struct tale *tale)
{
    uint32_t row = row_free(picture, tale->runner);
    row_need(picture, tale->runner, row + 1);
    picture->bars[picture->bar_count++] = (struct bar){
        .tale = tale, .begin = mark_add(picture, tale->at), .row = row, .is_open = true};
}

static void bar_end(struct bar *bar, size_t mark, char last)
{
    bar->is_open = false;
    bar->end = mark;
    bar->last = last;
}

static void bar_returned(struct picture *picture, const struct tale *tale)
{
    int number = bar_find(picture, tale);
    if (number != NOWHERE) {
        bar_end(&picture->bars[number], mark_add(picture, tale->at), ']');
    }
}

static void runner_died(struct picture *picture, const struct tale *tale)
{
    bool had_bars = false;
    size_t mark = picture->mark_count;
    sign_add(picture, tale, tale->runner, NOWHERE, 'X');
    for (size_t i = 0; i < picture->bar_count; i++) {
        struct bar *bar = &picture->bars[i];
        if (bar->is_open && bar->tale->runner == tale->runner) {
            bar_end(bar, mark, 'X');
            had_bars = true;
        }
    }
    picture->sign_count -= had_bars; /* the bars show it */
    picture->is_away[tale->runner] = true;
}

static void runner_froze(struct picture *picture, const struct tale *tale)
{
    row_need(picture, tale->runner, 1);
    picture->stills[picture->still_count++] =
        (struct still){.begin = mark_add(picture, tale->at), .lane = tale->runner, .is_open = true};
}

static void runner_thawed(struct picture *picture, const struct tale *tale)
{
    for (size_t i = picture->still_count; i-- > 0;) {
        struct still *still = &picture->stills[i];
        if (still->is_open && still->lane == tale->runner) {
            still->is_open = false;
            still->end = mark_add(picture, tale->at);
            return;
        }
    }
}

static void runner_began(struct picture *picture, const struct tale *tale)
{
    if (picture->is_away[tale->runner]) {
        sign_add(picture, tale, tale->runner, NOWHERE, 'o');
        picture->is_away[tale->runner] = false;
    }
}

static void runner_stopped(struct picture *picture, const struct tale *tale)
{
    sign_add(picture, tale, tale->runner, NOWHERE, 's');
    picture->is_away[tale->runner] = true;
}

/* Whose row shows a fault of this kind. */
static uint32_t lane_of(const struct tale *tale)
{
    uint64_t of_runner = UINT64_C(1) << FAULT_STOP | UINT64_C(1) << FAULT_DEPLOY |
                         UINT64_C(1) << FAULT_NO_MEMORY | UINT64_C(1) << FAULT_STEP |
                         UINT64_C(1) << FAULT_OFFSET | UINT64_C(1) << FAULT_DRIFT;
    enum site site = tale->decision->label.site;
    if (site == SITE_OPERATOR) {
        return LANE_OPERATOR;
    }
    bool is_body = site == SITE_BODY || site == SITE_WAIT || site == SITE_EFFECT;
    bool is_runners = is_body || (of_runner >> tale->decision->choice.fault & 1) != 0;
    return is_runners && tale->runner != 0 ? tale->runner : LANE_STORE;
}

/* Deaths and standstills are drawn when they happen. */
static bool fault_is_drawn(const struct tale *tale)
{
    if (fault_is_soft(tale)) {
        return false;
    }
    enum fault fault = tale->decision->choice.fault;
    return fault != FAULT_CRASH && fault != FAULT_CRASH_AFTER && fault != FAULT_FREEZE;
}

static void fault_happened(struct picture *picture, const struct tale *tale)
{
    if (fault_is_drawn(tale)) {
        uint32_t lane = lane_of(tale);
        bool is_bars = lane == tale->runner && tale->task.length > 0;
        sign_add(picture, tale, lane, is_bars ? bar_find(picture, tale) : NOWHERE, '!');
    }
}

static void tale_draw(struct picture *picture, const struct tale *tale)
{
    switch (tale->kind) {
    case TALE_STARTED:
        bar_begin(picture, tale);
        return;
    case TALE_RETURNED:
        bar_returned(picture, tale);
        return;
    case TALE_DIED:
        runner_died(picture, tale);
        return;
    case TALE_BEGAN:
    case TALE_DEPLOYED:
        runner_began(picture, tale);
        return;
    case TALE_STOPPED:
        runner_stopped(picture, tale);
        return;
    case TALE_FROZEN:
        runner_froze(picture, tale);
        return;
    case TALE_THAWED:
        runner_thawed(picture, tale);
        return;
    case TALE_FAULT:
        fault_happened(picture, tale);
        return;
    case TALE_SUBMITTED:
    case TALE_EXECUTION:
    case TALE_COMPLETED:
    case TALE_FAILED:
    case TALE_RETRY:
    case TALE_SKIPPED:
    case TALE_LOST:
    case TALE_HANDED_BACK:
    case TALE_ABANDONED:
    case TALE_DEFERRED:
    case TALE_RESUMED:
    case TALE_TIMED_OUT:
    case TALE_EFFECT:
    case TALE_FENCED:
    case TALE_BURIED:
    case TALE_COMMAND:
        return;
    }
}

static bool is_too_many(const struct tales *tales)
{
    size_t bars = 0;
    for (size_t i = 0; i < tales->count; i++) {
        bars += tales->list[i].kind == TALE_STARTED;
    }
    return bars > BARS_MAX;
}

/* What is still there ends with the picture. */
static void everything_end(struct picture *picture, const struct tales *tales,
                           const struct search_finding *finding)
{
    int64_t last = tales->count == 0 ? CLOACINA_WORLD_START_NS : tales->list[tales->count - 1].at;
    int64_t at = finding == NULL ? last : instant_add(finding->at, CLOACINA_WORLD_START_NS);
    struct tale end = {.at = at > last ? at : last};
    size_t mark = picture->mark_count;
    if (finding != NULL) {
        sign_add(picture, &end, LANE_BROKEN, NOWHERE, '*');
    } else {
        (void)mark_add(picture, end.at);
    }
    for (size_t i = 0; i < picture->bar_count; i++) {
        if (picture->bars[i].is_open) {
            bar_end(&picture->bars[i], mark, '>');
        }
    }
    for (size_t i = 0; i < picture->still_count; i++) {
        if (picture->stills[i].is_open) {
            picture->stills[i].is_open = false;
            picture->stills[i].end = mark;
        }
    }
}

static bool is_drawn(const struct picture *picture, const struct tale *tale, bool is_crowded)
{
    const struct role *role = cast_find(&picture->cast, tale);
    return tale->runner <= CLOACINA_WORLD_RUNNERS_MAX &&
           (role == NULL || role->matters || !is_crowded);
}

static void picture_gather(struct picture *picture, const struct tales *tales,
                           const struct search_finding *finding)
{
    bool is_crowded = is_too_many(tales);
    for (size_t i = 0; i < tales->count && picture->mark_count <= MARKS_MAX; i++) {
        if (is_drawn(picture, &tales->list[i], is_crowded)) {
            tale_draw(picture, &tales->list[i]);
        }
    }
    everything_end(picture, tales, finding);
}

/* ---- columns ---- */

static int compare_times(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a;
    int64_t right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

/* Times much longer than the middle one are long. */
static void times_judge(struct picture *picture)
{
    int64_t times[MARKS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < picture->mark_count; i++) {
        if (picture->marks[i].since > 0) {
            times[count++] = picture->marks[i].since;
        }
    }
    qsort(times, count, sizeof(*times), compare_times);
    int64_t middle = count == 0 ? 0 : times[(count - 1) / 2];
    int64_t most = middle > INT64_MAX / LONG_TIMES ? INT64_MAX : middle * LONG_TIMES;
    for (size_t i = 0; i < picture->mark_count; i++) {
        struct mark *mark = &picture->marks[i];
        mark->is_long = mark->since > most;
        mark->since = mark->is_long ? most : mark->since;
    }
}

static int label_length(const struct picture *picture, const struct bar *bar,
                        char ret_label[LABEL_MAX + 1])
{
    struct text task = bar->tale->task;
    unsigned attempt = bar->tale->attempt % 1000;
    int digits = attempt > 99 ? 3 : attempt > 9 ? 2 : 1;
    int room = picture->label_max - digits - 1;
    size_t shown = 0;
    while (shown < task.length && (int)shown < room) {
        char c = task.bytes[shown];
        ret_label[shown++] = c > 0x20 && c < 0x7f ? c : '?';
    }
    ret_label[shown] = ' ';
    for (int i = digits; i > 0; i--, attempt /= 10) {
        ret_label[shown + (size_t)i] = (char)('0' + attempt % 10);
    }
    return (int)shown + 1 + digits;
}

static void push_right(struct mark *mark, int column)
{
    mark->column = column > mark->column ? column : mark->column;
}

/* A bar's end and its signs stand behind its name. */
static void names_make_room(struct picture *picture, size_t mark)
{
    char label[LABEL_MAX + 1];
    for (size_t i = 0; i < picture->bar_count; i++) {
        const struct bar *bar = &picture->bars[i];
        int behind = picture->marks[bar->begin].column + 1 + label_length(picture, bar, label);
        if (bar->end == mark) {
            push_right(&picture->marks[mark], behind);
        }
        for (size_t k = 0; k < picture->sign_count; k++) {
            if (picture->signs[k].bar == (int)i && picture->signs[k].mark == mark) {
                push_right(&picture->marks[mark], behind);
            }
        }
    }
}

/* The least columns; the last one. */
static int columns_pack(struct picture *picture)
{
    int column = 0;
    for (size_t i = 0; i < picture->mark_count; i++) {
        struct mark *mark = &picture->marks[i];
        mark->column = i == 0 ? 0 : column + (mark->is_long ? LONG_SPACE : 1);
        names_make_room(picture, i);
        column = mark->column;
    }
    return column;
}

static void columns_stretch(struct picture *picture, int left)
{
    uint128_t total = 0;
    uint128_t sum = 0;
    for (size_t i = 0; i < picture->mark_count; i++) {
        total += (uint64_t)picture->marks[i].since;
    }
    for (size_t i = 0; i < picture->mark_count && total > 0; i++) {
        sum += (uint64_t)picture->marks[i].since;
        picture->marks[i].column += (int)((uint128_t)left * sum / total);
    }
}

/* False: it does not fit, whatever is done with the names. */
static bool columns_choose(struct picture *picture)
{
    times_judge(picture);
    for (picture->label_max = LABEL_MAX; picture->label_max >= LABEL_LEAST; picture->label_max--) {
        int last = columns_pack(picture);
        if (last < SWIMLANE_COLUMNS) {
            columns_stretch(picture, SWIMLANE_COLUMNS - 1 - last);
            return true;
        }
    }
    return false;
}

/* ---- the canvas: row 0 is the axis ---- */

/* False: too many rows. */
static bool canvas_clear(struct picture *picture)
{
    picture->row_count = 1;
    for (size_t lane = 0; lane < LANES; lane++) {
        picture->first[lane] = picture->row_count;
        picture->row_count += picture->rows[lane];
    }
    memset(picture->canvas, ' ', sizeof(picture->canvas));
    return picture->row_count <= ROWS_MAX;
}

static void put(struct picture *picture, char *at, char what)
{
    *at = what;
    picture->is_used[(unsigned char)what] = true;
}

static char *bar_row(struct picture *picture, const struct bar *bar)
{
    return picture->canvas[picture->first[bar->tale->runner] + bar->row];
}

static void bar_draw(struct picture *picture, const struct bar *bar)
{
    char label[LABEL_MAX + 1];
    int begin = picture->marks[bar->begin].column;
    int end = picture->marks[bar->end].column;
    char *row = bar_row(picture, bar);
    memset(row + begin, '-', (size_t)(end - begin));
    put(picture, &row[begin], '[');
    memcpy(row + begin + 1, label, (size_t)label_length(picture, bar, label));
    put(picture, &row[end], bar->last);
}

static void long_times_draw(struct picture *picture)
{
    for (size_t i = 1; i < picture->mark_count; i++) {
        if (!picture->marks[i].is_long) {
            continue;
        }
        int middle = (picture->marks[i - 1].column + picture->marks[i].column) / 2;
        put(picture, &picture->canvas[0][middle], '~');
        for (size_t row = 1; row < picture->row_count; row++) {
            char *at = &picture->canvas[row][middle];
            *at = *at == '-' ? '~' : *at;
        }
    }
}

/* Over the bars of its runner, but for their names, and over its first row. */
static void still_draw(struct picture *picture, const struct still *still)
{
    for (uint32_t i = 0; i < picture->rows[still->lane]; i++) {
        char *row = picture->canvas[picture->first[still->lane] + i];
        int begin = picture->marks[still->begin].column;
        for (int column = begin; column < picture->marks[still->end].column; column++) {
            bool is_free = row[column] == '-' || (i == 0 && row[column] == ' ');
            if (is_free) {
                put(picture, &row[column], 'z');
            }
        }
    }
}

static void sign_draw(struct picture *picture, const struct sign *sign)
{
    int column = picture->marks[sign->mark].column;
    char *row = sign->bar == NOWHERE ? picture->canvas[picture->first[sign->lane]]
                                     : bar_row(picture, &picture->bars[sign->bar]);
    put(picture, &row[column], sign->what);
}

/* The time of each first mark of an instant, where there is room. */
static void axis_draw(struct picture *picture)
{
    char text[DURATION_TEXT_SIZE];
    int free_from = 0;
    for (size_t i = 0; i < picture->mark_count; i++) {
        const struct mark *mark = &picture->marks[i];
        duration_print(mark->at - CLOACINA_WORLD_START_NS, text);
        int length = (int)strlen(text);
        bool is_first = i == 0 || mark->at != mark[-1].at;
        bool is_clear = mark->column + length <= SWIMLANE_COLUMNS && mark->column >= free_from &&
                        memchr(picture->canvas[0] + mark->column, '~', (size_t)length) == NULL;
        if (is_first && is_clear) {
            memcpy(picture->canvas[0] + mark->column, text, (size_t)length);
            free_from = mark->column + length + 1;
        }
    }
}

static void picture_draw(struct picture *picture)
{
    for (size_t i = 0; i < picture->bar_count; i++) {
        bar_draw(picture, &picture->bars[i]);
    }
    long_times_draw(picture);
    for (size_t i = 0; i < picture->still_count; i++) {
        still_draw(picture, &picture->stills[i]);
    }
    for (size_t i = 0; i < picture->sign_count; i++) {
        sign_draw(picture, &picture->signs[i]);
    }
    axis_draw(picture);
}

/* ---- on paper ---- */

static void name_write(uint32_t lane, struct text_builder *builder)
{
    size_t before = builder->length;
    if (lane == LANE_STORE) {
        text_builder_append_terminated(builder, "  store");
    } else if (lane == LANE_OPERATOR) {
        text_builder_append_terminated(builder, "  operator");
    } else if (lane == LANE_BROKEN) {
        text_builder_append_terminated(builder, "  broken");
    } else {
        text_builder_print(builder, "  runner-%u", (unsigned)lane);
    }
    while (builder->length < before + NAME_COLUMNS && !builder->failed) {
        text_builder_append_char(builder, ' ');
    }
}

static void row_write(const char *row, struct text_builder *builder)
{
    size_t length = SWIMLANE_COLUMNS;
    while (length > 0 && row[length - 1] == ' ') {
        length--;
    }
    text_builder_append(builder, (struct text){row, length});
    text_builder_append_char(builder, '\n');
}

static void legend_write(const struct picture *picture, struct text_builder *builder)
{
    static const struct {
        char what;
        const char *text;
    } signs[] = {
        {'[', "[task attempt] a body"},
        {'>', "> still running"},
        {'!', "! a fault"},
        {'X', "X dies"},
        {'s', "s has stopped"},
        {'o', "o starts again"},
        {'z', "z frozen"},
        {'~', "~ a long time"},
        {'*', "* what was broken"},
    };
    const char *between = "            ";
    for (size_t i = 0; i < ARRAY_COUNT(signs); i++) {
        if (picture->is_used[(unsigned char)signs[i].what]) {
            text_builder_print(builder, "%s%s", between, signs[i].text);
            between = "   ";
        }
    }
    text_builder_append_char(builder, '\n');
}

static void picture_write(const struct picture *picture, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "            ");
    row_write(picture->canvas[0], builder);
    for (uint32_t lane = 0; lane < LANES; lane++) {
        for (uint32_t i = 0; i < picture->rows[lane]; i++) {
            if (i == 0) {
                name_write(lane, builder);
            } else {
                text_builder_append_terminated(builder, "            ");
            }
            row_write(picture->canvas[picture->first[lane] + i], builder);
        }
    }
    legend_write(picture, builder);
}

void swimlane_write(const struct tales *tales, const struct search_finding *finding,
                    struct text_builder *builder)
{
    struct picture picture = {.mark_count = 0};
    if (!cast_init(&picture.cast, tales, finding, tales->arena.heap) || tales->failed) {
        builder->failed = true;
    } else {
        picture_gather(&picture, tales, finding);
        bool is_something = picture.bar_count + picture.sign_count > 0;
        if (is_something && picture.mark_count <= MARKS_MAX && columns_choose(&picture) &&
            canvas_clear(&picture)) {
            picture_draw(&picture);
            picture_write(&picture, builder);
        }
    }
    cast_finish(&picture.cast);
}
