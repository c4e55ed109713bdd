/* SPDX-License-Identifier: Apache-2.0 */
/* test_symbols.c - finding in a shared object what goes around the virtual world. */
#include "support.h"

#include <elf.h>

#include "simulate/symbols.h"

static const char strings[] = "\0time\0shop\0rand\0time\0own";

enum { NAME_TIME = 1, NAME_SHOP = 6, NAME_RAND = 11, NAME_TIME_AGAIN = 16, NAME_OWN = 21 };
enum { SECTION_STRINGS = 1, SECTION_SYMBOLS = 2, SECTIONS = 3, SYMBOLS = 6 };

/* A shared object with nothing in it but what is looked at. */
struct image {
    Elf64_Ehdr header;
    Elf64_Shdr sections[SECTIONS];
    Elf64_Sym symbols[SYMBOLS];
    char strings[sizeof(strings)];
};

static struct image image_make(void)
{
    const uint16_t probe = 1;
    struct image image = {0};
    memcpy(image.header.e_ident, ELFMAG, SELFMAG);
    image.header.e_ident[EI_CLASS] = ELFCLASS64;
    image.header.e_ident[EI_DATA] = *(const char *)&probe == 1 ? ELFDATA2LSB : ELFDATA2MSB;
    image.header.e_shoff = offsetof(struct image, sections);
    image.header.e_shentsize = sizeof(Elf64_Shdr);
    image.header.e_shnum = SECTIONS;
    image.sections[SECTION_STRINGS] = (Elf64_Shdr){.sh_type = SHT_STRTAB,
                                                   .sh_offset = offsetof(struct image, strings),
                                                   .sh_size = sizeof(strings)};
    image.sections[SECTION_SYMBOLS] = (Elf64_Shdr){.sh_type = SHT_DYNSYM,
                                                   .sh_offset = offsetof(struct image, symbols),
                                                   .sh_size = sizeof(image.symbols),
                                                   .sh_link = SECTION_STRINGS};
    image.symbols[1].st_name = NAME_TIME;
    image.symbols[2].st_name = NAME_SHOP;
    image.symbols[3].st_name = NAME_RAND;
    image.symbols[4].st_name = NAME_TIME_AGAIN;
    image.symbols[5].st_name = NAME_OWN;
    image.symbols[5].st_shndx = 7; /* defined in the object itself */
    memcpy(image.strings, strings, sizeof(strings));
    return image;
}

static struct text image_text(const struct image *image)
{
    return (struct text){.bytes = (const char *)image, .length = sizeof(*image)};
}

