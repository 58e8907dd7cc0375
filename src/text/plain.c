/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each reader looks at the text that is held and says how much of it is its own: 0 none, MORE that it takes more text
 * to know. What no reader claims is given on, a character at a time.
 */
#include "text/plain.h"

#include <string.h>

#include "base/utf8.h"

#define MORE ((size_t)-1)
#define MARK_MAX 1024 /* a link or tag that is longer is none */

struct at {
    struct sr_plain *plain;
    struct sr_str *out;
    const char *p, *end;
    bool whole; /* nothing follows */
};

void sr_plain_deinit(struct sr_plain *plain) {
    sr_str_deinit(&plain->held);
    *plain = (struct sr_plain){0};
}

/* ------------------------------------------------------------------------------------------------------ giving -- */

static bool is_closing(uint32_t cp) {
    return cp && cp < 128 && strchr(".,;:!?)", (int)cp);
}

static void give(const struct at *at, uint32_t cp) {
    struct sr_plain *plain = at->plain;
    if (sr_utf8_is_space(cp)) {
        plain->space = true;
        return;
    }
    if (plain->comma && plain->last && !is_closing(cp) && !is_closing(plain->last))
        sr_str_addc(at->out, ',');
    if (plain->space && plain->last && !is_closing(cp))
        sr_str_addc(at->out, ' ');
    plain->space = plain->comma = false;
    plain->last = cp;
    sr_utf8_add(at->out, cp);
}

/* A sentence ends here, if one was begun. */
static void end_sentence(const struct at *at) {
    const uint32_t last = at->plain->last;
    if (last && (last >= 128 || !strchr(".,;:!?", (int)last)) && last != 0x2026)
        give(at, '.');
    at->plain->space = true;
}

/* ----------------------------------------------------------------------------------------------------- looking -- */

static char byte(const struct at *at, size_t i) {
    return (size_t)(at->end - at->p) > i ? at->p[i] : '\0';
}

static size_t left(const struct at *at) {
    return (size_t)(at->end - at->p);
}

static size_t run_of(const struct at *at, char c) {
    size_t run = 0;
    while (run < left(at) && at->p[run] == c)
        run++;
    return run;
}

/* `text` begins here; MORE: it may. */
static size_t begins(const struct at *at, const char *text) {
    const size_t len = strlen(text), n = left(at) < len ? left(at) : len;
    if (memcmp(at->p, text, n) != 0)
        return 0;
    return n == len ? len : at->whole ? 0 : MORE;
}

/* How far it is to the `close` of the `open` before `from`, on this line; 0: there is none, MORE: there may be. */
static size_t until(const struct at *at, size_t from, char open, char close) {
    int depth = 1;
    for (size_t i = from; i < left(at) && i < MARK_MAX; i++) {
        depth += at->p[i] == open ? 1 : at->p[i] == close ? -1 : 0;
        if (!depth)
            return i;
        if (at->p[i] == '\n')
            return 0;
    }
    return at->whole || left(at) >= MARK_MAX ? 0 : MORE;
}

static bool is_word(uint32_t cp) {
    return cp && (sr_utf8_is_letter(cp) || sr_utf8_is_digit(cp));
}

/* The character behind `len` bytes; 0 at the end. */
static uint32_t behind(const struct at *at, size_t len) {
    const char *p = at->p + len;
    return p < at->end ? sr_utf8_next(&p, at->end) : 0;
}

static bool is_emoji(uint32_t cp) {
    return (cp >= 0x1F000 && cp <= 0x1FBFF) || (cp >= 0x2600 && cp <= 0x27BF) || (cp >= 0x2B00 && cp <= 0x2BFF) ||
           (cp >= 0x2190 && cp <= 0x21FF) || (cp >= 0x2300 && cp <= 0x23FF) || (cp >= 0x25A0 && cp <= 0x25FF) ||
           (cp >= 0xFE00 && cp <= 0xFE0F) || cp == 0x200D || cp == 0x20E3 || (cp >= 0xE0000 && cp <= 0xE007F);
}

/* ------------------------------------------------------------------------------------------- beginning of a line -- */

static size_t read_fence(const struct at *at) {
    static const char *const fences[] = {"```", "~~~"};
    for (int i = 0; i < 2; i++) {
        const size_t len = begins(at, fences[i]);
        if (len == MORE)
            return MORE;
        if (len) {
            at->plain->skip = fences[i];
            return len;
        }
    }
    return 0;
}

/* "---" alone in its line */
static size_t read_rule(const struct at *at) {
    const char c = byte(at, 0);
    const size_t run = c && strchr("-*_=", c) ? run_of(at, c) : 0;
    if (!run)
        return 0;
    if (run == left(at) && !at->whole)
        return MORE;
    return run >= 3 && (run == left(at) || at->p[run] == '\n') ? run : 0;
}

