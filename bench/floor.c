/* The floor: the least a chat server has to do, to compare real ones with.
 *
 *     floor PORT
 *
 * A line "/join NUMBER" puts a connection into a room and is answered with "/joined". Any other
 * line goes to every member of the room, the sender included. All lines that came in during one
 * turn of epoll form a batch; each member of a room gets the batch of the room with one send.
 * There are no names, no history, no limits and no answers to what went wrong: whoever does not
 * read in time, or sends what this program does not understand, is disconnected.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DESCRIPTORS = 65536, ROOMS = 65536, EVENTS = 1024, INPUT = 65536, PARTIAL = 4096 };

struct room {
    int *members; /* descriptors */
    int count, space;
    char *batch;
    size_t length, capacity;
};

struct connection {
    struct room *room;
    char *partial; /* the beginning of a line whose end has not come yet */
    size_t length;
};

static struct room rooms[ROOMS];
static struct connection connections[DESCRIPTORS];
static struct room *dirty[ROOMS];
static int dirty_count;
static int poll;

static void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        abort();
    return memory;
}

static void drop(int descriptor)
{
    struct connection *connection = &connections[descriptor];
    struct room *room = connection->room;
    for (int i = 0; room && i < room->count; i++)
        if (room->members[i] == descriptor) {
            room->members[i] = room->members[--room->count];
            break;
        }
    free(connection->partial);
    memset(connection, 0, sizeof *connection);
    close(descriptor);
}

static void join(int descriptor, const char *name)
{
    struct room *room = connections[descriptor].room = &rooms[atoi(name) % ROOMS];
    if (room->count == room->space) {
        room->space = room->space ? room->space * 2 : 4;
        room->members = grown(room->members, (size_t)room->space * sizeof *room->members);
    }
    room->members[room->count++] = descriptor;
    send(descriptor, "/joined\n", 8, MSG_NOSIGNAL);
}

static void say(struct room *room, const char *line, size_t length)
{
    if (!room->length)
        dirty[dirty_count++] = room;
    if (room->length + length > room->capacity) {
        room->capacity = (room->length + length) * 2;
        room->batch = grown(room->batch, room->capacity);
    }
    memcpy(room->batch + room->length, line, length);
    room->length += length;
}

/* Take the whole lines out of the input, keep what is left for the next time. */
static int understand(int descriptor, const char *input, const char *end)
{
    struct connection *connection = &connections[descriptor];
    const char *newline;
    while ((newline = memchr(input, '\n', (size_t)(end - input)))) {
        if (!connection->room && !strncmp(input, "/join ", 6))
            join(descriptor, input + 6);
        else if (connection->room)
            say(connection->room, input, (size_t)(newline + 1 - input));
        else
            return 0;
        input = newline + 1;
    }
    connection->length = (size_t)(end - input);
    if (connection->length > PARTIAL)
        return 0;
    if (connection->length) {
        connection->partial = grown(connection->partial, PARTIAL);
        memcpy(connection->partial, input, connection->length);
    }
    return 1;
}

static void receive(int descriptor)
{
    static char input[PARTIAL + INPUT + 1];
    struct connection *connection = &connections[descriptor];
    size_t kept = connection->length;
    if (kept)
        memcpy(input, connection->partial, kept);
    ssize_t got = recv(descriptor, input + kept, INPUT, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    input[kept + (size_t)(got > 0 ? got : 0)] = 0;
    if (got <= 0 || !understand(descriptor, input, input + kept + got))
        drop(descriptor);
}

/* Give each member of the rooms in which something was said the batch of its room. */
static void deliver(void)
{
    for (int d = 0; d < dirty_count; d++) {
        struct room *room = dirty[d];
        for (int i = room->count; i-- > 0;) { /* backwards: drop() fills a gap with the last */
            int member = room->members[i];
            if (send(member, room->batch, room->length, MSG_NOSIGNAL) != (ssize_t)room->length)
                drop(member);
        }
        room->length = 0;
    }
    dirty_count = 0;
}

static void take_newcomers(int listener)
{
    int one = 1, descriptor;
    while ((descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (descriptor >= DESCRIPTORS) {
            close(descriptor);
            continue;
        }
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
    }
}

static int listen_on(int port)
{
    int one = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) {
        perror("floor: listen");
        exit(1);
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    return listener;
}

int main(int count, char **words)
{
    static struct epoll_event events[EVENTS];
    if (count != 2) {
        fputs("usage: floor PORT\n", stderr);
        return 2;
    }
    poll = epoll_create1(0);
    int listener = listen_on(atoi(words[1]));
    for (;;) {
        int ready = epoll_wait(poll, events, EVENTS, -1);
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == listener)
                take_newcomers(listener);
            else
                receive(events[i].data.fd);
        deliver();
    }
}
