/* run_until_complete more than once, stopped in between; what is queued stays for the next run; a loop that runs refuses close; a closed one refuses all */
#include "said.h"

static coil_loop *loop;

COIL_ASYNC(value, (int, n), (int, turns))
{
    for (int i = 0; i < turns; i++)
        MUST(coil_sleep(0));
    printf("value %d\n", n);
    return n;
}

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

static int inside_callback(void *text)
{
    coil_call_soon(say, text);
    return 0;
}

static int stop(void *arg)
{
    (void)arg;
    coil_loop_stop(loop);
    return 0;
}

static void attempt(const char *label, int err)
{
    printf("%s %s\n", label, err < 0 ? "RuntimeError" : "ok");
}

COIL_ASYNC(inside)
{
    attempt("close inside", coil_loop_close(loop));
    printf("%d %d\n", coil_loop_is_running(loop), coil_loop_running() == loop);
    return 0;
}

int main(void)
{
    MUST(coil_loop_new(NULL, &loop));
    int one = coil_loop_run_until_complete(loop, value(1, 0));
    printf("%d %d %d\n", one, coil_loop_is_running(loop), coil_loop_is_closed(loop));
    coil_loop_call_soon(loop, say, "queued before");
    coil_loop_call_soon(loop, inside_callback, "queued inside");
    coil_loop_call_soon(loop, stop, NULL);
    if (coil_loop_run_until_complete(loop, value(2, 3)) == -COIL_EINVALIDSTATE)
        printf("stopped before it was done 0\n");
    MUST(coil_loop_run_until_complete(loop, inside()));
    MUST(coil_loop_run_until_complete(loop, coil_sleep(0.001)));
    printf("2 1\n");
    coil_loop_stop(loop);
    MUST(coil_loop_run_forever(loop));
    printf("one turn\n");
    MUST(coil_loop_close(loop));
    MUST(coil_loop_close(loop));
    printf("%d\n", coil_loop_is_closed(loop));
    attempt("call_soon", coil_loop_call_soon(loop, say, "") ? 0 : -1);
    attempt("call_soon_threadsafe", coil_call_soon_threadsafe(loop, say, ""));
    attempt("call_later", coil_loop_call_later(loop, 1, say, "") ? 0 : -1);
    attempt("run_forever", coil_loop_run_forever(loop));
    return 0;
}
