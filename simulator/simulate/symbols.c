/* SPDX-License-Identifier: Apache-2.0 */
/* symbols.c - reads the dynamic symbol table of an ELF file (System V ABI, chapter 4).
 *
 *   header -> section headers -> .dynsym -> its string table
 *
 * Law: the file is not trusted. Whatever it points at is checked against its end, and copied out
 * before it is looked at. */
#include "simulate/symbols.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* What goes around the world, by what is wanted of it. */
static const struct {
    const char *advice;
    const char *const *names; /* ends in NULL */
} around_the_world[] = {
    {"call cloacina_task_now()",
     (const char *const[]){"clock", "clock_gettime", "ftime", "gettimeofday", "time",
                           "timespec_get", NULL}},
    {"call cloacina_task_sleep_ms()",
     (const char *const[]){"alarm", "clock_nanosleep", "nanosleep", "setitimer", "sleep",
                           "thrd_sleep", "timer_create", "timerfd_create", "usleep", NULL}},
    {"call cloacina_task_defer_until()",
     (const char *const[]){"cnd_timedwait", "epoll_wait", "pause", "poll", "ppoll", "pselect",
                           "pthread_cond_timedwait", "select", "sem_timedwait", NULL}},
    {"call cloacina_task_random()",
     (const char *const[]){"arc4random", "arc4random_buf", "arc4random_uniform", "drand48",
                           "getentropy", "getrandom", "lrand48", "mrand48", "rand", "random",
                           "srand", "srandom", "uuid_generate", NULL}},
    {"make it a task of its own", (const char *const[]){"pthread_create", "thrd_create", NULL}},
    {"put it behind cloacina_task_effect()",
     (const char *const[]){"accept", "connect", "execl", "execle", "execlp", "execv", "execve",
                           "execvp", "execvpe", "fexecve", "fork", "getaddrinfo", "popen",
                           "posix_spawn", "posix_spawnp", "socket", "system", "vfork", NULL}},
};

const char *symbol_advice(struct text name)
{
    for (size_t i = 0; i < ARRAY_COUNT(around_the_world); i++) {
        for (const char *const *known = around_the_world[i].names; *known != NULL; known++) {
            if (text_equal(name, text_of(*known))) {
                return around_the_world[i].advice;
            }
        }
    }
    return NULL;
}

static enum cloacina_code damaged(struct cloacina_error *err, const char *what)
{
    return cloacina_error_raise(err, CLOACINA_INVALID, "damaged ELF file: %s", what);
}

/* Copies `size` bytes at `offset`; false: they are not all in the image. */
static bool bytes_at(struct text image, uint64_t offset, void *ret_bytes, size_t size)
{
    if (offset > image.length || size > image.length - offset) {
        return false;
    }
    memcpy(ret_bytes, image.bytes + offset, size);
    return true;
}

/* The bytes of a section; false: they are not all in the image. */
static bool section_text(struct text image, const Elf64_Shdr *section, struct text *ret_text)
{
    if (section->sh_offset > image.length || section->sh_size > image.length - section->sh_offset) {
        return false;
    }
    *ret_text = (struct text){.bytes = image.bytes + section->sh_offset,
                              .length = (size_t)section->sh_size};
    return true;
}

static bool byte_order_is_ours(unsigned char order)
{
    const uint16_t probe = 1;
    unsigned char first;
    memcpy(&first, &probe, 1);
    return order == (first == 1 ? ELFDATA2LSB : ELFDATA2MSB);
}

static enum cloacina_code header_read(struct text image, Elf64_Ehdr *ret_header,
                                      struct cloacina_error *err)
{
    if (!bytes_at(image, 0, ret_header, sizeof(*ret_header)) ||
        memcmp(ret_header->e_ident, ELFMAG, SELFMAG) != 0 ||
        ret_header->e_ident[EI_CLASS] != ELFCLASS64 ||
        !byte_order_is_ours(ret_header->e_ident[EI_DATA])) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "is no 64-bit ELF file for this machine");
    }
    if (ret_header->e_shoff == 0 || ret_header->e_shentsize != sizeof(Elf64_Shdr)) {
        return damaged(err, "it has no section headers");
    }
    return CLOACINA_OK;
}

