/* The small parts of base/: slabs and their generations, lists, error records, the clock. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/list.h"
#include "base/memory.h"
#include "base/slab.h"
#include "harness.h"

/* ---------------------------------------------------------------- slab ---- */

struct thing {
    struct coil__slab_head head;
    int value;
};

START_TEST(a_handle_of_an_earlier_tenant_is_recognised)
{
    struct coil__slab s;
    coil__slab_init(&s, sizeof(struct thing), 0);
    struct thing *a = coil__slab_get(&s);
    uint32_t slot = a->head.slot, generation = a->head.generation;
    ck_assert_ptr_eq(coil__slab_find(&s, slot, generation), a);
    coil__slab_put(&s, a);
    ck_assert_ptr_null(coil__slab_find(&s, slot, generation));
    struct thing *b = coil__slab_get(&s);
    ck_assert_ptr_eq(a, b); /* the warm slot again, with another tenant */
    ck_assert_ptr_null(coil__slab_find(&s, slot, generation));
    ck_assert_ptr_eq(coil__slab_find(&s, slot, b->head.generation), b);
    coil__slab_put(&s, b);
    coil__slab_done(&s);
}
END_TEST

START_TEST(a_slot_that_never_was_has_no_tenant)
{
    struct coil__slab s;
    coil__slab_init(&s, sizeof(struct thing), 0);
    ck_assert_ptr_null(coil__slab_find(&s, 0, 1));
    ck_assert_uint_eq(coil__slab_slots(&s), 0);
    struct thing *a = coil__slab_get(&s);
    ck_assert_ptr_null(coil__slab_find(&s, coil__slab_slots(&s), 1));
    ck_assert_ptr_null(coil__slab_find(&s, UINT32_MAX, 1));
    coil__slab_put(&s, a);
    coil__slab_done(&s);
}
END_TEST

START_TEST(a_large_slab_grows_by_huge_pages)
{
    enum { MANY = 2500, OWN = 4 * COIL__SLAB_CHUNK, IN_BLOCK = 2 * COIL__SLAB_CHUNK };
    struct page {
        struct coil__slab_head head;
        uint32_t value, empty[1021];
    };
    static struct page *all[MANY];
    struct coil__slab s;
    coil__slab_init(&s, sizeof(struct page), 0);
    for (uint32_t i = 0; i < MANY; i++) {
        all[i] = coil__slab_get(&s);
        ck_assert_ptr_nonnull(all[i]);
        ck_assert_uint_eq(all[i]->head.slot, i);
        ck_assert_uint_eq(all[i]->value, 0);
        all[i]->value = i;
        if (i >= OWN && i % IN_BLOCK == 0)
            ck_assert_uint_eq((uintptr_t)all[i] % (2 << 20), 0);
    }
    ck_assert_uint_eq(coil__slab_live(&s), MANY);
    ck_assert_uint_eq(coil__slab_slots(&s), OWN + 3 * IN_BLOCK);
    for (uint32_t i = 0; i < MANY; i++) {
        ck_assert_ptr_eq(coil__slab_find(&s, i, all[i]->head.generation), all[i]);
        ck_assert_uint_eq(all[i]->value, i);
        coil__slab_put(&s, all[i]);
    }
    ck_assert_uint_eq(coil__slab_live(&s), 0);
    coil__slab_done(&s);
}
END_TEST

START_TEST(objects_do_not_move_and_do_not_share_slots)
{
    enum { MANY = 1000 };
    static struct thing *all[MANY];
    struct coil__slab s;
    coil__slab_init(&s, sizeof(struct thing), 0);
    for (int i = 0; i < MANY; i++) {
        all[i] = coil__slab_get(&s);
        ck_assert_ptr_nonnull(all[i]);
        all[i]->value = i;
    }
    ck_assert_uint_eq(coil__slab_live(&s), MANY);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(all[i]->value, i);
        ck_assert_ptr_eq(coil__slab_at(&s, all[i]->head.slot), all[i]);
        if (i % 2)
            coil__slab_put(&s, all[i]);
    }
    unsigned alive = 0;
    for (uint32_t slot = 0; slot < coil__slab_slots(&s); slot++) {
        struct thing *t = coil__slab_at(&s, slot);
        alive += t != NULL;
        ck_assert(!t || t->value % 2 == 0);
    }
    ck_assert_uint_eq(alive, MANY / 2);
    ck_assert_uint_eq(coil__slab_live(&s), MANY / 2);
    coil__slab_done(&s);
}
END_TEST

