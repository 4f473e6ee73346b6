/* bench/load.c: the load of every server: `load PORT CONNECTIONS BYTES|http SECONDS [WARM]`; each connection sends a message of so many bytes and
 * waits for its echo, or sends a request of HTTP/1.1 and waits for the answer. The first answer says how long all are.
 *
 * It connects, lets every connection have one answer, and goes on for WARM seconds, for servers whose code is made while they run; prints
 * "ready" and waits for a line; then it measures, prints
 * {"messages": N, "seconds": S}, and waits for the end of its input before it hangs up. So whoever runs it can read the
 * server's counters while nothing moves. With BENCH_WATCH in the environment it never sleeps while it waits
 * for answers. Loopback only, bounded in count, and an alarm ends it in any case.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

enum {
    MAX_CONNECTIONS = 100000,
    PER_ADDRESS = 20000,
    MAX_BYTES = 65536,
    PATIENCE = 120,
    TURNS = 3
};

static const char request[] = "GET /hello.txt HTTP/1.1\r\nHost: localhost\r\n\r\n";
static const char fine[] = "HTTP/1.1 200 ";

static char buf[MAX_BYTES];
static int ep, http, bytes, answer_bytes; /* of a message, and of what comes back for it */
static int *left;                         /* left[fd]: what is still missing of its answer */
static long long messages;

static int send_message(int fd)
{
    left[fd] = answer_bytes;
    return send(fd, http ? request : buf, (size_t)bytes, MSG_NOSIGNAL) == bytes ? 0 : -1;
}

/* Each 20,000 connections come from an address of their own, 127.0.0.1, 127.0.0.2 ..., because ports run out. */
static int connect_one(int i, int port)
{
    struct sockaddr_in from = {.sin_family = AF_INET,
                               .sin_addr.s_addr =
                                   htonl(INADDR_LOOPBACK + (unsigned)(i / PER_ADDRESS))};
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((unsigned short)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || fd >= MAX_CONNECTIONS + 64)
        return -1;
    if (i >= PER_ADDRESS) {
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(fd, (struct sockaddr *)&from, sizeof from) < 0)
            return -1;
    }
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev) < 0 ? -1 : fd;
}

static int start_all(void)
{
    for (int fd = 0; fd < MAX_CONNECTIONS + 64; fd++)
        if (left[fd] == 0 && send_message(fd) < 0)
            return -1;
    return 0;
}

/* What has come for fd: 1 when it completes an answer, 0, -1. */
static int take(int fd)
{
    ssize_t got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    int begins = left[fd] == answer_bytes;
    if (got <= 0 || got > left[fd])
        return -1;
    if (http && begins && (got < (int)sizeof fine || memcmp(buf, fine, sizeof fine - 1) != 0))
        return -1;
    left[fd] -= (int)got;
    return left[fd] == 0;
}

/* How long an answer to a request is: that of the first one, by its Content-Length. -1 when it isn't one. */
static int learn_answer(int fd)
{
    int size = 0;
    if (send(fd, request, (size_t)bytes, MSG_NOSIGNAL) != bytes)
        return -1;
    for (;;) {
        ssize_t got = recv(fd, buf + size, sizeof buf - 1 - (size_t)size, 0);
        if (got <= 0)
            return -1;
        size += (int)got;
        buf[size] = '\0';
        const char *length = strcasestr(buf, "\r\ncontent-length:"), *end = strstr(buf, "\r\n\r\n");
        if (!end)
            continue;
        if (!length || length > end || strncmp(buf, fine, sizeof fine - 1) != 0)
            return -1;
        int whole = (int)(end + 4 - buf) + atoi(length + sizeof "\r\ncontent-length:" - 1);
        if (size >= whole)
            return size == whole ? whole : -1;
    }
}

/* Each connection has sent one. Goes on until `end`, and until each had its turn `turns` times in the mean; then nothing more is
 * sent, and the answers that are under way are awaited: so each message that the server worked for is counted.
 */
static int run(double end, int connections, int turns)
{
    struct epoll_event events[256];
    int outstanding = connections, patience = bench_patience(100);
    while (outstanding > 0) {
        int ready = epoll_wait(ep, events, 256, patience);
        int go_on = bench_now() < end || messages < (long long)turns * connections;
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd, whole = take(fd);
            if (whole < 0 || (whole && go_on && send_message(fd) < 0))
                return -1;
            messages += whole;
            outstanding -= whole && !go_on;
        }
    }
    return 0;
}

int main(int argc, char **argv)
{
    char line[16];
    if (argc != 5 && argc != 6)
        return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]);
    double seconds = atof(argv[4]), warm = argc == 6 ? atof(argv[5]) : 0;
    http = strcmp(argv[3], "http") == 0;
    bytes = answer_bytes = http ? (int)sizeof request - 1 : atoi(argv[3]);
    if (connections < 1 || connections > MAX_CONNECTIONS || bytes < 1 || bytes > MAX_BYTES)
        return 2;
    alarm(PATIENCE);
    ep = epoll_create1(0);
    left = malloc((MAX_CONNECTIONS + 64) * sizeof *left);
    if (ep < 0 || !left)
        return 1;
    for (int fd = 0; fd < MAX_CONNECTIONS + 64; fd++)
        left[fd] = -1;
    for (int i = 0; i < connections; i++) {
        int fd = connect_one(i, port);
        if (fd < 0)
            return 1;
        left[fd] = 0;
        if (http && i == 0 && (answer_bytes = learn_answer(fd)) < 0)
            return 1;
    }
    if (start_all() < 0 || run(bench_now() + warm, connections, 0) < 0)
        return 1;
    puts("ready");
    fflush(stdout);
    if (!fgets(line, sizeof line, stdin))
        return 1;
    messages = 0;
    double t0 = bench_now();
    if (start_all() < 0 || run(t0 + seconds, connections, TURNS) < 0)
        return 1;
    printf("{\"messages\": %lld, \"seconds\": %.6f}\n", messages, bench_now() - t0);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin))
        continue;
    free(left);
    return 0;
}
