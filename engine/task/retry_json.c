/* SPDX-License-Identifier: Apache-2.0 */
/* retry_json.c - retry policies as they stand in a stored definition.
 *
 *   {"attempts_max":5,"backoff":"linear","delay_max_ms":9000,"initial_delay_ms":0,"jitter":"none",
 *    "multiplier":1.5,"patterns":["busy"],"when":"patterns"}
 *
 * Law: only what differs from the default of its field is written; reading gives what an author
 * could have written, so that one set of checks (retry_policy_of) serves both. */
#include "task/retry.h"

#include "base/instant.h"
#include "context/json.h"

#define FACTOR_ONE (UINT64_C(1) << 32)

static const char *const backoff_names[] = {
    [CLOACINA_BACKOFF_EXPONENTIAL] = "exponential",
    [CLOACINA_BACKOFF_LINEAR] = "linear",
    [CLOACINA_BACKOFF_FIXED] = "fixed",
};
static const char *const jitter_names[] = {
    [CLOACINA_JITTER_QUARTER] = "quarter",
    [CLOACINA_JITTER_NONE] = "none",
};
static const char *const when_names[] = {
    [CLOACINA_RETRY_ALL] = "all",
    [CLOACINA_RETRY_NEVER] = "never",
    [CLOACINA_RETRY_TRANSIENT] = "transient",
    [CLOACINA_RETRY_PATTERNS] = "patterns",
};

/* ---- writing ---- */

/* The key of the next field, with what stands between it and the one before. */
static void key_write(struct text_builder *builder, size_t start, const char *key)
{
    text_builder_append_terminated(builder, builder->length > start + 1 ? ",\"" : "\"");
    text_builder_append_terminated(builder, key);
    text_builder_append_terminated(builder, "\":");
}

static void word_write(struct text_builder *builder, size_t start, const char *key,
                       const char *word)
{
    key_write(builder, start, key);
    json_write_text(builder, text_of(word));
}

static void integer_write(struct text_builder *builder, size_t start, const char *key,
                          int64_t integer)
{
    key_write(builder, start, key);
    json_write_int64(builder, integer);
}

/* Exact: a factor came from a double and has lost bits only. */
static void factor_write(struct text_builder *builder, size_t start, const char *key,
                         uint64_t factor)
{
    key_write(builder, start, key);
    json_write_double(builder, (double)factor / 4294967296.0);
}

static void patterns_write(struct text_builder *builder, size_t start,
                           const struct retry_policy *policy)
{
    key_write(builder, start, "patterns");
    for (uint32_t i = 0; i < policy->pattern_count; i++) {
        text_builder_append_char(builder, i == 0 ? '[' : ',');
        json_write_text(builder, text_of(policy->patterns[i]));
    }
    text_builder_append_char(builder, ']');
}

void retry_policy_write(struct text_builder *builder, const struct retry_policy *policy)
{
    const struct retry_policy *usual = retry_policy_default();
    bool is_exponential = policy->backoff == CLOACINA_BACKOFF_EXPONENTIAL;
    size_t start = builder->length;
    text_builder_append_char(builder, '{');
    if (policy->attempts_max != usual->attempts_max) {
        integer_write(builder, start, "attempts_max", policy->attempts_max);
    }
    if (!is_exponential) {
        word_write(builder, start, "backoff", backoff_names[policy->backoff]);
    }
    if (is_exponential && policy->base != usual->base) {
        factor_write(builder, start, "base", policy->base);
    }
    if (policy->max_ns !=
        (policy->initial_ns > usual->max_ns ? policy->initial_ns : usual->max_ns)) {
        integer_write(builder, start, "delay_max_ms", policy->max_ns / NANOSECONDS_PER_MILLISECOND);
    }
    if (policy->initial_ns != usual->initial_ns) {
        integer_write(builder, start, "initial_delay_ms",
                      policy->initial_ns / NANOSECONDS_PER_MILLISECOND);
    }
    if (policy->jitter != usual->jitter) {
        word_write(builder, start, "jitter", jitter_names[policy->jitter]);
    }
    if (policy->multiplier != FACTOR_ONE) {
        factor_write(builder, start, "multiplier", policy->multiplier);
    }
    if (policy->pattern_count > 0) {
        patterns_write(builder, start, policy);
    }
    if (policy->when != usual->when) {
        word_write(builder, start, "when", when_names[policy->when]);
    }
    text_builder_append_char(builder, '}');
}

/* ---- reading ---- */

/* The next string, which must be one of `words`. */
static enum cloacina_code word_read(struct json_reader *reader, const char *what,
                                    const char *const *words, size_t count, size_t *ret_word,
                                    struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    for (size_t i = 0; i < count; i++) {
        if (text_equal(token.text, text_of(words[i]))) {
            *ret_word = i;
            return CLOACINA_OK;
        }
    }
    return json_raise(reader, token.offset, err, CLOACINA_INVALID, "there is no %s '%.*s'", what,
                      TEXT_PRINT(token.text));
}

