/* raw sockets: accept, connect, sendall and recv suspend only their task; a recv cancelled loses nothing; the end, a refused address, a wait cut by a limit */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "said.h"

static char big[1000000];

static void show(const char *buf, int n, const char *end)
{
    printf("b'%.*s'%s", n, buf, end);
}

COIL_ASYNC(reader, (int, fd), (size_t, ret, out))
{
    static char buf[65536];
    *ret = 0;
    while (*ret < sizeof big) {
        int n = coil_recv(fd, buf, sizeof buf);
        if (n <= 0)
            return n < 0 ? n : -EIO;
        *ret += (size_t)n;
    }
    return 0;
}

static int pair(void)
{
    int fds[2], n;
    char buf[16];
    size_t total;
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
    int a = fds[0], b = fds[1];
    coil_task *t = coil_create_task(coil_recv(b, buf, 10));
    MUST(coil_sleep(0));
    printf("waits %d\n", coil_task_done(t));
    MUST(coil_sendall(a, "hello", 5));
    n = coil_await(t);
    show(buf, n, "\n");
    t = coil_create_task(coil_recv(b, buf, 10));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    if (coil_await(t) == -ECANCELED)
        printf("cancelled\n");
    MUST(coil_sendall(a, "again", 5));
    n = coil_recv(b, buf, 2);
    show(buf, n, " ");
    n = coil_recv(b, buf, 10);
    show(buf, n, "\n");
    printf("%s\n", said(coil_wait_for(coil_recv(b, buf, 10), 0.01)));
    t = coil_create_task(reader(b, &total));
    MUST(coil_sendall(a, big, sizeof big));
    MUST(coil_await(t));
    printf("sent all %zu\n", total);
    close(a);
    n = coil_recv(b, buf, 10);
    printf("end ");
    show(buf, n, "\n");
    printf("%s\n", said(coil_sendall(b, "x", 1)));
    close(b);
    return 0;
}

COIL_ASYNC(amain)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const struct sockaddr *sa = (const struct sockaddr *)&address;
    socklen_t size = sizeof address;
    char buf[100];
    MUST(pair());
    int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    MUST(bind(server, sa, size));
    MUST(listen(server, 10));
    MUST(getsockname(server, (struct sockaddr *)&address, &size));
    coil_task *t = coil_create_task(coil_accept(server));
    int client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    MUST(coil_sleep(0));
    MUST(coil_connect(client, sa, size));
    int peer = coil_await(t);
    MUST(peer);
    MUST(coil_sendall(peer, "welcome", 7));
    int n = coil_recv(client, buf, sizeof buf);
    show(buf, n, "\n");
    t = coil_create_task(coil_accept(server));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    printf("accept cancelled %d\n", coil_task_cancelled(t));
    coil_task_unref(t);
    close(peer);
    close(client);
    close(server);
    client = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    printf("%s\n", said(coil_connect(client, sa, size)));
    close(client);
    return 0;
}
COIL_MAIN(amain())
