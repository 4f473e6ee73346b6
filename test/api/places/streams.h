/* places/streams.h: the rows of addresses, streams, servers, readers fed by hand, process pools and shared bytes.
 *
 * Part of contract_places.c, which says what a row is. `n` holds the objects of a call, made by the conductor: a stream
 * with its peer, a reader, a server on TCP and one on a Unix socket.
 */

static struct {
    coil_stream *stream;
    int peer;
    coil_stream_reader *reader;
    coil_server *server, *unix_server;
    int port;
} n;

static char socket_path[sizeof path + 4];

static COIL_ASYNC(serve, (coil_stream *, stream), (void *, arg))
{
    (void)stream, (void)arg;
    return 0;
}

static void prepare_streams(void)
{
    make_pair();
    n.peer = pair[1];
    snprintf(socket_path, sizeof socket_path, "%s.s", path);
    must(coil_stream_from_fd(pair[0], &n.stream) == 0, "coil_stream_from_fd");
    must(coil_stream_reader_new(0, &n.reader) == 0, "coil_stream_reader_new");
    must(coil_stream_reader_feed_data(n.reader, "", 0) == 0, "using a reader"); /* it is A's now */
    must(coil_start_server("127.0.0.1", 0, serve, NULL, NULL, &n.server) == 0, "coil_start_server");
    must(coil_start_unix_server(socket_path, serve, NULL, NULL, &n.unix_server) == 0,
         "a Unix server");
    n.port = coil_server_port(n.server);
}

static void give_back_streams(void)
{
    coil_server_free(n.server);
    coil_server_free(n.unix_server);
    coil_stream_close(n.stream);
    coil_ignore(coil_stream_wait_closed(n.stream));
    coil_stream_reader_free(n.reader);
    close(n.peer);
}

/* Gives every read what it waits for: a line, and then the end. */
static int supply(void *arg)
{
    (void)arg;
    must(write(n.peer, "ab\n", 3) == 3, "write");
    shutdown(n.peer, SHUT_WR);
    coil_stream_reader_feed_data(n.reader, "ab\n", 3);
    coil_stream_reader_feed_eof(n.reader);
    return 0;
}

static int close_server(void *arg)
{
    (void)arg;
    return coil_server_close(n.server);
}

static const char *found;
static size_t found_size;
static char three[3];
static const char *const line_ends[] = {"\n", "\r\n"};
static coil_address address;

/* ---- addresses ---- */

static int look_up(void)
{
    coil_addresses *addresses;
    int err = coil_getaddrinfo("localhost", 80, AF_INET, &addresses);
    if (err >= 0)
        coil_addresses_free(addresses);
    return err;
}

STATUS(coil_getaddrinfo, look_up())
NOTHING(coil_addresses_free, coil_addresses_free(NULL))
STATUS(coil_address_format, coil_address_format(&address, three, sizeof three))
STATUS(coil_address_host, coil_address_host(&address, three, sizeof three))
STATUS(coil_address_port, coil_address_port(&address))

/* ---- opening ---- */

static int end_stream(int err, coil_stream *stream)
{
    if (err >= 0)
        coil_stream_close(stream);
    return err;
}

static int connect_tcp(void)
{
    coil_stream *stream;
    int err = coil_open_connection("127.0.0.1", n.port, &stream);
    return end_stream(err, stream);
}

static int connect_unix(void)
{
    coil_stream *stream;
    int err = coil_open_unix_connection(socket_path, &stream);
    return end_stream(err, stream);
}

static int adopt_fd(void)
{
    coil_stream *stream;
    int both[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) == 0, "socketpair");
    int err = coil_stream_from_fd(both[0], &stream);
    close(both[1]);
    if (err < 0)
        close(both[0]);
    return end_stream(err, stream);
}

static int no_recv(coil_transport *t, void *buf, size_t size)
{
    (void)t, (void)buf, (void)size;
    return 0;
}

static int no_send(coil_transport *t, const void *buf, size_t size)
{
    (void)t, (void)buf;
    return (int)size;
}

static int no_close(coil_transport *t, int aborted)
{
    (void)t, (void)aborted;
    return 0;
}

