/* Cancelling serve_forever closes the server. */
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    (void)arg;
    return coil_stream_close(s);
}

COIL_ASYNC(serve, (coil_server *, server))
{
    int err = coil_server_serve_forever(server);
    if (err == -ECANCELED)
        printf("serve_forever CancelledError, serving %d\n", coil_server_is_serving(server));
    return err;
}

COIL_ASYNC(hello)
{
    coil_server *server;
    int n_done;
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    coil_task *t = coil_create_task(serve(server));
    err = coil_sleep(0.02);
    printf("serving %d\n", coil_server_is_serving(server));
    coil_task_cancel(t);
    if (err >= 0)
        err = coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n_done);
    printf("cancelled %d\n", coil_task_cancelled(t));
    coil_ignore(coil_await(t));
    coil_server_free(server);
    return err;
}

COIL_MAIN(hello())
