/* SPDX-License-Identifier: Apache-2.0 */
/* file.h - files as bytes, whole, within a limit. */
#ifndef CLOACINACTL_FILE_H
#define CLOACINACTL_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cloacina/error.h>
#include <cloacina/heap.h>

#include "base/compiler.h"
#include "base/text.h"

/* All-zero is "nothing read". */
struct file {
    struct cloacina_heap *heap; /* Borrowed */
    char *bytes;                /* Owned */
    size_t length;
    size_t capacity;
};

/* Reads a regular file, or a pipe to its end. NOT_FOUND, INVALID (a directory, a device, no
 * permission), LIMIT (over `bytes_max`), IO, NO_MEMORY; the message names the path. On an error
 * *ret_file is all-zero. */
enum cloacina_code file_read(struct cloacina_heap *heap, const char *path, size_t bytes_max,
                             struct file *ret_file, struct cloacina_error *err) MUST_CHECK;

struct text file_text(const struct file *file); /* Borrowed until file_finish */
void file_finish(struct file *file);

/* Opens for writing, from the start. IO: cannot be done; the message names the path. */
enum cloacina_code file_create(const char *path, FILE **ret_stream,
                               struct cloacina_error *err) MUST_CHECK;

#endif
