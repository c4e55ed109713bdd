/* SPDX-License-Identifier: Apache-2.0 */
/* standalone.c - takes libFuzzer's place: gives the target every file named on the command line. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Each input in a block of its own size, so that a checker of memory sees where it ends. */
static int run_input(const char *path)
{
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) {
        perror(path);
        return 1;
    }
    size_t length = (size_t)ftell(stream);
    uint8_t *bytes = malloc(length == 0 ? 1 : length);
    rewind(stream);
    if (bytes == NULL || fread(bytes, 1, length, stream) != length) {
        perror(path);
        return 1;
    }
    fclose(stream);
    printf("%s: %zu bytes\n", path, length);
    (void)LLVMFuzzerTestOneInput(bytes, length);
    free(bytes);
    return 0;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (run_input(argv[i]) != 0) {
            return 1;
        }
    }
    return 0;
}
