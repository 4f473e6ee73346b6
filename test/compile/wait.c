// What coil_wait refuses: bare call objects and a single task. Without a case the file compiles, and shows the right way.
#include <coil.h>

static COIL_ASYNC(child)
{
    return 0;
}

COIL_ASYNC(use)
{
    int ndone;
    coil_task *t = coil_create_task(child());
    coil_call c = COIL_CALL(child());
#ifdef CASE_bare_coroutines
    // expect: incompatible.*pointer
    coil_ignore(coil_wait(&c, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
#endif
#ifdef CASE_single_task
    // expect: incompatible.*pointer
    coil_ignore(coil_wait(t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
#endif
    coil_ignore(coil_wait(&t, 1, COIL_ALL_COMPLETED, COIL_FOREVER, &ndone));
    coil_ignore(coil_perform(c));
    return coil_await(t);
}
