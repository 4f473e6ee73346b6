/* Names and addresses: numeric ones at once, unknown ones are errors, and a wait that ends early waits for nobody. */
#include <check.h>
#include <netdb.h>
#include <string.h>
#include <unistd.h>

#include "coil.h"
#include "harness.h"
#include "in_thread.h"

COIL_ASYNC(numeric)
{
    coil_addresses *all;
    char text[64];
    ck_assert_int_eq(coil_getaddrinfo("127.0.0.1", 80, AF_UNSPEC, &all), 0);
    ck_assert_int_eq(all->n, 1);
    ck_assert_int_eq(coil_address_format(&all->item[0], text, sizeof text), 12);
    ck_assert_str_eq(text, "127.0.0.1:80");
    ck_assert_int_eq(coil_address_port(&all->item[0]), 80);
    coil_addresses_free(all);
    ck_assert_int_eq(coil_getaddrinfo("::1", 443, AF_UNSPEC, &all), 0);
    coil_address_format(&all->item[0], text, sizeof text);
    ck_assert_str_eq(text, "[::1]:443");
    coil_address_host(&all->item[0], text, sizeof text);
    ck_assert_str_eq(text, "::1");
    coil_addresses_free(all);
    ck_assert_int_eq(coil_getaddrinfo("127.0.0.1", 70000, AF_UNSPEC, &all), -EINVAL);
    ck_assert_int_lt(coil_getaddrinfo("127.0.0.1", 80, AF_INET6, &all), 0);
    coil_addresses_free(NULL);
    return 0;
}

START_TEST(a_numeric_address_needs_no_look_up)
{
    ck_assert_int_eq(coil_run(numeric()), 0);
}
END_TEST

/* Offline the resolver says "try again"; online, "no such name": both are DNS errors. */
static int is_dns_error(int err)
{
    return err <= -COIL_EDNS_NONAME && err >= -COIL_EDNS_FAMILY;
}

COIL_ASYNC(unknown)
{
    coil_addresses *all = (coil_addresses *)&all;
    coil_stream *s;
    int err = coil_getaddrinfo("nobody.invalid", 80, AF_UNSPEC, &all);
    ck_assert(is_dns_error(err));
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "nobody.invalid"));
    ck_assert_ptr_eq(all, (coil_addresses *)&all);
    err = coil_open_connection("nobody.invalid", 80, &s);
    ck_assert(is_dns_error(err));
    return 0;
}

START_TEST(an_unknown_name_is_an_error_that_names_it)
{
    ck_assert_int_eq(coil_run(unknown()), 0);
}
END_TEST

COIL_ASYNC(local)
{
    coil_addresses *all;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *known;
    if (getaddrinfo("localhost", "80", &hints, &known) != 0)
        return 0;
    freeaddrinfo(known);
    ck_assert_int_eq(coil_getaddrinfo("localhost", 80, AF_UNSPEC, &all), 0);
    ck_assert_int_ge(all->n, 1);
    ck_assert_int_eq(coil_address_port(&all->item[0]), 80);
    coil_addresses_free(all);
    return 0;
}

START_TEST(a_name_is_found)
{
    ck_assert_int_eq(coil_run(local()), 0);
}
END_TEST

COIL_ASYNC(look_up, (int, n))
{
    coil_addresses *all;
    char name[32];
    snprintf(name, sizeof name, "n%d.invalid", n);
    int err = coil_getaddrinfo(name, 80, AF_UNSPEC, &all);
    if (err >= 0)
        coil_addresses_free(all);
    return err;
}

COIL_ASYNC(cancels)
{
    enum { MANY = 20 };
    coil_task *tasks[MANY];
    for (int i = 0; i < MANY; i++)
        tasks[i] = coil_create_task(look_up(i));
    ck_assert_int_eq(coil_yield_now(), 0);
    for (int i = 0; i < MANY; i++)
        coil_task_cancel(tasks[i]);
    for (int i = 0; i < MANY; i++) {
        int err = coil_await(tasks[i]);
        ck_assert(err == -ECANCELED);
    }
    return 0;
}

/* What the resolver still holds comes back when it lets go: some seconds without a network. */
static unsigned long long blocks_in_the_end(void)
{
    unsigned long long live = 0;
    for (int i = 0; i < 4000; i++) {
        coil_memory_counts(NULL, &live);
        if (live == 0)
            break;
        usleep(10000);
    }
    return live;
}

START_TEST(a_cancelled_look_up_returns_at_once_and_is_let_go)
{
    ck_assert_int_eq(coil_run(cancels()), 0);
    ck_assert_uint_eq(blocks_in_the_end(), 0);
}
END_TEST

START_TEST(without_a_coroutine_it_is_an_error)
{
    coil_addresses *all;
    ck_assert_int_eq(coil_getaddrinfo("127.0.0.1", 80, AF_UNSPEC, &all), -COIL_ENOLOOP);
}
END_TEST

static COIL_ASYNC(names)
{
    coil_address address;
    char host[NI_MAXHOST], service[NI_MAXSERV], small[4] = "abc";
    ck_assert_int_eq(coil_address_parse("127.0.0.1:80", &address), 0);
    ck_assert_int_eq(coil_getnameinfo(&address, NI_NUMERICHOST | NI_NUMERICSERV, host, sizeof host,
                                      service, sizeof service),
                     0);
    ck_assert_str_eq(host, "127.0.0.1");
    ck_assert_str_eq(service, "80");
    ck_assert_int_eq(coil_getnameinfo(&address, 0, host, sizeof host, NULL, 0), 0);
    ck_assert_str_eq(host, "localhost");
    int err = coil_getnameinfo(&address, NI_NUMERICHOST, small, sizeof small, NULL, 0);
    ck_assert_int_eq(err, -ENOSPC);
    ck_assert_str_eq(small, "abc");
    ck_assert_ptr_nonnull(strstr(coil_error_message(err), "127.0.0.1"));
    ck_assert_int_eq(coil_getnameinfo(NULL, 0, host, sizeof host, NULL, 0), -EINVAL);
    ck_assert_int_eq(coil_wait_for(coil_getnameinfo(&address, 0, host, sizeof host, NULL, 0), 0),
                     -ETIMEDOUT);
    return 0;
}

static void *run_names(void *arg)
{
    ck_assert_int_eq(coil_run(names()), 0);
    return arg;
}

START_TEST(an_address_has_a_name)
{
    in_thread(run_names);
    ck_assert_uint_eq(blocks_in_the_end(), 0);
}
END_TEST

int main(void)
{
    TCase *t = tcase_create("dns");
    tcase_add_test(t, a_numeric_address_needs_no_look_up);
    tcase_add_test(t, an_unknown_name_is_an_error_that_names_it);
    tcase_add_test(t, a_name_is_found);
    tcase_add_test(t, a_cancelled_look_up_returns_at_once_and_is_let_go);
    tcase_add_test(t, an_address_has_a_name);
    tcase_add_test(t, without_a_coroutine_it_is_an_error);
    return test_main("dns", t);
}
