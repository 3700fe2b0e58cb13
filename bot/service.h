/*
 * service: what the supervisor is told (systemd's Type=notify): ready, stopping, a line of
 * status, and that the loop still turns. One datagram each to $NOTIFY_SOCKET; without it
 * nothing happens. It never blocks and never fails: a supervisor that is gone is no reason to stop.
 */
#ifndef MIA_BOT_SERVICE_H
#define MIA_BOT_SERVICE_H

#include "engine/net/loop.h"

struct service;
struct service *service_new(struct loop *l); /* never NULL; takes the variables out of the environment */
void service_free(struct service *s);        /* s may be NULL */
void service_ready(struct service *s,
                   const char *status); /* also starts the watchdog's sign of life, where one is asked for */
void service_stopping(struct service *s, const char *status);

#endif
