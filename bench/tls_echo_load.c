/* bench/tls_echo_load.c: the load over TLS: `tls_echo_load PORT CONNECTIONS BYTES SECONDS`, as echo_load. Prints `ready` when every
 * connection has got its first echo, waits for a line, measures, prints {"messages": N, "seconds": S}, and ends with its stdin; an alarm
 * ends it in any case.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum { MOST_BYTES = 65536, MOST_CONNECTIONS = 1000 };

struct connection {
    SSL *ssl;
    int left; /* of the echo */
};

static struct connection connections[MOST_CONNECTIONS];
static char buf[MOST_BYTES];
static int bytes;

/* Blocking: the handshake, and the first echo. */
static int open_one(SSL_CTX *ctx, int port, struct connection *c)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((unsigned short)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->ssl = SSL_new(ctx);
    if (!c->ssl || SSL_set_fd(c->ssl, fd) != 1 || SSL_connect(c->ssl) != 1 ||
        SSL_write(c->ssl, buf, bytes) != bytes)
        return -1;
    for (c->left = bytes; c->left > 0;) {
        int n = SSL_read(c->ssl, buf, c->left);
        if (n <= 0)
            return -1;
        c->left -= n;
    }
    return fd;
}

/* Reads what is there; a whole echo is answered by the next message. Returns how many were whole, or -1. */
static int serve_one(struct connection *c)
{
    int whole = 0, n;
    while ((n = SSL_read(c->ssl, buf, c->left)) > 0) {
        c->left -= n;
        if (c->left > 0)
            continue;
        whole++;
        c->left = bytes;
        if (SSL_write(c->ssl, buf, bytes) != bytes)
            return -1;
    }
    return SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_READ ? whole : -1;
}

int main(int argc, char **argv)
{
    int n = argc == 5 ? atoi(argv[2]) : 0;
    bytes = argc == 5 ? atoi(argv[3]) : 0;
    if (n < 1 || n > MOST_CONNECTIONS || bytes < 1 || bytes > MOST_BYTES)
        return 2;
    alarm(120);
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    int ep = epoll_create1(0);
    for (int i = 0; i < n; i++) {
        int fd = ctx ? open_one(ctx, atoi(argv[1]), &connections[i]) : -1;
        struct epoll_event ev = {.events = EPOLLIN, .data.ptr = &connections[i]};
        if (fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0)
            return 1;
        fcntl(fd, F_SETFL, O_NONBLOCK);
    }
    char line[16];
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return 1;
    double t0 = bench_now(), end = t0 + atof(argv[4]);
    for (int i = 0; i < n; i++) {
        connections[i].left = bytes;
        if (SSL_write(connections[i].ssl, buf, bytes) != bytes)
            return 1;
    }
    long long messages = 0;
    struct epoll_event events[256];
    while (bench_now() < end) {
        int some = epoll_wait(ep, events, 256, 100);
        for (int i = 0; i < some; i++) {
            int whole = serve_one(events[i].data.ptr);
            if (whole < 0)
                return 1;
            messages += whole;
        }
    }
    printf("{\"messages\": %lld, \"seconds\": %.6f}\n", messages, bench_now() - t0);
    fflush(stdout);
    getchar(); /* the connections stay until stdin ends: a server's threads are counted while they live */
    for (int i = 0; i < n; i++)
        SSL_free(connections[i].ssl);
    SSL_CTX_free(ctx);
    return 0;
}
