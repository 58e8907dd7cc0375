/* SPDX-License-Identifier: Apache-2.0 */
/* The page of the demo. */
#include "cli/demo.h"
#include "cli/dialogue.h"

static const char head[] =
    "<!doctype html>\n<html lang=\"es\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>sarai demo</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--paper:#fff;--card:#f4f6f8;--line:#d5dbe1;"
    "--user:#2f6fb2;--wait:#b7bfc7;--stt:#c4771a;--brain:#7a4fb5;--tts:#a8457a;--reply:#2f8a57;--stop:#c23b3b}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#9aa6b1;--paper:#14181c;--card:#1e242a;"
    "--line:#333c45;--user:#6aa7e8;--wait:#59646e;--stt:#e0a04a;--brain:#ac86e6;--tts:#dc7fb0;--reply:#5cc28a;"
    "--stop:#ef7676}}\n"
    "body{margin:0 auto;max-width:60rem;padding:2rem 1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--paper)}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;"
    "margin:1.2rem 0}\n"
    "h1{font-size:1.5rem}h2{font-size:1.15rem;margin:.2rem 0}\n"
    ".soft,figcaption{color:var(--soft)}.sounds{display:flex;gap:1rem;flex-wrap:wrap}figure{margin:.6rem 0}"
    "audio{display:block;max-width:100%}\n"
    ".mark{float:right;font-weight:600}.pass{color:var(--reply)}.fail{color:var(--stop)}\n"
    "svg{width:100%;height:auto;display:block;margin:.6rem 0}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}"
    ".grid{stroke:var(--line)}svg .tick{fill:var(--soft)}\n"
    ".user{fill:var(--user)}.wait{fill:var(--wait)}.stt{fill:var(--stt)}.brain{fill:var(--brain)}.tts{fill:var(--tts)}"
    ".reply{fill:var(--reply)}.stop{fill:var(--stop)}\n</style>\n<h1>sarai demo</h1>\n"
    "<p class=\"soft\">Cada pregunta la dice la propia voz del motor; debajo, qué pasó y cuándo, en segundos desde la "
    "primera muestra de la voz del usuario.<br><span lang=\"en\">Each question is spoken by the engine's own voice; "
    "below, what happened and when, in seconds from the first sample of the user's speech.</span></p>\n";

static void put(FILE *file, const char *text) {
    for (const char *p = text; *p != '\0'; p++) {
        switch (*p) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            putc(*p, file);
        }
    }
}

static void put_sound(FILE *file, const char *spanish, const char *english, const char *wav) {
    fprintf(file, "<figure><figcaption>%s / <span lang=\"en\">%s</span></figcaption><audio controls src=\"", spanish,
            english);
    put(file, wav);
    fputs("\"></audio></figure>\n", file);
}

/* One row a span, a vertical line each second. */
static void put_timeline(FILE *file, const cJSON *turn) {
    enum { LEFT = 250, WIDTH = 640, ROW = 22, TOP = 8 };
    const double length = cli_turn_length(turn);
    double from, to;
    int rows = 0;
    for (const struct cli_span *span = cli_spans; span->from != NULL; span++)
        rows += cli_span_times(turn, span, &from, &to);
    const int bottom = TOP + rows * ROW;
    fprintf(file, "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"cronograma / timeline\">\n", LEFT + WIDTH + 20,
            bottom + 20);
    const double step_ms = length > 20000 ? 5000 : 1000;
    for (double t = 0; t <= length; t += step_ms) {
        const double x = LEFT + WIDTH * t / length;
        fprintf(file,
                "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"/>"
                "<text class=\"tick\" x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f s</text>\n",
                x, x, TOP, bottom, x, bottom + 15, t / 1000);
    }
    int y = TOP;
    for (const struct cli_span *span = cli_spans; span->from != NULL; span++) {
        if (!cli_span_times(turn, span, &from, &to))
            continue;
        double left = LEFT + WIDTH * from / length, width = WIDTH * (to - from) / length;
        fprintf(file,
                "<text x=\"0\" y=\"%d\">%s / %s</text><rect class=\"%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" "
                "height=\"%d\" rx=\"2\"><title>%.0f - %.0f ms</title></rect>\n",
                y + 15, span->es, span->en, span->color, left, y + 4, width < 2 ? 2 : width, ROW - 8, from, to);
        y += ROW;
    }
    fputs("</svg>\n", file);
}

static void put_turn(FILE *file, const cJSON *turn) {
    const cJSON *ttfa = cJSON_GetObjectItemCaseSensitive(turn, "ttfa_ms");
    fputs("<p><b>Usuario / <span lang=\"en\">User</span>:</b> ", file);
    put(file, cli_record_text(turn, "heard"));
    fputs("<br><b>Sarai:</b> ", file);
    put(file, cli_record_text(turn, "reply"));
    fputs("</p>\n<p class=\"soft\">", file);
    put(file, cli_record_text(turn, "route"));
    if (cJSON_IsNumber(ttfa))
        fprintf(file, " · %.0f ms hasta el primer sonido / <span lang=\"en\">to the first sound</span>",
                ttfa->valuedouble);
    fputs("</p>\n", file);
    put_timeline(file, turn);
}

bool cli_write_page(const char *path, const cJSON *scenarios) {
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    const cJSON *scenario, *item;
    fputs(head, file);
    cJSON_ArrayForEach(scenario, scenarios) {
        const bool pass = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(scenario, "pass"));
        fprintf(file, "<section>\n<span class=\"mark %s\">%s</span>\n<h2>", pass ? "pass" : "fail",
                pass ? "bien / pass" : "mal / fail");
        put(file, cli_record_text(scenario, "title_es"));
        fputs(" / <span lang=\"en\">", file);
        put(file, cli_record_text(scenario, "title_en"));
        fputs("</span></h2>\n<div class=\"sounds\">\n", file);
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(scenario, "questions"))
            put_sound(file, "pregunta", "question", cli_record_text(item, "wav"));
        put_sound(file, "respuesta", "answer", cli_record_text(scenario, "answer"));
        fputs("</div>\n", file);
        cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(scenario, "turns")) put_turn(file, item);
        fputs("</section>\n", file);
    }
    fputs("</html>\n", file);
    const bool good = !ferror(file);
    return fclose(file) == 0 && good;
}
