/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/bank_texts.h"

#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES 6

static int add_text(void *user, const char *text, int kind) {
    struct sr_bank_texts *t = user;
    for (size_t i = 0; i < t->count; i++)
        if (t->list[i].kind == kind && strcmp(t->list[i].text, text) == 0)
            return SARAI_OK;
    if (t->count == t->room) {
        const size_t room = t->room ? t->room * 2 : 512;
        struct sr_bank_text *list = realloc(t->list, room * sizeof *list);
        if (!list)
            return SARAI_ENOMEM;
        t->list = list;
        t->room = room;
    }
    t->list[t->count] = (struct sr_bank_text){.text = sr_strdup(text), .kind = kind};
    if (!t->list[t->count].text)
        return SARAI_ENOMEM;
    t->count++;
    return SARAI_OK;
}

/* What stands before the first slot, if it is long enough to be heard while the rest is made. */
static int add_head(struct sr_bank_texts *t, const char *sentence, int style) {
    size_t len = strcspn(sentence, "{");
    while (len && sentence[len - 1] == ' ')
        len--;
    if (len < HEAD_BYTES || style != SR_STYLE_AUTO)
        return SARAI_OK;
    char *head = sr_strndup(sentence, len);
    const int status = head ? add_text(t, head, SR_BANK_HEAD) : SARAI_ENOMEM;
    free(head);
    return status;
}

static int add_reply(void *user, const char *reply, int style) {
    struct sr_bank_texts *t = user;
    const char *sentence;
    enum sr_split_end end;
    for (int i = 0; i < SR_LLM_WORD_COUNT; i++)
        if (strcmp(reply, t->brain->llm_words[i]) == 0)
            return SARAI_OK; /* for models to read */
    sr_split_reset(t->sentences);
    int status = sr_split_feed(t->sentences, reply, strlen(reply));
    sr_split_flush(t->sentences);
    while (status >= 0 && (status = sr_split_next(t->sentences, &sentence, &end)) > 0)
        status = strchr(sentence, '{') ? add_head(t, sentence, style) : add_text(t, sentence, style);
    return status;
}

static int add_phrase(void *user, const char *phrase) {
    return add_reply(user, phrase, SR_STYLE_AUTO);
}

/* Lists of names, which stand in the table too, are no sentences. */
static int add_computed(void *user, const char *reply, int style) {
    return strchr(".!?", reply[strlen(reply) - 1]) ? add_reply(user, reply, style) : SARAI_OK;
}

void sr_bank_texts_deinit(struct sr_bank_texts *t) {
    for (size_t i = 0; i < t->count; i++)
        free(t->list[i].text);
    free(t->list);
    sr_split_free(t->sentences);
}

int sr_bank_texts_collect(const struct sarai_engine *engine, struct sr_bank_texts *t) {
    const struct sr_brain *brain = &engine->brain;
    *t = (struct sr_bank_texts){.brain = brain};
    int status = sr_speech_sentences_new(&engine->config->model, &t->sentences, NULL);
    if (status >= 0)
        status = sr_templates_each(brain->fillers, add_text, t);
    if (status >= 0)
        status = sr_templates_each(brain->phrases, add_reply, t);
    if (status >= 0 && engine->talk.acts)
        status = sr_toolbox_phrases(engine->talk.acts, add_phrase, t);
    if (status >= 0)
        status = sr_templates_each(brain->templates, add_reply, t);
    if (status >= 0 && brain->skills)
        status = sr_skills_each(brain->skills, add_computed, t);
    return status;
}
