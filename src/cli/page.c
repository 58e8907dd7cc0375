/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page of the demo: one file, nothing fetched. Words stand in both languages and the style sheet hides one of them;
 * what was said has no language mark and always shows.
 */
#include "cli/demo.h"
#include "cli/dialogue.h"

#include <math.h>
#include <string.h>

static const char head[] =
    "<!doctype html>\n<html lang=\"es\">\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>sarai demo</title>\n<style>\n"
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#5b6670;--paper:#fff;--card:#f6f7f9;--line:#d9dfe5;"
    "--band:#e9edf1;--user:#2f6fb2;--wait:#8d98a3;--stt:#b86a12;--brain:#7a4fb5;--tts:#a8457a;--reply:#2a7f50;"
    "--stop:#c23b3b}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8ebee;--soft:#9aa6b1;--paper:#14181c;--card:#1e242a;"
    "--line:#38424c;--band:#272e36;--user:#6aa7e8;--wait:#7d8893;--stt:#e0a04a;--brain:#ac86e6;--tts:#dc7fb0;"
    "--reply:#5cc28a;--stop:#ef7676}}\n"
    "#es:checked~main [lang=en],#en:checked~main [lang=es]{display:none}\n"
    "body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);"
    "background:var(--paper)}\n"
    "body>label{margin-right:1rem}h1{font-size:1.6rem;margin:.6rem 0}h2{font-size:1.2rem;margin:0}\n"
    "section{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:1rem 1.2rem;"
    "margin:1.2rem 0}\n"
    ".soft,figcaption{color:var(--soft)}figure{margin:0 0 .6rem}audio{display:block;width:18rem;max-width:100%}\n"
    ".sounds{display:flex;gap:0 1.2rem;flex-wrap:wrap;align-items:end;margin:.8rem 0}"
    "button{font:inherit;padding:.5rem 1rem;margin:0 0 1rem;cursor:pointer}\n"
    ".mark{float:right;font-weight:600}.pass{color:var(--reply)}.fail{color:var(--stop)}.big{font-size:1.5rem;"
    "font-weight:600;color:var(--ink)}\n"
    ".row{display:grid;grid-template-columns:10rem 1fr 5rem;gap:0 .8rem;align-items:center}"
    ".row b{font-weight:400;text-align:right;font-variant-numeric:tabular-nums}\n"
    ".track{position:relative;height:1.5rem;overflow:hidden;background:repeating-linear-gradient(90deg,var(--line) 0 "
    "1px,transparent 1px var(--step)),linear-gradient(90deg,transparent var(--from),var(--band) var(--from) var(--to),"
    "transparent var(--to))}\n"
    ".track i{position:absolute;top:.3rem;bottom:.3rem;min-width:3px;border-radius:2px}.track .cut{border-radius:2px "
    "0 0 2px;mask:linear-gradient(90deg,#000 60%,transparent)}.axis{background:none;color:var(--soft);font-size:.85rem}"
    ".axis span{position:absolute;white-space:nowrap}\n"
    "@media(max-width:40rem){section{padding:1rem .8rem}.row{grid-template-columns:1fr auto}.track{grid-row:2;"
    "grid-column:1/3}}\n"
    ".user{background:var(--user)}.wait{background:var(--wait)}.stt{background:var(--stt)}.brain{background:"
    "var(--brain)}.tts{background:var(--tts)}.reply{background:var(--reply)}.stop{background:var(--stop)}\n"
    "</style>\n<input type=\"radio\" name=\"language\" id=\"es\" checked><label for=\"es\">Español</label>\n"
    "<input type=\"radio\" name=\"language\" id=\"en\"><label for=\"en\">English</label>\n<main>\n<h1>sarai demo</h1>\n"
    "<p lang=\"es\">Una voz del motor pregunta, y una conversación completa le contesta sin red: detector de voz, voz "
    "a texto, decisión, texto a voz. El cronograma de cada turno cuenta desde la primera muestra de la voz del "
    "usuario; la banda sombreada es lo que el usuario espera, desde su última muestra hasta la primera de la "
    "respuesta. "
    "Voz a texto empieza en la pausa, antes de que el turno se dé por acabado.</p>\n"
    "<p lang=\"en\">A voice of the engine asks and a whole conversation answers it offline: voice detector, speech to "
    "text, decision, text to speech. The timeline of each turn counts from the first sample of the user's speech; the "
    "shaded band is what the user waits, from the last sample of the question to the first of the answer. Speech to "
    "text begins in the pause, before the turn is judged over.</p>\n";

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

static void put_both(FILE *file, const char *spanish, const char *english) {
    fputs("<span lang=\"es\">", file);
    put(file, spanish);
    fputs("</span><span lang=\"en\">", file);
    put(file, english);
    fputs("</span>", file);
}

static void put_sound(FILE *file, const char *spanish, const char *english, const char *text, const char *wav) {
    fputs("<figure><figcaption>", file);
    put_both(file, spanish, english);
    put(file, text);
    fputs("</figcaption><audio controls preload=\"metadata\" src=\"", file);
    put(file, wav);
    fputs("\"></audio></figure>\n", file);
}

/* ------------------------------------------------------------------------------------------------------ timeline -- */

static double time_of(const cJSON *turn, const char *name) {
    const cJSON *times = cJSON_GetObjectItemCaseSensitive(turn, "times_ms");
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(times, name);
    return cJSON_IsNumber(time) ? time->valuedouble : NAN;
}

/* What the timeline shows: of a long answer, only the beginning, or the wait before it would be too small to see. */
static double window(const cJSON *turn) {
    const double length = cli_turn_length(turn), wanted = 1.6 * time_of(turn, "first_audio");
    const bool interrupted = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(turn, "interrupted"));
    return !interrupted && wanted < length ? wanted : length;
}

