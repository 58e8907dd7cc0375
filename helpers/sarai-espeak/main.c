/* SPDX-License-Identifier: GPL-3.0-or-later */
/**
 * sarai-espeak: phonemes and speech of espeak-ng for a program at the other end of standard input and output.
 *
 *   in   "P LANGUAGE BYTES\n" + text          out  "OK BYTES\n" + IPA with tie bars, punctuation kept
 *   in   "S LANGUAGE WPM BYTES\n" + text      out  "OK BYTES RATE_HZ\n" + s16le samples
 *   a failed request                          out  "ERR BYTES\n" + reason
 *
 * One request at a time. It ends when its input ends, or when a header can't be understood: the rest of the stream
 * could not be trusted.
 */
#include <espeak-ng/speak_lib.h>

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_TEXT_BYTES (64u << 10)
#define MAX_REPLY_BYTES (64u << 20)
#define MAX_LANGUAGE 32
#define TIE_BAR 0x0361
#define PHONEME_MODE (espeakPHONEMES_IPA | espeakPHONEMES_TIE | TIE_BAR << 8)

struct buffer {
    char *data;
    size_t len, cap;
    bool full; /* something did not fit */
};

struct request {
    char kind; /* 'P' or 'S' */
    char language[MAX_LANGUAGE];
    int words_per_minute;
    size_t len;
    char *text; /* NUL-terminated, no NUL inside */
};

static void add(struct buffer *b, const void *bytes, size_t len) {
    if (b->full || len > MAX_REPLY_BYTES - b->len) {
        b->full = true;
        return;
    }
    if (b->len + len + 1 > b->cap) {
        size_t cap = b->cap ? b->cap : 4096;
        while (cap < b->len + len + 1)
            cap *= 2;
        char *data = realloc(b->data, cap);
        if (!data) {
            b->full = true;
            return;
        }
        b->data = data;
        b->cap = cap;
    }
    memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
}

/* A space, unless the reply begins here or has one already. */
static void add_space(struct buffer *b) {
    if (b->len && b->data[b->len - 1] != ' ')
        add(b, " ", 1);
}

/* IPA of a stretch without punctuation. espeak marks a change of language with "(en)", which is no sound. */
static void add_phonemes(struct buffer *out, const char *text) {
    const void *rest = text;
    const size_t start = out->len;
    while (rest) {
        const void *before = rest;
        const char *ipa = espeak_TextToPhonemes(&rest, espeakCHARS_UTF8, PHONEME_MODE);
        bool flag = false, space = true;
        for (; ipa && *ipa; ipa++) {
            if (*ipa == '(' || *ipa == ')')
                flag = *ipa == '(';
            else if (*ipa == ' ' || *ipa == '\n')
                space = true;
            else if (!flag) {
                if (space && out->len > start)
                    add_space(out);
                space = false;
                add(out, ipa, 1);
            }
        }
        if (rest == before)
            break;
    }
}

static bool begins_word(unsigned char c) {
    return isalnum(c) || (c >= 0xC3 && c < 0xE2); /* ASCII and the letters of two bytes */
}

/* The length of the punctuation sign at `p`, or 0. A period, comma or colon inside a number or name is none. */
static size_t punctuation(const char *p) {
    static const char *const signs[] = {"¡", "¿", "—", "–", "…", "«", "»", "“", "”"};
    if (*p == '.' || *p == ',' || *p == ':')
        return begins_word((unsigned char)p[1]) ? 0 : 1;
    if (*p && strchr(";!?\"()", *p))
        return 1;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (strncmp(p, signs[i], strlen(signs[i])) == 0)
            return strlen(signs[i]);
    return 0;
}

/* One stretch between two signs; its spaces at the ends become one. */
static void add_stretch(struct buffer *out, char *text, size_t len) {
    text[len] = '\0';
    const size_t blank = strspn(text, " \t\r\n");
    if (blank)
        add_space(out);
    if (blank == len)
        return;
    add_phonemes(out, text + blank);
    if (strchr(" \t\r\n", text[len - 1]))
        add_space(out);
}

