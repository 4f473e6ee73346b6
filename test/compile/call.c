// What a call object refuses, in C. Without a case the file compiles, and shows the right way.
#include <coil.h>

struct big {
    char bytes[97];
};

COIL_ASYNC(fetch, (int, page), (char *, ret, out))
{
    *ret = NULL;
    return page;
}

static COIL_ASYNC(empty)
{
    return 0;
}

int plain(int page);
int plain(int page)
{
    return page;
}

int rename_file(const char *from, const char *to);
COIL_CALLABLE(rename_file, const char *, const char *);

COIL_ASYNC(use)
{
    char *text = NULL;
    coil_task *t = coil_create_task(fetch(1, &text));
    coil_call c = COIL_CALL(fetch(1, &text));
    coil_task *e = coil_create_task(empty());
#ifdef CASE_wrong_argument
    // expect: (incompatible|makes) .*(pointer|integer)
    coil_ignore(coil_await(coil_create_task(fetch("one", &text))));
#endif
#ifdef CASE_wrong_output
    // expect: incompatible.*pointer
    int number;
    coil_ignore(coil_await(coil_create_task(fetch(1, &number))));
#endif
#ifdef CASE_too_few_arguments
    // expect: too few arguments
    coil_ignore(coil_await(coil_create_task(fetch(1))));
#endif
#ifdef CASE_too_many_arguments
    // expect: too many arguments
    coil_ignore(coil_await(coil_create_task(fetch(1, &text, 2))));
#endif
#ifdef CASE_conditional
    // expect: coil__async_t
    coil_ignore(coil_await(coil_create_task(t ? fetch(1, &text) : fetch(2, &text))));
#endif
#ifdef CASE_without_parentheses
    // expect gcc: incompatible type for argument 1 of .*coil__checked
    // expect clang: passing 'coil_call .*to parameter of incompatible type 'coil_call'
    coil_ignore(coil_await(coil_create_task(fetch)));
#endif
#ifdef CASE_without_call_object
    // expect: coil__async_plain
    coil_ignore(coil_await(coil_create_task(plain(1))));
#endif
#ifdef CASE_in_a_gather
    // expect: coil__async_plain
    coil_ignore(coil_gather(fetch(1, &text), plain(1)));
#endif
#ifdef CASE_wrong_argument_in_a_gather
    // expect: (incompatible|makes) .*(pointer|integer)
    coil_ignore(coil_gather(fetch(1, &text), fetch("one", &text)));
#endif
#ifdef CASE_seventeen_in_a_gather
    // expect: coil_gather_takes_at_most_16_calls__use_coil_gather_n
    coil_ignore(coil_gather(empty(), empty(), empty(), empty(), empty(), empty(), empty(), empty(),
                            empty(), empty(), empty(), empty(), empty(), empty(), empty(), empty(),
                            empty()));
#endif
#ifdef CASE_a_number_in_a_wrapper
    // expect: coil__async_1
    coil_ignore(coil_wait_for(1, 2.0));
#endif
#ifdef CASE_sleep_takes_a_number
    // expect: incompatible
    coil_ignore(coil_wait_for(coil_sleep("long"), 2.0));
#endif
#ifdef CASE_result_unused_direct
    // expect: warn_unused_result
    fetch(1, &text);
#endif
#ifdef CASE_result_unused_await
    // expect: warn_unused_result
    coil_await(t);
#endif
#ifdef CASE_result_unused_sleep
    // expect: warn_unused_result
    coil_sleep(1);
#endif
#ifdef CASE_result_unused_gather
    // expect: warn_unused_result
    coil_gather(fetch(1, &text), fetch(2, &text));
#endif
#ifdef CASE_result_unused_call_object
    // expect: warn_unused_result
    COIL_CALL(fetch(1, &text));
#endif
    coil_ignore(coil_gather(coil_await(t), coil_perform(c)));
    return coil_await(e);
}

#ifdef CASE_nine_parameters
// expect: an async function takes at most 8 parameters
COIL_DECLARE(many, (int, a), (int, b), (int, c), (int, d), (int, e), (int, f), (int, g), (int, h),
             (int, i));
#endif
#ifdef CASE_parameters_too_large
// expect: the parameters exceed 96 bytes
COIL_DECLARE(large, (struct big, b));
#endif
#ifdef CASE_third_word
// expect gcc: COIL__WAY_in
// expect clang: COIL_DECLARE\(way, \(int, a, in\)\);
COIL_DECLARE(way, (int, a, in));
#endif
#ifdef CASE_bare_parameter
// expect: COIL__\w+_BARE
COIL_DECLARE(bare, (int));
#endif
#ifdef CASE_definition_differs
// expect: conflicting types
COIL_DECLARE(differs, (int, a));
int differs(long a)
{
    return (int)a;
}
#endif
#ifdef CASE_callable_other_types
// expect: these are not the types in its declaration
COIL_CALLABLE(plain, long);
#endif
#ifdef CASE_callable_unknown
// expect: undeclared
COIL_CALLABLE(nowhere, int);
#endif
