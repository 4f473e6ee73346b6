/* Addresses as text and back: whatever is parsed comes back the same from its own text, and whatever bytes an address has, its
 * text stays within its room.
 */
#include "fuzz.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/un.h>

/* As snprintf: the same length whatever the room is, and nothing beyond it. */
static void check_room(const coil_address *a, struct fuzz *in)
{
    char whole[400], part[400];
    int length = coil_address_format(a, whole, sizeof whole);
    size_t room = fuzz_upto(in, 300);
    memset(part, 'x', sizeof part);
    FUZZ_MUST(length >= 0 && length < (int)sizeof whole && strlen(whole) <= (size_t)length);
    FUZZ_MUST(coil_address_format(a, part, room) == length);
    FUZZ_MUST(room == 0 || memchr(part, '\0', room));
    for (size_t i = room; i < sizeof part; i++)
        FUZZ_MUST(part[i] == 'x');
    FUZZ_MUST(coil_address_host(a, part, room) <= length);
}

/* Any bytes at all, at the end of their memory. */
static void format_anything(struct fuzz *in)
{
    static const sa_family_t families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_UNSPEC};
    coil_address *a = calloc(1, sizeof *a);
    FUZZ_MUST(a);
    a->size = fuzz_upto(in, 400);
    a->storage.ss_family = families[fuzz_upto(in, 4)];
    struct fuzz rest = fuzz_take(in, sizeof a->storage - sizeof(sa_family_t));
    memcpy((char *)&a->storage + sizeof(sa_family_t), rest.at, rest.left);
    check_room(a, in);
    FUZZ_MUST(coil_address_port(a) >= 0 && coil_address_port(a) <= 65535);
    free(a);
}

static void parse_and_format(struct fuzz *in)
{
    char text[400], again[400];
    coil_address a = {.size = 12345}, b;
    struct fuzz part = fuzz_take(in, fuzz_upto(in, sizeof text - 1));
    memcpy(text, part.at, part.left);
    text[part.left] = '\0';
    int err = coil_address_parse(text, &a);
    if (err < 0) {
        FUZZ_MUST(err == -EINVAL || err == -ENAMETOOLONG);
        FUZZ_MUST(a.size == 12345);
        return;
    }
    check_room(&a, in);
    FUZZ_MUST(a.size <= sizeof a.storage);
    FUZZ_MUST(coil_address_format(&a, again, sizeof again) < (int)sizeof again);
    FUZZ_MUST(coil_address_parse(again, &b) == 0);
    FUZZ_MUST(a.size == b.size && memcmp(&a.storage, &b.storage, a.size) == 0);
}

/* An IPv6 address with a zone, as a link-local one comes from the kernel. */
static void format_and_parse(struct fuzz *in)
{
    char text[200];
    coil_address a = {.size = sizeof(struct sockaddr_in6)}, b;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)&a.storage;
    struct fuzz bytes = fuzz_take(in, 16);
    six->sin6_family = AF_INET6;
    six->sin6_port = (in_port_t)fuzz_upto(in, 65535);
    memcpy(&six->sin6_addr, bytes.at, bytes.left);
    six->sin6_scope_id = fuzz_upto(in, 3);
    if (fuzz_byte(in) % 2)
        memcpy(&six->sin6_addr, "\xfe\x80", 2);
    FUZZ_MUST(coil_address_format(&a, text, sizeof text) < (int)sizeof text);
    FUZZ_MUST(coil_address_parse(text, &b) == 0);
    FUZZ_MUST(a.size == b.size && memcmp(&a.storage, &b.storage, a.size) == 0);
}

static void name_anything(struct fuzz *in)
{
    char host[NI_MAXHOST], service[NI_MAXSERV];
    coil_address a = {.size = fuzz_upto(in, 400)};
    struct fuzz bytes = fuzz_take(in, sizeof a.storage);
    memcpy(&a.storage, bytes.at, bytes.left);
    size_t host_room = fuzz_upto(in, NI_MAXHOST), service_room = fuzz_upto(in, NI_MAXSERV);
    int err = coil_getnameinfo(&a, NI_NUMERICHOST | NI_NUMERICSERV, host, host_room, service,
                               service_room);
    if (err >= 0)
        FUZZ_MUST(strlen(host) < host_room && strlen(service) < service_room);
}

COIL_ASYNC(one_of_all, (struct fuzz *, in))
{
    switch (fuzz_upto(in, 7)) {
    case 0:
        name_anything(in);
        break;
    case 1:
        format_and_parse(in);
        break;
    case 2:
        format_anything(in);
        break;
    default:
        parse_and_format(in);
        break;
    }
    return 0;
}

void fuzz_input(struct fuzz *in)
{
    FUZZ_MUST(coil_run(one_of_all(in)) == 0);
}
