/* an error inside a custom exception handler is caught and does not stop the loop */
#include "port.h"

static void catch (coil_loop *loop, int level, const char *line, void *arg)
{
    (void)loop;
    (void)level;
    (void)arg;
    printf("logged: %.*s\n", (int)strcspn(line, ":\n"), line);
}

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)c;
    (void)arg;
    printf("handler called\n");
    return coil_fail(-EIO, "handler broken");
}

static int bad(void *arg)
{
    (void)arg;
    return coil_fail(-EINVAL, "boom");
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    coil_loop_set_log_handler(loop, catch, NULL);
    coil_loop_set_exception_handler(loop, handler, NULL);
    coil_call_soon(bad, NULL);
    MUST(coil_sleep(0.02));
    printf("loop goes on\n");
    return 0;
}
COIL_MAIN(amain())
