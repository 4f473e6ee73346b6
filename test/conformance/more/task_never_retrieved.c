/* which ways of looking at a task count as having seen its error, and which don't; a cancelled one is never reported */
#include "said.h"

COIL_ASYNC(bad, (const char *, text))
{
    return coil_fail(-EINVAL, "%s", text);
}

COIL_ASYNC(outer)
{
    return coil_await(coil_create_task(bad("inner")));
}

static int report(coil_loop *loop, const coil_exception_context *c, void *arg)
{
    (void)loop;
    (void)arg;
    printf("reported %s %s\n", c->message, c->error_message);
    return 0;
}

static int settle(void)
{
    for (int i = 0; i < 3; i++)
        MUST(coil_sleep(0));
    return 0;
}

static int callback(coil_task *t, void *arg)
{
    (void)t;
    (void)arg;
    printf("callback runs\n");
    return 0;
}

static void end(coil_task *t, const char *label)
{
    coil_task_unref(t);
    printf("-- %s\n", label);
}

COIL_ASYNC(amain)
{
    int n;
    coil_loop_set_exception_handler(coil_loop_running(), report, NULL);
    coil_task *t = coil_create_task(bad("nobody looks"));
    MUST(settle());
    end(t, "nothing");
    t = coil_create_task(bad("done()"));
    MUST(settle());
    coil_task_done(t);
    coil_task_cancelled(t);
    end(t, "done");
    t = coil_create_task(bad("exception()"));
    MUST(settle());
    coil_task_error(t, NULL);
    end(t, "exception");
    t = coil_create_task(bad("wait"));
    MUST(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    end(t, "wait");
    t = coil_task_ref(coil_create_task(bad("gather")));
    coil_ignore(coil_gather(coil_await(t)));
    end(t, "gather");
    t = coil_task_ref(coil_create_task(bad("wait_for")));
    coil_ignore(coil_wait_for(coil_await(t), 1));
    end(t, "wait_for");
    t = coil_create_task(bad("callback"));
    MUST(coil_task_add_done_callback(t, callback, NULL));
    MUST(settle());
    end(t, "callback");
    t = coil_create_task(coil_sleep(5));
    MUST(coil_sleep(0));
    coil_task_cancel(t);
    MUST(settle());
    end(t, "cancelled");
    t = coil_create_task(outer());
    MUST(settle());
    MUST(settle());
    end(t, "awaited by one that nobody looks at");
    t = coil_task_ref(coil_create_task(bad("late")));
    MUST(settle());
    coil_task *all[] = {t};
    coil_task *a = coil_create_task(coil_wait(all, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &n));
    MUST(coil_sleep(0));
    coil_task_cancel(a);
    MUST(settle());
    coil_task_unref(a);
    int err = coil_await(t);
    printf("await %s\n", coil_error_message(err));
    end(t, "awaited late");
    return 0;
}
COIL_MAIN(amain())
