/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/llama_prompt.h"

#include <stdlib.h>
#include <string.h>

#include "brain/messages.h"

/* The messages as the model was taught to read them; NULL when out of memory. */
static char *chat_prompt(const char *chat_template, const struct sr_messages *messages) {
    struct llama_chat_message *list = calloc(messages->count, sizeof *list);
    size_t room = 1024;
    for (size_t i = 0; list && i < messages->count; i++) {
        list[i] = (struct llama_chat_message){messages->list[i].role, messages->list[i].text};
        room += strlen(messages->list[i].text) + 64;
    }
    char *prompt = list ? malloc(room) : NULL;
    int32_t len = -1;
    if (prompt) {
        len = llama_chat_apply_template(chat_template, list, messages->count, true, prompt, (int32_t)room);
        if (len < 0) /* one that llama.cpp can't follow: the most common one */
            len = llama_chat_apply_template("chatml", list, messages->count, true, prompt, (int32_t)room);
    }
    free(list);
    if (len < 0 || (size_t)len >= room) {
        free(prompt);
        return NULL;
    }
    prompt[len] = '\0';
    return prompt;
}

static char *base_prompt(const struct sr_llm_job *job) {
    struct sr_str text = {0};
    if (job->context)
        sr_str_addf(&text, "%s %s\n", job->words[SR_LLM_CONTEXT], job->context);
    sr_str_addf(&text, "%s %s\n%s", job->words[SR_LLM_QUESTION], job->question, job->words[SR_LLM_ANSWER]);
    return sr_str_take(&text);
}

/* Without the `skip` oldest exchanges. */
static char *make_prompt(const char *chat_template, const struct sr_llm_job *job, size_t skip) {
    struct sr_messages messages;
    if (!chat_template)
        return base_prompt(job);
    if (sr_messages_make(job, skip, &messages) < 0)
        return NULL;
    char *prompt = chat_prompt(chat_template, &messages);
    sr_messages_deinit(&messages);
    return prompt;
}

/* The prompt's tokens, malloc'd. */
static int tokenize(const struct llama_model *model, const char *prompt, llama_token **out) {
    const struct llama_vocab *vocab = llama_model_get_vocab(model);
    const int32_t len = (int32_t)strlen(prompt);
    const int32_t need = -llama_tokenize(vocab, prompt, len, NULL, 0, true, true);
    llama_token *tokens = need > 0 ? malloc((size_t)need * sizeof *tokens) : NULL;
    if (!tokens)
        return SARAI_ENOMEM;
    *out = tokens;
    return llama_tokenize(vocab, prompt, len, tokens, need, true, true);
}

/* Its last `len` bytes or a little less, from the start of a word where there is one. */
static const char *tail(const char *text, size_t len) {
    const size_t all = strlen(text);
    if (len >= all)
        return text;
    const char *p = text + all - len, *space = strchr(p, ' ');
    while (((unsigned char)*p & 0xC0) == 0x80)
        p++;
    return space && space - p < 64 ? space + 1 : p;
}

int sr_llama_prompt(const struct llama_model *model, const struct sr_llm_job *job, int32_t room, llama_token **out) {
    const char *chat_template = llama_model_chat_template(model, NULL);
    struct sr_llm_job shorter = *job;
    for (size_t skip = 0;;) {
        llama_token *tokens = NULL;
        char *prompt = make_prompt(chat_template, &shorter, skip);
        const int count = prompt ? tokenize(model, prompt, &tokens) : SARAI_ENOMEM;
        free(prompt);
        if (count < 0 || count <= room) {
            *out = tokens;
            return count;
        }
        const size_t context = shorter.context ? strlen(shorter.context) : 0, question = strlen(shorter.question);
        if (skip < job->history_count) {
            skip += (job->history_count - skip + 1) / 2;
        } else if (context) {
            shorter.context = tail(shorter.context, context / 2);
            if (!*shorter.context)
                shorter.context = NULL;
        } else if (question > 1) {
            shorter.question = tail(shorter.question, question / 2);
        } else { /* the instructions alone are too long */
            memmove(tokens, tokens + count - room, (size_t)room * sizeof *tokens);
            *out = tokens;
            return room;
        }
        free(tokens);
    }
}