static enum cloacina_code factor_read(struct json_reader *reader, double *ret_factor,
                                      struct cloacina_error *err)
{
    struct json_token token;
    struct number number;
    enum cloacina_code code = json_expect(reader, JSON_NUMBER, &token, err);
    if (code == CLOACINA_OK) {
        code = json_number(reader, &token, &number, err);
    }
    if (code == CLOACINA_OK && (number.type != NUMBER_DOUBLE || number.real <= 0)) {
        code = json_raise(reader, token.offset, err, CLOACINA_INVALID,
                          "a factor is written like 2.0, and above 0.0");
    }
    if (code == CLOACINA_OK) {
        *ret_factor = number.real;
    }
    return code;
}

static enum cloacina_code patterns_read(struct json_reader *reader, struct arena *arena,
                                        struct cloacina_retry *retry, struct cloacina_error *err)
{
    struct json_token token;
    const char **patterns = arena_take_zeroed(arena, RETRY_PATTERNS_MAX + 1, sizeof(*patterns));
    if (patterns == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "retry: no memory");
    }
    retry->patterns = patterns;
    enum cloacina_code code = json_expect(reader, JSON_ARRAY_BEGIN, &token, err);
    for (size_t i = 0; code == CLOACINA_OK; i++) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_ARRAY_END) {
            break;
        }
        if (token.type != JSON_STRING || i == RETRY_PATTERNS_MAX) {
            return json_raise(reader, token.offset, err, CLOACINA_INVALID,
                              "wanted at most %d patterns, each a string", RETRY_PATTERNS_MAX);
        }
        patterns[i] = text_copy(arena, token.text).bytes;
        if (patterns[i] == NULL) {
            return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "retry: no memory");
        }
    }
    return code;
}

static enum cloacina_code integer_field_read(struct json_reader *reader, struct text key,
                                             struct cloacina_retry *retry, bool *ret_known,
                                             struct cloacina_error *err)
{
    int64_t integer = 0;
    enum cloacina_code code = CLOACINA_OK;
    *ret_known = true;
    if (text_equal(key, TEXT_LITERAL("attempts_max"))) {
        code = json_expect_integer(reader, 1, RETRY_ATTEMPTS_MAX, &integer, err);
        retry->attempts_max = (int)integer;
    } else if (text_equal(key, TEXT_LITERAL("delay_max_ms"))) {
        code = json_expect_integer(reader, 1, RETRY_DELAY_MS_MAX, &retry->delay_max_ms, err);
    } else if (text_equal(key, TEXT_LITERAL("initial_delay_ms"))) {
        code = json_expect_integer(reader, 0, RETRY_DELAY_MS_MAX, &integer, err);
        retry->initial_delay_ms = integer == 0 ? CLOACINA_NO_DELAY : integer;
    } else {
        *ret_known = false;
    }
    return code;
}

static enum cloacina_code word_field_read(struct json_reader *reader, struct text key,
                                          struct cloacina_retry *retry, bool *ret_known,
                                          struct cloacina_error *err)
{
    size_t word = 0;
    enum cloacina_code code = CLOACINA_OK;
    *ret_known = true;
    if (text_equal(key, TEXT_LITERAL("backoff"))) {
        code = word_read(reader, "backoff", backoff_names, ARRAY_COUNT(backoff_names), &word, err);
        retry->backoff = (enum cloacina_backoff)word;
    } else if (text_equal(key, TEXT_LITERAL("jitter"))) {
        code = word_read(reader, "jitter", jitter_names, ARRAY_COUNT(jitter_names), &word, err);
        retry->jitter = (enum cloacina_jitter)word;
    } else if (text_equal(key, TEXT_LITERAL("when"))) {
        code =
            word_read(reader, "retry condition", when_names, ARRAY_COUNT(when_names), &word, err);
        retry->retry_when = (enum cloacina_retry_when)word;
    } else {
        *ret_known = false;
    }
    return code;
}

static enum cloacina_code field_read(struct json_reader *reader, const struct json_token *key,
                                     struct arena *arena, struct cloacina_retry *retry,
                                     struct cloacina_error *err)
{
    bool known;
    enum cloacina_code code = integer_field_read(reader, key->text, retry, &known, err);
    if (!known) {
        code = word_field_read(reader, key->text, retry, &known, err);
    }
    if (known) {
        return code;
    }
    if (text_equal(key->text, TEXT_LITERAL("base"))) {
        return factor_read(reader, &retry->base, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("multiplier"))) {
        return factor_read(reader, &retry->multiplier, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("patterns"))) {
        return patterns_read(reader, arena, retry, err);
    }
    return json_raise(reader, key->offset, err, CLOACINA_INVALID, "a retry has no '%.*s'",
                      TEXT_PRINT(key->text));
}

enum cloacina_code retry_read(struct json_reader *reader, struct arena *arena,
                              struct cloacina_retry *ret_retry, struct cloacina_error *err)
{
    struct json_token token;
    *ret_retry = (struct cloacina_retry){0};
    enum cloacina_code code = json_expect(reader, JSON_OBJECT_BEGIN, &token, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_OBJECT_END) {
            break;
        }
        code = field_read(reader, &token, arena, ret_retry, err);
    }
    return code;
}
