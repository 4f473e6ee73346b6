/* places/generators.h: the rows of generators.
 *
 * Part of contract_places.c, which says what a row is. A generator belongs to its thread, so each row makes its own.
 */

/* Awaits where one can, yields, awaits again. */
static COIL_ASYNC(stepwise)
{
    int err = rest_if_possible(NULL);
    if (err >= 0)
        err = coil_generator_yield(NULL, NULL);
    if (err == -COIL_EGENERATOREXIT)
        coil_ignore(coil_sleep(0));
    return err < 0 ? err : rest_if_possible(NULL);
}

static int with_generator(int (*use)(coil_generator *g))
{
    coil_generator *g = coil_generator_new(stepwise(), 0);
    int status = use(g);
    coil_generator_free(g);
    return status;
}

static int next_of(coil_generator *g)
{
    return coil_generator_next(g, NULL);
}
static int send_to(coil_generator *g)
{
    return coil_generator_send(g, NULL, NULL);
}
static int throw_into(coil_generator *g)
{
    int err = coil_generator_next(g, NULL);
    return err < 0 ? err : coil_generator_throw(g, -EIO, NULL);
}
static int close_of(coil_generator *g)
{
    int err = coil_generator_next(g, NULL);
    return err < 0 ? err : coil_generator_close(g);
}
static int status_of(coil_generator *g)
{
    return coil_generator_status(g);
}
static int state_of(coil_generator *g)
{
    return coil_generator_state(g);
}

static COIL_ASYNC(delegating)
{
    COIL_GENERATOR(inner, stepwise(), 0);
    return coil_generator_yield_from(inner);
}

static enum outcome call_coil_generator_new(void)
{
    coil_generator *g = coil_generator_new(stepwise(), 0);
    coil_generator_free(g);
    return of_pointer(g);
}
STATUS(coil_generator_next, with_generator(next_of))
STATUS(coil_generator_send, with_generator(send_to))
STATUS(coil_generator_throw, with_generator(throw_into))
STATUS(coil_generator_close, with_generator(close_of))
static enum outcome call_coil_generator_free(void)
{
    coil_generator *g = coil_generator_new(stepwise(), 0);
    int status = coil_generator_next(g, NULL);
    coil_generator_free(g);
    return of_status(status);
}
STATUS(coil_generator_status, with_generator(status_of))
STATUS(coil_generator_state, with_generator(state_of))
STATUS(coil_generator_yield, coil_generator_yield(NULL, NULL))
static enum outcome call_coil_generator_yield_from(void)
{
    coil_generator *g = coil_generator_new(delegating(), 0);
    int status = coil_generator_next(g, NULL);
    coil_generator_free(g);
    return of_status(status);
}
static COIL_ASYNC(cleans_up)
{
    int err = coil_generator_yield(NULL, NULL);
    coil_ignore(rest_if_possible(NULL));
    return err;
}
static enum outcome call_coil_loop_shutdown_asyncgens(void)
{
    COIL_GENERATOR(g, cleans_up(), 0);
    coil_ignore(coil_generator_next(g, NULL));
    return of_status(coil_loop_shutdown_asyncgens());
}

static int with_coroutine(int (*use)(coil_generator *c))
{
    coil_generator *c = coil_coroutine_new(coil_apply(rest_if_possible, NULL), 0);
    int status = coil_generator_send(c, NULL, NULL);
    status = status == -COIL_ESTOPITERATION ? 0 : status;
    if (status >= 0)
        status = use(c);
    coil_generator_free(c);
    return status;
}
static int waits(coil_generator *c)
{
    return coil_coroutine_wait(c);
}
static int is_waiting(coil_generator *c)
{
    return coil_coroutine_waiting(c);
}
static enum outcome call_coil_coroutine_new(void)
{
    coil_generator *c = coil_coroutine_new(stepwise(), 0);
    coil_generator_free(c);
    return of_pointer(c);
}
STATUS(coil_coroutine_waiting, with_coroutine(is_waiting))
NOTHING(coil_coroutine_future, coil_coroutine_future(NULL))
STATUS(coil_coroutine_wait, with_coroutine(waits))
static enum outcome call_coil_coroutine_await(void)
{
    COIL_COROUTINE(c, coil_apply(rest_if_possible, NULL));
    return of_status(coil_coroutine_await(c));
}

static const struct row generator_rows[] = {
    BARE(coil_generator_new),
    SUSPENDS(coil_generator_next),
    SUSPENDS(coil_generator_send),
    SUSPENDS(coil_generator_throw),
    SUSPENDS(coil_generator_close),
    SUSPENDS(coil_generator_free),
    BARE(coil_generator_status),
    BARE(coil_generator_state),
    BARE(coil_generator_yield),
    SUSPENDS(coil_generator_yield_from),
    SUSPENDS(coil_loop_shutdown_asyncgens),
    BARE(coil_coroutine_new),
    BARE(coil_coroutine_waiting),
    BARE(coil_coroutine_future),
    SUSPENDS(coil_coroutine_wait),
    SUSPENDS(coil_coroutine_await),
    {NULL, NULL, 0, 0},
};
