/* result()/exception() before the end is InvalidStateError; afterwards they return or raise */
#include "port.h"

COIL_ASYNC(ok, (const char *, ret, out))
{
    *ret = "value";
    return 0;
}

COIL_ASYNC(bad)
{
    return coil_fail(-EDOM, "boom");
}

static const char *raised(int err)
{
    return err == -COIL_EINVALIDSTATE ? "InvalidStateError"
           : err == -ECANCELED        ? "CancelledError"
           : err == -EDOM             ? "ValueError"
                                      : coil_error_name(err);
}

static void probe(const char *label, coil_task *t, const char *value)
{
    printf("%s %d %d", label, coil_task_done(t), coil_task_cancelled(t));
    int status = coil_task_status(t);
    if (status < 0)
        printf(" raises %s", raised(status));
    else
        printf(" %s", value);
    const coil_error *e = NULL;
    int err = coil_task_error(t, &e);
    if (err == -COIL_EINVALIDSTATE || err == -ECANCELED)
        printf(" raises %s\n", raised(err));
    else if (err < 0)
        printf(" %s: %s\n", raised(err), e->message);
    else
        printf(" None\n");
}

COIL_ASYNC(amain)
{
    const char *value = "?";
    coil_task *a = coil_create_task(ok(&value)), *b = coil_create_task(bad());
    coil_task *c = coil_create_task(coil_sleep(1));
    probe("pending", a, value);
    MUST(coil_sleep(0));
    coil_task_cancel(c);
    MUST(coil_sleep(0.02));
    coil_task *kept = coil_task_ref(a);
    MUST(coil_await(a)); /* the value lands here */
    probe("ok", kept, value);
    probe("bad", b, value);
    probe("cancelled", c, value);
    coil_task_unref(kept);
    coil_task_unref(b);
    coil_task_unref(c);
    return 0;
}
COIL_MAIN(amain())
