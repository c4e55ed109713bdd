/* SPDX-License-Identifier: Apache-2.0 */
/* plan_print.c - a plan as a file, and for people; and the list of all there is.
 *
 * Law: what is printed as a file is read back as the same plan: what is not written is the
 * default. */
#include "oracle/plan.h"

#include <inttypes.h>

#include "base/instant.h"

/* ---- parts ---- */

/* "0.05": parts per billion as a number. */
static void print_chance(uint64_t chance, struct text_builder *builder)
{
    uint64_t left = chance % PLAN_CERTAIN;
    text_builder_print(builder, "%" PRIu64, chance / PLAN_CERTAIN);
    for (uint64_t digit = PLAN_CERTAIN / 10; left != 0; digit /= 10) {
        bool is_first = digit == PLAN_CERTAIN / 10;
        text_builder_print(builder, "%s%" PRIu64, is_first ? "." : "", left / digit);
        left %= digit;
    }
}

/* "12.5%" */
static void print_percent(uint64_t chance, struct text_builder *builder)
{
    print_chance(chance * 100, builder);
    text_builder_append_char(builder, '%');
}

/* All of a group, if they are several, go by the group's name. What is left. */
static uint64_t print_group(const char *name, uint64_t group, uint64_t sites, const char **before,
                            const char *between, struct text_builder *builder)
{
    if ((group & (group - 1)) == 0 || (sites & group) != group) {
        return sites;
    }
    text_builder_print(builder, "%s%s", *before, name);
    *before = between;
    return sites & ~group;
}

/* All calls to the store where this fault can happen are "store", all calls to the disk "disk". */
static void print_sites(enum fault fault, uint64_t sites, const char *between,
                        struct text_builder *builder)
{
    const char *before = "";
    sites = print_group("store", fault_store_calls(fault), sites, &before, between, builder);
    sites = print_group("disk", fault_disk_calls(fault), sites, &before, between, builder);
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        if ((sites >> site & 1) != 0) {
            text_builder_print(builder, "%s%s", before, site_name((enum site)site));
            before = between;
        }
    }
}

static void print_range(enum amount kind, int64_t minimum, int64_t maximum,
                        struct text_builder *builder)
{
    amount_print(kind, minimum, builder);
    if (minimum != maximum) {
        text_builder_append_terminated(builder, "..");
        amount_print(kind, maximum, builder);
    }
}

static bool has_own_amount(const struct plan_rule *rule)
{
    int64_t minimum, maximum;
    return fault_amount(rule->fault, &minimum, &maximum) != AMOUNT_NONE &&
           (minimum != rule->amount_minimum || maximum != rule->amount_maximum);
}

static enum amount amount_kind(const struct plan_rule *rule)
{
    int64_t minimum, maximum;
    return fault_amount(rule->fault, &minimum, &maximum);
}

/* ---- as a file ---- */

/* YAML in double quotes, where every text of one line can be written. */
static void print_quoted(struct text text, struct text_builder *builder)
{
    text_builder_append_char(builder, '"');
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] == '"' || text.bytes[i] == '\\') {
            text_builder_append_char(builder, '\\');
        }
        text_builder_append_char(builder, text.bytes[i]);
    }
    text_builder_append_char(builder, '"');
}

static void print_number(const char *name, uint32_t number, struct text_builder *builder)
{
    if (number != 0) {
        text_builder_print(builder, ", %s: %" PRIu32, name, number);
    }
}

static void print_where_and_how_much(const struct plan_rule *rule, struct text_builder *builder)
{
    if (rule->sites != fault_sites(rule->fault)) {
        bool is_group = rule->sites == fault_store_calls(rule->fault) ||
                        rule->sites == fault_disk_calls(rule->fault);
        bool is_list = !is_group && (rule->sites & (rule->sites - 1)) != 0;
        const char *quote = is_list ? "\"" : "";
        text_builder_print(builder, ", at: %s", quote);
        print_sites(rule->fault, rule->sites, ",", builder);
        text_builder_append_terminated(builder, quote);
    }
    if (rule->glob.length > 0) {
        text_builder_append_terminated(builder, ", where: ");
        print_quoted(rule->glob, builder);
    }
    if (has_own_amount(rule)) {
        text_builder_append_terminated(builder, ", amount: ");
        print_range(amount_kind(rule), rule->amount_minimum, rule->amount_maximum, builder);
    }
}

static void print_rule(const struct plan_rule *rule, struct text_builder *builder)
{
    text_builder_print(builder, "  - {fault: %s", fault_name(rule->fault));
    print_where_and_how_much(rule, builder);
    if (rule->chance != 0) {
        text_builder_append_terminated(builder, ", probability: ");
        print_chance(rule->chance, builder);
    }
    if (rule->again != 0) {
        text_builder_append_terminated(builder, ", again: ");
        print_chance(rule->again, builder);
    }
    print_number("nth", rule->nth, builder);
    print_number("from_nth", rule->from_nth, builder);
    print_number("at_most", rule->at_most, builder);
    if (rule->until_ns != INT64_MAX) {
        text_builder_append_terminated(builder, ", until: ");
        amount_print(AMOUNT_DURATION, rule->until_ns, builder);
    }
    text_builder_append_terminated(builder, rule->never ? ", never: true}\n" : "}\n");
}