static bool section_read(struct text image, const Elf64_Ehdr *header, uint32_t index,
                         Elf64_Shdr *ret_section)
{
    uint64_t offset = (uint64_t)index * sizeof(*ret_section);
    return index < header->e_shnum && header->e_shoff <= image.length &&
           bytes_at(image, header->e_shoff + offset, ret_section, sizeof(*ret_section));
}

/* Finds the dynamic symbols and their names. */
static enum cloacina_code tables_find(struct text image, struct text *ret_symbols,
                                      struct text *ret_names, struct cloacina_error *err)
{
    Elf64_Ehdr header;
    Elf64_Shdr symbols;
    Elf64_Shdr names;
    enum cloacina_code code = header_read(image, &header, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    uint32_t index = 0;
    do {
        if (!section_read(image, &header, index++, &symbols)) {
            return damaged(err, "it has no dynamic symbol table");
        }
    } while (symbols.sh_type != SHT_DYNSYM);
    if (!section_read(image, &header, symbols.sh_link, &names) ||
        !section_text(image, &symbols, ret_symbols) || !section_text(image, &names, ret_names)) {
        return damaged(err, "its dynamic symbol table points outside");
    }
    return CLOACINA_OK;
}

/* The name that begins at `offset`; false: there is none, or it does not end. */
static bool name_at(struct text names, uint32_t offset, struct text *ret_name)
{
    if (offset >= names.length) {
        return false;
    }
    const char *start = names.bytes + offset;
    const char *end = memchr(start, '\0', names.length - offset);
    if (end == NULL) {
        return false;
    }
    *ret_name = (struct text){.bytes = start, .length = (size_t)(end - start)};
    return true;
}

static int name_compare(const void *a, const void *b)
{
    return text_compare(*(const struct text *)a, *(const struct text *)b);
}

/* Sorts, and leaves one of each. */
static void names_settle(struct symbols *symbols)
{
    if (symbols->count == 0) {
        return;
    }
    qsort(symbols->names, symbols->count, sizeof(*symbols->names), name_compare);
    size_t kept = 1;
    for (size_t i = 1; i < symbols->count; i++) {
        if (!text_equal(symbols->names[i], symbols->names[kept - 1])) {
            symbols->names[kept++] = symbols->names[i];
        }
    }
    symbols->count = kept;
}

static enum cloacina_code undefined_gather(struct text table, struct text names,
                                           struct symbols *symbols, struct cloacina_error *err)
{
    Elf64_Sym symbol;
    for (uint64_t offset = sizeof(symbol); bytes_at(table, offset, &symbol, sizeof(symbol));
         offset += sizeof(symbol)) {
        struct text name;
        if (symbol.st_shndx != SHN_UNDEF) {
            continue;
        }
        if (!name_at(names, symbol.st_name, &name)) {
            return damaged(err, "the name of a symbol lies outside");
        }
        if (!heap_grow(symbols->heap, &symbols->names, &symbols->capacity, symbols->count + 1,
                       sizeof(name))) {
            return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the symbols");
        }
        symbols->names[symbols->count++] = name;
    }
    return CLOACINA_OK;
}

enum cloacina_code symbols_read(struct cloacina_heap *heap, struct text image,
                                struct symbols *ret_symbols, struct cloacina_error *err)
{
    struct text table = {0};
    struct text names = {0};
    struct symbols symbols = {.heap = heap};
    enum cloacina_code code = tables_find(image, &table, &names, err);
    if (code == CLOACINA_OK) {
        code = undefined_gather(table, names, &symbols, err);
    }
    if (code != CLOACINA_OK) {
        symbols_finish(&symbols);
        return code;
    }
    names_settle(&symbols);
    *ret_symbols = symbols;
    return CLOACINA_OK;
}

void symbols_finish(struct symbols *symbols)
{
    heap_give(symbols->heap, symbols->names, symbols->capacity * sizeof(*symbols->names));
    *symbols = (struct symbols){.heap = symbols->heap};
}
