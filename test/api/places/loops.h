/* places/loops.h: the rows of several loops, and of connections that move. Part of contract_places.c. */

static struct {
    coil_packed_stream *packed; /* of a pair whose other end is spare */
    int spare;
    coil_handle *drain;
} m;

static void prepare_loops(void)
{
    int fds[2];
    coil_stream *stream;
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0, "socketpair");
    must(coil_stream_from_fd(fds[0], &stream) == 0, "coil_stream_from_fd");
    must(coil_stream_pack(stream, &m.packed) == 0, "coil_stream_pack");
    m.spare = fds[1];
}

static void give_back_loops(void)
{
    coil_packed_stream_free(m.packed);
    close(m.spare);
}

/* Reads what the stream n.stream sends, again and again. */
static int drain(void *arg)
{
    char buf[4096];
    while (recv(n.peer, buf, sizeof buf, MSG_DONTWAIT) > 0)
        continue;
    m.drain = coil_handle_ref(coil_call_later(0.001, drain, arg));
    return 0;
}

/* With so much to be written first that it has to wait. */
static int leave(int move)
{
    static char much[1 << 20];
    bool filled = coil_current_task() && coil_stream_write(n.stream, much, sizeof much) == 0;
    if (filled)
        m.drain = coil_handle_ref(coil_call_later(0.001, drain, NULL));
    coil_packed_stream *packed = NULL;
    int err = move ? coil_stream_move(n.stream, a.loop, serve, NULL)
                   : coil_stream_pack(n.stream, &packed);
    if (filled) {
        coil_handle_cancel(m.drain);
        coil_handle_unref(m.drain);
        coil_stream_abort(n.stream);
    }
    coil_packed_stream_free(packed);
    return err;
}

static int unpack(void)
{
    coil_stream *stream;
    int err = coil_stream_unpack(m.packed, &stream);
    if (err < 0)
        return err;
    m.packed = NULL;
    return coil_stream_close(stream);
}

static enum outcome call_coil_run_threads_n(void)
{
    coil_call calls[2] = {COIL_CALL(moment()), COIL_CALL(moment())};
    return of_status(coil_run_threads_n(calls, 2, NULL, NULL));
}

STATUS(coil_run_threads, coil_run_threads(2, moment()))
STATUS(coil_run_threads_with, coil_run_threads_with(2, moment(), NULL))
STATUS(coil_cancel_threads, coil_cancel_threads())
STATUS(coil_thread_index, coil_thread_index())
STATUS(coil_thread_count, coil_thread_count())
NOTHING(coil_thread_loop, coil_thread_loop(0)) /* there is none: no place is a thread of a team */
STATUS(coil_to_loop, coil_to_loop(a.loop, moment()))
STATUS(coil_spawn_threadsafe, coil_spawn_threadsafe(a.loop, moment()))
STATUS(coil_stream_move, leave(1))
STATUS(coil_stream_pack, leave(0))
STATUS(coil_stream_unpack, unpack())
NOTHING(coil_packed_stream_free, coil_packed_stream_free(NULL))

/* ---------------------------------------------------------------- the table ---- */

static const struct row loops_rows[] = {
    BARE(coil_run_threads),
    BARE(coil_run_threads_with),
    BARE(coil_run_threads_n),
    BARE(coil_cancel_threads),
    BARE(coil_thread_index),
    BARE(coil_thread_count),
    BARE(coil_thread_loop),
    SUSPENDS(coil_to_loop),
    OBJECT(coil_spawn_threadsafe),
    SUSPENDS_OBJECT(coil_stream_move),
    SUSPENDS_OBJECT(coil_stream_pack),
    BARE(coil_stream_unpack),
    BARE(coil_packed_stream_free),
    {NULL, NULL, 0, 0},
};
