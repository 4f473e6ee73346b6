/* bench/serve.h: what Coil's servers do once they listen: say the port, and serve until SIGTERM. */
#ifndef BENCH_SERVE_H
#define BENCH_SERVE_H

#include <signal.h>

#include "bench.h"
#include "coil.h"

static inline int serve_stop(void *event)
{
    coil_event_set(event);
    return 0;
}

/* Takes the server, and frees it. */
static inline int serve_until_stopped(coil_server *server)
{
    coil_event stopped;
    coil_event_init(&stopped);
    int err = coil_add_signal_handler(SIGTERM, serve_stop, &stopped);
    if (err >= 0) {
        printf("%d\n", coil_server_port(server));
        fflush(stdout);
        err = coil_event_wait(&stopped);
    }
    coil_server_free(server);
    return err;
}

#endif
