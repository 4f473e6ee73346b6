/* Streams are read by lines, also over a Unix socket; writelines sends many chunks. */
#include <stdlib.h>
#include <unistd.h>

#include <coil.h>

#include "streams/bytes.h"

static int handle(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    int err;
    (void)arg;
    while ((err = coil_stream_readline(s, &line, &n)) > 0) {
        printf("server line ");
        print_bytes(line, n);
        printf("\n");
    }
    if (err < 0)
        return err;
    printf("server EOF\n");
    err = coil_stream_write(s, "bye", 3);
    return err < 0 ? err : coil_stream_close(s);
}

COIL_ASYNC(talk, (coil_stream *, s))
{
    const struct iovec pieces[] = {
        {(void *)"a\nb", 3},
        {(void *)"b\n", 2},
        {(void *)"tail", 4},
    };
    const char *answer;
    size_t n;
    int err = coil_stream_writelines(s, pieces, 3);
    if (err >= 0)
        err = coil_stream_write_eof(s);
    if (err >= 0)
        err = coil_stream_read_all(s, &answer, &n);
    if (err < 0)
        return err;
    printf("client got ");
    print_bytes(answer, n);
    printf("\n");
    return coil_stream_close(s);
}

COIL_ASYNC(hello, (const char *, path))
{
    coil_server *server;
    coil_stream *s;
    int err = coil_start_unix_server(path, handle, NULL, NULL, &server);
    if (err < 0)
        return err;
    err = coil_open_unix_connection(path, &s);
    if (err >= 0)
        err = talk(s);
    coil_server_close(server);
    if (err >= 0)
        err = coil_server_wait_closed(server);
    coil_server_free(server);
    return err;
}

COIL_ASYNC(in_a_directory)
{
    char dir[] = "/tmp/coil-unix-XXXXXX", path[64];
    if (!mkdtemp(dir))
        return -errno;
    snprintf(path, sizeof path, "%s/s", dir);
    int err = hello(path);
    rmdir(dir);
    return err;
}

COIL_MAIN(in_a_directory())
