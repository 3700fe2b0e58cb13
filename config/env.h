/*
 * env: a `.env` file. NAME=VALUE a line, `export ` allowed, # comments; 'single' quotes
 * keep everything, "double" quotes know \n \t \" \\ \$; nothing is expanded. Errors
 * never show a value.
 */
#ifndef MIA_CONFIG_ENV_H
#define MIA_CONFIG_ENV_H

#include "config/conf.h"

#define ENV_FILE_MAX (64u << 10)
#define ENV_NAME_MAX 64

/* Calls fn for every variable that has a value, in the order of the file. */
void env_read(const char *bytes, size_t n, const char *file,
              void (*fn)(void *arg, const char *name, const char *value, int line), void *arg,
              struct conf_errors *errs);

#endif
