/* coil/call.h: the async function and its call object.
 *
 * An async function is an ordinary C function that returns an int. COIL_ASYNC (or COIL_DECLARE in a
 * header) adds a *call object* to it: which function, and its arguments by value, about 100 bytes.
 * Every wrapper (coil_create_task, coil_gather, coil_wait_for, ...) takes the same text as a
 * direct call does, `fetch(1, &r)`, and turns it into a call object:
 *
 *     COIL_ASYNC(fetch, (int, page), (char *, ret, out)) { ... }
 *
 *     err = fetch(1, &r);                           a direct call
 *     t = coil_create_task(fetch(1, &r));           the same call, started concurrently
 *     coil_call c = COIL_CALL(fetch(1, &r));        the call object itself, to be used once
 *
 * A parameter (T, name) is passed by value; (T, name, out) is a `T *name`: an output. In a call object
 * the function writes into a slot of its own; whoever joins the call copies the slot to the caller's
 * variable, and only on success. NULL is fine for an output that nobody wants. Other pointers are the
 * caller's to keep valid until the call has ended.
 *
 * At most 8 parameters, 96 bytes in all. Arrays, function pointers and types with commas need a
 * typedef. `static` goes before any of the macros. A wrong argument, a function without a
 * call object and a conditional (`x ? f() : g()`) do not compile.
 */
#ifndef COIL_CALL_H
#define COIL_CALL_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

#ifdef __cplusplus
#include <initializer_list>
#include <type_traits>
#define COIL__ALIGNAS alignas
#define COIL__ALIGNOF alignof
#define COIL__ASSERT  static_assert
#else
#define COIL__ALIGNAS _Alignas
#define COIL__ALIGNOF _Alignof
#define COIL__ASSERT  _Static_assert
#endif
#define COIL__NODISCARD __attribute__((warn_unused_result))
#define COIL__UNUSED    __attribute__((unused))
/* what every generated helper is */
#define COIL__INLINE static inline COIL__UNUSED

