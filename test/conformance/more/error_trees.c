/* errors of nested groups are a tree in order of completion; a group in a gather; an error with its own message through a chain of awaits */
#include "said.h"

COIL_ASYNC(fails, (const char *, text), (int, turns))
{
    for (int i = 0; i < turns; i++)
        MUST(coil_sleep(0));
    return coil_fail(-EINVAL, "%s", text);
}

COIL_ASYNC(cleanup, (const char *, text))
{
    coil_ignore(coil_sleep(5));
    return coil_fail(-EIO, "%s", text);
}

COIL_ASYNC(inner)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, fails("inner 1", 0));
        coil_group_create_task(g, cleanup("inner cleanup"));
    }
    return err;
}

COIL_ASYNC(outer)
{
    int err;
    COIL_TASK_GROUP(g, err)
    {
        coil_group_create_task(g, inner());
        coil_group_create_task(g, cleanup("outer cleanup"));
        coil_group_create_task(g, fails("outer late", 1));
    }
    return err;
}

static void show(const coil_error *e, int depth)
{
    if (e->n_causes == 0) {
        printf("%*s%s\n", 2 * depth, "", e->message);
        return;
    }
    printf("%*sgroup %d\n", 2 * depth, "", e->n_causes);
    for (int i = 0; i < e->n_causes; i++)
        show(e->causes[i], depth + 1);
}

COIL_ASYNC(chain, (int, n))
{
    if (n > 0)
        return coil_await(coil_create_task(chain(n - 1)));
    MUST(coil_sleep(0));
    return coil_fail(-EINVAL, "from the depth");
}

COIL_ASYNC(amain)
{
    int err = outer();
    show(coil_error_get(err), 0);
    coil_task *t[] = {coil_task_ref(coil_create_task(fails("g1", 2))),
                      coil_task_ref(coil_create_task(inner())),
                      coil_task_ref(coil_create_task(fails("g2", 0)))};
    coil_ignore(coil_gather(coil_await(t[0]), coil_await(t[1]), coil_await(t[2])));
    for (int i = 0; i < 3; i++) {
        const coil_error *e;
        coil_task_error(t[i], &e);
        show(e, 0);
        coil_task_unref(t[i]);
    }
    err = chain(5);
    printf("chain %s\n", coil_error_message(err));
    return 0;
}
COIL_MAIN(amain())