static void put_span(FILE *file, const cJSON *turn, const struct cli_span *span, double shown_ms) {
    double from, to;
    if (!cli_span_times(turn, span, &from, &to))
        return;
    const double end = fmin(to, shown_ms);
    fputs("<div class=\"row\">", file);
    put_both(file, span->es, span->en);
    fprintf(file,
            "<div class=\"track\"><i class=\"%s%s\" style=\"left:%.2f%%;width:%.2f%%\" title=\"%.0f - %.0f ms\"></i>"
            "</div><b>",
            span->color, end < to ? " cut" : "", 100 * from / shown_ms, 100 * (end - from) / shown_ms, from, to);
    fprintf(file, to - from < 10000 ? "%.0f ms</b></div>\n" : "%.1f s</b></div>\n",
            to - from < 10000 ? to - from : (to - from) / 1000);
}

/* One row a span; a vertical line each second. */
static void put_timeline(FILE *file, const cJSON *turn) {
    const double shown_ms = window(turn), step_ms = shown_ms > 12000 ? 5000 : 1000;
    const double wait = time_of(turn, "speech_end"), heard = time_of(turn, "first_audio");
    fprintf(file, "<div style=\"--step:%.2f%%;--from:%.2f%%;--to:%.2f%%\">\n", 100 * step_ms / shown_ms,
            isnan(heard) ? 0 : 100 * wait / shown_ms, isnan(heard) ? 0 : 100 * heard / shown_ms);
    for (const struct cli_span *span = cli_spans; span->from != NULL; span++)
        put_span(file, turn, span, shown_ms);
    fputs("<div class=\"row\"><span></span><div class=\"track axis\">", file);
    for (double t = 0; t < 0.97 * shown_ms; t += step_ms)
        fprintf(file, "<span style=\"left:%.2f%%\">%.0f s</span>", 100 * t / shown_ms, t / 1000);
    fputs("</div></div>\n</div>\n", file);
}

/* --------------------------------------------------------------------------------------------------------- page -- */

/* The figures above the timeline. */
static void put_figures(FILE *file, const cJSON *turn) {
    const cJSON *ttfa = cJSON_GetObjectItemCaseSensitive(turn, "ttfa_ms"), *gap;
    double longest = 0;
    if (!cJSON_IsNumber(ttfa))
        return;
    fprintf(file, "<p class=\"soft\"><span class=\"big\">%.0f ms</span> ", ttfa->valuedouble);
    put_both(file, "desde que el usuario calla hasta el primer sonido · camino: ",
             "from the end of the user's speech to the first sound · route: ");
    put(file, cli_record_text(turn, "route"));
    cJSON_ArrayForEach(gap, cJSON_GetObjectItemCaseSensitive(turn, "gaps_ms")) longest =
        fmax(longest, gap->valuedouble);
    if (cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(turn, "gaps_ms")) > 0) {
        put_both(file,
                 " · mayor silencio no escrito entre fragmentos: ", " · longest unwritten silence between pieces: ");
        fprintf(file, "%.0f ms", longest);
    }
    fputs("</p>\n", file);
}

static void put_turn(FILE *file, const cJSON *turn) {
    const char *heard = cli_record_text(turn, "heard");
    fputs("<p><b>", file);
    put_both(file, "Entendido", "Heard");
    fputs(":</b> ", file);
    if (heard[0] != '\0')
        put(file, heard);
    else
        put_both(file, "(nada)", "(nothing)");
    fputs("<br><b>Sarai:</b> ", file);
    put(file, cli_record_text(turn, "reply"));
    fputs("</p>\n", file);
    put_figures(file, turn);
    put_timeline(file, turn);
}

/* The answer's file is silent while the user speaks and waits, so both played at once are the conversation. */
static void put_sounds(FILE *file, const cJSON *scenario) {
    const cJSON *question, *questions = cJSON_GetObjectItemCaseSensitive(scenario, "questions");
    fputs("<div class=\"sounds\">\n", file);
    cJSON_ArrayForEach(question, questions) put_sound(
        file, "Pregunta: ", "Question: ", cli_record_text(question, "text"), cli_record_text(question, "wav"));
    put_sound(file, "Respuesta, tras la espera", "Answer, after the wait", "", cli_record_text(scenario, "answer"));
    if (cJSON_GetArraySize(questions) == 1) {
        fputs("<button onclick=\"this.parentNode.querySelectorAll('audio').forEach(a=>{a.currentTime=0;a.play()})\">",
              file);
        put_both(file, "Oír el diálogo", "Hear the dialogue");
        fputs("</button>\n", file);
    }
    fputs("</div>\n", file);
}

static void put_scenario(FILE *file, const cJSON *scenario) {
    const bool pass = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(scenario, "pass"));
    const cJSON *turn;
    fprintf(file, "<section>\n<span class=\"mark %s\">", pass ? "pass" : "fail");
    put_both(file, pass ? "bien" : "mal", pass ? "pass" : "fail");
    fputs("</span>\n<h2>", file);
    put_both(file, cli_record_text(scenario, "title_es"), cli_record_text(scenario, "title_en"));
    fputs("</h2>\n", file);
    put_sounds(file, scenario);
    cJSON_ArrayForEach(turn, cJSON_GetObjectItemCaseSensitive(scenario, "turns")) put_turn(file, turn);
    fputs("</section>\n", file);
}

bool cli_write_page(const char *path, const cJSON *scenarios) {
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return false;
    const cJSON *scenario;
    fputs(head, file);
    cJSON_ArrayForEach(scenario, scenarios) put_scenario(file, scenario);
    fputs("</main>\n</html>\n", file);
    const bool good = !ferror(file);
    return fclose(file) == 0 && good;
}