static int open_on_transport(void)
{
    static const coil_transport_ops ops = {.recv = no_recv, .send = no_send, .close = no_close};
    static coil_transport transport = {&ops};
    coil_stream *stream;
    int err = coil_stream_open(&transport, &stream);
    return end_stream(err, stream);
}

/* The stream below goes on its own way: it is closed at once. */
static int interpose(void)
{
    static const coil_transport_ops ops = {.recv = no_recv, .send = no_send, .close = no_close};
    static coil_transport transport = {&ops};
    coil_stream *below;
    int err = coil_stream_interpose(n.stream, &transport, &below);
    return end_stream(err, below);
}

static int transport_of(void)
{
    coil_transport *transport;
    int err = coil_stream_transport(n.stream, &transport);
    return err == -ENOENT ? 0 : err;
}

STATUS(coil_open_connection, connect_tcp())
STATUS(coil_open_unix_connection, connect_unix())
STATUS(coil_stream_from_fd, adopt_fd())
STATUS(coil_stream_open, open_on_transport())

/* ---- streams ---- */

STATUS(coil_stream_read, AFTER(supply, coil_stream_read(n.stream, three, 3)))
STATUS(coil_stream_readexactly, AFTER(supply, coil_stream_readexactly(n.stream, three, 3)))
STATUS(coil_stream_readline, AFTER(supply, coil_stream_readline(n.stream, &found, &found_size)))
STATUS(coil_stream_readany, AFTER(supply, coil_stream_readany(n.stream, &found, &found_size)))
STATUS(coil_stream_readuntil,
       AFTER(supply, coil_stream_readuntil(n.stream, "\n", 1, &found, &found_size)))
STATUS(coil_stream_readuntil_any,
       AFTER(supply, coil_stream_readuntil_any(n.stream, line_ends, 2, &found, &found_size)))
STATUS(coil_stream_read_all, AFTER(supply, coil_stream_read_all(n.stream, &found, &found_size)))
STATUS(coil_stream_partial, coil_stream_partial(n.stream, NULL))
STATUS(coil_stream_at_eof, coil_stream_at_eof(n.stream))
STATUS(coil_stream_set_limit, coil_stream_set_limit(n.stream, 100))
STATUS(coil_stream_send, coil_stream_send(n.stream, "x", 1))
STATUS(coil_stream_write, coil_stream_write(n.stream, "x", 1))
STATUS(coil_stream_writelines,
       coil_stream_writelines(n.stream, &(struct iovec){.iov_base = three, .iov_len = 1}, 1))
STATUS(coil_stream_drain, coil_stream_drain(n.stream))
STATUS(coil_stream_write_eof, coil_stream_write_eof(n.stream))
STATUS(coil_stream_can_write_eof, coil_stream_can_write_eof(n.stream))
STATUS(coil_stream_set_write_buffer_limits, coil_stream_set_write_buffer_limits(n.stream, 100, -1))
STATUS(coil_stream_get_write_buffer_size, coil_stream_get_write_buffer_size(n.stream))
STATUS(coil_stream_close, coil_stream_close(n.stream))
STATUS(coil_stream_wait_closed, (coil_stream_close(n.stream), coil_stream_wait_closed(n.stream)))
STATUS(coil_stream_is_closing, coil_stream_is_closing(n.stream))
STATUS(coil_stream_abort, coil_stream_abort(n.stream))
STATUS(coil_stream_detach, coil_stream_detach(n.stream))
STATUS(coil_stream_sockname, coil_stream_sockname(n.stream, &address))
STATUS(coil_stream_peername, coil_stream_peername(n.stream, &address))
STATUS(coil_stream_fd, coil_stream_fd(n.stream))
STATUS(coil_stream_interpose, interpose())
STATUS(coil_stream_transport, transport_of())

/* ---- readers fed by hand ---- */

static enum outcome call_coil_stream_reader_new(void)
{
    coil_stream_reader *reader;
    int err = coil_stream_reader_new(0, &reader);
    if (err >= 0)
        coil_stream_reader_free(reader);
    return of_status(err);
}

