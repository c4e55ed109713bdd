/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_corpus.c - reads the folder, and writes into it.
 *
 * Law: the order of the files is that of their names, never that of the folder. */
#include "simulate/simulate_corpus.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "report/sentence.h"

static const struct text ending = {".token", 6};

/* ---- names ---- */

struct names {
    const char **list; /* in the arena of the corpus */
    size_t count, capacity;
};

static bool is_token_file(const char *name)
{
    size_t length = strlen(name);
    return length > ending.length && name[0] != '.' &&
           strcmp(name + length - ending.length, ending.bytes) == 0;
}

/* Where it belongs among those that are there. False: no memory. */
static bool name_insert(struct corpus *corpus, struct names *names, const char *name)
{
    const char *copy = text_copy(&corpus->arena, text_of(name)).bytes;
    if (copy == NULL || !heap_grow(corpus->heap, &names->list, &names->capacity, names->count + 1,
                                   sizeof(names->list[0]))) {
        return false;
    }
    size_t place = names->count++;
    while (place > 0 && strcmp(names->list[place - 1], copy) > 0) {
        names->list[place] = names->list[place - 1];
        place--;
    }
    names->list[place] = copy;
    return true;
}

static enum cloacina_code folder_read(struct corpus *corpus, DIR *folder, struct names *names,
                                      struct cloacina_error *err)
{
    const struct dirent *entry;
    errno = 0;
    while ((entry = readdir(folder)) != NULL) {
        if (!is_token_file(entry->d_name)) {
            continue;
        }
        if (names->count == CORPUS_TOKENS_MAX) {
            return cloacina_error_raise(err, CLOACINA_LIMIT, "'%s' holds more than %d tokens",
                                        corpus->path, CORPUS_TOKENS_MAX);
        }
        if (!name_insert(corpus, names, entry->d_name)) {
            return session_no_memory(err);
        }
        errno = 0;
    }
    return errno == 0 ? CLOACINA_OK
                      : cloacina_error_raise(err, CLOACINA_IO, "cannot read the folder '%s': %s",
                                             corpus->path, strerror(errno));
}

static enum cloacina_code names_read(struct corpus *corpus, struct names *names,
                                     struct cloacina_error *err)
{
    DIR *folder = opendir(corpus->path);
    if (folder == NULL) {
        return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "cannot open the folder '%s': %s",
                                    corpus->path, strerror(errno));
    }
    enum cloacina_code code = folder_read(corpus, folder, names, err);
    (void)closedir(folder);
    return code;
}

/* ---- tokens ---- */

/* False: no memory. */
static bool path_make(struct corpus *corpus, const char *name, const char **ret_path)
{
    struct text_builder builder;
    size_t length = strlen(corpus->path);
    bool has_slash = length > 0 && corpus->path[length - 1] == '/';
    text_builder_init(&builder, corpus->heap);
    text_builder_print(&builder, "%s%s%s", corpus->path, has_slash ? "" : "/", name);
    bool is_whole = !builder.failed;
    *ret_path = text_copy(&corpus->arena, text_builder_text(&builder)).bytes;
    text_builder_finish(&builder);
    return is_whole && *ret_path != NULL;
}

/* The token's texts are copies. */
static enum cloacina_code file_parse(struct corpus *corpus, const char *path,
                                     struct token *ret_token, struct cloacina_error *err)
{
    struct file file;
    enum cloacina_code code = file_read(corpus->heap, path, TOKEN_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = token_parse(simulate_token_line(file_text(&file)), &corpus->arena, ret_token, err);
    file_finish(&file);
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "%s", path);
}

/* Of the session's workflow, made in the same way? */
static bool is_meant(const struct session *session, const struct token *token)
{
    const char *name = cloacina_workflow_name(session->source.workflow);
    struct text formula = token_setting(token, "generate");
    return text_equal(token->workflow, text_of(name)) &&
           text_equal(formula, text_of(session->options.generate));
}

