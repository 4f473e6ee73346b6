/* an error in a callback goes to the exception handler and the loop keeps running */
#include "port.h"

static int handler(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    if (c->error)
        printf("handler: %s | %s: %s\n", c->message, c->error == -EDOM ? "ValueError" : "?",
               c->error_message);
    else
        printf("handler: %s | no error\n", c->message);
    return 0;
}

static int bad(void *arg)
{
    (void)arg;
    return coil_fail(-EDOM, "boom");
}

static int tell(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_loop *loop = coil_loop_running();
    coil_loop_set_exception_handler(loop, handler, NULL);
    coil_call_soon(bad, NULL);
    coil_call_soon(tell, "next callback still runs");
    MUST(coil_sleep(0.02));
    coil_exception_context report = {.message = "custom report"};
    coil_loop_call_exception_handler(loop, &report);
    coil_loop_set_exception_handler(loop, NULL, NULL);
    printf("end\n");
    return 0;
}
COIL_MAIN(amain())
