/* bench/echo_load.c: the load: `echo_load PORT CONNECTIONS BYTES SECONDS`, each connection sends a message and waits for its echo.
 * Prints how many messages came back. Bounded in time and count; loopback only.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

int main(int argc, char **argv)
{
    static char buf[65536];
    if (argc != 5)
        return 2;
    int port = atoi(argv[1]), connections = atoi(argv[2]), bytes = atoi(argv[3]), one = 1;
    double seconds = atof(argv[4]);
    if (connections < 1 || connections > 20000 || bytes < 1 || bytes > (int)sizeof buf)
        return 2;
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((unsigned short)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int ep = epoll_create1(0), *left = calloc(65536, sizeof *left);
    for (int i = 0; i < connections; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (fd < 0 || fd >= 65536 || connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
            return 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event ev = {.events = EPOLLIN, .data.fd = fd};
        epoll_ctl(ep, EPOLL_CTL_ADD, fd, &ev);
        left[fd] = bytes;
        if (send(fd, buf, (size_t)bytes, MSG_NOSIGNAL) != bytes)
            return 1;
    }
    long long messages = 0;
    double end = bench_now() + seconds;
    struct epoll_event events[256];
    while (bench_now() < end) {
        int n = epoll_wait(ep, events, 256, 100);
        for (int i = 0; i < n; i++) {
            int fd = events[i].data.fd;
            ssize_t got = recv(fd, buf, sizeof buf, MSG_DONTWAIT);
            if (got <= 0)
                return 1;
            left[fd] -= (int)got;
            if (left[fd] > 0)
                continue;
            left[fd] = bytes;
            messages++;
            if (send(fd, buf, (size_t)bytes, MSG_NOSIGNAL) != bytes)
                return 1;
        }
    }
    printf("%lld\n", messages);
    free(left);
    return 0;
}
