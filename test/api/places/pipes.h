/* places/pipes.h: the rows of streams on pipes. Part of contract_places.c, which says what a row is. */

/* A pipe becomes two streams, which the loop closes. */
static int make_pipe_stream(int which, int (*connect_pipe)(int, coil_stream **))
{
    int both[2];
    coil_stream *stream;
    must(pipe(both) == 0, "pipe");
    close(both[!which]);
    int err = connect_pipe(both[which], &stream);
    if (err < 0)
        close(both[which]);
    else
        err = coil_stream_close(stream);
    return err;
}

STATUS(coil_connect_read_pipe, make_pipe_stream(0, coil_connect_read_pipe))
STATUS(coil_connect_write_pipe, make_pipe_stream(1, coil_connect_write_pipe))

static const struct row pipe_rows[] = {
    BARE(coil_connect_read_pipe),
    BARE(coil_connect_write_pipe),
    {NULL, NULL, 0, 0},
};
