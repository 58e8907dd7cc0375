/* SPDX-License-Identifier: Apache-2.0 */
#include "brain/messages.h"

#include <stdlib.h>
#include <string.h>

static const char instructor[] = "system", user[] = "user", assistant[] = "assistant";

/* A message, or, after one of the same role, more of that one. */
static bool add(struct sr_messages *messages, const char *role, const char *text) {
    struct sr_message *last = messages->count ? &messages->list[messages->count - 1] : NULL;
    if (!*text || (role == assistant && (!last || last->role == instructor))) /* nobody had spoken to it yet */
        return true;
    if (last && last->role == role) {
        char *joined = sr_asprintf("%s\n%s", last->text, text);
        if (!joined)
            return false;
        free(last->text);
        last->text = joined;
        return true;
    }
    char *copy = sr_strdup(text);
    if (copy)
        messages->list[messages->count++] = (struct sr_message){role, copy};
    return copy != NULL;
}

int sr_messages_make(const struct sr_llm_job *job, size_t skip, struct sr_messages *out) {
    char *question = job->context ? sr_asprintf("%s\n\n%s", job->context, job->question) : sr_strdup(job->question);
    *out = (struct sr_messages){.list = calloc(2 * job->history_count + 2, sizeof *out->list)};
    bool well = question && out->list && add(out, instructor, job->words[SR_LLM_INSTRUCTIONS]);
    for (size_t i = skip; well && i < job->history_count; i++)
        well = add(out, user, job->history[i].user) && add(out, assistant, job->history[i].reply);
    well = well && add(out, user, question);
    free(question);
    if (!well)
        sr_messages_deinit(out);
    return well ? SARAI_OK : SARAI_ENOMEM;
}

void sr_messages_deinit(struct sr_messages *messages) {
    for (size_t i = 0; i < messages->count; i++)
        free(messages->list[i].text);
    free(messages->list);
    *messages = (struct sr_messages){0};
}