START_TEST(handles_of_slabs_with_other_seeds_differ)
{
    struct coil__slab a, b;
    coil__slab_init(&a, sizeof(struct thing), 2);
    coil__slab_init(&b, sizeof(struct thing), 1000);
    struct thing *x = coil__slab_get(&a), *y = coil__slab_get(&b);
    ck_assert_uint_eq(x->head.slot, y->head.slot);
    ck_assert_uint_ne(x->head.generation, y->head.generation);
    ck_assert_uint_eq(x->head.generation % 2, 1);
    ck_assert_uint_eq(y->head.generation % 2, 1);
    coil__slab_done(&a);
    coil__slab_done(&b);
}
END_TEST

/* ---------------------------------------------------------------- list ---- */

struct link {
    struct coil__list node;
    char name;
};

static const char *names(const struct coil__list *head)
{
    static char text[32];
    size_t n = 0;
    COIL__LIST_FOREACH (it, head)
        text[n++] = COIL__CONTAINER(it, struct link, node)->name;
    text[n] = 0;
    return text;
}

START_TEST(a_list_keeps_order_through_every_operation)
{
    struct coil__list head, other;
    struct link a = {.name = 'a'}, b = {.name = 'b'}, c = {.name = 'c'}, d = {.name = 'd'};
    coil__list_init(&head);
    coil__list_init(&other);
    ck_assert(coil__list_empty(&head));
    ck_assert_ptr_null(coil__list_pop(&head));
    coil__list_append(&head, &b.node);
    coil__list_append(&head, &c.node);
    coil__list_prepend(&head, &a.node);
    ck_assert_str_eq(names(&head), "abc");
    coil__list_splice(&head, &other); /* nothing */
    coil__list_append(&other, &d.node);
    coil__list_splice(&other, &head);
    ck_assert_str_eq(names(&other), "dabc");
    ck_assert(coil__list_empty(&head));
    coil__list_remove(&a.node);
    ck_assert(!coil__list_linked(&a.node));
    coil__list_remove(&a.node); /* harmless */
    ck_assert_str_eq(names(&other), "dbc");
    COIL__LIST_FOREACH (it, &other) /* the walk survives the removal of where it is */
        coil__list_remove(it);
    ck_assert(coil__list_empty(&other));
}
END_TEST

/* ---------------------------------------------------------------- errors ---- */

START_TEST(a_record_is_found_by_its_code_only)
{
    ck_assert_int_eq(coil_fail(-EINVAL, "no such %s: %d", "board", 7), -EINVAL);
    ck_assert_str_eq(coil_error_message(-EINVAL), "no such board: 7");
    ck_assert_str_eq(coil_error_message(-EIO), coil_error_sentence(-EIO));
    const coil_error *e = coil_error_get(-EINVAL);
    ck_assert_ptr_nonnull(e);
    ck_assert_str_eq(e->file, __FILE__);
    ck_assert_ptr_null(coil_error_get(-EIO));
    coil__error_put(NULL);
    ck_assert_ptr_null(coil_error_get(-EINVAL));
}
END_TEST

START_TEST(a_group_owns_its_causes_and_takes_the_message_of_its_own_code)
{
    struct coil__error *causes[2] = {coil__error_new(-EIO, "the disk", NULL, 0),
                                     coil__error_new(-EPIPE, "the pipe", NULL, 0)};
    const coil_error *buf[4];
    coil__error_put(coil__error_new_group(-EPIPE, causes, 2));
    ck_assert_str_eq(coil_error_message(-EPIPE), "the pipe");
    ck_assert_int_eq(coil_error_causes(-EPIPE, buf, 4), 2);
    ck_assert_int_eq(buf[0]->code, -EIO);
    ck_assert_str_eq(buf[1]->message, "the pipe");
    buf[1] = NULL;
    ck_assert_int_eq(coil_error_causes(-EPIPE, buf, 1),
                     2); /* how many there are, not how many fit */
    ck_assert_ptr_null(buf[1]);
    coil__error_put(NULL);
}
END_TEST

START_TEST(a_reference_outlives_the_slot)
{
    coil_ignore(coil_fail(-EDOM, "kept"));
    struct coil__error *e = coil__error_ref(coil__error_current(-EDOM));
    coil__error_put(NULL);
    ck_assert_str_eq(coil__error_public(e)->message, "kept");
    ck_assert_int_eq(coil__error_code(e), -EDOM);
    coil__error_unref(e);
    coil__error_unref(NULL);
    ck_assert_int_eq(coil__error_code(NULL), 0);
}
END_TEST