#ifdef __cplusplus
extern "C" {
#endif

typedef struct coil_task coil_task;
typedef struct coil_pool coil_pool;

/* What COIL_REMOTE adds: how many bytes travel to a worker process and back. */
typedef struct coil_remote {
    const char *name;
    int (*enter)(const void *in, void *out);
    size_t in_size, out_size;
    struct coil_remote *next; /* the list of all of them, built at load */
} coil_remote;

/* One async function, as the runtime sees it. Static; made by the macros. */
typedef struct coil_fn {
    const char *name;
    int (*enter)(void *args);    /* calls the function with unpacked arguments                  */
    void (*land)(void *args);    /* copies output slots to the caller; NULL: there are none     */
    int (*keep)(void *args);     /* the call outlives its statement: own what args point to     */
    void (*discard)(void *args); /* gives back what keep took                                   */
    coil_remote *remote;         /* COIL_REMOTE only                                            */
} coil_fn;

#define COIL__ARG_BYTES 96
/* A coroutine object: plain data, 128 bytes. Copy it, store it, put it in arrays; use it once. */
typedef struct coil_call {
    const coil_fn *fn;
    coil_pool *via;       /* set by coil_to_thread and coil_pool_run  */
    double timeout;       /* set by coil_wait_for, seconds            */
    unsigned short size;  /* bytes of args that are used              */
    unsigned short flags; /* COIL__CALL_*                             */
    unsigned ticket;      /* COIL_CALL only: makes sure of "once"     */
    COIL__ALIGNAS(16) unsigned char args[COIL__ARG_BYTES];
} coil_call;

enum {
    COIL__CALL_TIMEOUT = 1, /* coil_wait_for around it                              */
    COIL__CALL_POOL = 2,    /* runs in the pool `via`                               */
    COIL__CALL_BAD = 4      /* wrappers in an order that means nothing: -EINVAL     */
};

/* ---------------------------------------------------------------- preprocessor machinery ---- */

#define COIL__CAT_(a, b)     a##b
#define COIL__CAT(a, b)      COIL__CAT_(a, b)
#define COIL__FIRST_(f, ...) f
#define COIL__FIRST(...)     COIL__FIRST_(__VA_ARGS__, 0)

/* (name, parameters...) -> 0..8, or _TOO_MANY up to 16 */
#define COIL__COUNT_(a, b, c, d, e, f, g, h, i, j, k, l, m, o, p, q, r, n, ...) n
#define COIL__COUNT(...)                                                                        \
    COIL__COUNT_(__VA_ARGS__, _TOO_MANY, _TOO_MANY, _TOO_MANY, _TOO_MANY, _TOO_MANY, _TOO_MANY, \
                 _TOO_MANY, _TOO_MANY, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0)

/* m applied to each parenthesised parameter: run together, or separated by commas */
#define COIL__MAP1(m, a)      m a
#define COIL__MAP2(m, a, ...) m a COIL__MAP1(m, __VA_ARGS__)
#define COIL__MAP3(m, a, ...) m a COIL__MAP2(m, __VA_ARGS__)
#define COIL__MAP4(m, a, ...) m a COIL__MAP3(m, __VA_ARGS__)
#define COIL__MAP5(m, a, ...) m a COIL__MAP4(m, __VA_ARGS__)
#define COIL__MAP6(m, a, ...) m a COIL__MAP5(m, __VA_ARGS__)
#define COIL__MAP7(m, a, ...) m a COIL__MAP6(m, __VA_ARGS__)
#define COIL__MAP8(m, a, ...) m a COIL__MAP7(m, __VA_ARGS__)
#define COIL__SEP1(m, a)      m a
#define COIL__SEP2(m, a, ...) m a, COIL__SEP1(m, __VA_ARGS__)
#define COIL__SEP3(m, a, ...) m a, COIL__SEP2(m, __VA_ARGS__)
#define COIL__SEP4(m, a, ...) m a, COIL__SEP3(m, __VA_ARGS__)
#define COIL__SEP5(m, a, ...) m a, COIL__SEP4(m, __VA_ARGS__)
#define COIL__SEP6(m, a, ...) m a, COIL__SEP5(m, __VA_ARGS__)
#define COIL__SEP7(m, a, ...) m a, COIL__SEP6(m, __VA_ARGS__)
#define COIL__SEP8(m, a, ...) m a, COIL__SEP7(m, __VA_ARGS__)

/* Per parameter: its Declaration, Field, Pass-on, Landing, Output count and Argument initialiser.
 * Each has an IN form for (T, x) and an OUT form for (T, x, out); any third word but `out` is undeclared
 * and fails to compile by name. */
#define COIL__KIND_(a, b, c, n, ...) n
#define COIL__KIND(...)              COIL__KIND_(__VA_ARGS__, OUT, IN, BARE, _)
#define COIL__WAY_out
#define COIL__D(...)           COIL__CAT(COIL__D_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#define COIL__D_IN(T, x)       T x
#define COIL__D_OUT(T, x, way) T *x COIL__WAY_##way
#define COIL__F(...)           COIL__CAT(COIL__F_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#define COIL__F_IN(T, x)       T x;
#define COIL__F_OUT(T, x, way) \
    T *x;                      \
    T coil__slot_##x;
#define COIL__P(...)           COIL__CAT(COIL__P_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#define COIL__P_IN(T, x)       coil__p->x
#define COIL__P_OUT(T, x, way) &coil__p->coil__slot_##x
#define COIL__L(...)           COIL__CAT(COIL__L_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#define COIL__L_IN(T, x)
#define COIL__L_OUT(T, x, way) \
    if (coil__p->x)            \
        *coil__p->x = coil__p->coil__slot_##x;
#define COIL__O(...)           COIL__CAT(COIL__O_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#define COIL__O_IN(T, x)       +0
#define COIL__O_OUT(T, x, way) +1
#define COIL__A(...)           COIL__CAT(COIL__A_, COIL__KIND(__VA_ARGS__))(__VA_ARGS__)
#ifdef __cplusplus
#define COIL__A_IN(T, x) x
#define COIL__A_OUT(T, x, way) \
    x, {}
#define COIL__CHECK_PLAIN(S) \
    static_assert(std::is_trivially_copyable<S>::value, "async parameters must be plain data");
#else
#define COIL__A_IN(T, x)       .x = x
#define COIL__A_OUT(T, x, way) .x = x
#define COIL__CHECK_PLAIN(S)
#endif

/* ---------------------------------------------------------------- generated code ---- */

/* the body of a packing function: arguments into a call object */
#define COIL__PACK(f, S, land, remote, ...)                                          \
    COIL__ASSERT(sizeof(S) <= COIL__ARG_BYTES && COIL__ALIGNOF(S) <= 16,             \
                 #f ": the parameters exceed 96 bytes: pass a pointer to a struct"); \
    COIL__CHECK_PLAIN(S)                                                             \
    static const coil_fn coil__fn = {#f, coil__enter_##f, land, NULL, NULL, remote}; \
    S coil__a = {__VA_ARGS__};                                                       \
    coil_call coil__c;                                                               \
    coil__c.fn = &coil__fn;                                                          \
    coil__c.via = NULL;                                                              \
    coil__c.timeout = 0;                                                             \
    coil__c.size = (unsigned short)sizeof coil__a;                                   \
    coil__c.flags = 0;                                                               \
    coil__c.ticket = 0;                                                              \
    memcpy(coil__c.args, &coil__a, sizeof coil__a);                                  \
    return coil__c;

#define COIL__PACK0(f)                                                                 \
    COIL__INLINE int coil__enter_##f(void *coil__v)                                    \
    {                                                                                  \
        (void)coil__v;                                                                 \
        return f();                                                                    \
    }                                                                                  \
    COIL__INLINE COIL__NODISCARD coil_call coil__async_##f(void)                       \
    {                                                                                  \
        static const coil_fn coil__fn = {#f, coil__enter_##f, NULL, NULL, NULL, NULL}; \
        coil_call coil__c;                                                             \
        coil__c.fn = &coil__fn;                                                        \
        coil__c.via = NULL;                                                            \
        coil__c.timeout = 0;                                                           \
        coil__c.size = 0;                                                              \
        coil__c.flags = 0;                                                             \
        coil__c.ticket = 0;                                                            \
        return coil__c;                                                                \
    }

#define COIL__GEN(f, fields, plist, pass, landing, outs, ...)                                   \
    COIL__NODISCARD int f plist;                                                                \
    struct coil__args_##f {                                                                     \
        fields                                                                                  \
    };                                                                                          \
    COIL__INLINE int coil__enter_##f(void *coil__v)                                             \
    {                                                                                           \
        struct coil__args_##f *coil__p = (struct coil__args_##f *)coil__v;                      \
        return f pass;                                                                          \
    }                                                                                           \
    COIL__INLINE void coil__land_##f(void *coil__v)                                             \
    {                                                                                           \
        struct coil__args_##f *coil__p = (struct coil__args_##f *)coil__v;                      \
        (void)coil__p;                                                                          \
        landing                                                                                 \
    }                                                                                           \
    COIL__INLINE COIL__NODISCARD coil_call coil__async_##f plist                                \
    {                                                                                           \
        COIL__PACK(f, struct coil__args_##f, (outs) ? coil__land_##f : NULL, NULL, __VA_ARGS__) \
    }

#define COIL__GENN(f, n, ...)                                                              \
    COIL__GEN(f, COIL__MAP##n(COIL__F, __VA_ARGS__), (COIL__SEP##n(COIL__D, __VA_ARGS__)), \
              (COIL__SEP##n(COIL__P, __VA_ARGS__)), COIL__MAP##n(COIL__L, __VA_ARGS__),    \
              (0 COIL__MAP##n(COIL__O, __VA_ARGS__)), COIL__SEP##n(COIL__A, __VA_ARGS__))
#define COIL__DECL0(f)           \
    COIL__NODISCARD int f(void); \
    COIL__PACK0(f)
#define COIL__DECL1(f, ...) COIL__GENN(f, 1, __VA_ARGS__)
#define COIL__DECL2(f, ...) COIL__GENN(f, 2, __VA_ARGS__)
#define COIL__DECL3(f, ...) COIL__GENN(f, 3, __VA_ARGS__)
#define COIL__DECL4(f, ...) COIL__GENN(f, 4, __VA_ARGS__)
#define COIL__DECL5(f, ...) COIL__GENN(f, 5, __VA_ARGS__)
#define COIL__DECL6(f, ...) COIL__GENN(f, 6, __VA_ARGS__)
#define COIL__DECL7(f, ...) COIL__GENN(f, 7, __VA_ARGS__)
#define COIL__DECL8(f, ...) COIL__GENN(f, 8, __VA_ARGS__)
#define COIL__DECL_TOO_MANY(f, ...) \
    COIL__ASSERT(0, "an async function takes at most 8 parameters: pass a pointer to a struct");
#define COIL__HEAD0(f)              int f(void)
#define COIL__HEAD1(f, ...)         int f(COIL__SEP1(COIL__D, __VA_ARGS__))
#define COIL__HEAD2(f, ...)         int f(COIL__SEP2(COIL__D, __VA_ARGS__))
#define COIL__HEAD3(f, ...)         int f(COIL__SEP3(COIL__D, __VA_ARGS__))
#define COIL__HEAD4(f, ...)         int f(COIL__SEP4(COIL__D, __VA_ARGS__))
#define COIL__HEAD5(f, ...)         int f(COIL__SEP5(COIL__D, __VA_ARGS__))
#define COIL__HEAD6(f, ...)         int f(COIL__SEP6(COIL__D, __VA_ARGS__))
#define COIL__HEAD7(f, ...)         int f(COIL__SEP7(COIL__D, __VA_ARGS__))
#define COIL__HEAD8(f, ...)         int f(COIL__SEP8(COIL__D, __VA_ARGS__))
#define COIL__HEAD_TOO_MANY(f, ...) int f(void)

/* ---------------------------------------------------------------- for the user ---- */

/* Declares an async function, in a header or ahead of its definition:
 * `COIL_DECLARE(fetch, (int, page), (char *, ret, out));`, and elsewhere a plain `int fetch(int page, char **ret)`.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_DECLARE(...)                           \
    COIL__CAT(COIL__DECL, COIL__COUNT(__VA_ARGS__)) \
    (__VA_ARGS__) struct COIL__CAT(coil__args_, COIL__FIRST(__VA_ARGS__))

/* Declares an async function and opens its definition: `COIL_ASYNC(fetch, (int, page)) { ... }`.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_ASYNC(...)                             \
    COIL__CAT(COIL__DECL, COIL__COUNT(__VA_ARGS__)) \
    (__VA_ARGS__) COIL__CAT(COIL__HEAD, COIL__COUNT(__VA_ARGS__))(__VA_ARGS__)

/* Gives a call object to a function that exists already and returns int (libc's, a library's, yours): its
 * name and its parameter types, which are checked: `COIL_CALLABLE(fsync, int);`.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_CALLABLE(...) COIL__CAT(COIL__CA, COIL__COUNT(__VA_ARGS__))(__VA_ARGS__)

#define COIL__UNPAREN(...) __VA_ARGS__
#ifdef __cplusplus
#define COIL__CHECK_FN(f, ...)                                \
    COIL__INLINE int (*coil__types_of_##f(void))(__VA_ARGS__) \
    {                                                         \
        return f;                                             \
    }                                                         \
    struct coil__args_##f
#else
#define COIL__CHECK_FN(f, ...)                                          \
    _Static_assert(_Generic(&f, int (*)(__VA_ARGS__) : 1, default : 0), \
                   "COIL_CALLABLE(" #f ", ...): these are not the types in its declaration")
#endif
#define COIL__CAG(f, types, fields, plist, pass, ...)                      \
    COIL__CHECK_FN(f, COIL__UNPAREN types);                                \
    struct coil__args_##f {                                                \
        fields                                                             \
    };                                                                     \
    COIL__INLINE int coil__enter_##f(void *coil__v)                        \
    {                                                                      \
        struct coil__args_##f *coil__p = (struct coil__args_##f *)coil__v; \
        return f pass;                                                     \
    }                                                                      \
    COIL__INLINE COIL__NODISCARD coil_call coil__async_##f plist           \
    {                                                                      \
        COIL__PACK(f, struct coil__args_##f, NULL, NULL, __VA_ARGS__)      \
    }                                                                      \
    struct coil__args_##f
#define COIL__CA0(f)         \
    COIL__CHECK_FN(f, void); \
    COIL__PACK0(f) struct coil__args_##f
#define COIL__CA1(f, A) COIL__CAG(f, (A), A a1;, (A a1), (coil__p->a1), a1)
#define COIL__CA2(f, A, B) \
    COIL__CAG(f, (A, B), A a1; B a2;, (A a1, B a2), (coil__p->a1, coil__p->a2), a1, a2)
#define COIL__CA3(f, A, B, C)                 \
    COIL__CAG(f, (A, B, C), A a1; B a2; C a3; \
              , (A a1, B a2, C a3), (coil__p->a1, coil__p->a2, coil__p->a3), a1, a2, a3)
#define COIL__CA4(f, A, B, C, D)                                                                \
    COIL__CAG(f, (A, B, C, D), A a1; B a2; C a3; D a4;                                          \
              , (A a1, B a2, C a3, D a4), (coil__p->a1, coil__p->a2, coil__p->a3, coil__p->a4), \
              a1, a2, a3, a4)
#define COIL__CA5(f, A, B, C, D, E)                                                              \
    COIL__CAG(f, (A, B, C, D, E), A a1; B a2; C a3; D a4; E a5;                                  \
              , (A a1, B a2, C a3, D a4, E a5),                                                  \
              (coil__p->a1, coil__p->a2, coil__p->a3, coil__p->a4, coil__p->a5), a1, a2, a3, a4, \
              a5)
#define COIL__CA6(f, A, B, C, D, E, G)                                                            \
    COIL__CAG(f, (A, B, C, D, E, G), A a1; B a2; C a3; D a4; E a5; G a6;                          \
              , (A a1, B a2, C a3, D a4, E a5, G a6),                                             \
              (coil__p->a1, coil__p->a2, coil__p->a3, coil__p->a4, coil__p->a5, coil__p->a6), a1, \
              a2, a3, a4, a5, a6)
#define COIL__CA7(f, A, B, C, D, E, G, H)                                                    \
    COIL__CAG(f, (A, B, C, D, E, G, H), A a1; B a2; C a3; D a4; E a5; G a6; H a7;            \
              , (A a1, B a2, C a3, D a4, E a5, G a6, H a7),                                  \
              (coil__p->a1, coil__p->a2, coil__p->a3, coil__p->a4, coil__p->a5, coil__p->a6, \
               coil__p->a7),                                                                 \
              a1, a2, a3, a4, a5, a6, a7)
#define COIL__CA8(f, A, B, C, D, E, G, H, I)                                                 \
    COIL__CAG(f, (A, B, C, D, E, G, H, I), A a1; B a2; C a3; D a4; E a5; G a6; H a7; I a8;   \
              , (A a1, B a2, C a3, D a4, E a5, G a6, H a7, I a8),                            \
              (coil__p->a1, coil__p->a2, coil__p->a3, coil__p->a4, coil__p->a5, coil__p->a6, \
               coil__p->a7, coil__p->a8),                                                    \
              a1, a2, a3, a4, a5, a6, a7, a8)
#define COIL__CA_TOO_MANY(f, ...) COIL__DECL_TOO_MANY(f) struct coil__args_##f

/* Declares and opens a function that can also run in another process: plain data in, plain data out, by copy.
 * `COIL_REMOTE(f, (struct job, in), (struct stats, out)) { ... }` is `int f(const struct job *in, struct stats *out)`.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_REMOTE(f, in, out)                                            \
    COIL__REMOTE_(f, COIL__X1 in, COIL__X2 in, COIL__X1 out, COIL__X2 out) \
    int f(const COIL__X1 in *COIL__X2 in, COIL__X1 out *COIL__X2 out)
/* The same as a declaration, for a header.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_REMOTE_DECLARE(f, in, out) \
    COIL__REMOTE_(f, COIL__X1 in, COIL__X2 in, COIL__X1 out, COIL__X2 out) struct coil__args_##f
#define COIL__X1(T, x)                    T
#define COIL__X2(T, x)                    x
#define COIL__REMOTE_(f, TI, in, TO, out) COIL__REMOTE__(f, TI, in, TO, out)
#define COIL__REMOTE__(f, TI, i, TO, o)                                                            \
    COIL__NODISCARD int f(const TI *i, TO *o);                                                     \
    struct coil__args_##f {                                                                        \
        const TI *i;                                                                               \
        TO *o;                                                                                     \
        TO *coil__landing; /* where o goes when the job ran elsewhere */                           \
    };                                                                                             \
    COIL__INLINE int coil__enter_##f(void *coil__v)                                                \
    {                                                                                              \
        struct coil__args_##f *coil__p = (struct coil__args_##f *)coil__v;                         \
        return f(coil__p->i, coil__p->o);                                                          \
    }                                                                                              \
    COIL__INLINE int coil__remote_enter_##f(const void *coil__i, void *coil__o)                    \
    {                                                                                              \
        return f((const TI *)coil__i, (TO *)coil__o);                                              \
    }                                                                                              \
    static COIL__UNUSED coil_remote coil__remote_of_##f = {#f, coil__remote_enter_##f, sizeof(TI), \
                                                           sizeof(TO), NULL};                      \
    __attribute__((constructor)) static void coil__register_##f(void)                              \
    {                                                                                              \
        coil__public_register_remote(&coil__remote_of_##f);                                        \
    }                                                                                              \
    COIL__INLINE COIL__NODISCARD coil_call coil__async_##f(const TI *i, TO *o)                     \
    {                                                                                              \
        COIL__PACK(f, struct coil__args_##f, NULL, &coil__remote_of_##f, i, o, NULL)               \
    }

/* Turns a call, as written, into its call object: the coroutine object itself. It can be stored, copied and put in
 * arrays, and is used once: a second use, of it or of a copy, is -COIL_ECALLUSED. Dropping it on the floor is a
 * compiler warning; one that was kept and never used is no error, but debug mode logs it when the loop closes.
 * From: any thread. Suspends: no. Cancel: not applicable. */
#define COIL_CALL(call) coil__public_ticket(COIL__C(call), __FILE__, __LINE__)

/* The prefix. Two steps on purpose: the argument is macro-expanded first, so that wrappers nest. */
#define COIL__C_(call) coil__async_##call
#define COIL__C(call)  COIL__C_(call)
/* In an initialiser brace elision would turn a wrong type into a mere warning; an argument can't be elided. */
COIL__INLINE coil_call coil__checked(coil_call c)
{
    return c;
}
#define COIL__E(call) coil__checked(COIL__C(call))

COIL__NODISCARD coil_call coil__public_ticket(coil_call c, const char *file, int line);
void coil__public_register_remote(coil_remote *remote);

#ifdef __cplusplus
} /* extern "C" */
struct coil__ref {
    const coil_call *p;
    coil__ref(const coil_call &c) : p(&c) {}
};
#define COIL__REF(call) (coil__ref(COIL__C(call)).p)
#else
#define COIL__REF(call) ((const coil_call[1]){COIL__E(call)})
#endif

#endif
