/* base/vars.h: the values of context variables at one moment: an immutable map, counted.
 *
 * Copying a context is taking a reference; setting a variable makes a new map beside the old one. Maps and values are
 * shared by tasks and threads, so their counts are atomic. NULL is the empty map.
 */
#ifndef COIL_BASE_VARS_H
#define COIL_BASE_VARS_H

#include <stddef.h>

struct coil__vars;
struct coil__value;

/* A value with one reference; destroy (may be NULL) is called when the last goes. NULL when out of memory, and `value` was not taken. */
struct coil__value *coil__value_new(void *value, void (*destroy)(void *value));
struct coil__value *coil__value_ref(struct coil__value *v); /* NULL passes through */
void coil__value_unref(struct coil__value *v);              /* NULL is fine         */
/* Frees one that nobody else has, without destroying the value. */
void coil__value_disown(struct coil__value *v);
void *coil__value_of(const struct coil__value *v);

struct coil__vars *coil__vars_ref(struct coil__vars *m); /* NULL passes through */
void coil__vars_unref(struct coil__vars *m);             /* NULL is fine         */

/* The map with `key` set to `v` (a reference is taken), or without it when v is NULL. Returns 0 and *ret, or -ENOMEM. */
int coil__vars_with(const struct coil__vars *m, const void *key, struct coil__value *v,
                    struct coil__vars **ret);
/* The value of `key`, borrowed, or NULL. */
struct coil__value *coil__vars_find(const struct coil__vars *m, const void *key);

size_t coil__vars_count(const struct coil__vars *m);
/* The i-th of them, in no particular order; borrowed. */
const void *coil__vars_at(const struct coil__vars *m, size_t i, struct coil__value **ret_value);

#endif
