/*
 * lang: the two languages people read. Texts stand side by side where they are
 * used, so neither can be forgotten: tr(lang, "English", "Français").
 */
#ifndef MIA_BASE_LANG_H
#define MIA_BASE_LANG_H

enum lang { LANG_EN, LANG_FR, LANG_COUNT };

/* The text in that language. Both are formats with the same arguments where one is a format. */
static inline const char *tr(enum lang lang, const char *en, const char *fr)
    __attribute__((format_arg(2), format_arg(3)));
static inline const char *tr(enum lang lang, const char *en, const char *fr) {
    return lang == LANG_FR ? fr : en;
}

/* "fr", "fr-CA", "fr_FR.UTF-8" -> LANG_FR; anything else, or NULL, -> LANG_EN. */
enum lang lang_from_tag(const char *tag);
const char *lang_tag(enum lang lang); /* "en" | "fr" */

#endif
