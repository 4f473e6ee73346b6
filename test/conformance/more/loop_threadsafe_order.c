/* call_soon_threadsafe from the loop's own thread takes its place in the one FIFO; from another thread calls keep their order; handles cancelled late */
#include <pthread.h>

#include "said.h"

static coil_loop *loop;
static coil_handle *box;

static int say(void *text)
{
    printf("%s\n", (char *)text);
    return 0;
}

COIL_ASYNC(coroutine, (char *, text))
{
    return say(text);
}

static int inside(void *arg)
{
    (void)arg;
    MUST(coil_call_soon_threadsafe(loop, say, "from a callback"));
    coil_call_soon(say, "after it");
    return 0;
}

static void *many(void *arg)
{
    static char texts[5][32];
    for (int i = 0; i < 5; i++) {
        snprintf(texts[i], sizeof texts[i], "other thread %d", i);
        if (coil_call_soon_threadsafe(loop, say, texts[i]) < 0)
            return arg;
    }
    return NULL;
}

static int cancels_itself(void *arg)
{
    (void)arg;
    coil_handle_cancel(box);
    printf("ran, then cancelled %d\n", coil_handle_cancelled(box));
    return 0;
}

COIL_ASYNC(amain)
{
    loop = coil_loop_running();
    coil_call_soon(say, "1 soon");
    MUST(coil_call_soon_threadsafe(loop, say, "2 threadsafe"));
    coil_call_soon(say, "3 soon");
    MUST(coil_spawn(coroutine("4 task")));
    MUST(coil_call_soon_threadsafe(loop, say, "5 threadsafe"));
    MUST(coil_sleep(0));
    printf("turn\n");
    coil_call_soon(inside, NULL);
    MUST(coil_sleep(0));
    printf("not yet\n");
    MUST(coil_sleep(0));
    pthread_t t;
    pthread_create(&t, NULL, many, NULL);
    pthread_join(t, NULL);
    coil_call_soon(say, "mine comes after");
    MUST(coil_sleep(0.01));
    coil_handle *h = coil_handle_ref(coil_call_soon(say, "handle ran"));
    MUST(coil_sleep(0));
    coil_handle_cancel(h);
    printf("cancelled late %d\n", coil_handle_cancelled(h));
    coil_handle_unref(h);
    box = coil_handle_ref(coil_call_later(0, cancels_itself, NULL));
    MUST(coil_sleep(0.005));
    coil_handle_unref(box);
    return 0;
}
COIL_MAIN(amain())