static enum cloacina_code token_read(struct corpus *corpus, const struct session *session,
                                     const char *name, struct cloacina_error *err)
{
    struct corpus_token one;
    if (!path_make(corpus, name, &one.path)) {
        return session_no_memory(err);
    }
    enum cloacina_code code = file_parse(corpus, one.path, &one.token, err);
    if (code != CLOACINA_OK || !is_meant(session, &one.token)) {
        return code;
    }
    struct simulate_token said; /* judged now, and used when it is run */
    code = simulate_token_read(&one.token, &session->options, &said, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, "%s", one.path);
    }
    if (!heap_grow(corpus->heap, &corpus->tokens, &corpus->capacity, corpus->count + 1,
                   sizeof(one))) {
        return session_no_memory(err);
    }
    corpus->tokens[corpus->count++] = one;
    return CLOACINA_OK;
}

enum cloacina_code corpus_read(const struct session *session, const char *path,
                               struct corpus *ret_corpus, struct cloacina_error *err)
{
    struct corpus corpus = {.heap = session->call->heap, .path = path};
    struct names names = {.list = NULL};
    arena_init(&corpus.arena, corpus.heap);
    enum cloacina_code code = names_read(&corpus, &names, err);
    for (size_t i = 0; i < names.count && code == CLOACINA_OK; i++) {
        code = token_read(&corpus, session, names.list[i], err);
    }
    heap_give(corpus.heap, names.list, names.capacity * sizeof(names.list[0]));
    if (code != CLOACINA_OK) {
        corpus_finish(&corpus);
        return cloacina_error_wrap(err, "option '--corpus'");
    }
    *ret_corpus = corpus;
    return CLOACINA_OK;
}

void corpus_finish(struct corpus *corpus)
{
    if (corpus->heap != NULL) {
        heap_give(corpus->heap, corpus->tokens, corpus->capacity * sizeof(corpus->tokens[0]));
        arena_finish(&corpus->arena);
    }
    *corpus = (struct corpus){.heap = NULL};
}

/* ---- adding ---- */

/* "shop-always-1f3a9c41d2e0b786.token" */
static void name_write(const struct session *session, const struct report_finding *finding,
                       struct text_builder *builder)
{
    name_escape(session->report.workflow, builder);
    text_builder_print(builder, "-%s-%016" PRIx64 ".token", finding->finding.id,
                       hash_of(finding->token, strlen(finding->token), 0));
}

/* A comment that says what it was, then the token. False: no memory. */
static bool content_write(const struct corpus *corpus, const struct report_finding *finding,
                          FILE *stream)
{
    struct text_builder builder;
    text_builder_init(&builder, corpus->heap);
    text_builder_append_terminated(&builder, "# ");
    finding_title_write(&finding->finding, &builder);
    text_builder_append_terminated(&builder, ": ");
    line_append(text_of(finding_message(&finding->finding)), &builder);
    text_builder_print(&builder, "\n%s\n", finding->token);
    fputs(text_builder_terminated(&builder), stream);
    bool is_whole = !builder.failed;
    text_builder_finish(&builder);
    return is_whole;
}

enum cloacina_code corpus_add(const struct corpus *corpus, const struct session *session,
                              const struct report_finding *finding, struct cloacina_error *err)
{
    struct text_builder path;
    FILE *stream;
    enum cloacina_code code = CLOACINA_OK;
    text_builder_init(&path, corpus->heap);
    text_builder_print(&path, "%s/", corpus->path);
    name_write(session, finding, &path);
    const char *name = text_builder_terminated(&path);
    if (path.failed) {
        code = session_no_memory(err);
    } else if (access(name, F_OK) != 0) {
        code = file_create(name, &stream, err);
        if (code == CLOACINA_OK) {
            bool is_whole = content_write(corpus, finding, stream);
            code = console_close(stream, name, err);
            code = code == CLOACINA_OK && !is_whole ? session_no_memory(err) : code;
        }
    }
    text_builder_finish(&path);
    return code;
}
