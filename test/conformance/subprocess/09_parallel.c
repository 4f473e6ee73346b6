/* processes run in parallel and finish in order of their duration */
#include "port.h"

static COIL_ASYNC(job, (const char *, name), (const char *, secs), (int, ret_code, out))
{
    const char *const argv[] = {"sleep", secs, NULL};
    coil_process *p;
    MUST(coil_create_subprocess_exec(argv, NULL, &p));
    MUST(coil_process_wait(p, ret_code));
    printf("finished %s\n", name);
    return coil_process_close(p);
}

COIL_ASYNC(amain)
{
    int slow, fast, mid;
    MUST(coil_gather(job("slow", "0.36", &slow), job("fast", "0.04", &fast),
                     job("mid", "0.2", &mid)));
    printf("%d %d %d\n", slow, fast, mid);
    return 0;
}
COIL_MAIN(amain())
