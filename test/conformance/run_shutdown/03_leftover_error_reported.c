/* an error of a leftover during its cancellation is reported, run() still returns main's
 * result */
#include "port.h"

COIL_ASYNC(left)
{
    coil_ignore(coil_sleep(5));
    return coil_fail(-EDOM, "in cleanup");
}

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("handler: %s | %s %s\n", c->message, c->error == -EDOM ? "ValueError" : "?",
           c->error_message);
    return 0;
}

COIL_ASYNC(amain, (const char *, ret, out))
{
    coil_loop_set_exception_handler(coil_loop_running(), handler, NULL);
    MUST(coil_spawn(left()));
    MUST(coil_sleep(0.02));
    *ret = "result";
    return 0;
}

int main(void)
{
    const char *result = NULL;
    int err = coil_run(amain(&result));
    printf("%s\n", result);
    return err < 0;
}
