/* SPDX-License-Identifier: Apache-2.0 */
/* plan.c - a fault plan, made rule by rule.
 *
 * Law: a rule that is in a plan can happen somewhere. */
#include "oracle/plan.h"

#include <string.h>

#include "base/instant.h"
#include "context/number.h"
#include "workflow/similar.h"

/* ---- patterns ---- */

/* After a mismatch the last star takes one byte more; earlier stars never need to. */
bool glob_matches(struct text glob, struct text text)
{
    size_t at = 0, star = SIZE_MAX, taken = 0;
    for (size_t i = 0; i < text.length;) {
        if (at < glob.length && glob.bytes[at] == '*') {
            star = at++;
            taken = i;
        } else if (at < glob.length && (glob.bytes[at] == '?' || glob.bytes[at] == text.bytes[i])) {
            at++;
            i++;
        } else if (star != SIZE_MAX) {
            at = star + 1;
            i = ++taken;
        } else {
            return false;
        }
    }
    while (at < glob.length && glob.bytes[at] == '*') {
        at++;
    }
    return at == glob.length;
}

uint64_t fault_sites(enum fault fault)
{
    uint64_t sites = 0;
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        sites |= (uint64_t)site_allows((enum site)site, fault) << site;
    }
    return sites;
}

uint64_t fault_store_calls(enum fault fault)
{
    uint64_t calls = (UINT64_C(1) << (SITE_CLAIMS + 1)) - (UINT64_C(1) << SITE_SUBMIT);
    return fault_sites(fault) & calls;
}

uint64_t fault_disk_calls(enum fault fault)
{
    uint64_t calls = (UINT64_C(1) << (SITE_DISK_SHARE + 1)) - (UINT64_C(1) << SITE_DISK_FILE);
    return fault_sites(fault) & calls;
}

/* ---- one field of a rule ---- */

static enum cloacina_code refuse(struct cloacina_error *err, const char *field, struct text value,
                                 const char *why)
{
    return cloacina_error_raise(err, CLOACINA_INVALID, "%s: '%.*s' %s", field, TEXT_PRINT(value),
                                why);
}

static enum cloacina_code read_fault(const char *name, struct plan_rule *rule,
                                     struct cloacina_error *err)
{
    struct text text = text_of(name);
    struct similar similar;
    if (text.length == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "fault: is missing");
    }
    rule->fault = fault_find(text);
    if (rule->fault != FAULT_NONE && rule->fault != FAULT_NUMBER) {
        return CLOACINA_OK;
    }
    similar_init(&similar, text);
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        if (fault != FAULT_NUMBER) {
            similar_offer(&similar, text_of(fault_name((enum fault)fault)));
        }
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "fault: there is no '%.*s'%s",
                                TEXT_PRINT(text), similar_question(&similar));
}

static enum cloacina_code read_site(struct text name, struct plan_rule *rule,
                                    struct cloacina_error *err)
{
    enum site site = site_find(name);
    struct similar similar;
    if (site != SITE_NONE && site_allows(site, rule->fault)) {
        rule->sites |= UINT64_C(1) << site;
        return CLOACINA_OK;
    }
    bool is_store = text_equal(name, TEXT_LITERAL("store"));
    bool is_disk = text_equal(name, TEXT_LITERAL("disk"));
    uint64_t group = is_store  ? fault_store_calls(rule->fault)
                     : is_disk ? fault_disk_calls(rule->fault)
                               : 0;
    if (group != 0) {
        rule->sites |= group;
        return CLOACINA_OK;
    }
    if (is_store || is_disk || site != SITE_NONE) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "at: '%s' does not happen at '%.*s'",
                                    fault_name(rule->fault), TEXT_PRINT(name));
    }
    similar_init(&similar, name);
    for (int other = SITE_NONE + 1; other < SITES; other++) {
        similar_offer(&similar, text_of(site_name((enum site)other)));
    }
    return cloacina_error_raise(err, CLOACINA_INVALID, "at: there is no '%.*s'%s", TEXT_PRINT(name),
                                similar_question(&similar));
}

/* "commit,poll", "store", "disk" */
static enum cloacina_code read_sites(const char *names, struct plan_rule *rule,
                                     struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    if (names == NULL) {
        rule->sites = fault_sites(rule->fault);
        return CLOACINA_OK;
    }
    for (const char *at = names; at != NULL && code == CLOACINA_OK;) {
        const char *comma = strchr(at, ',');
        struct text name = {at, comma == NULL ? strlen(at) : (size_t)(comma - at)};
        while (name.length > 0 && name.bytes[0] == ' ') {
            name.bytes++;
            name.length--;
        }
        code = read_site(name, rule, err);
        at = comma == NULL ? NULL : comma + 1;
    }
    return code;
}

static bool is_pattern(struct text text)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "._-+/*?";
    for (size_t i = 0; i < text.length; i++) {
        if (memchr(allowed, text.bytes[i], sizeof(allowed) - 1) == NULL) {
            return false;
        }
    }
    return text.length > 0 && text.length <= PLAN_TEXT_BYTES_MAX;
}

