/* past deadlines are due at once, by deadline; what a timer sets waits for the next turn; call_soon goes before */
#include "said.h"

static int say(void *text)
{
    printf("%s\n", (const char *)text);
    return 0;
}

static int chain(void *arg)
{
    static char *const after[] = {"soon after chain 1", "soon after chain 2"};
    int *n = arg;
    printf("chain %d\n", ++*n);
    if (*n < 3) {
        coil_call_later(0, chain, n);
        coil_call_soon(say, after[*n - 1]);
    }
    return 0;
}

static int set(void *event)
{
    coil_event_set(event);
    return 0;
}

COIL_ASYNC(amain)
{
    coil_event done;
    int n = 0;
    coil_event_init(&done);
    double t = coil_time() + 0.02;
    coil_call_at(t, say, "1");
    coil_call_at(t + 0.001, say, "later");
    coil_call_at(t + 0.0005, say, "2");
    coil_handle *first = coil_call_at(t - 0.001, say, "earlier");
    coil_handle *gone = coil_handle_ref(coil_call_at(t, say, "cancelled"));
    coil_handle_cancel(gone);
    double off = coil_handle_when(first) - (t - 0.001);
    printf("%d %d %d\n", coil_handle_cancelled(gone), off < 1e-8 && off > -1e-8,
           coil_handle_cancelled(first));
    coil_handle_unref(gone);
    coil_call_later(-5, say, "past, minus 5");
    coil_call_at(0, say, "past, at 0");
    coil_call_later(0, say, "zero");
    coil_call_soon(say, "soon");
    coil_call_later(0.03, chain, &n);
    coil_call_later(0.05, set, &done);
    return coil_event_wait(&done);
}
COIL_MAIN(amain())
