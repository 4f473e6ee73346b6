/* streams: refused and missing addresses, a reset seen by reads and drains, writes after close, wait_closed twice, is_closing */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "said.h"

static coil_event got;

static void attempt(const char *label, int err)
{
    printf("%s %s\n", label, err == -ENOENT ? "FileNotFoundError" : said(err));
}

static int refused(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    coil_stream *s;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    MUST(bind(fd, (struct sockaddr *)&a, sizeof a));
    MUST(getsockname(fd, (struct sockaddr *)&a, &size));
    attempt("refused", coil_open_connection("127.0.0.1", ntohs(a.sin_port), &s));
    close(fd);
    attempt("missing", coil_open_unix_connection("/tmp/coil-nobody-is-here", &s));
    return 0;
}

static int handle(coil_stream *s, void *arg)
{
    char buf[4];
    (void)arg;
    MUST(coil_stream_readexactly(s, buf, 4));
    MUST(coil_stream_abort(s));
    coil_event_set(&got);
    return 0;
}

static int talk(coil_stream *s, void *arg)
{
    const char *line;
    size_t n;
    (void)arg;
    MUST(coil_stream_readline(s, &line, &n));
    MUST(coil_stream_write(s, line, n));
    MUST(coil_stream_close(s));
    MUST(coil_stream_wait_closed(s));
    MUST(coil_stream_wait_closed(s));
    printf("server side closed %d\n", coil_stream_is_closing(s));
    coil_event_set(&got);
    return 0;
}

static int reset(void)
{
    coil_server *server;
    coil_stream *s;
    char buf[10];
    MUST(coil_start_server("127.0.0.1", 0, handle, NULL, NULL, &server));
    MUST(coil_open_connection("127.0.0.1", coil_server_port(server), &s));
    MUST(coil_stream_write(s, "ping", 4));
    MUST(coil_event_wait(&got));
    int n = coil_stream_read(s, buf, sizeof buf);
    if (n < 0)
        printf("read %s\n", said(n));
    else
        printf("read b'%.*s'\n", n, buf);
    MUST(coil_stream_close(s));
    printf("closing %d\n", coil_stream_is_closing(s));
    coil_ignore(coil_stream_wait_closed(s));
    coil_server_free(server);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_server *server;
    coil_stream *s;
    const char *line;
    char buf[16];
    size_t n;
    coil_event_init(&got);
    MUST(refused());
    MUST(reset());
    coil_event_clear(&got);
    MUST(coil_start_server("127.0.0.1", 0, talk, NULL, NULL, &server));
    MUST(coil_open_connection("127.0.0.1", coil_server_port(server), &s));
    struct iovec pieces[] = {{"he", 2}, {"llo", 3}, {"\n", 1}};
    MUST(coil_stream_writelines(s, pieces, 3));
    MUST(coil_stream_drain(s));
    MUST(coil_stream_readline(s, &line, &n));
    printf("b'%.*s\\n' ", (int)n - 1, line);
    int end = coil_stream_read(s, buf, sizeof buf);
    printf("b'%.*s' %d\n", end, buf, coil_stream_at_eof(s));
    MUST(coil_event_wait(&got));
    printf("not closing %d\n", coil_stream_is_closing(s));
    MUST(coil_stream_close(s));
    MUST(coil_stream_wait_closed(s));
    printf("closed %d\n", coil_stream_is_closing(s));
    MUST(coil_server_close(server));
    MUST(coil_server_wait_closed(server));
    coil_server_free(server);
    return 0;
}
COIL_MAIN(amain())