START_TEST(the_slot_can_be_elsewhere)
{
    struct coil__error *mine = NULL;
    coil__error_use_slot(&mine);
    coil_ignore(coil_fail(-ERANGE, "in the task"));
    coil__error_use_slot(NULL);
    ck_assert_ptr_null(coil__error_current(-ERANGE));
    ck_assert_int_eq(coil__error_code(mine), -ERANGE);
    coil__error_set(&mine, NULL);
}
END_TEST

START_TEST(every_number_has_a_name_and_a_sentence)
{
#define ROW(name, number, sentence)                                   \
    ck_assert_str_eq(coil_error_name(-COIL_E##name), "COIL_E" #name); \
    ck_assert_str_eq(coil_error_sentence(-COIL_E##name), sentence);   \
    ck_assert_int_gt(number, 4095);
    COIL_ERROR_LIST(ROW)
#undef ROW
    ck_assert_str_eq(coil_error_name(-ENOENT), "ENOENT");
    ck_assert_str_eq(coil_error_name(0), "OK");
    ck_assert_str_eq(coil_error_name(-3999), "E?");
    ck_assert_str_eq(coil_error_name(INT_MIN), "E?");
    ck_assert_str_eq(coil_error_sentence(INT_MIN), "unknown error");
    ck_assert_str_eq(coil_error_sentence(-3999), "unknown error");
}
END_TEST

/* ---------------------------------------------------------------- memory, clock ---- */

START_TEST(allocations_that_would_overflow_fail)
{
    ck_assert_ptr_null(coil__calloc(SIZE_MAX / 2, 3));
    void *p = coil__malloc(0);
    ck_assert_ptr_nonnull(p);
    p = coil__realloc(p, 100);
    ck_assert_ptr_nonnull(p);
    errno = 77;
    coil__free(p);
    coil__free(NULL);
    ck_assert_int_eq(errno, 77);
}
END_TEST

START_TEST(seconds_are_rounded_up_and_saturate)
{
    ck_assert_int_eq(coil__seconds_to_ns(0), 0);
    ck_assert_int_eq(coil__seconds_to_ns(1), 1000000000);
    ck_assert_int_eq(coil__seconds_to_ns(1e-10), 1);
    ck_assert_int_eq(coil__seconds_to_ns(-1e-10), 0);
    ck_assert_int_eq(coil__seconds_to_ns(-1.5), -1500000000);
    ck_assert_int_eq(coil__seconds_to_ns(1e300), COIL__NEVER);
    ck_assert_int_eq(coil__seconds_to_ns(INFINITY), COIL__NEVER);
    ck_assert_int_eq(coil__seconds_to_ns(-INFINITY), INT64_MIN);
    ck_assert(isinf(coil__ns_to_seconds(COIL__NEVER)));
    ck_assert_double_eq(coil__ns_to_seconds(2500000000), 2.5);
    struct coil__clock c = {.is_virtual = 1, .virtual_ns = 42};
    ck_assert_int_eq(coil__clock_now(&c), 42);
    c.is_virtual = 0;
    int64_t before = coil__clock_monotonic();
    ck_assert_int_ge(coil__clock_now(&c), before);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("base");
    tcase_add_test(t, a_handle_of_an_earlier_tenant_is_recognised);
    tcase_add_test(t, a_slot_that_never_was_has_no_tenant);
    tcase_add_test(t, a_large_slab_grows_by_huge_pages);
    tcase_add_test(t, objects_do_not_move_and_do_not_share_slots);
    tcase_add_test(t, handles_of_slabs_with_other_seeds_differ);
    tcase_add_test(t, a_list_keeps_order_through_every_operation);
    tcase_add_test(t, a_record_is_found_by_its_code_only);
    tcase_add_test(t, a_group_owns_its_causes_and_takes_the_message_of_its_own_code);
    tcase_add_test(t, a_reference_outlives_the_slot);
    tcase_add_test(t, the_slot_can_be_elsewhere);
    tcase_add_test(t, every_number_has_a_name_and_a_sentence);
    tcase_add_test(t, allocations_that_would_overflow_fail);
    tcase_add_test(t, seconds_are_rounded_up_and_saturate);
    return test_main("base", t);
}
