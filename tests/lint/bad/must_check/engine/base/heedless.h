/* SPDX-License-Identifier: Apache-2.0 */
/* heedless.h - a bad sample: its answer may be ignored. */
enum cloacina_code file_read(const char *path, struct cloacina_error *err);
