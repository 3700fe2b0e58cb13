/* table: the brokers this program knows. To add one: its file, one line here. */
#include "engine/broker.h"

#include <string.h>

extern const struct broker broker_paper, broker_null, broker_alpaca;

const struct broker *const broker_table[] = {&broker_paper, &broker_null, &broker_alpaca, NULL};

const struct broker *broker_find(const char *name) {
    for (const struct broker *const *b = broker_table; *b != NULL; b++) {
        if (strcmp((*b)->name, name) == 0) return *b;
    }
    return NULL;
}
