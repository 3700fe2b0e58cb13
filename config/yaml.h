/*
 * yaml: a YAML file as a flat list of dotted keys. The only user of libyaml. Anchors,
 * aliases, tags and several documents are refused; size, depth and key length are
 * capped. "a: {b: 1}" and "a.b: 1" are the same setting.
 */
#ifndef MIA_CONFIG_YAML_H
#define MIA_CONFIG_YAML_H

#include "config/conf.h"

enum yaml_kind { YAML_VALUE, YAML_MAP, YAML_LIST };

struct yaml_item {
    enum yaml_kind kind;
    const char *key;   /* "feed.files[0].path"; "" for the whole file */
    const char *value; /* YAML_VALUE */
    bool empty;        /* YAML_VALUE: nothing, ~ or null without quotes */
    int line;
};

/* Calls item for every map, list and value in the order of the file, an enclosing one before what it holds; false skips
 * what it holds. Problems of the text itself go to errs; what comes after a syntax error is not seen. */
void yaml_read(const char *bytes, size_t n, const char *file, bool (*item)(void *arg, const struct yaml_item *it),
               void *arg, struct conf_errors *errs);

#endif
