/* io/lookup.c: questions on their way to a thread, and answers on their way back.
 *
 * The answer comes back by mail. `lock` guards lookup->loop: once the loop closes it is NULL, and the thread, whenever the resolver
 * lets it go, frees the lookup by itself.
 */
#include "io/lookup.h"

#include <errno.h>
#include <pthread.h>

#include "base/memory.h"

enum { THREADS = 2 };

struct lookups {
    struct coil__attachment attachment;
    struct coil__crew *crew;
    struct coil__list all;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char key;

static void release(struct coil__lookup *l)
{
    if (l->answer)
        freeaddrinfo(l->answer);
    coil__free(l);
}

/* ---------------------------------------------------------------- there and back ---- */

/* In a helper thread. */
static void ask(struct coil__job *job)
{
    struct coil__lookup *l = COIL__CONTAINER(job, struct coil__lookup, job);
    errno = 0;
    l->status = l->look_up(l);
    if (l->status < 0)
        l->answer = NULL;
    pthread_mutex_lock(&lock);
    bool alone = l->loop == NULL;
    if (!alone)
        coil__loop_mail(l->loop, &l->mail);
    pthread_mutex_unlock(&lock);
    if (alone)
        release(l);
}

/* The mail has come. A waiter that was cancelled has let go already. */
static void arrive(struct coil__ready *node)
{
    struct coil__lookup *l = COIL__CONTAINER(node, struct coil__lookup, mail.ready);
    l->arrived = true;
    if (l->waiter) {
        coil__unpark(l->waiter);
    } else {
        coil__list_remove(&l->link);
        release(l);
    }
}

/* ---------------------------------------------------------------- the loop's part ---- */

/* Mail that came and was not read goes with the loop: taken out of its queues before it is freed. */
static void drop_mail(coil_loop *loop)
{
    for (struct coil__mpsc_node *n = coil__mpsc_take(&loop->inbox), *next; n; n = next) {
        next = n->next;
        coil__loop_push(loop, &COIL__CONTAINER(n, struct coil__mail, node)->ready);
    }
    struct coil__ready *all = loop->next_head;
    loop->next_head = NULL;
    loop->next_tail = &loop->next_head;
    for (struct coil__ready *next; all; all = next) {
        next = all->next;
        if (all->run == arrive)
            release(COIL__CONTAINER(all, struct coil__lookup, mail.ready));
        else
            coil__loop_push(loop, all);
    }
}

static void close_lookups(struct coil__attachment *a, coil_loop *loop)
{
    struct lookups *room = COIL__CONTAINER(a, struct lookups, attachment);
    COIL__LIST_FOREACH (node, &room->all) {
        struct coil__lookup *l = COIL__CONTAINER(node, struct coil__lookup, link);
        coil__list_remove(&l->link);
        if (l->arrived || coil__crew_cancel(room->crew, &l->job)) {
            release(l);
            continue;
        }
        pthread_mutex_lock(&lock);
        l->loop = NULL;
        pthread_mutex_unlock(&lock);
    }
    coil__crew_abandon(room->crew);
    drop_mail(loop);
    coil__free(room);
}

static int lookups_of(coil_loop *loop, struct lookups **ret_lookups)
{
    struct coil__attachment *a = coil__loop_attachment(loop, &key);
    if (a) {
        *ret_lookups = COIL__CONTAINER(a, struct lookups, attachment);
        return 0;
    }
    struct lookups *room = coil__calloc(1, sizeof *room);
    if (!room)
        return -ENOMEM;
    int err = coil__crew_new("coil-dns", THREADS, &room->crew);
    if (err < 0) {
        coil__free(room);
        return err;
    }
    coil__list_init(&room->all);
    room->attachment.close = close_lookups;
    coil__loop_attach(loop, &room->attachment, &key);
    *ret_lookups = room;
    return 0;
}

/* ---------------------------------------------------------------- asking ---- */

static const struct coil__wait_kind lookup_kind = {"getaddrinfo", coil__park_cancel, NULL,
                                                   COIL__RESTS_NOT};

void *coil__lookup_new(size_t size, int (*look_up)(struct coil__lookup *l))
{
    struct coil__lookup *l = coil__calloc(1, size);
    if (!l)
        return NULL;
    l->job.run = ask;
    l->mail.ready.run = arrive;
    l->loop = coil__here.loop;
    l->waiter = coil__current();
    l->look_up = look_up;
    return l;
}

void coil__lookup_end(struct coil__lookup *l)
{
    coil__list_remove(&l->link);
    release(l);
}

int coil__lookup_ask(struct coil__lookup *l)
{
    struct lookups *room;
    int err = lookups_of(coil__here.loop, &room);
    if (err < 0) {
        release(l);
        return err;
    }
    coil__list_append(&room->all, &l->link);
    err = coil__crew_submit(room->crew, &l->job);
    if (err < 0) {
        coil__lookup_end(l);
        return err;
    }
    bool answered;
    err = coil__park(NULL, &lookup_kind, &answered);
    l->waiter = NULL;
    if (!answered) {
        if (!l->arrived && coil__crew_cancel(room->crew, &l->job))
            coil__lookup_end(l);
        return err;
    }
    if (err >= 0)
        err = l->status;
    if (err < 0)
        coil__lookup_end(l);
    return err;
}
