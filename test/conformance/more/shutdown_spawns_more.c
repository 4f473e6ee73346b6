/* tasks made while run() cancels the leftovers get a few steps and are destroyed; a leftover made by a leftover's cleanup; callbacks queued in main's last step run */
#include "said.h"

COIL_ASYNC(late)
{
    printf("late begins\n");
    int err = coil_sleep(5);
    if (err == -ECANCELED)
        printf("late cancelled\n");
    return err;
}

COIL_ASYNC(leftover)
{
    int err = coil_sleep(5);
    if (err != -ECANCELED)
        return err;
    printf("leftover cancelled\n");
    MUST(coil_spawn(late()));
    coil_ignore(coil_sleep(0));
    printf("leftover ends\n");
    return err;
}

static int report(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)c;
    (void)arg;
    return 0; /* CPython tells of the destroyed task when its memory goes, Coil when the loop closes */
}

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

COIL_ASYNC(amain, (const char *, ret, out))
{
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    MUST(coil_spawn(leftover()));
    MUST(coil_sleep(0));
    coil_call_soon(say, "soon, from the last step");
    coil_call_later(0.5, say, "never");
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
