/* bench/limits/answer.h: what a limit answers to what it received: the same bytes, or, told "http" in the place of a size, one answer of
 * HTTP/1.1 for each head that ends in them. A head comes whole, because the load sends it whole; a server for the world would have to keep what
 * came so far.
 */
#ifndef BENCH_LIMITS_ANSWER_H
#define BENCH_LIMITS_ANSWER_H

#include <string.h>
#include <sys/socket.h>

static int answer_http;

static inline int answer_set_up(int argc, char **argv)
{
    answer_http = argc > 1 && strcmp(argv[1], "http") == 0;
    return answer_http;
}

/* 0, or -1 when the peer is gone or does not keep up. */
static inline int answer(int fd, const char *received, size_t n)
{
    static const char page[] = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                               "Content-Length: 13\r\n\r\nHello, world\n";
    if (!answer_http)
        return send(fd, received, n, MSG_NOSIGNAL) == (ssize_t)n ? 0 : -1;
    const char *end = received + n;
    for (const char *at = received; (at = memchr(at, '\n', (size_t)(end - at))); at++)
        if (at - received >= 3 && memcmp(at - 3, "\r\n\r", 3) == 0 &&
            send(fd, page, sizeof page - 1, MSG_NOSIGNAL) != sizeof page - 1)
            return -1;
    return 0;
}

#endif
