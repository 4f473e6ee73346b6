/* What a task does around a coroutine, by hand: stepping, sending, throwing, closing; without a loop, or while one runs. */
#include <coil.h>
#include <stdio.h>

COIL_ASYNC(add, (int, a), (int, b), (int, ret_sum, out))
{
    printf("adding\n");
    int err = coil_yield_now(); /* it needs no loop */
    *ret_sum = a + b;
    return err;
}

/* An awaitable of one's own: the question goes to whoever drives, the answer comes back. */
static int ask(const char *question, const char **ret_answer)
{
    return coil_generator_yield(&question, (const void **)ret_answer);
}

COIL_ASYNC(introduce)
{
    const char *name, *town;
    int err = ask("Your name?", &name);
    if (err >= 0)
        err = ask("Your town?", &town);
    if (err >= 0)
        printf("%s of %s\n", name, town);
    return err;
}

COIL_ASYNC(guarded, (coil_future *, future), (void *, ret, out))
{
    int err = coil_future_await(future, ret);
    if (err == -EDOM) {
        printf("caught %s\n", coil_error_message(err));
        *ret = "a default";
        err = 0;
    }
    printf("cleaning up\n");
    return err;
}

/* What a task does, in a few lines. */
static int drive(coil_generator *coroutine, const char *const *answers, int n)
{
    const char *question;
    int err = coil_generator_send(coroutine, NULL, &question);
    for (int i = 0; i < n && err >= 0; i++) {
        printf("%s %s\n", question, answers[i]);
        err = coil_generator_send(coroutine, answers[i], &question);
    }
    return err == -COIL_ESTOPITERATION ? 0 : err;
}

static int without_a_loop(void)
{
    int sum;
    COIL_COROUTINE(c, add(1, 2, &sum));
    printf("created, nothing has run\n");
    int err = coil_generator_send(c, NULL, NULL);
    if (err < 0)
        return err;
    printf("suspended\n");
    err = coil_generator_send(c, NULL, NULL);
    if (err == -COIL_ESTOPITERATION)
        printf("result %d\n", sum);
    err = coil_generator_send(c, NULL, NULL);
    printf("once more: %s\n", coil_error_message(err));

    const char *const answers[] = {"Ada", "London"};
    coil_generator *d = coil_coroutine_new(introduce(), sizeof(const char *));
    err = drive(d, answers, 2);
    coil_generator_free(d);
    return err;
}

COIL_ASYNC(in_a_loop)
{
    void *text;
    coil_future *future = coil_future_new();
    COIL_COROUTINE(c, guarded(future, &text));
    int err = coil_generator_send(c, NULL, NULL);
    printf("awaits the future: %s\n", coil_coroutine_future(c) == future ? "True" : "False");
    coil_future_set_result(future, "a result");
    err = err < 0 ? err : coil_generator_send(c, NULL, NULL);
    if (err == -COIL_ESTOPITERATION)
        printf("%s\n", (const char *)text);
    coil_future_unref(future);

    future = coil_future_new();
    COIL_COROUTINE(d, guarded(future, &text));
    err = coil_generator_send(d, NULL, NULL);
    if (err >= 0)
        err = coil_generator_throw(d, coil_fail(-EDOM, "from outside"), NULL);
    if (err == -COIL_ESTOPITERATION)
        printf("%s and the future is done: %s\n", (const char *)text,
               coil_future_done(future) ? "True" : "False");
    coil_future_unref(future);

    future = coil_future_new();
    COIL_COROUTINE(e, guarded(future, &text));
    err = coil_generator_send(e, NULL, NULL);
    if (err >= 0)
        err = coil_generator_close(e);
    printf("closed\n");
    coil_future_unref(future);
    if (err < 0)
        return err;

    int sum;
    COIL_COROUTINE(f, add(3, 4, &sum));
    err = coil_coroutine_await(f);
    if (err < 0)
        return err;
    printf("%d\n", sum);
    err = coil_coroutine_await(f);
    printf("once more: %s\n", coil_error_message(err));
    return 0;
}

int main(void)
{
    int err = without_a_loop();
    if (err >= 0)
        err = coil_run(in_a_loop());
    if (err < 0)
        fprintf(stderr, "%s\n", coil_error_message(err));
    return err < 0;
}