static enum cloacina_code read_where(const char *where, struct plan_rule *rule,
                                     struct cloacina_error *err)
{
    rule->glob = text_of(where);
    if (where == NULL || is_pattern(rule->glob)) {
        return CLOACINA_OK;
    }
    return refuse(err, "where", rule->glob,
                  "matches no place: those consist of A-Z a-z 0-9 . _ - + /");
}

/* "2s" or "1s..90s" */
static bool range_parse(enum amount kind, struct text text, int64_t *ret_minimum,
                        int64_t *ret_maximum)
{
    size_t dots = 0;
    while (dots + 1 < text.length && (text.bytes[dots] != '.' || text.bytes[dots + 1] != '.')) {
        dots++;
    }
    if (dots + 1 >= text.length) {
        return amount_parse(kind, text, ret_minimum) && amount_parse(kind, text, ret_maximum);
    }
    struct text minimum = {text.bytes, dots};
    struct text maximum = {text.bytes + dots + 2, text.length - dots - 2};
    return amount_parse(kind, minimum, ret_minimum) && amount_parse(kind, maximum, ret_maximum);
}

static const char *amount_example(enum amount kind)
{
    switch (kind) {
    case AMOUNT_DURATION:
        return "is no time: '2s', or '1s..90s'";
    case AMOUNT_SIGNED:
        return "is no difference of clocks: '-2s', or '-1h..1h'";
    case AMOUNT_PPB:
        return "is no rate: '100ppm', or '-200ppm..200ppm'";
    case AMOUNT_COUNT:
        return "is no number: '2', or '1..3'";
    case AMOUNT_NONE:
        break;
    }
    return "is not needed: this fault has no amount";
}

static enum cloacina_code read_amount(const char *amount, struct plan_rule *rule,
                                      struct cloacina_error *err)
{
    struct text text = text_of(amount);
    enum amount kind = fault_amount(rule->fault, &rule->amount_minimum, &rule->amount_maximum);
    if (amount == NULL) {
        return CLOACINA_OK;
    }
    if (kind == AMOUNT_NONE ||
        !range_parse(kind, text, &rule->amount_minimum, &rule->amount_maximum)) {
        return refuse(err, "amount", text, amount_example(kind));
    }
    if (rule->amount_minimum > rule->amount_maximum) {
        return refuse(err, "amount", text, "begins above its end");
    }
    return CLOACINA_OK;
}

static enum cloacina_code read_probability(const char *field, double probability,
                                           uint64_t *ret_chance, struct cloacina_error *err)
{
    struct text_builder shown;
    if (probability >= 0 && probability <= 1) {
        uint64_t chance = (uint64_t)(probability * (double)PLAN_CERTAIN + 0.5);
        *ret_chance = probability > 0 && chance == 0 ? 1 : chance;
        return CLOACINA_OK;
    }
    if (!number_is_finite(probability)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "%s: is no number", field);
    }
    text_builder_init(&shown, NULL);
    number_write(&shown, (struct number){.type = NUMBER_DOUBLE, .real = probability});
    enum cloacina_code code =
        cloacina_error_raise(err, CLOACINA_INVALID, "%s: %s is not between 0 and 1", field,
                             text_builder_terminated(&shown));
    text_builder_finish(&shown);
    return code;
}

static enum cloacina_code read_until(int64_t until_ms, int64_t *ret_until_ns,
                                     struct cloacina_error *err)
{
    if (until_ms < 0 || until_ms > INT64_MAX / NANOSECONDS_PER_MILLISECOND) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "until: is %s",
                                    until_ms < 0 ? "negative" : "more than 292 years");
    }
    *ret_until_ns = nanoseconds_of_ms(until_ms);
    return CLOACINA_OK;
}

static enum cloacina_code read_when(const struct cloacina_fault *fault, struct plan_rule *rule,
                                    struct cloacina_error *err)
{
    enum cloacina_code code =
        read_probability("probability", fault->probability, &rule->chance, err);
    if (code == CLOACINA_OK) {
        code = read_probability("again", fault->again, &rule->again, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (fault->nth != 0 && fault->from_nth != 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "from_nth: does not go with nth");
    }
    if (rule->again != 0 && (fault->nth != 0 || fault->from_nth != 0)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "again: does not go with nth, from_nth");
    }
    rule->until_ns = INT64_MAX;
    if (fault->until_ms != 0) {
        code = read_until(fault->until_ms, &rule->until_ns, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    rule->nth = fault->nth;
    rule->from_nth = fault->from_nth;
    rule->at_most = fault->at_most;
    rule->never = fault->never != 0;
    if (rule->chance == 0 && rule->nth == 0 && rule->from_nth == 0 && !rule->never) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "probability: is missing, and so are nth and from_nth: '%s' "
                                    "would never happen",
                                    fault_name(rule->fault));
    }
    return CLOACINA_OK;
}

