/* base/error.c: one block per record: the header, the public view, the message and the causes behind it.
 *
 * Records may cross threads (a pool job's error), so the count is atomic. Making one never fails the caller: without
 * memory the code still travels, only its message is lost.
 */
#include "base/error.h"

#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/sys.h"

struct coil__error {
    atomic_int refs;
    coil_error view;
    struct coil__error **cause_records; /* what view.causes point into; owned */
};

static __thread struct coil__error *thread_slot;
__thread struct coil__error **coil__error_slot_in_use __attribute__((tls_model("initial-exec")));

static pthread_key_t end_key;
static pthread_once_t end_once = PTHREAD_ONCE_INIT;
static bool end_is_watched; /* false: the key could not be made, and a thread's last record stays */

static void thread_ends(void *slot)
{
    coil__error_set(slot, NULL);
}

static void watch_ends(void)
{
    end_is_watched = coil__sys_pthread_key_create(&end_key, thread_ends) == 0;
}

/* A thread's last record goes when the thread does. */
static void give_back_at_thread_end(void)
{
    pthread_once(&end_once, watch_ends);
    if (end_is_watched && !pthread_getspecific(end_key))
        pthread_setspecific(end_key, &thread_slot);
}

struct coil__error **coil__error_slot(void)
{
    return coil__error_slot_in_use ? coil__error_slot_in_use : &thread_slot;
}

/* ---------------------------------------------------------------- names and sentences ---- */

static const struct {
    int number;
    const char *name, *sentence;
} own_errors[] = {
#define ROW(name, number, sentence) {number, "COIL_E" #name, sentence},
    COIL_ERROR_LIST(ROW)
#undef ROW
};

const char *coil_error_sentence(int err)
{
    if (err >= 0)
        return "success";
    if (err == INT_MIN) /* it has no positive twin */
        return "unknown error";
    for (size_t i = 0; i < sizeof own_errors / sizeof *own_errors; i++)
        if (own_errors[i].number == -err)
            return own_errors[i].sentence;
    const char *s = strerrordesc_np(-err);
    return s ? s : "unknown error";
}

const char *coil_error_name(int err)
{
    if (err >= 0)
        return "OK";
    if (err == INT_MIN)
        return "E?";
    for (size_t i = 0; i < sizeof own_errors / sizeof *own_errors; i++)
        if (own_errors[i].number == -err)
            return own_errors[i].name;
    const char *s = strerrorname_np(-err);
    return s ? s : "E?";
}

/* ---------------------------------------------------------------- records ---- */

/* file: copied too when it is not NULL. */

static struct coil__error *new_record(int code, const char *message, const char *file,
                                      size_t n_causes)
{
    size_t text = message ? strlen(message) + 1 : 0, name = file ? strlen(file) + 1 : 0;
    size_t pointers = n_causes * (sizeof(struct coil__error *) + sizeof(coil_error *));
    struct coil__error *e = coil__malloc(sizeof *e + pointers + text + name);
    if (!e)
        return NULL;
    memset(e, 0, sizeof *e);
    atomic_init(&e->refs, 1);
    e->view.code = code;
    char *tail = (char *)(e + 1);
    if (n_causes) {
        e->cause_records = (void *)tail;
        e->view.causes = (void *)(tail + n_causes * sizeof(struct coil__error *));
        e->view.n_causes = (int)n_causes;
    }
    e->view.message = message ? memcpy(tail + pointers, message, text) : coil_error_sentence(code);
    e->view.file = file ? memcpy(tail + pointers + text, file, name) : NULL;
    return e;
}

struct coil__error *coil__error_new(int code, const char *message, const char *file, int line)
{
    struct coil__error *e = new_record(code, message, NULL, 0);
    if (e) {
        e->view.file = file;
        e->view.line = line;
    }
    return e;
}

struct coil__error *coil__error_new_copy(int code, const char *message, const char *file, int line)
{
    struct coil__error *e = new_record(code, message, file, 0);
    if (e)
        e->view.line = line;
    return e;
}

struct coil__error *coil__error_new_group(int code, struct coil__error **causes, int n)
{
    struct coil__error *e = NULL;
    const char *message = NULL;
    for (int i = 0; i < n && !message; i++)
        if (coil__error_code(causes[i]) == code)
            message = causes[i]->view.message;
    e = new_record(code, message, NULL, (size_t)n);
    if (!e) {
        for (int i = 0; i < n; i++)
            coil__error_unref(causes[i]);
        return NULL;
    }
    const coil_error **views = (const coil_error **)(uintptr_t)e->view.causes;
    for (int i = 0; i < n; i++) {
        e->cause_records[i] = causes[i];
        views[i] = &causes[i]->view;
    }
    return e;
}

struct coil__error *coil__error_ref(struct coil__error *e)
{
    if (e)
        atomic_fetch_add_explicit(&e->refs, 1, memory_order_relaxed);
    return e;
}

void coil__error_unref(struct coil__error *e)
{
    if (!e || atomic_fetch_sub_explicit(&e->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (int i = 0; i < e->view.n_causes; i++)
        coil__error_unref(e->cause_records[i]);
    coil__free(e);
}

int coil__error_code(const struct coil__error *e)
{
    return e ? e->view.code : 0;
}

const coil_error *coil__error_public(const struct coil__error *e)
{
    return e ? &e->view : NULL;
}

void coil__error_set(struct coil__error **slot, struct coil__error *e)
{
    struct coil__error *old = *slot;
    *slot = e;
    coil__error_unref(old);
}

void coil__error_put(struct coil__error *e)
{
    if (e && !coil__error_slot_in_use)
        give_back_at_thread_end();
    coil__error_set(coil__error_slot(), e);
}

struct coil__error *coil__error_current(int code)
{
    struct coil__error *e = *coil__error_slot();
    return e && e->view.code == code ? e : NULL;
}

/* ---------------------------------------------------------------- public ---- */

int coil__public_fail(int code, const char *file, int line, const char *fmt, ...)
{
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    coil__error_put(coil__error_new(code, text, file, line));
    return code;
}

const char *coil_error_message(int err)
{
    struct coil__error *e = coil__error_current(err);
    return e ? e->view.message : coil_error_sentence(err);
}

const coil_error *coil_error_get(int err)
{
    return coil__error_public(coil__error_current(err));
}

int coil_error_causes(int err, const coil_error **buf, int n)
{
    const coil_error *e = coil_error_get(err);
    if (!e)
        return 0;
    for (int i = 0; i < n && i < e->n_causes; i++)
        buf[i] = e->causes[i];
    return e->n_causes;
}