/* espeak reads one clause a call and eats the punctuation: here it gets the stretches between the signs. */
static void phonemize(char *text, struct buffer *out) {
    char sign[4];
    for (char *start = text, *p = text;;) {
        const size_t len = punctuation(p);
        const bool end = *p == '\0';
        if (!end && !len) {
            p++;
            continue;
        }
        memcpy(sign, p, len);
        add_stretch(out, start, (size_t)(p - start));
        if (end)
            return;
        add(out, sign, len);
        start = p += len;
    }
}

static int on_samples(short *samples, int count, espeak_EVENT *events) {
    struct buffer *out = events->user_data;
    if (samples && count > 0 && out)
        add(out, samples, (size_t)count * sizeof *samples);
    return out && out->full; /* 1 stops the synthesis */
}

static bool set_language(const char *language) {
    if (espeak_SetVoiceByName(language) == EE_OK)
        return true;
    espeak_VOICE voice = {.languages = language};
    return espeak_SetVoiceByProperties(&voice) == EE_OK;
}

/* Handles one request; returns the reason when it failed, else NULL. */
static const char *handle(const struct request *request, struct buffer *out) {
    if (!set_language(request->language))
        return "espeak-ng has no such voice or language";
    if (request->kind == 'P') {
        phonemize(request->text, out);
        return out->full ? "the phonemes are too long" : NULL;
    }
    espeak_SetParameter(espeakRATE, request->words_per_minute, 0);
    if (espeak_Synth(request->text, request->len + 1, 0, POS_CHARACTER, 0, espeakCHARS_UTF8, NULL, out) != EE_OK ||
        espeak_Synchronize() != EE_OK)
        return "espeak-ng could not speak it";
    return out->full ? "the speech is too long" : NULL;
}

/* Reads a request: 1, or 0 at the end of the input or when it makes no sense. */
static int receive(struct request *request) {
    char line[96];
    int used = 0;
    if (!fgets(line, sizeof line, stdin) || !strchr(line, '\n'))
        return 0;
    if (sscanf(line, "P %31[a-zA-Z0-9-] %zu%n", request->language, &request->len, &used) == 2 && line[used] == '\n')
        request->kind = 'P';
    else if (sscanf(line, "S %31[a-zA-Z0-9-] %d %zu%n", request->language, &request->words_per_minute, &request->len,
                    &used) == 3 &&
             line[used] == '\n')
        request->kind = 'S';
    else
        return 0;
    if (request->len > MAX_TEXT_BYTES || fread(request->text, 1, request->len, stdin) != request->len)
        return 0;
    request->text[request->len] = '\0';
    for (size_t i = 0; i < request->len; i++)
        if (request->text[i] == '\0')
            request->text[i] = ' ';
    return 1;
}

int main(void) {
    static char text[MAX_TEXT_BYTES + 1];
    struct request request = {.text = text};
    struct buffer out = {0};
    const int rate = espeak_Initialize(AUDIO_OUTPUT_SYNCHRONOUS, 0, NULL, espeakINITIALIZE_DONT_EXIT);
    if (rate <= 0)
        return 1;
    espeak_SetSynthCallback(on_samples);
    while (receive(&request)) {
        out.len = 0;
        out.full = false;
        const char *reason = handle(&request, &out);
        if (reason)
            printf("ERR %zu\n%s", strlen(reason), reason);
        else if (request.kind == 'P')
            printf("OK %zu\n", out.len);
        else
            printf("OK %zu %d\n", out.len, rate);
        if (!reason)
            fwrite(out.data, 1, out.len, stdout);
        if (fflush(stdout) != 0)
            break;
    }
    free(out.data);
    espeak_Terminate();
    return 0;
}
