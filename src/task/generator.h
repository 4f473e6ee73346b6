/* task/generator.h: the generator from inside.
 *
 * A generator is a body on a stack of its own that runs only inside the calls of its driver, in the driver's task: when the
 * body awaits, that task is suspended there, and the switch between tasks knows nothing of it. So a step is two bare
 * switches, a cancellation arrives in the body's own wait, and the error slot is the driver's. Each side does what is due on both
 * before it switches (coil__coro_pass), so that the other one, when it goes on, is back in its caller at once.
 *
 * Always true: coil__here.generator is the innermost generator whose body runs in this context; a task that suspends inside of
 * one keeps it in its frame and leaves NULL (suspend.h). RUNNING: `back` is where a yield goes, in a coil__coro_pass, and the body's context is the running one or that of a
 * suspended task. SUSPENDED: `coro` is at a yield. CREATED, CLOSED: there is no stack.
 *
 * A thread's generators lie in one slab, which goes when it is empty and no loop of the thread has used it. One that
 * was made while a loop ran takes its stack from that loop and is freed with it, at the latest.
 */
#ifndef COIL_TASK_GENERATOR_H
#define COIL_TASK_GENERATOR_H

#include "coil/generator.h"
#include "task/tasks.h"

struct coil__hand;

struct coil__generator {
    struct coil__slab_head head;
    uint8_t state; /* COIL_GENERATOR_*                                              */
    bool loops;    /* made while a loop ran: its stack and its life are the loop's  */
    bool doomed;   /* its handle was given back while the body ran                  */
    bool has_stack;
    bool closing; /* its body was told to end                                       */
    bool
        asked; /* the step that runs is a user's, who gets the item or the end; else step's caller */
    int missed; /* what was thrown into the coroutine outside while it closed, or 0       */
    struct coil__coro coro;        /* the body, at a yield                             */
    struct coil__coro driver;      /* whoever asked for the step, unless it is a hand  */
    struct coil__coro *back;       /* &driver, or the hand                             */
    struct coil__generator *outer; /* whose body asked for it, or NULL           */
    struct coil__hand *hand;       /* a coroutine that is driven by hand: hand.h; else NULL */
    const void *item;              /* what the body yields, on its stack               */
    const void **ret_sent;         /* where the yield has what is sent; or NULL        */
    void *ret_item;                /* where the user has the item; or NULL             */
    size_t item_size;
    struct coil__tasks *tasks; /* its loop: it was made or started there; or NULL  */
    struct coil__list link;
    int status; /* of the body, when CLOSED                         */
    int line;
    const char *file;
    struct coil__stack_pool *pool; /* of the stack */
    struct coil__stack stack;
    coil_call call;
};

/* What a thread has of generators. */
struct coil__generators {
    struct coil__slab slab;
    struct coil__stack_pool *stacks; /* of those that no loop owns; NULL until one starts */
    uint32_t holds;                  /* loops that keep this                              */
};
extern __thread struct coil__generators *coil__generators_here
    __attribute__((tls_model("initial-exec")));
extern __thread uint8_t coil__generators_tag __attribute__((tls_model("initial-exec")));

/* Checks a handle: [generation 32 | slot 24 | the thread's tag 8]. 0, or the error that the header documents. */
int coil__generator_refuse(const coil_generator *handle);
static inline int coil__generator_find(const coil_generator *handle, struct coil__generator **ret)
{
    *ret = NULL;
    if (__builtin_expect(
            !coil__generators_here || (uint8_t)(uintptr_t)handle != coil__generators_tag, 0))
        return coil__generator_refuse(handle);
    *ret = coil__handle_find(&coil__generators_here->slab, handle);
    return *ret ? 0 : -COIL_ESTALE;
}
coil_generator *coil__generator_handle(const struct coil__generator *g);

/* Gets the stack of one that is CREATED and lays the body on it: 0, -ENOMEM, -COIL_ESTACKS. */
int coil__generator_start(struct coil__generator *g);
/* Puts it into the running loop's list: at its first step in a task. 0, -ENOMEM, or -COIL_EINVALIDSTATE for one of another loop's. */
int coil__generator_adopt(struct coil__generator *g);
/* The body has ended, or will not go on: the stack and what the call kept go. Outputs land before, if ever. */
void coil__generator_end(struct coil__generator *g, int status);
/* Closes what is left of it, reporting errors, and frees it, when its body does not end, with its loop. The caller's error record stays. */
void coil__generator_dispose(struct coil__generator *g);
/* Whether a step may begin (thrown: what it will throw, or 0); starts one that was not. May suspend when it is driven by hand. */
int coil__generator_enter(struct coil__generator *g, int thrown);
/* Runs the body until it yields or ends; it must be SUSPENDED. 0 when it yields, 1 when it has ended with g->status. */
int coil__generator_step(struct coil__generator *g, const void *sent, int thrown);
/* The body has ended, CLOSED with g->status: what the driver goes on with, and returns. */
int coil__generator_ended(void *generator);
/* The close, without landing. */
int coil__generator_shut(struct coil__generator *g);

/* The loop closes: what the kernel owes to coroutines that are driven by hand ends. */
void coil__generators_abandon_waits(struct coil__tasks *tasks);
/* Asks once, after that: whether another loop still works on the stack of one of them. */
bool coil__generators_are_worked_for(struct coil__tasks *tasks);
/* The loop closes: bodies that have not ended will not go on, and those that it owns are freed. */
void coil__generators_leave(struct coil__tasks *tasks);
/* For reports of overflows: who runs on a stack, as coil__overflow_fn. */
int coil__generator_name(const struct coil__stack_pool *pool, uint32_t stack_index, char *buf,
                         size_t size, const char **file, uint32_t *line);

#endif