/* "- ", "12. " */
static size_t read_bullet(const struct at *at) {
    static const char *const bullets[] = {"-", "*", "+", "•", "◦", "▪", "–", "·"};
    size_t len = 0;
    for (size_t i = 0; !len && i < sizeof bullets / sizeof *bullets; i++)
        len = begins(at, bullets[i]);
    if (!len) {
        while (len < 3 && byte(at, len) >= '0' && byte(at, len) <= '9')
            len++;
        if (len && len == left(at) && !at->whole)
            return MORE;
        len = len && (byte(at, len) == '.' || byte(at, len) == ')') ? len + 1 : 0;
    }
    if (!len || len == MORE)
        return len;
    if (len == left(at))
        return at->whole ? 0 : MORE;
    return at->p[len] == ' ' || at->p[len] == '\t' ? len + 1 : 0;
}

static size_t read_heading(const struct at *at) {
    const size_t run = run_of(at, '#');
    if (!run || run > 6)
        return 0;
    if (run == left(at))
        return at->whole ? run : MORE;
    return at->p[run] == ' ' ? run + 1 : 0;
}

static size_t read_line_start(const struct at *at) {
    struct sr_plain *plain = at->plain;
    const char c = byte(at, 0);
    size_t len;
    if (c == ' ' || c == '\t' || c == '\r' || c == '>')
        return 1;
    if (c == '\n') {
        end_sentence(at);
        return 1;
    }
    if ((len = read_fence(at)) || (len = read_rule(at)))
        return len;
    if ((len = read_bullet(at)) || (len = read_heading(at))) {
        if (len != MORE) {
            end_sentence(at);
            plain->item = plain->in_line = true;
        }
        return len;
    }
    if (c == '|') {
        plain->row = plain->item = plain->in_line = true;
        return 1;
    }
    return 0;
}

/* ----------------------------------------------------------------------------------------------- within the line -- */

/* Emphasis goes; a sign of multiplication stays. */
static size_t read_star(const struct at *at) {
    const size_t run = run_of(at, '*');
    if (!run)
        return 0;
    if (run == left(at) && !at->whole)
        return MORE;
    const uint32_t next = behind(at, run), last = at->plain->space ? ' ' : at->plain->last;
    if (run == 1 && ((last == ' ' && next == ' ') || (sr_utf8_is_digit(last) && sr_utf8_is_digit(next))))
        give(at, '*');
    return run;
}

static size_t read_underscore(const struct at *at) {
    const size_t run = run_of(at, '_');
    if (!run)
        return 0;
    if (run == left(at) && !at->whole)
        return MORE;
    if (!at->plain->space && is_word(at->plain->last) && is_word(behind(at, run)))
        give(at, ' ');
    return run;
}

static size_t read_tick(const struct at *at) {
    const size_t run = run_of(at, '`');
    if (run && run < 3 && run == left(at) && !at->whole)
        return MORE;
    if (run >= 3)
        at->plain->skip = "```";
    return run < 3 ? run : 3;
}

static size_t read_strike(const struct at *at) {
    return begins(at, "~~");
}

static size_t read_backslash(const struct at *at) {
    if (byte(at, 0) != '\\')
        return 0;
    if (left(at) == 1)
        return at->whole ? 1 : MORE;
    return strchr("*_`#~[]|\\<>(){}", at->p[1]) ? 2 : 1;
}

/* The name of the site at [p, end), and the sign behind the address. */
static void give_site(const struct at *at, const char *p, const char *end) {
    const char *scheme = memchr(p, ':', (size_t)(end - p));
    const char *last = end;
    if (scheme && end - scheme > 3 && memcmp(scheme, "://", 3) == 0)
        p = scheme + 3;
    if (end - p > 4 && memcmp(p, "www.", 4) == 0)
        p += 4;
    while (last > p && strchr(".,;:!?)'\"*_>", last[-1]))
        last--;
    const char *site_end = p;
    while (site_end < last && !strchr("/?#:`*[]()<>\"", *site_end))
        site_end++;
    while (p < site_end)
        give(at, sr_utf8_next(&p, site_end));
    for (; last < end; last++)
        if (is_closing((unsigned char)*last) && *last != ')')
            give(at, (unsigned char)*last);
}

static size_t read_address(const struct at *at) {
    static const char *const starts[] = {"https://", "http://", "www."};
    size_t len = 0;
    if (!at->plain->space && is_word(at->plain->last))
        return 0;
    for (int i = 0; !len && i < 3; i++)
        len = begins(at, starts[i]);
    if (!len || len == MORE)
        return len;
    size_t end = len;
    while (end < left(at) && end < MARK_MAX && !strchr(" \t\r\n|", at->p[end]))
        end++;
    if (end == left(at) && end < MARK_MAX && !at->whole)
        return MORE;
    give_site(at, at->p, at->p + end);
    return end;
}

