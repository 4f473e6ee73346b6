/* base/vars.c: an array sorted by the key's address. Programs have a handful of context variables: a look-up is a few
 * comparisons, and setting one copies a few dozen bytes.
 */
#include "base/vars.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>

#include "base/memory.h"

struct coil__value {
    atomic_uint refs;
    void *value;
    void (*destroy)(void *value);
};

struct entry {
    const void *key;
    struct coil__value *value; /* a reference */
};

struct coil__vars {
    atomic_uint refs;
    size_t n; /* never 0: the empty map is NULL */
    struct entry entries[];
};

/* ---------------------------------------------------------------- values ---- */

struct coil__value *coil__value_new(void *value, void (*destroy)(void *value))
{
    struct coil__value *v = coil__malloc(sizeof *v);
    if (!v)
        return NULL;
    atomic_init(&v->refs, 1);
    v->value = value;
    v->destroy = destroy;
    return v;
}

struct coil__value *coil__value_ref(struct coil__value *v)
{
    if (v)
        atomic_fetch_add_explicit(&v->refs, 1, memory_order_relaxed);
    return v;
}

void coil__value_unref(struct coil__value *v)
{
    if (!v || atomic_fetch_sub_explicit(&v->refs, 1, memory_order_acq_rel) != 1)
        return;
    void *value = v->value;
    void (*destroy)(void *value) = v->destroy;
    coil__free(v);
    if (destroy)
        destroy(value);
}

void coil__value_disown(struct coil__value *v)
{
    coil__free(v);
}

void *coil__value_of(const struct coil__value *v)
{
    return v->value;
}

/* ---------------------------------------------------------------- maps ---- */

struct coil__vars *coil__vars_ref(struct coil__vars *m)
{
    if (m)
        atomic_fetch_add_explicit(&m->refs, 1, memory_order_relaxed);
    return m;
}

void coil__vars_unref(struct coil__vars *m)
{
    if (!m || atomic_fetch_sub_explicit(&m->refs, 1, memory_order_acq_rel) != 1)
        return;
    for (size_t i = 0; i < m->n; i++)
        coil__value_unref(m->entries[i].value);
    coil__free(m);
}

/* The index of the first entry that is not before `key`. */
static size_t lower_bound(const struct coil__vars *m, const void *key)
{
    size_t from = 0, to = m ? m->n : 0;
    while (from < to) {
        size_t middle = (from + to) / 2;
        if ((uintptr_t)m->entries[middle].key < (uintptr_t)key)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

static int has_at(const struct coil__vars *m, size_t i, const void *key)
{
    return m && i < m->n && m->entries[i].key == key;
}

int coil__vars_with(const struct coil__vars *m, const void *key, struct coil__value *v,
                    struct coil__vars **ret)
{
    size_t n = m ? m->n : 0, at = lower_bound(m, key), skipped = has_at(m, at, key) ? 1 : 0;
    size_t room = n - skipped + (v ? 1 : 0);
    *ret = NULL;
    if (room == 0)
        return 0;
    struct coil__vars *copy = coil__malloc(sizeof *copy + room * sizeof(struct entry));
    if (!copy)
        return -ENOMEM;
    atomic_init(&copy->refs, 1);
    copy->n = 0;
    for (size_t i = 0; i < at; i++)
        copy->entries[copy->n++] = m->entries[i];
    if (v)
        copy->entries[copy->n++] = (struct entry){key, v};
    for (size_t i = at + skipped; i < n; i++)
        copy->entries[copy->n++] = m->entries[i];
    for (size_t i = 0; i < copy->n; i++)
        coil__value_ref(copy->entries[i].value);
    *ret = copy;
    return 0;
}

struct coil__value *coil__vars_find(const struct coil__vars *m, const void *key)
{
    size_t at = lower_bound(m, key);
    return has_at(m, at, key) ? m->entries[at].value : NULL;
}

size_t coil__vars_count(const struct coil__vars *m)
{
    return m ? m->n : 0;
}

const void *coil__vars_at(const struct coil__vars *m, size_t i, struct coil__value **ret_value)
{
    *ret_value = m->entries[i].value;
    return m->entries[i].key;
}
