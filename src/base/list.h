/* base/list.h: an intrusive doubly linked list, a ring with a head.
 *
 * Always true: head.next is the first node, head.prev the last; an empty list points at itself; a
 * node that is in no list has next == NULL, so that unlinking twice is harmless and membership
 * can be asked of the node alone.
 */
#ifndef COIL_BASE_LIST_H
#define COIL_BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct coil__list {
    struct coil__list *next, *prev;
};

#define COIL__CONTAINER(node, type, field) ((type *)(void *)((char *)(node)-offsetof(type, field)))

#define COIL__LIST_FOREACH(it, head)                                                \
    for (struct coil__list *it = (head)->next, *it##_next = it->next; it != (head); \
         it = it##_next, it##_next = it->next)

static inline void coil__list_init(struct coil__list *head)
{
    head->next = head->prev = head;
}

static inline bool coil__list_empty(const struct coil__list *head)
{
    return head->next == head;
}

static inline bool coil__list_linked(const struct coil__list *node)
{
    return node->next != NULL;
}

static inline void coil__list_append(struct coil__list *head, struct coil__list *node)
{
    struct coil__list *last = head->prev;
    node->prev = last;
    node->next = head;
    last->next = node;
    head->prev = node;
}

static inline void coil__list_prepend(struct coil__list *head, struct coil__list *node)
{
    coil__list_append(head->next, node);
}

/* Of one that is in a list. */
static inline void coil__list_unlink(struct coil__list *node)
{
    struct coil__list *next = node->next, *prev = node->prev;
    prev->next = next;
    next->prev = prev;
    node->next = NULL;
}

static inline void coil__list_remove(struct coil__list *node)
{
    if (node->next)
        coil__list_unlink(node);
}

/* Moves all of `from` to the end of `to`; `from` is empty afterwards. */
static inline void coil__list_splice(struct coil__list *to, struct coil__list *from)
{
    if (coil__list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    coil__list_init(from);
}

static inline struct coil__list *coil__list_pop(struct coil__list *head)
{
    struct coil__list *node = head->next;
    if (node == head)
        return NULL;
    coil__list_unlink(node);
    return node;
}

#endif
