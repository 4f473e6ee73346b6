/* add_reader/add_writer are level-triggered, replace the previous callback, remove_* tells
 * whether one was there */
#include "port.h"

#include <sys/socket.h>

static int fds[2], count;
static coil_future *fin, *w;

static int replaced(void *arg)
{
    (void)arg;
    printf("replaced, never called\n");
    return 0;
}

static int on_read(void *arg)
{
    char c;
    (void)arg;
    if (recv(fds[1], &c, 1, 0) != 1)
        return -EIO;
    count++;
    printf("readable, take one byte: %c\n", c);
    return count == 3 ? coil_future_set_result(fin, NULL) : 0;
}

static int on_write(void *arg)
{
    (void)arg;
    printf("writable\n");
    coil_remove_writer(fds[0]);
    return coil_future_set_result(w, NULL);
}

COIL_ASYNC(amain)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    fin = coil_future_new();
    w = coil_future_new();
    MUST(coil_add_reader(fds[1], replaced, NULL));
    MUST(coil_add_reader(fds[1], on_read, NULL));
    if (send(fds[0], "abc", 3, 0) != 3)
        return -EIO;
    MUST(coil_future_await(fin, NULL));
    int first = coil_remove_reader(fds[1]);
    printf("remove %d %d\n", first, coil_remove_reader(fds[1]));
    MUST(coil_add_writer(fds[0], on_write, NULL));
    MUST(coil_future_await(w, NULL));
    printf("remove writer %d\n", coil_remove_writer(fds[0]));
    close(fds[0]);
    close(fds[1]);
    coil_future_unref(fin);
    coil_future_unref(w);
    return 0;
}
COIL_MAIN(amain())