static enum cloacina_code read_rule(const struct cloacina_fault *fault, struct plan_rule *rule,
                                    struct cloacina_error *err)
{
    enum cloacina_code code = read_fault(fault->fault, rule, err);
    if (code == CLOACINA_OK) {
        code = read_sites(fault->at, rule, err);
    }
    if (code == CLOACINA_OK) {
        code = read_where(fault->where, rule, err);
    }
    if (code == CLOACINA_OK) {
        code = read_amount(fault->amount, rule, err);
    }
    return code == CLOACINA_OK ? read_when(fault, rule, err) : code;
}

/* ---- a plan ---- */

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a fault plan");
}

enum cloacina_code plan_set_name(struct cloacina_fault_plan *plan, struct text name,
                                 struct cloacina_error *err)
{
    if (name.length == 0 || name.length > PLAN_TEXT_BYTES_MAX || !name_is_plain(name)) {
        return refuse(err, "name", name, "is no name of a plan: A-Z a-z 0-9 . _ -");
    }
    struct text copy = text_copy(&plan->arena, name);
    if (copy.bytes == NULL) {
        return no_memory(err);
    }
    plan->name = copy;
    return CLOACINA_OK;
}

enum cloacina_code plan_create(struct cloacina_heap *heap, struct text name,
                               struct cloacina_fault_plan **ret_plan, struct cloacina_error *err)
{
    struct cloacina_heap *used = heap != NULL ? heap : cloacina_heap_system();
    struct cloacina_fault_plan *plan = heap_take_zeroed(used, 1, sizeof(*plan));
    if (plan == NULL) {
        return no_memory(err);
    }
    plan->heap = used;
    arena_init(&plan->arena, used);
    plan->until_ns = nanoseconds_of_ms(CLOACINA_FAULTS_UNTIL_MS);
    plan->swarm = PLAN_CERTAIN / 2;
    enum cloacina_code code = plan_set_name(plan, name, err);
    if (code != CLOACINA_OK) {
        cloacina_fault_plan_destroy(plan);
        return code;
    }
    *ret_plan = plan;
    return CLOACINA_OK;
}

enum cloacina_code plan_set_description(struct cloacina_fault_plan *plan, struct text description,
                                        struct cloacina_error *err)
{
    if (description.length > PLAN_TEXT_BYTES_MAX || !text_is_utf8(description)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "description: is no UTF-8, or longer than %d bytes",
                                    PLAN_TEXT_BYTES_MAX);
    }
    for (size_t i = 0; i < description.length; i++) {
        if ((unsigned char)description.bytes[i] < ' ' || description.bytes[i] == 0x7f) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "description: is not one line");
        }
    }
    struct text copy = text_copy(&plan->arena, description);
    if (copy.bytes == NULL) {
        return no_memory(err);
    }
    plan->description = copy;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_fault_plan_create(const char *name,
                                              struct cloacina_fault_plan **ret_plan,
                                              struct cloacina_error *err)
{
    return plan_create(NULL, text_of(name), ret_plan, err);
}

void cloacina_fault_plan_destroy(struct cloacina_fault_plan *plan)
{
    if (plan == NULL) {
        return;
    }
    struct cloacina_heap *heap = plan->heap;
    heap_give(heap, plan->rules, plan->rule_capacity * sizeof(plan->rules[0]));
    arena_finish(&plan->arena);
    heap_give(heap, plan, sizeof(*plan));
}

enum cloacina_code cloacina_fault_plan_add(struct cloacina_fault_plan *plan,
                                           const struct cloacina_fault *fault,
                                           struct cloacina_error *err)
{
    struct plan_rule rule = {.fault = FAULT_NONE};
    enum cloacina_code code = read_rule(fault, &rule, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (plan->rule_count == PLAN_RULES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "more than %d faults in a plan",
                                    PLAN_RULES_MAX);
    }
    if (rule.glob.length > 0) {
        rule.glob = text_copy(&plan->arena, rule.glob);
    }
    if ((rule.glob.length > 0 && rule.glob.bytes == NULL) ||
        !heap_grow(plan->heap, &plan->rules, &plan->rule_capacity, plan->rule_count + 1,
                   sizeof(plan->rules[0]))) {
        return no_memory(err);
    }
    plan->rules[plan->rule_count++] = rule;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_fault_plan_until(struct cloacina_fault_plan *plan, int64_t until_ms,
                                             struct cloacina_error *err)
{
    return read_until(until_ms, &plan->until_ns, err);
}

enum cloacina_code cloacina_fault_plan_swarm(struct cloacina_fault_plan *plan, double probability,
                                             struct cloacina_error *err)
{
    if (!(probability > 0)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "swarm: is not above 0: no fault would ever happen");
    }
    return read_probability("swarm", probability, &plan->swarm, err);
}

const char *cloacina_fault_plan_name(const struct cloacina_fault_plan *plan)
{
    return plan->name.bytes;
}
