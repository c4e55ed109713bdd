/* SPDX-License-Identifier: Apache-2.0 */
/* quarter.c - 21 tasks in nine levels: fans, joins, and rules that decide which way to go.
 *
 *   level 0  open_quarter
 *         1  fetch_sales    fetch_refunds    fetch_costs    fetch_stock
 *         2  check_sales    check_refunds    check_costs    check_stock
 *         3  net_revenue (sales, refunds)    use_last_count (only if check_stock failed)
 *         4  gross_margin (revenue, costs)   stock_value (stock or the last count)
 *         5  forecast (margin, stock)        summary (margin, stock)
 *            warn_board (margin below 10)    praise_team (margin above 30)
 *         6  full_report (forecast and summary)   short_report (no forecast)
 *         7  publish (one of the reports)
 *         8  close_quarter (always)
 *
 * Bodies are shared: what differs between two tasks is in the definition's .user. */
#include "quarter.h"

static struct cloacina_context *context_of(struct cloacina_task *task)
{
    return cloacina_task_context(task);
}

/* ---- fetching and checking: one body each, for four figures ---- */

struct figure {
    const char *key;     /* in the context */
    const char *checked; /* the key that says that it was looked at */
    int64_t amount;      /* what the source would answer */
};

static struct figure sales = {"sales", "sales_checked", 1250000};
static struct figure refunds = {"refunds", "refunds_checked", 50000};
static struct figure costs = {"costs", "costs_checked", 900000};
static struct figure stock = {"stock", "stock_checked", 340000};

static enum cloacina_code fetch_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct figure *figure = cloacina_task_user(task);
    return cloacina_context_set_int64(context_of(task), figure->key, figure->amount, err);
}

static enum cloacina_code check_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct figure *figure = cloacina_task_user(task);
    int64_t amount;
    enum cloacina_code code =
        cloacina_context_get_int64(context_of(task), figure->key, &amount, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (amount < 0) {
        return cloacina_error_set(err, "'%s' is negative", figure->key);
    }
    return cloacina_context_set_bool(context_of(task), figure->checked, 1, err);
}

/* ---- figures made of two others ---- */

static enum cloacina_code get_two(struct cloacina_task *task, const char *first_key, int64_t *first,
                                  const char *second_key, int64_t *second,
                                  struct cloacina_error *err)
{
    enum cloacina_code code = cloacina_context_get_int64(context_of(task), first_key, first, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_get_int64(context_of(task), second_key, second, err);
}

static enum cloacina_code net_revenue_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t sold;
    int64_t returned;
    enum cloacina_code code = get_two(task, "sales", &sold, "refunds", &returned, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_int64(context_of(task), "revenue", sold - returned, err);
}

static enum cloacina_code gross_margin_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t revenue;
    int64_t spent;
    enum cloacina_code code = get_two(task, "revenue", &revenue, "costs", &spent, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (revenue == 0) {
        return cloacina_error_set(err, "there was no revenue");
    }
    return cloacina_context_set_int64(context_of(task), "margin_percent",
                                      (revenue - spent) * 100 / revenue, err);
}

static enum cloacina_code forecast_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t margin;
    int64_t value;
    enum cloacina_code code = get_two(task, "margin_percent", &margin, "stock_value", &value, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_int64(context_of(task), "forecast", value + value * margin / 100,
                                      err);
}

/* ---- stock ---- */

static enum cloacina_code use_last_count_body(struct cloacina_task *task,
                                              struct cloacina_error *err)
{
    return cloacina_context_set_int64(context_of(task), "stock", 300000, err);
}

static enum cloacina_code stock_value_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int64_t counted;
    enum cloacina_code code = cloacina_context_get_int64(context_of(task), "stock", &counted, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return cloacina_context_set_int64(context_of(task), "stock_value", counted * 9 / 10, err);
}

/* ---- tasks of which only the order matters here: they note that they were there ---- */

static enum cloacina_code note_body(struct cloacina_task *task, struct cloacina_error *err)
{
    const char *note = cloacina_task_user(task);
    return cloacina_context_set_string(context_of(task), note, cloacina_task_name(task), err);
}

static char opened_by[] = "opened_by";
static char summary_by[] = "summary_by";
static char told_by[] = "told_by";
static char report_by[] = "report_by";
static char published_by[] = "published_by";
static char closed_by[] = "closed_by";

CLOACINA_TASK(open_quarter, .body = note_body, .user = opened_by);

CLOACINA_TASK(fetch_sales, .body = fetch_body, .user = &sales,
              .dependencies = CLOACINA_TASKS(&open_quarter));
CLOACINA_TASK(fetch_refunds, .body = fetch_body, .user = &refunds,
              .dependencies = CLOACINA_TASKS(&open_quarter));
CLOACINA_TASK(fetch_costs, .body = fetch_body, .user = &costs,
              .dependencies = CLOACINA_TASKS(&open_quarter));
CLOACINA_TASK(fetch_stock, .body = fetch_body, .user = &stock,
              .dependencies = CLOACINA_TASKS(&open_quarter));

CLOACINA_TASK(check_sales, .body = check_body, .user = &sales,
              .dependencies = CLOACINA_TASKS(&fetch_sales));
CLOACINA_TASK(check_refunds, .body = check_body, .user = &refunds,
              .dependencies = CLOACINA_TASKS(&fetch_refunds));
CLOACINA_TASK(check_costs, .body = check_body, .user = &costs,
              .dependencies = CLOACINA_TASKS(&fetch_costs));
CLOACINA_TASK(check_stock, .body = check_body, .user = &stock,
              .dependencies = CLOACINA_TASKS(&fetch_stock),
              .retry = {.retry_when = CLOACINA_RETRY_NEVER});

CLOACINA_TASK(net_revenue, .body = net_revenue_body,
              .dependencies = CLOACINA_TASKS(&check_sales, &check_refunds));

/* A rule decides alone: this one turns a failure into a way round. */
CLOACINA_TASK(use_last_count, .body = use_last_count_body,
              .dependencies = CLOACINA_TASKS(&check_stock),
              .rule = CLOACINA_TASK_FAILED("check_stock"));

CLOACINA_TASK(gross_margin, .body = gross_margin_body,
              .dependencies = CLOACINA_TASKS(&net_revenue, &check_costs));

/* Without the rule, the failed check would keep this one from running although the last count is
 * there. */
CLOACINA_TASK(stock_value, .body = stock_value_body,
              .dependencies = CLOACINA_TASKS(&check_stock, &use_last_count),
              .rule = CLOACINA_ANY_OF(CLOACINA_TASK_SUCCEEDED("check_stock"),
                                      CLOACINA_TASK_SUCCEEDED("use_last_count")));

/* A forecast on the last count would be a guess on a guess. */
CLOACINA_TASK(forecast, .body = forecast_body,
              .dependencies = CLOACINA_TASKS(&gross_margin, &stock_value),
              .rule = CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("gross_margin"),
                                      CLOACINA_CONTEXT_VALUE("stock_checked", CLOACINA_EQUALS,
                                                             "true")));
