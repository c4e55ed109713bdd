/* SPDX-License-Identifier: Apache-2.0 */
/* file.c - reads files whole, and opens them for writing.
 *
 * Law: a limit holds for what is read, not only for what the directory entry says. */
#include "cloacinactl/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK_BYTES = 65536 };

static enum cloacina_code code_of(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return CLOACINA_NOT_FOUND;
    case EACCES:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
        return CLOACINA_INVALID;
    default:
        return CLOACINA_IO;
    }
}

static enum cloacina_code too_long(const char *path, size_t bytes_max, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_LIMIT, "'%s' is over the limit of %zu bytes", path,
                                bytes_max);
}

/* Refuses what cannot be read to an end, before any byte is read. */
static enum cloacina_code kind_check(int descriptor, const char *path, size_t bytes_max,
                                     struct cloacina_error *err)
{
    struct stat status;
    if (fstat(descriptor, &status) != 0) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot examine '%s': %s", path,
                                    strerror(errno));
    }
    if (S_ISDIR(status.st_mode)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%s' is a directory", path);
    }
    if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%s' is a device, not a file", path);
    }
    if (S_ISREG(status.st_mode) && (uintmax_t)status.st_size > bytes_max) {
        return too_long(path, bytes_max, err);
    }
    return CLOACINA_OK;
}

/* Appends the next chunk. *ret_is_end: there was none. */
static enum cloacina_code chunk_read(int descriptor, const char *path, struct file *file,
                                     bool *ret_is_end, struct cloacina_error *err)
{
    if (!heap_grow(file->heap, &file->bytes, &file->capacity, file->length + CHUNK_BYTES, 1)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for '%s'", path);
    }
    ssize_t count = read(descriptor, file->bytes + file->length, file->capacity - file->length);
    if (count < 0 && errno == EINTR) {
        count = 0;
    } else if (count < 0) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot read '%s': %s", path,
                                    strerror(errno));
    } else {
        *ret_is_end = count == 0;
    }
    file->length += (size_t)count;
    return CLOACINA_OK;
}

static enum cloacina_code all_read(int descriptor, const char *path, size_t bytes_max,
                                   struct file *file, struct cloacina_error *err)
{
    enum cloacina_code code = kind_check(descriptor, path, bytes_max, err);
    bool is_end = false;
    while (code == CLOACINA_OK && !is_end) {
        code = chunk_read(descriptor, path, file, &is_end, err);
        if (code == CLOACINA_OK && file->length > bytes_max) {
            code = too_long(path, bytes_max, err);
        }
    }
    return code;
}

enum cloacina_code file_read(struct cloacina_heap *heap, const char *path, size_t bytes_max,
                             struct file *ret_file, struct cloacina_error *err)
{
    *ret_file = (struct file){.heap = heap};
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (descriptor < 0) {
        int number = errno;
        *ret_file = (struct file){0};
        return cloacina_error_raise(err, code_of(number), "cannot open '%s': %s", path,
                                    strerror(number));
    }
    enum cloacina_code code = all_read(descriptor, path, bytes_max, ret_file, err);
    (void)close(descriptor);
    if (code != CLOACINA_OK) {
        file_finish(ret_file);
    }
    return code;
}

struct text file_text(const struct file *file)
{
    return (struct text){.bytes = file->bytes, .length = file->length};
}

void file_finish(struct file *file)
{
    if (file->heap != NULL) {
        heap_give(file->heap, file->bytes, file->capacity);
    }
    *file = (struct file){0};
}

enum cloacina_code file_create(const char *path, FILE **ret_stream, struct cloacina_error *err)
{
    FILE *stream = fopen(path, "w");
    if (stream == NULL) {
        return cloacina_error_raise(err, CLOACINA_IO, "cannot write '%s': %s", path,
                                    strerror(errno));
    }
    *ret_stream = stream;
    return CLOACINA_OK;
}
