/* places/datagrams.h: the rows of datagrams. Part of contract_places.c. */

static struct {
    coil_datagram *here; /* bound   */
    coil_datagram *peer; /* connected to it */
    coil_address at;     /* of `here` */
} g;

static void prepare_datagrams(void)
{
    char text[64];
    must(coil_datagram_open("127.0.0.1:0", NULL, NULL, &g.here) == 0, "coil_datagram_open");
    must(coil_datagram_sockname(g.here, &g.at) == 0, "coil_datagram_sockname");
    coil_address_format(&g.at, text, sizeof text);
    must(coil_datagram_open(NULL, text, NULL, &g.peer) == 0, "coil_datagram_open");
}

static void give_back_datagrams(void)
{
    coil_ignore(coil_datagram_close(g.here)); /* the row may have closed it */
    coil_ignore(coil_datagram_close(g.peer));
}

static int send_soon(void *arg)
{
    (void)arg;
    return send(coil_datagram_fd(g.peer), "x", 1, MSG_NOSIGNAL) == 1 ? 0 : -EIO;
}

/* Something comes after a moment. */
static int receive_soon(int plain)
{
    char buf[4];
    size_t lost;
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, send_soon, NULL));
    int err = plain ? coil_datagram_recv(g.here, buf, sizeof buf)
                    : coil_datagram_recvfrom(g.here, buf, sizeof buf, NULL, &lost);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    return err;
}

static int open_datagram(void)
{
    coil_datagram *d;
    int err = coil_datagram_open("127.0.0.1:0", NULL, NULL, &d);
    return err < 0 ? err : coil_datagram_close(d);
}

static int send_raw(void)
{
    make_pair();
    int err = coil_sendto(pair[0], "x", 1, NULL);
    end_pair(err);
    return err;
}

static int receive_raw(void)
{
    char buf[4];
    make_pair();
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, soon_readable, NULL));
    int err = coil_recvfrom(pair[0], buf, sizeof buf, NULL);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    end_pair(err);
    return err;
}

STATUS(coil_datagram_open, open_datagram())
STATUS(coil_datagram_recvfrom, receive_soon(0))
STATUS(coil_datagram_recv, receive_soon(1))
STATUS(coil_datagram_sendto, coil_datagram_sendto(g.here, "x", 1, &g.at))
STATUS(coil_datagram_send, coil_datagram_send(g.peer, "x", 1))
STATUS(coil_datagram_close, coil_datagram_close(g.here))
STATUS(coil_datagram_sockname, coil_datagram_sockname(g.here, &g.at))
STATUS(coil_datagram_peername, coil_datagram_peername(g.peer, &g.at))
STATUS(coil_datagram_fd, coil_datagram_fd(g.here))
STATUS(coil_recvfrom, receive_raw())
STATUS(coil_sendto, send_raw())
static int name_it(void)
{
    char host[64];
    return coil_getnameinfo(&g.at, 0, host, sizeof host, NULL, 0);
}

static int send_fds(void)
{
    int zero = 0;
    make_pair();
    int err = coil_send_fds(pair[0], "x", 1, &zero, 1);
    end_pair(err);
    return err;
}

static int receive_fds(void)
{
    char buf[4];
    int fd, files = 0;
    make_pair();
    coil_handle *h = coil_handle_ref(coil_call_later(0.002, soon_readable, NULL));
    int err = coil_recv_fds(pair[0], buf, sizeof buf, &fd, 1, &files);
    coil_handle_cancel(h);
    coil_handle_unref(h);
    end_pair(err);
    return err;
}

static int send_file_raw(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    make_pair();
    int err = coil_sendfile(pair[0], fd, 0, -1, NULL);
    end_pair(err);
    close(fd);
    return err;
}

/* a.file is /dev/null, which only has to be asked */
STATUS(coil_stream_sendfile, coil_stream_sendfile(n.stream, a.file, 0, -1, NULL))
STATUS(coil_sendfile, send_file_raw())
STATUS(coil_getnameinfo, name_it())
STATUS(coil_send_fds, send_fds())
STATUS(coil_recv_fds, receive_fds())
STATUS(coil_address_parse, coil_address_parse("127.0.0.1:1", &g.at))

/* ---------------------------------------------------------------- the table ---- */

static const struct row datagram_rows[] = {
    SUSPENDS(coil_datagram_open),
    SUSPENDS_OBJECT(coil_datagram_recvfrom),
    SUSPENDS_OBJECT(coil_datagram_recv),
    SUSPENDS_OBJECT(coil_datagram_sendto),
    SUSPENDS_OBJECT(coil_datagram_send),
    SUSPENDS_OBJECT(coil_datagram_close),
    OBJECT(coil_datagram_sockname),
    OBJECT(coil_datagram_peername),
    OBJECT(coil_datagram_fd),
    SUSPENDS(coil_recvfrom),
    SUSPENDS(coil_sendto),
    SUSPENDS_OBJECT(coil_stream_sendfile),
    SUSPENDS(coil_sendfile),
    SUSPENDS(coil_getnameinfo),
    SUSPENDS(coil_send_fds),
    SUSPENDS(coil_recv_fds),
    BARE(coil_address_parse),
    {NULL, NULL, 0, 0},
};
