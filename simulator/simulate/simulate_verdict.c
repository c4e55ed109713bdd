/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_verdict.c - what was judged, and what fails although no run had a finding.
 *
 * Law: a search that looked at nothing does not pass. */
#include <inttypes.h>
#include <string.h>

#include "simulate/simulate_search.h"

enum { SOMETIMES_RUNS_MIN = 100 };

/* Adds a case; `failure` may have failed for lack of memory. */
static enum cloacina_code case_add(struct simulate_search *search, const char *name,
                                   const struct text_builder *failure, struct cloacina_error *err)
{
    return !failure->failed && report_add_case(&search->session->report, REPORT_PROPERTY, name,
                                               text_builder_terminated(failure))
               ? CLOACINA_OK
               : session_no_memory(err);
}

/* ---- properties ---- */

/* The bit of a "sometimes" is its number among those. */
static enum cloacina_code sometimes_add(struct simulate_search *search,
                                        const struct cloacina_property *property, uint64_t bit,
                                        struct cloacina_error *err)
{
    struct text_builder failure;
    text_builder_init(&failure, search->session->call->heap);
    if ((search->sums.properties_seen & bit) == 0 && search->sums.runs >= SOMETIMES_RUNS_MIN) {
        text_builder_print(&failure, "sometimes: not once in %" PRIu64 " runs", search->sums.runs);
        if (known_find(&search->known, "sometimes", property->name,
                       text_builder_terminated(&failure)) != NULL) {
            text_builder_reset(&failure);
        }
    }
    enum cloacina_code code = case_add(search, property->name, &failure, err);
    text_builder_finish(&failure);
    return code;
}

static enum cloacina_code properties_add(struct simulate_search *search, struct cloacina_error *err)
{
    const struct simulate_source *source = &search->session->source;
    enum cloacina_code code = CLOACINA_OK;
    uint64_t bit = 1;
    for (size_t i = 0; i < source->property_count && code == CLOACINA_OK; i++) {
        const struct cloacina_property *property = source->properties[i];
        if (property->type == CLOACINA_SOMETIMES) {
            code = sometimes_add(search, property, bit, err);
            bit <<= 1;
        } else if (!report_add_case(&search->session->report, REPORT_PROPERTY, property->name,
                                    NULL)) {
            code = session_no_memory(err);
        }
    }
    return code;
}

/* ---- what is known ---- */

static enum cloacina_code known_add(struct simulate_search *search, const struct known_line *line,
                                    struct cloacina_error *err)
{
    struct text_builder name, failure;
    text_builder_init(&name, search->session->call->heap);
    text_builder_init(&failure, search->session->call->heap);
    text_builder_print(&name, "%s:%u: %.*s", search->known.path, line->number,
                       TEXT_PRINT(line->id));
    if (line->name.length > 0) {
        text_builder_print(&name, " \"%.*s\"", TEXT_PRINT(line->name));
    }
    if (!line->has_happened) {
        text_builder_append_terminated(&failure, "does not happen any more: take the line out");
    }
    enum cloacina_code code = name.failed
                                  ? session_no_memory(err)
                                  : case_add(search, text_builder_terminated(&name), &failure, err);
    text_builder_finish(&name);
    text_builder_finish(&failure);
    return code;
}

/* ---- places ---- */

/* Calls `see` for every pair that could have happened and that the pattern of --require-sites
 * matches. False: no memory. */
static bool sites_visit(const struct simulate_search *search,
                        void (*see)(void *user, enum site site, enum fault fault), void *user)
{
    const struct report_search *report = &search->session->report.search;
    struct text glob = text_of(search->session->options.require_sites);
    struct text_builder pair;
    text_builder_init(&pair, search->session->call->heap);
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
            text_builder_reset(&pair);
            text_builder_print(&pair, "%s=%s", site_name((enum site)site),
                               fault_name((enum fault)fault));
            if ((report->possible[site] >> fault & 1) != 0 &&
                glob_matches(glob, text_builder_text(&pair))) {
                see(user, (enum site)site, (enum fault)fault);
            }
        }
    }
    bool is_whole = !pair.failed;
    text_builder_finish(&pair);
    return is_whole;
}

static void count_one(void *user, enum site site, enum fault fault)
{
    (void)site, (void)fault;
    ++*(size_t *)user;
}

enum cloacina_code verdict_check_sites(const struct simulate_search *search,
                                       struct cloacina_error *err)
{
    const char *glob = search->session->options.require_sites;
    size_t count = 0;
    if (glob == NULL) {
        return CLOACINA_OK;
    }
    if (!sites_visit(search, count_one, &count)) {
        return session_no_memory(err);
    }
    return count > 0 ? CLOACINA_OK
                     : cloacina_error_raise(err, CLOACINA_INVALID,
                                            "option '--require-sites': '%s' matches nothing that "
                                            "could go wrong, such as 'commit=reply-lost'",
                                            glob);
}

struct missing {
    const struct coverage *coverage;
    struct text_builder list;
};

static void miss_one(void *user, enum site site, enum fault fault)
{
    struct missing *missing = user;
    if (missing->coverage->fired[site][fault] == 0) {
        text_builder_print(&missing->list, "%s%s=%s", missing->list.length == 0 ? "never: " : ", ",
                           site_name(site), fault_name(fault));
    }
}

static enum cloacina_code sites_add(struct simulate_search *search, struct cloacina_error *err)
{
    struct missing missing = {.coverage = &search->sums.coverage};
    struct text_builder name;
    text_builder_init(&name, search->session->call->heap);
    text_builder_init(&missing.list, search->session->call->heap);
    text_builder_print(&name, "every place of '%s' is reached",
                       search->session->options.require_sites);
    enum cloacina_code code =
        sites_visit(search, miss_one, &missing) && !name.failed
            ? case_add(search, text_builder_terminated(&name), &missing.list, err)
            : session_no_memory(err);
    text_builder_finish(&name);
    text_builder_finish(&missing.list);
    return code;
}

enum cloacina_code verdict_add(struct simulate_search *search, struct cloacina_error *err)
{
    enum cloacina_code code = report_add_invariants(&search->session->report)
                                  ? properties_add(search, err)
                                  : session_no_memory(err);
    if (code == CLOACINA_OK && search->session->options.require_sites != NULL) {
        code = sites_add(search, err);
    }
    for (size_t i = 0; i < search->known.count && code == CLOACINA_OK; i++) {
        code = known_add(search, &search->known.lines[i], err);
    }
    return code;
}