CLOACINA_TASK(summary, .body = note_body, .user = summary_by,
              .dependencies = CLOACINA_TASKS(&gross_margin, &stock_value));

CLOACINA_TASK(warn_board, .body = note_body, .user = told_by,
              .dependencies = CLOACINA_TASKS(&gross_margin),
              .rule = CLOACINA_CONTEXT_VALUE("margin_percent", CLOACINA_LESS_THAN, "10"));
CLOACINA_TASK(praise_team, .body = note_body, .user = told_by,
              .dependencies = CLOACINA_TASKS(&gross_margin),
              .rule = CLOACINA_CONTEXT_VALUE("margin_percent", CLOACINA_GREATER_THAN, "30"));

CLOACINA_TASK(full_report, .body = note_body, .user = report_by,
              .dependencies = CLOACINA_TASKS(&forecast, &summary),
              .rule = CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("forecast"),
                                      CLOACINA_TASK_SUCCEEDED("summary")));
CLOACINA_TASK(short_report, .body = note_body, .user = report_by,
              .dependencies = CLOACINA_TASKS(&forecast, &summary),
              .rule = CLOACINA_ALL_OF(CLOACINA_TASK_SUCCEEDED("summary"),
                                      CLOACINA_NONE_OF(CLOACINA_TASK_SUCCEEDED("forecast"))));

CLOACINA_TASK(publish, .body = note_body, .user = published_by,
              .dependencies = CLOACINA_TASKS(&full_report, &short_report),
              .rule = CLOACINA_ANY_OF(CLOACINA_TASK_SUCCEEDED("full_report"),
                                      CLOACINA_TASK_SUCCEEDED("short_report")));

CLOACINA_TASK(close_quarter, .body = note_body, .user = closed_by,
              .dependencies = CLOACINA_TASKS(&publish, &warn_board, &praise_team),
              .rule = CLOACINA_ALWAYS());

CLOACINA_WORKFLOW(quarter_report,
                  .description = "what a quarter brought in, with or without a stock count",
                  .tasks = CLOACINA_TASKS(&open_quarter, &fetch_sales, &fetch_refunds, &fetch_costs,
                                          &fetch_stock, &check_sales, &check_refunds, &check_costs,
                                          &check_stock, &net_revenue, &use_last_count,
                                          &gross_margin, &stock_value, &forecast, &summary,
                                          &warn_board, &praise_team, &full_report, &short_report,
                                          &publish, &close_quarter));