/* "[text](address)" gives its text; "[1]" is a note that nobody hears. */
static size_t read_bracket(const struct at *at) {
    if (byte(at, 0) == '!') {
        if (left(at) == 1)
            return at->whole ? 0 : MORE;
        return at->p[1] == '[' ? 1 : 0;
    }
    if (byte(at, 0) == '[') {
        size_t i = 1;
        while (byte(at, i) >= '0' && byte(at, i) <= '9' && i < 4)
            i++;
        if (i == left(at) && !at->whole)
            return MORE;
        return i > 1 && byte(at, i) == ']' ? i + 1 : 1;
    }
    if (byte(at, 0) != ']')
        return 0;
    if (left(at) == 1)
        return at->whole ? 1 : MORE;
    const size_t end = at->p[1] == '(' ? until(at, 2, '(', ')') : 0;
    return end == MORE ? MORE : end ? end + 1 : 1;
}

static size_t read_tag(const struct at *at) {
    if (byte(at, 0) != '<')
        return 0;
    if (left(at) == 1)
        return at->whole ? 0 : MORE;
    if (!sr_utf8_is_letter((unsigned char)at->p[1]) && !strchr("/|!", at->p[1]))
        return 0;
    const size_t end = until(at, 1, '\0', '>');
    if (!end || end == MORE)
        return end;
    if (strncmp(at->p, "<think>", 7) == 0)
        at->plain->skip = "</think>";
    else if (strncmp(at->p, "<http", 5) == 0)
        give_site(at, at->p + 1, at->p + end);
    return end + 1;
}

static size_t read_hash(const struct at *at) {
    if (byte(at, 0) != '#' || (!at->plain->space && is_word(at->plain->last)))
        return 0;
    if (left(at) == 1)
        return at->whole ? 1 : MORE;
    return is_word(behind(at, 1)) ? 1 : 0;
}

/* Between two cells; the lines below a heading row are none. */
static size_t read_cell(const struct at *at) {
    const char c = byte(at, 0);
    if (!at->plain->row || !c)
        return 0;
    if (c == '|') {
        at->plain->space = at->plain->comma = true;
        return 1;
    }
    const size_t run = c == '-' || c == ':' ? strspn(at->p, "-:") : 0;
    if (run == left(at) && !at->whole)
        return run ? MORE : 0;
    return run >= 2 ? run : 0;
}

static size_t read_emoji(const struct at *at) {
    const char *p = at->p;
    const uint32_t cp = sr_utf8_next(&p, at->end);
    if (!is_emoji(cp))
        return 0;
    at->plain->space = true;
    return (size_t)(p - at->p);
}

static size_t read_newline(const struct at *at) {
    struct sr_plain *plain = at->plain;
    if (byte(at, 0) != '\n')
        return 0;
    if (plain->item)
        end_sentence(at);
    plain->item = plain->row = plain->in_line = false;
    plain->space = true;
    return 1;
}

static size_t read_inline(const struct at *at) {
    static size_t (*const readers[])(const struct at *) = {read_newline, read_tick, read_star,      read_underscore,
                                                           read_strike,  read_cell, read_backslash, read_address,
                                                           read_bracket, read_tag,  read_hash,      read_emoji};
    size_t len = 0;
    for (size_t i = 0; !len && i < sizeof readers / sizeof *readers; i++)
        len = readers[i](at);
    return len;
}

/* ----------------------------------------------------------------------------------------------------- reading -- */

/* What nobody hears: all up to `skip`, or up to where it may begin. */
static size_t read_skipped(const struct at *at) {
    struct sr_plain *plain = at->plain;
    const size_t len = strlen(plain->skip);
    const char *found = memmem(at->p, left(at), plain->skip, len);
    if (found) {
        plain->skip = NULL;
        plain->space = plain->in_line = true;
        return (size_t)(found - at->p) + len;
    }
    return at->whole ? left(at) : left(at) >= len ? left(at) - len + 1 : MORE;
}

static size_t read_here(const struct at *at) {
    struct sr_plain *plain = at->plain;
    if (plain->skip)
        return read_skipped(at);
    size_t len = plain->in_line ? 0 : read_line_start(at);
    if (len)
        return len;
    if ((len = read_inline(at)) == 0) {
        const char *p = at->p;
        give(at, sr_utf8_next(&p, at->end));
        len = (size_t)(p - at->p);
    }
    if (len != MORE && at->p[0] != '\n')
        plain->in_line = true;
    return len;
}

int sr_plain_feed(struct sr_plain *plain, const char *text, size_t len, bool end, struct sr_str *out) {
    sr_str_add(&plain->held, text, len);
    if (!plain->held.data)
        return SARAI_ENOMEM;
    struct at at = {
        .plain = plain, .out = out, .p = plain->held.data, .end = plain->held.data + plain->held.len, .whole = end};
    while (at.p < at.end && (len = read_here(&at)) != MORE)
        at.p += len;
    sr_str_shift(&plain->held, (size_t)(at.p - plain->held.data));
    const bool failed = plain->held.failed || out->failed;
    if (end) {
        if (plain->item)
            end_sentence(&at);
        sr_plain_deinit(plain);
    }
    return failed ? SARAI_ENOMEM : SARAI_OK;
}
