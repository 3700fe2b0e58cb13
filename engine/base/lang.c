/*
 * lang: from a locale tag to one of the two languages. Owns nothing. The texts
 * themselves stand where they are used (see tr() in the header), never here.
 */
#include "engine/base/lang.h"

#include <stddef.h>

static const char *const tags[] = {[LANG_EN] = "en", [LANG_FR] = "fr"};
_Static_assert(sizeof tags / sizeof tags[0] == LANG_COUNT, "a tag for every language");

enum lang lang_from_tag(const char *tag) {
    if (tag == NULL || (tag[0] | 0x20) != 'f' || (tag[1] | 0x20) != 'r') return LANG_EN;
    /* "fr" alone or followed by a separator; "fro" and "frr" are other languages. */
    return tag[2] == '\0' || tag[2] == '-' || tag[2] == '_' || tag[2] == '.' || tag[2] == '@' ? LANG_FR : LANG_EN;
}

const char *lang_tag(enum lang lang) {
    return lang == LANG_FR ? tags[LANG_FR] : tags[LANG_EN];
}
