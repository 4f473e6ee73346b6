/* Binding a taken address gives the system's error. */
#include <stdio.h>

#include <coil.h>

static int handle(coil_stream *s, void *arg)
{
    (void)arg;
    return coil_stream_close(s);
}

COIL_ASYNC(hello)
{
    coil_server *a, *b;
    int err = coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &a);
    if (err < 0)
        return err;
    err = coil_start_server("127.0.0.1", coil_server_port(a), handle, NULL, NULL, &b);
    if (err < 0)
        printf("OSError %s\n", coil_error_name(err));
    else
        coil_server_free(b);
    coil_server_free(a);
    return 0;
}

COIL_MAIN(hello())