NOTHING(coil_stream_reader_free, coil_stream_reader_free(NULL))
STATUS(coil_stream_reader_feed_data, coil_stream_reader_feed_data(n.reader, "x", 1))
STATUS(coil_stream_reader_feed_eof, coil_stream_reader_feed_eof(n.reader))
STATUS(coil_stream_reader_set_error, coil_stream_reader_set_error(n.reader, -EIO))
STATUS(coil_stream_reader_at_eof, coil_stream_reader_at_eof(n.reader))
STATUS(coil_stream_reader_partial, coil_stream_reader_partial(n.reader, NULL))
STATUS(coil_stream_reader_read, AFTER(supply, coil_stream_reader_read(n.reader, three, 3)))
STATUS(coil_stream_reader_readexactly,
       AFTER(supply, coil_stream_reader_readexactly(n.reader, three, 3)))
STATUS(coil_stream_reader_readline,
       AFTER(supply, coil_stream_reader_readline(n.reader, &found, &found_size)))
STATUS(coil_stream_reader_readany,
       AFTER(supply, coil_stream_reader_readany(n.reader, &found, &found_size)))
STATUS(coil_stream_reader_readuntil,
       AFTER(supply, coil_stream_reader_readuntil(n.reader, "\n", 1, &found, &found_size)))
STATUS(coil_stream_reader_readuntil_any,
       AFTER(supply, coil_stream_reader_readuntil_any(n.reader, line_ends, 2, &found, &found_size)))
STATUS(coil_stream_reader_read_all,
       AFTER(supply, coil_stream_reader_read_all(n.reader, &found, &found_size)))

/* ---- servers ---- */

static int start_tcp(void)
{
    coil_server *server;
    int err = coil_start_server("localhost", 0, serve, NULL, NULL, &server);
    if (err >= 0)
        coil_server_free(server);
    return err;
}

static int start_unix(void)
{
    char other[sizeof socket_path + 2];
    coil_server *server;
    snprintf(other, sizeof other, "%s2", socket_path);
    int err = coil_start_unix_server(other, serve, NULL, NULL, &server);
    if (err >= 0)
        coil_server_free(server);
    return err;
}

static int start_on(void)
{
    coil_server *server;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int err = coil_start_server_on(fd, serve, NULL, NULL, &server);
    if (err >= 0)
        coil_server_free(server);
    else
        close(fd);
    return err;
}

STATUS(coil_start_server, start_tcp())
STATUS(coil_start_server_on, start_on())
STATUS(coil_server_fd, coil_server_fd(n.server, 0))
STATUS(coil_server_start_serving, coil_server_start_serving(n.server))
STATUS(coil_start_unix_server, start_unix())
STATUS(coil_server_port, coil_server_port(n.server))
STATUS(coil_server_sockname, coil_server_sockname(n.server, 0, &address))
STATUS(coil_server_is_serving, coil_server_is_serving(n.server))
STATUS(coil_server_close, coil_server_close(n.server))
STATUS(coil_server_wait_closed, AFTER(close_server, coil_server_wait_closed(n.server)))
STATUS(coil_server_serve_forever, AFTER(close_server, coil_server_serve_forever(n.server)))
STATUS(coil_server_close_clients, coil_server_close_clients(n.server))
STATUS(coil_server_abort_clients, coil_server_abort_clients(n.server))
NOTHING(coil_server_free, coil_server_free(NULL))

/* ---- process pools and shared bytes ---- */

static int pool_of_processes(unsigned flags)
{
    coil_pool *pool;
    int err = coil_process_pool_new_with(1, flags, &pool);
    if (err >= 0)
        coil_pool_free(pool);
    return err;
}

static enum outcome call_coil_process_pool_new(void)
{
    coil_pool *pool;
    int err = coil_process_pool_new(1, &pool);
    if (err >= 0)
        coil_pool_free(pool);
    return of_status(err);
}

static int make_bytes(void)
{
    coil_bytes bytes;
    int err = coil_bytes_new(100, &bytes);
    if (err < 0)
        return err;
    err = coil_bytes_resize(&bytes, 200);
    coil_bytes_free(&bytes);
    return err;
}