void plan_print(const struct cloacina_fault_plan *plan, struct text_builder *builder)
{
    text_builder_append_terminated(builder, "name: ");
    if (plan->name.bytes[0] == '-') {
        print_quoted(plan->name, builder);
    } else {
        text_builder_append(builder, plan->name);
    }
    if (plan->description.length > 0) {
        text_builder_append_terminated(builder, "\ndescription: ");
        print_quoted(plan->description, builder);
    }
    text_builder_append_terminated(builder, "\nuntil: ");
    amount_print(AMOUNT_DURATION, plan->until_ns, builder);
    text_builder_append_terminated(builder, "\nswarm: ");
    print_chance(plan->swarm, builder);
    text_builder_append_terminated(builder,
                                   plan->rule_count == 0 ? "\nfaults: []\n" : "\nfaults:\n");
    for (size_t i = 0; i < plan->rule_count; i++) {
        print_rule(&plan->rules[i], builder);
    }
}

/* ---- for people ---- */

/* "1 s": rounder than tokens have it. */
static void describe_duration(int64_t duration, struct text_builder *builder)
{
    char text[DURATION_TEXT_SIZE];
    duration_print(duration, text);
    text_builder_append_terminated(builder, text);
}

/* "the 3rd place" needs endings that numbers above 20 repeat: "place 3" does not. */
static void describe_when(const struct plan_rule *rule, struct text_builder *builder)
{
    if (rule->chance != 0) {
        text_builder_append_terminated(builder, ", ");
        print_percent(rule->chance, builder);
    }
    if (rule->again != 0) {
        text_builder_append_terminated(builder, ", there again ");
        print_percent(rule->again, builder);
    }
    if (rule->nth != 0) {
        text_builder_print(builder, ", at place %" PRIu32 " of a run only", rule->nth);
    }
    if (rule->from_nth != 0) {
        text_builder_print(builder, ", from place %" PRIu32 " of a run on", rule->from_nth);
    }
    if (rule->at_most != 0) {
        text_builder_print(builder, ", at most %" PRIu32 " in a run", rule->at_most);
    }
    if (rule->until_ns != INT64_MAX) {
        text_builder_append_terminated(builder, ", until ");
        describe_duration(rule->until_ns, builder);
    }
    text_builder_append_terminated(builder, rule->never ? ", switched off\n" : "\n");
}

static void describe_rule(const struct plan_rule *rule, struct text_builder *builder)
{
    text_builder_print(builder, "  %-11s at ", fault_name(rule->fault));
    print_sites(rule->fault, rule->sites, ", ", builder);
    if (rule->glob.length > 0) {
        text_builder_print(builder, ", where '%.*s'", TEXT_PRINT(rule->glob));
    }
    if (amount_kind(rule) != AMOUNT_NONE) {
        text_builder_append_terminated(builder, ", ");
        print_range(amount_kind(rule), rule->amount_minimum, rule->amount_maximum, builder);
    }
    describe_when(rule, builder);
}

void plan_describe(const struct cloacina_fault_plan *plan, struct text_builder *builder)
{
    text_builder_append(builder, plan->name);
    if (plan->description.length > 0) {
        text_builder_append_terminated(builder, ": ");
        text_builder_append(builder, plan->description);
    }
    text_builder_append_terminated(builder, "\n  until ");
    describe_duration(plan->until_ns, builder);
    text_builder_append_terminated(builder, "; each fault is on in ");
    print_percent(plan->swarm, builder);
    text_builder_append_terminated(builder, " of the runs, and then happens at each place with\n");
    for (size_t i = 0; i < plan->rule_count; i++) {
        describe_rule(&plan->rules[i], builder);
    }
}

static void list_fault(enum fault fault, struct text_builder *builder)
{
    int64_t minimum, maximum;
    enum amount kind = fault_amount(fault, &minimum, &maximum);
    text_builder_print(builder, "  %-11s %s", fault_name(fault), fault_text(fault));
    if (kind != AMOUNT_NONE) {
        text_builder_append_terminated(builder, " (");
        print_range(kind, minimum, maximum, builder);
        text_builder_append_char(builder, ')');
    }
    text_builder_print(builder, "\n  %-11s at ", "");
    print_sites(fault, fault_sites(fault), ", ", builder);
    text_builder_append_char(builder, '\n');
}

void faults_list(struct text_builder *builder)
{
    text_builder_append_terminated(builder, "plans\n");
    for (size_t i = 0; plan_named_name(i) != NULL; i++) {
        text_builder_print(builder, "  %-11s %s\n", plan_named_name(i), plan_named_description(i));
    }
    text_builder_append_terminated(builder, "\nfaults, their amounts, and where they can happen\n");
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        if (fault != FAULT_NUMBER) {
            list_fault((enum fault)fault, builder);
        }
    }
    text_builder_append_terminated(
        builder, "\nplaces; \"store\" is every call to the store where the fault can happen,\n"
                 "\"disk\" every call of SQLite to its disk\n");
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        const char *group = site_is_store_call((enum site)site)  ? " (store)"
                            : site_is_disk_call((enum site)site) ? " (disk)"
                                                                 : "";
        text_builder_print(builder, "  %-13s %s%s\n", site_name((enum site)site),
                           site_text((enum site)site), group);
    }
}
