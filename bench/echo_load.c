/* bench/echo_load.c: the load of every echo server: `echo_load PORT CONNECTIONS BYTES SECONDS`; each connection sends a message and
 * waits for its echo.
 *
 * It connects, lets every connection echo once, prints "ready" and waits for a line; then it measures, prints
 * {"messages": N, "seconds": S}, and waits for the end of its input before it hangs up. So whoever runs it can read the
 * server's counters while nothing moves. Loopback only, bounded in count, and an alarm ends it in any case.
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

static char buf[MAX_BYTES];
static int ep, bytes, *left; /* left[fd]: what is still missing of its echo */
static long long messages;

static int send_message(int fd)
{
    left[fd] = bytes;
    return send(fd, buf, (size_t)bytes, MSG_NOSIGNAL) == bytes ? 0 : -1;
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

/* What has come for fd: 1 when it completes an echo, 0, -1. */
static int take(int fd)
{
    ssize_t got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
    if (got <= 0)
        return -1;
    left[fd] -= (int)got;
    return left[fd] <= 0;
}

/* Each connection has sent one. Goes on until `end`, and until each had its turn `turns` times in the mean; then nothing more is
 * sent, and the echoes that are under way are awaited: so each message that the server worked for is counted.
 */
static int run(double end, int connections, int turns)
{
    struct epoll_event events[256];
    int outstanding = connections;
    while (outstanding > 0) {
        int ready = epoll_wait(ep, events, 256, 100);
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
    if (argc != 5)
        return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]);
    double seconds = atof(argv[4]);
    bytes = atoi(argv[3]);
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
    }
    if (start_all() < 0 || run(0, connections, 0) < 0)
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
