/* tutorial: workers share a queue, join, then are cancelled while they wait */
#include "port.h"

static struct {
    int worker, item;
} done[6];
static int n_done;

COIL_ASYNC(worker, (int, name), (coil_queue *, q))
{
    for (;;) {
        int n;
        MUST(coil_queue_get(q, &n));
        MUST(coil_sleep(0.04));
        done[n_done].worker = name;
        done[n_done++].item = n;
        MUST(coil_queue_task_done(q));
    }
}

COIL_ASYNC(amain)
{
    coil_queue q;
    coil_task *ws[3];
    coil_call calls[3];
    int statuses[3];
    MUST(coil_queue_init(&q, sizeof(int), 0));
    for (int i = 0; i < 6; i++)
        MUST(coil_queue_put_nowait(&q, &i));
    for (int i = 0; i < 3; i++)
        ws[i] = coil_create_task(worker(i, &q));
    MUST(coil_queue_join(&q));
    for (int i = 0; i < 3; i++) {
        coil_task_cancel(ws[i]);
        calls[i] = COIL_CALL(coil_await(ws[i]));
    }
    coil_ignore(coil_gather_n(calls, 3, statuses));
    printf("workers:");
    for (int i = 0; i < 3; i++)
        printf(" %s", statuses[i] == -ECANCELED ? "CancelledError" : coil_error_name(statuses[i]));
    printf("\n");
    for (int i = 0; i < n_done; i++)
        printf("w%d %d\n", done[i].worker, done[i].item);
    coil_queue_done(&q);
    return 0;
}
COIL_MAIN(amain())
