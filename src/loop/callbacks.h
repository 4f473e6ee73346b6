/* loop/callbacks.h: a callback that waits for its turn: what is behind a coil_handle. */
#ifndef COIL_LOOP_CALLBACKS_H
#define COIL_LOOP_CALLBACKS_H

#include "loop/context.h"
#include "loop/loop.h"

/* Lives in loop->handles while it is queued, armed or kept by refs. One cache line: there may be a million. */
struct coil__callback_handle {
    struct coil__slab_head head;
    union {
        struct coil__ready ready; /* of call_soon */
        struct coil__timer timer; /* of call_later and call_at: `timed` */
    };
    coil_callback fn;
    void *arg;
    coil_context *context; /* a reference: what it runs in; NULL: an empty one */
    uint32_t refs;         /* the loop's while it is scheduled, and coil_handle_ref's */
    bool timed, cancelled, scheduled;
};
_Static_assert(sizeof(struct coil__callback_handle) == 64, "a handle is one cache line");

/* Makes one with a single reference, not scheduled; NULL when out of memory. */
struct coil__callback_handle *coil__callback_new(coil_loop *loop, coil_callback fn, void *arg);
/* Puts it into the ready FIFO; it then belongs to the loop. */
void coil__callback_push(coil_loop *loop, struct coil__callback_handle *h);
/* Gives back everything that is still queued or armed, unrun: the loop is closing. */
void coil__callbacks_discard(coil_loop *loop);

/* A callback on its way from another thread: post.c. */
struct coil__post {
    struct coil__mail mail;
    coil_loop *loop;
    coil_callback fn;
    void *arg;
    void (*dropped)(void *arg);
    coil_context *context; /* a reference, or NULL */
    bool allocated;
};
/* coil_call_soon_threadsafe for the rooms above: when the loop closes first, dropped(arg) is called instead (may be NULL). */
int coil__loop_post(coil_loop *loop, coil_callback fn, void *arg, void (*dropped)(void *arg));
/* The same with a place that the caller keeps until one of the two is called: it can't run out of memory. */
int coil__loop_post_in(struct coil__post *place, coil_loop *loop, coil_callback fn, void *arg,
                       void (*dropped)(void *arg));
/* Frees a node of coil_call_soon_threadsafe that will not run; leaves other nodes alone. */
void coil__threadsafe_discard(struct coil__ready *node);
/* What such a node will run; NULL for other nodes. */
coil_callback coil__post_callback(const struct coil__ready *node);
/* For debug mode: what this node, or this timer, will run. */
void coil__callback_describe(const struct coil__ready *node, char *buf, size_t size);
void coil__timer_describe(const struct coil__timer *timer, char *buf, size_t size);
/* Reports a negative return of a callback. */
void coil__callback_failed(coil_loop *loop, int err, coil_handle *handle);

#endif
