/* readers and writers: replaced while ready, removed by one that runs before, both directions of one fd in one turn, an fd that is ready for ever */
#include <sys/socket.h>

#include "said.h"

static int ab[2], cd[2], n_read, n_written;

static void receive(int fd, const char *tag, const char *end)
{
    char buf[16];
    ssize_t n = recv(fd, buf, sizeof buf, 0);
    printf("%s b'%.*s'%s", tag, (int)n, buf, end);
}

static int readable(void *tag)
{
    n_read++;
    receive(ab[1], tag, "\n");
    return 0;
}

static int writable(void *arg)
{
    (void)arg;
    printf("writable %d\n", ++n_written);
    if (n_written == 2) {
        int was = coil_remove_writer(ab[1]);
        printf("removed %d %d\n", was, coil_remove_writer(ab[1]));
    }
    return 0;
}

static int first(void *arg)
{
    (void)arg;
    receive(cd[0], "first", " ");
    printf("removes the other %d\n", coil_remove_reader(ab[1]));
    return 0;
}

static int until_closed(void *arg)
{
    char buf[16];
    (void)arg;
    ssize_t n = recv(cd[0], buf, sizeof buf, 0);
    printf("data b'%.*s'\n", (int)n, buf);
    if (n == 0)
        coil_remove_reader(cd[0]);
    return 0;
}

COIL_ASYNC(amain)
{
    MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ab));
    MUST(coil_add_reader(ab[1], readable, "old"));
    MUST(coil_add_reader(ab[1], readable, "new"));
    MUST(coil_add_writer(ab[1], writable, NULL));
    send(ab[0], "one", 3, 0);
    MUST(coil_sleep(0.02));
    send(ab[0], "two", 3, 0);
    MUST(coil_sleep(0.02));
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, cd));
    MUST(coil_add_reader(cd[0], first, NULL));
    int was = coil_remove_reader(cd[0]);
    printf("again %d %d\n", was, coil_remove_reader(cd[0]));
    MUST(coil_add_reader(cd[0], first, NULL));
    send(cd[1], "x", 1, 0);
    MUST(coil_sleep(0.02));
    send(ab[0], "nobody reads", 12, 0);
    MUST(coil_sleep(0.02));
    MUST(coil_add_reader(cd[0], until_closed, NULL));
    send(cd[1], "last", 4, 0);
    close(cd[1]);
    MUST(coil_sleep(0.02));
    printf("end %d\n", n_read);
    close(ab[0]);
    close(ab[1]);
    close(cd[0]);
    return 0;
}
COIL_MAIN(amain())