static void assert_refused(const struct image *image, const char *message)
{
    struct symbols symbols;
    struct cloacina_error err = {0};
    assert_int_equal(symbols_read(cloacina_heap_system(), image_text(image), &symbols, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, message);
}

/* One warning per symbol, in an order that does not depend on the linker. */
static void undefined_symbols_come_sorted_and_once(void **state)
{
    (void)state;
    struct image image = image_make();
    struct symbols symbols;
    struct cloacina_error err;
    assert_int_equal(symbols_read(cloacina_heap_system(), image_text(&image), &symbols, &err),
                     CLOACINA_OK);
    assert_int_equal(symbols.count, 3);
    assert_true(text_equal(symbols.names[0], TEXT_LITERAL("rand")));
    assert_true(text_equal(symbols.names[1], TEXT_LITERAL("shop")));
    assert_true(text_equal(symbols.names[2], TEXT_LITERAL("time")));
    symbols_finish(&symbols);
}

/* A library that needs nothing from outside is fine. */
static void a_library_without_undefined_symbols_has_none(void **state)
{
    (void)state;
    struct image image = image_make();
    image.sections[SECTION_SYMBOLS].sh_size = sizeof(Elf64_Sym);
    struct symbols symbols;
    struct cloacina_error err;
    assert_int_equal(symbols_read(cloacina_heap_system(), image_text(&image), &symbols, &err),
                     CLOACINA_OK);
    assert_int_equal(symbols.count, 0);
    symbols_finish(&symbols);
}

/* The advice is what the person does next. */
static void the_advice_names_what_to_call_instead(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *advice;
    } expected[] = {
        {"clock_gettime", "call cloacina_task_now()"},
        {"usleep", "call cloacina_task_sleep_ms()"},
        {"poll", "call cloacina_task_defer_until()"},
        {"getrandom", "call cloacina_task_random()"},
        {"pthread_create", "make it a task of its own"},
        {"socket", "put it behind cloacina_task_effect()"},
        {"execve", "put it behind cloacina_task_effect()"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(expected); i++) {
        assert_string_equal(symbol_advice(text_of(expected[i].name)), expected[i].advice);
    }
    assert_null(symbol_advice(TEXT_LITERAL("memcpy")));
    assert_null(symbol_advice(TEXT_LITERAL("cloacina_task_now")));
    assert_null(symbol_advice(TEXT_LITERAL("tim")));
    assert_null(symbol_advice(TEXT_LITERAL("")));
}

/* Each thing that the reader relies on, taken away. */
static void a_file_that_is_no_library_is_refused_with_its_reason(void **state)
{
    (void)state;
    const char *no_elf = "is no 64-bit ELF file for this machine";
    struct image image = image_make();
    image.header.e_ident[0] = 'M';
    assert_refused(&image, no_elf);
    image = image_make();
    image.header.e_ident[EI_CLASS] = ELFCLASS32;
    assert_refused(&image, no_elf);
    image = image_make();
    image.header.e_ident[EI_DATA] ^= ELFDATA2LSB ^ ELFDATA2MSB;
    assert_refused(&image, no_elf);
    image = image_make();
    image.header.e_shoff = 0;
    assert_refused(&image, "damaged ELF file: it has no section headers");
    image = image_make();
    image.header.e_shoff = UINT64_MAX;
    assert_refused(&image, "damaged ELF file: it has no dynamic symbol table");
    image = image_make();
    image.sections[SECTION_SYMBOLS].sh_type = SHT_SYMTAB;
    assert_refused(&image, "damaged ELF file: it has no dynamic symbol table");
    image = image_make();
    image.sections[SECTION_SYMBOLS].sh_link = SECTIONS;
    assert_refused(&image, "damaged ELF file: its dynamic symbol table points outside");
    image = image_make();
    image.sections[SECTION_SYMBOLS].sh_offset = UINT64_MAX;
    assert_refused(&image, "damaged ELF file: its dynamic symbol table points outside");
    image = image_make();
    image.sections[SECTION_STRINGS].sh_size = UINT64_MAX;
    assert_refused(&image, "damaged ELF file: its dynamic symbol table points outside");
    image = image_make();
    image.symbols[3].st_name = UINT32_MAX;
    assert_refused(&image, "damaged ELF file: the name of a symbol lies outside");
    image = image_make();
    image.sections[SECTION_STRINGS].sh_size = NAME_OWN - 1;
    assert_refused(&image, "damaged ELF file: the name of a symbol lies outside");
}

/* The sanitizers watch: a file cut anywhere, or with any byte changed, is read within its
 * bounds. */
static void no_cut_and_no_changed_byte_leads_outside(void **state)
{
    (void)state;
    struct image image = image_make();
    for (size_t length = 0; length < sizeof(image); length++) {
        struct symbols symbols;
        char *cut = malloc(length == 0 ? 1 : length);
        assert_non_null(cut);
        memcpy(cut, &image, length);
        struct text text = {.bytes = cut, .length = length};
        if (symbols_read(cloacina_heap_system(), text, &symbols, NULL) == CLOACINA_OK) {
            symbols_finish(&symbols);
        }
        free(cut);
    }
    for (size_t position = 0; position < sizeof(image); position++) {
        struct symbols symbols;
        struct image changed = image;
        ((unsigned char *)&changed)[position] ^= 0xff;
        if (symbols_read(cloacina_heap_system(), image_text(&changed), &symbols, NULL) ==
            CLOACINA_OK) {
            symbols_finish(&symbols);
        }
    }
}

static void without_memory_nothing_stays_behind(void **state)
{
    (void)state;
    struct image image = image_make();
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct symbols symbols;
        failing_heap_init(&heap, n);
        enum cloacina_code code = symbols_read(&heap.heap, image_text(&image), &symbols, NULL);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (code == CLOACINA_OK) {
            symbols_finish(&symbols);
        }
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undefined_symbols_come_sorted_and_once),
        cmocka_unit_test(a_library_without_undefined_symbols_has_none),
        cmocka_unit_test(the_advice_names_what_to_call_instead),
        cmocka_unit_test(a_file_that_is_no_library_is_refused_with_its_reason),
        cmocka_unit_test(no_cut_and_no_changed_byte_leads_outside),
        cmocka_unit_test(without_memory_nothing_stays_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
