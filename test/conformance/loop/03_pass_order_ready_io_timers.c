/* within one pass already-ready callbacks run first, then I/O callbacks, then due timers */
#include "port.h"

#include <sys/socket.h>

static int fds[2];

static int on_read(void *arg)
{
    char buf[11] = "";
    (void)arg;
    if (recv(fds[0], buf, 10, 0) < 0)
        return -errno;
    printf("io %s\n", buf);
    return coil_remove_reader(fds[0]);
}

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

static int on_soon(void *arg)
{
    (void)arg;
    printf("soon\n");
    return coil_call_soon(tell, "soon from soon") ? 0 : -ENOMEM;
}

static int finish(void *future)
{
    return coil_future_set_result(future, NULL);
}

COIL_ASYNC(amain)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) < 0)
        return -errno;
    coil_future *done = coil_future_new();
    MUST(coil_add_reader(fds[0], on_read, NULL));
    coil_call_later(0, tell, "timer 0");
    coil_call_later(0.04, finish, done);
    coil_call_soon(on_soon, NULL);
    if (send(fds[1], "x", 1, 0) < 0)
        return -errno;
    printf("all armed\n");
    MUST(coil_future_await(done, NULL));
    coil_future_unref(done);
    close(fds[0]);
    close(fds[1]);
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())
