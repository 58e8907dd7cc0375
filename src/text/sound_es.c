/* SPDX-License-Identifier: Apache-2.0 */
#include "text/sound_es.h"

/* The sound of the letters at `p`, and how many they are; 0: none. */
static char sound(const char *p, bool loose, size_t *taken) {
    const bool soft = p[1] == 'e' || p[1] == 'i', soft_u = p[1] == 'u' && (p[2] == 'e' || p[2] == 'i');
    *taken = 1;
    switch (p[0]) {
    case 'h':
        return 0;
    case 'v':
        return 'b';
    case 'c':
        *taken = p[1] == 'h' ? 2 : 1;
        return p[1] == 'h' ? 'C' : !soft ? 'k' : loose ? 's' : 'z';
    case 'z':
        return loose ? 's' : 'z';
    case 'q':
        *taken = soft_u ? 2 : 1;
        return 'k';
    case 'g':
        *taken = soft_u ? 2 : 1;
        return soft ? 'j' : 'g';
    case 'l':
        *taken = p[1] == 'l' ? 2 : 1;
        return p[1] == 'l' ? 'y' : 'l';
    case 'r':
        *taken = loose && p[1] == 'r' ? 2 : 1;
        return 'r';
    case 'm':
        return p[1] == 'b' || p[1] == 'p' || p[1] == 'v' ? 'n' : 'm';
    case 'y':
        return p[1] ? 'y' : 'i';
    default:
        return p[0];
    }
}

void sr_sound_es(const char *folded, bool loose, struct sr_str *out) {
    for (size_t taken; *folded; folded += taken) {
        const char c = sound(folded, loose, &taken);
        if (c)
            sr_str_addc(out, c);
    }
}
