// What a call object refuses, in C++. Without a case the file compiles.
// flags: -x c++ -std=c++17
#include <coil.h>

struct owner {
    owner() {}
    owner(const owner &) {}
    ~owner() {}
};

COIL_ASYNC(fetch, (int, page), (char *, ret, out))
{
    *ret = NULL;
    return page;
}

int plain(int page);
int plain(int page)
{
    return page;
}

COIL_ASYNC(use)
{
    char *text = NULL;
    coil_task *t = coil_create_task(fetch(1, &text));
#ifdef CASE_wrong_argument
    // expect gcc: invalid conversion from
    // expect clang: no matching function for call
    coil_ignore(coil_await(coil_create_task(fetch("one", &text))));
#endif
#ifdef CASE_without_call_object
    // expect: coil__async_plain
    coil_ignore(coil_await(coil_create_task(plain(1))));
#endif
#ifdef CASE_without_parentheses
    // expect: (no matching|could not convert|cannot convert|invalid conversion)
    coil_ignore(coil_await(coil_create_task(fetch)));
#endif
#ifdef CASE_result_unused
    // expect: (warn_unused_result|nodiscard)
    coil_await(t);
#endif
    return coil_await(t);
}

#ifdef CASE_not_plain_data
// expect: async parameters must be plain data
COIL_DECLARE(owns, (owner, o));
#endif
#ifdef CASE_callable_other_types
// expect: (invalid conversion|cannot initialize|cannot convert)
COIL_CALLABLE(plain, long);
#endif
