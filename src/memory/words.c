/* SPDX-License-Identifier: Apache-2.0 */
/* Content words and how much of a question a text covers. */
#include "memory/memory.h"

#include <string.h>

#include "base/utf8.h"

/* Folded words that carry no topic: articles, prepositions, pronouns, and the words that questions are made of. */
static const char small_words[] =
    " a al algo algun alguna ante aqui asi aun bajo bien cada como con contra cual cuales cuando cuanta cuantas cuanto "
    "cuantos cuenta cuentame da dame de del desde di dice dime donde durante e el ella ellas ellos en entonces entre "
    "era "
    "eran eres es esa ese eso esta estan estar estas este esto estos explica explicame explicas fue fueron ha habla "
    "hablame hace hacen hacia han hasta hay he la las le les lo los llama llaman mas me mi mis muy nada ni no nos "
    "o oye para pero podrias por porque puede puedes pues que quien quienes quiero saber sabes se sea ser si sin sobre "
    "son soy su sus tal tambien tan te ti tiene tienen todo todos tu tus un una unas uno unos va vamos y ya yo "
    " about an and are can did do does explain from give how in is it me of on or please tell that the there this to "
    "was "
    "were what when where which who why with you your ";

static bool is_small(const char *word, size_t len) {
    if (len < 2)
        return true;
    char padded[40];
    if (len + 3 > sizeof padded)
        return false;
    padded[0] = ' ';
    memcpy(padded + 1, word, len);
    padded[len + 1] = ' ';
    padded[len + 2] = '\0';
    return strstr(small_words, padded) != NULL;
}

/* Without the endings of number and gender, as long as a stem is left. */
static size_t stem(const char *word, size_t len) {
    if (len > 4 && word[len - 1] == 's')
        len--;
    if (len > 4 && strchr("aeo", word[len - 1]))
        len--;
    return len;
}

size_t sr_memory_word(const char **p, const char **word) {
    for (;;) {
        while (**p == ' ')
            ++*p;
        const size_t len = strcspn(*p, " ");
        if (!len)
            return 0;
        *word = *p;
        *p += len;
        if (!is_small(*word, len))
            return stem(*word, len);
    }
}

/* Does a word of the folded `text` begin with the stem? */
static bool holds(const char *text, const char *word, size_t len) {
    for (const char *p = text; (p = strstr(p, " ")); p++)
        if (strncmp(p + 1, word, len) == 0)
            return true;
    return false;
}

double sr_memory_cover(const char *question, const char *text) {
    struct sr_str folded = {0}, haystack = {0};
    unsigned total = 0, found = 0;
    sr_utf8_fold(question, strlen(question), &folded);
    sr_str_addc(&haystack, ' ');
    sr_utf8_fold(text, strlen(text), &haystack);
    if (!folded.failed && !haystack.failed) {
        const char *p = folded.data, *word;
        size_t len;
        while ((len = sr_memory_word(&p, &word))) {
            total++;
            found += holds(haystack.data, word, len);
        }
    }
    sr_str_deinit(&folded);
    sr_str_deinit(&haystack);
    return total ? (double)found / total : 0;
}
