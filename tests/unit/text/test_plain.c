/* SPDX-License-Identifier: Apache-2.0 */
/* What language models write, as it can be read aloud. */
#include "text/plain.h"

#include "base/utf8.h"
#include "support/failing_alloc.h"
#include "support/test.h"

/* `step` characters at a time. */
static char *read_plain(const char *text, size_t step) {
    struct sr_plain plain = {0};
    struct sr_str out = {0};
    const char *end = text + strlen(text), *p = text;
    sr_str_add(&out, "", 0);
    do {
        const char *from = p;
        for (size_t i = 0; i < step && p < end; i++)
            sr_utf8_next(&p, end);
        assert_int_equal(sr_plain_feed(&plain, from, (size_t)(p - from), p == end, &out), SARAI_OK);
    } while (p < end);
    return sr_str_take(&out);
}

static void check(const char *text, const char *expected) {
    static const size_t steps[] = {SIZE_MAX, 1, 2, 3, 5, 8};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        char *plain = read_plain(text, steps[i]);
        assert_string_equal(plain, expected);
        free(plain);
    }
}

static void plain_text_stays_as_it_is(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        "Hola, ¿qué tal?",
                                        "¡Claro! El 3,5 % de 200 son 7.",
                                        "C# y n.º 3, a las 10:30.",
                                        "2 * 3 son seis, y 4*5 veinte.",
                                        "Si a < b, entonces b > a.",
                                        "He said \"no\" - and left (early).",
                                        "(Entre paréntesis.)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        check(texts[i], texts[i]);
}

static void emphasis_and_code_marks_go_and_their_words_stay(void **state) {
    (void)state;
    check("Esto es **muy** importante, *de verdad*, ***mucho***.", "Esto es muy importante, de verdad, mucho.");
    check("__Sí__ y _no_, ~~quizá~~ `printf`.", "Sí y no, quizá printf.");
    check("La variable mi_nombre_largo.", "La variable mi nombre largo.");
    check("\\*no\\* \\# ya", "no ya");
    check("**Hola", "Hola");
}

static void items_headings_and_rows_are_sentences(void **state) {
    (void)state;
    check("# Pasos\n\n1. Abre la puerta\n2. Entra.\n3) Cierra", "Pasos. Abre la puerta. Entra. Cierra.");
    check("Hay tres:\n- uno\n* dos\n• tres\n\nY ya está", "Hay tres: uno. dos. tres. Y ya está");
    check("Primera línea\nsigue aquí.\n\nOtro párrafo", "Primera línea sigue aquí. Otro párrafo");
    check("Un párrafo sin punto\n\nOtro", "Un párrafo sin punto. Otro");
    check("> Cita\n> larga\n---\nFin", "Cita larga. Fin");
    check("| País | Capital |\n|------|:-----:|\n| Francia | París |\n", "País, Capital. Francia, París.");
}

static void links_give_their_text_and_addresses_their_site(void **state) {
    (void)state;
    check("Mira [la página](https://example.com/a_(b)?c=1 \"t\") hoy.", "Mira la página hoy.");
    check("Mira [la página](https://example.com/a?c=1).", "Mira la página.");
    check("![foto](x.png) Está en https://www.example.com/a/b?c=1#d, y ya.", "foto Está en example.com, y ya.");
    check("Ve a www.example.org. Luego <https://a.example/x> sigue.", "Ve a example.org. Luego a.example sigue.");
    check("Como dijo[1] aquel [sic].", "Como dijo aquel sic.");
    check("hola, http, httpd y ww", "hola, http, httpd y ww");
}

static void what_has_no_sound_is_not_heard(void **state) {
    (void)state;
    check("¡Hola! 😀 ¿Qué tal 👍🏽? ✓ Bien.", "¡Hola! ¿Qué tal? Bien.");
    check("Antes.\n```c\nint x = *p;\n# no\n```\nDespués.", "Antes. Después.");
    check("~~~\na\n~~~\nb", "b");
    check("Sin cerrar: ```x = 1", "Sin cerrar:");
    check("<think>Veamos, *dos* y dos...\n\n</think>\n\nCuatro.", "Cuatro.");
    check("<b>Negrita</b> y <br/>salto <|im_end|>", "Negrita y salto");
    check("#hola #mundo", "hola mundo");
}

static void a_mark_that_never_ends_holds_nothing_back_for_long(void **state) {
    (void)state;
    struct sr_str text = {0};
    sr_str_adds(&text, "<a ");
    for (int i = 0; i < 500; i++)
        sr_str_adds(&text, "bla ");
    sr_str_adds(&text, "fin.");
    check(text.data, text.data);
    sr_str_deinit(&text);
}

static void a_failing_allocation_is_told(void **state) {
    (void)state;
    for (int n = 1;; n++) {
        struct sr_plain plain = {0};
        struct sr_str out = {0};
        sr_fail_alloc_at(n);
        const int status = sr_plain_feed(&plain, "**Hola** a todos los que están.", 31, true, &out);
        sr_fail_alloc_off();
        sr_plain_deinit(&plain);
        sr_str_deinit(&out);
        if (!sr_fail_alloc_hit()) {
            assert_int_equal(status, SARAI_OK);
            break;
        }
        assert_int_equal(status, SARAI_ENOMEM);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_text_stays_as_it_is),
        cmocka_unit_test(emphasis_and_code_marks_go_and_their_words_stay),
        cmocka_unit_test(items_headings_and_rows_are_sentences),
        cmocka_unit_test(links_give_their_text_and_addresses_their_site),
        cmocka_unit_test(what_has_no_sound_is_not_heard),
        cmocka_unit_test(a_mark_that_never_ends_holds_nothing_back_for_long),
        cmocka_unit_test(a_failing_allocation_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