STATUS(coil_process_pool_new_with, pool_of_processes(COIL_POOL_BREAK_ON_CRASH))
STATUS(coil_bytes_new, make_bytes())
STATUS(coil_bytes_resize, make_bytes())
NOTHING(coil_bytes_free, coil_bytes_free(NULL))

/* ---------------------------------------------------------------- the table ---- */

static const struct row stream_rows[] = {
    SUSPENDS(coil_getaddrinfo),
    BARE(coil_addresses_free),
    BARE(coil_address_format),
    BARE(coil_address_host),
    BARE(coil_address_port),
    SUSPENDS(coil_open_connection),
    SUSPENDS(coil_open_unix_connection),
    BARE(coil_stream_from_fd),
    BARE(coil_stream_open),
    SUSPENDS_OBJECT(coil_stream_read),
    SUSPENDS_OBJECT(coil_stream_readexactly),
    SUSPENDS_OBJECT(coil_stream_readline),
    SUSPENDS_OBJECT(coil_stream_readany),
    SUSPENDS_OBJECT(coil_stream_readuntil),
    SUSPENDS_OBJECT(coil_stream_readuntil_any),
    SUSPENDS_OBJECT(coil_stream_read_all),
    OBJECT(coil_stream_partial),
    OBJECT(coil_stream_at_eof),
    OBJECT(coil_stream_set_limit),
    SUSPENDS_OBJECT(coil_stream_send),
    OBJECT(coil_stream_write),
    OBJECT(coil_stream_writelines),
    SUSPENDS_OBJECT(coil_stream_drain),
    OBJECT(coil_stream_write_eof),
    OBJECT(coil_stream_can_write_eof),
    OBJECT(coil_stream_set_write_buffer_limits),
    OBJECT(coil_stream_get_write_buffer_size),
    OBJECT(coil_stream_close),
    SUSPENDS_OBJECT(coil_stream_wait_closed),
    OBJECT(coil_stream_is_closing),
    OBJECT(coil_stream_abort),
    OBJECT(coil_stream_detach),
    OBJECT(coil_stream_sockname),
    OBJECT(coil_stream_peername),
    OBJECT(coil_stream_fd),
    OBJECT(coil_stream_interpose),
    OBJECT(coil_stream_transport),
    BARE(coil_stream_reader_new),
    BARE(coil_stream_reader_free),
    OBJECT(coil_stream_reader_feed_data),
    OBJECT(coil_stream_reader_feed_eof),
    OBJECT(coil_stream_reader_set_error),
    OBJECT(coil_stream_reader_at_eof),
    OBJECT(coil_stream_reader_partial),
    SUSPENDS_OBJECT(coil_stream_reader_read),
    SUSPENDS_OBJECT(coil_stream_reader_readexactly),
    SUSPENDS_OBJECT(coil_stream_reader_readline),
    SUSPENDS_OBJECT(coil_stream_reader_readany),
    SUSPENDS_OBJECT(coil_stream_reader_readuntil),
    SUSPENDS_OBJECT(coil_stream_reader_readuntil_any),
    SUSPENDS_OBJECT(coil_stream_reader_read_all),
    SUSPENDS(coil_start_server),
    BARE(coil_start_unix_server),
    BARE(coil_start_server_on),
    OBJECT(coil_server_fd),
    OBJECT(coil_server_start_serving),
    OBJECT(coil_server_port),
    OBJECT(coil_server_sockname),
    OBJECT(coil_server_is_serving),
    OBJECT(coil_server_close),
    SUSPENDS_OBJECT(coil_server_wait_closed),
    SUSPENDS_OBJECT(coil_server_serve_forever),
    OBJECT(coil_server_close_clients),
    OBJECT(coil_server_abort_clients),
    BARE(coil_server_free),
    BARE(coil_process_pool_new),
    BARE(coil_process_pool_new_with),
    BARE(coil_bytes_new),
    BARE(coil_bytes_resize),
    BARE(coil_bytes_free),
    {NULL, NULL, 0, 0},
};
