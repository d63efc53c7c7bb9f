/* The load generator: many chat users in one thread, and the figures they see.
 *
 *     load --dialect line|irc|floor --port PORT [--rooms R --members M --senders S ...]
 *     load --dialect irc --port PORT --caps "echo-message ..."
 *     load --mixed 1 --port PORT --line-port PORT ...     members of several kinds in each room
 *
 * It connects R x M users, puts M into each room, lets S of each room speak, and prints one JSON
 * object. What is called a delivery is a message that arrived at one user.
 *
 * Each message has the mark '%' in it, once, and nothing else that is sent here has. So a user who
 * only listens is served by counting marks in what was received; there is no parsing. That keeps
 * this program much cheaper than any server. Only senders, and their witnesses, look at lines.
 *
 * A sender keeps a number of messages in flight: a message is over when its judge has received it.
 * The judge is the sender itself where the server sends people's own messages back to them (line,
 * floor, IRC with echo-message), and the next member of the room where it does not (IRC). Latency is the time from before
 * the send() to the turn in which the judge has the message.
 *
 * The processor times of server and generator are read at the same moments as the counters.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000ULL
#define MARK '%'

enum {
    EVENTS = 1024,
    INPUT = 256 * 1024,
    HEAD = 1024,        /* bytes kept of a line that has not ended; enough to know what it is */
    OUTPUT = 64 * 1024, /* more than all that one sender may have in flight */
    RING = 4096,        /* more than any sender has in flight */
    PIDS = 32,
    PORTS_PER_ADDRESS = 20000,
};

enum dialect { LINE, IRC, FLOOR };
enum state { CONNECTING, NAMING, JOINING, READY, CLOSED };

/* What was asked for. */
static struct {
    enum dialect dialect;
    const char *mode; /* talk, idle, storm, fill, fetch */
    const char *caps; /* what each user asks for by CAP REQ, "" for nothing */
    int port, line_port, mixed, rooms, members, senders, in_flight, at_once, text_bytes;
    double rate, warm_up, seconds, patience;
    long count;
    pid_t pids[PIDS];
    int pid_count;
} asked = {
    .dialect = LINE, .mode = "talk", .caps = "", .rooms = 1, .members = 2, .senders = 1, .in_flight = 1,
    .at_once = 8, .text_bytes = 48, .warm_up = 1, .seconds = 3, .patience = 20,
};

/* What users are who are not all alike (--mixed). */
static const struct {
    enum dialect dialect;
    const char *caps;
} kinds[] = {
    {IRC, ""},
    {IRC, "message-tags server-time"},
    {IRC, "message-tags server-time account-tag echo-message batch labeled-response"},
    {IRC, "message-tags server-time batch draft/multiline"},
    {LINE, ""},
};

/* What is asked for to read old messages, and how many of them at a time. */
#define HISTORY_CAPS "batch message-tags draft/chathistory"
#define HISTORY_PAGE 100

struct sender;

struct connection {
    enum dialect dialect;
    const char *caps;
    int echoes; /* whether its own messages are sent back to it */
    int descriptor;
    int room;
    enum state state;
    int looks;     /* whether it looks at lines after it is ready: senders and witnesses */
    int wants_out; /* whether epoll tells when it can be written to */
    char *head;
    int head_length;
    char *unsent;
    int unsent_length;
    uint64_t began;
    struct sender *sender;
};

struct sender {
    struct connection *connection, *judge;
    char *line; /* its next message, but for the number */
    int line_length, number_at;
    uint32_t sent, over, acknowledged;
    uint64_t sent_at[RING];
};

struct samples {
    uint64_t *values;
    size_t count, space;
};

static struct connection *connections;
static struct sender *senders;
static int connection_count, sender_count;
static int poll, timer = -1;
static char input[HEAD + INPUT];

/* Counters. */
static int opened, ready, closed_by_server, refused;
static uint64_t received, expected, sent, said_own, last_progress, first_read;
static uint64_t ticks, ticks_began;
static struct samples latencies, acknowledgements, arrivals;
static int measuring, speaking;
static char complaint[256];
static char last_id[128]; /* that of the last old message that was read */

static void fail(const char *format, ...)
{
    va_list words;
    va_start(words, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, words);
    fputc('\n', stderr);
    exit(1);
}

static void *grown(void *memory, size_t size)
{
    memory = realloc(memory, size);
    if (!memory)
        fail("out of memory");
    return memory;
}

static uint64_t clock_of(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now))
        return 0;
    return (uint64_t)now.tv_sec * SECOND + (uint64_t)now.tv_nsec;
}

static uint64_t now(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static void add_sample(struct samples *samples, uint64_t value)
{
    if (samples->count == samples->space) {
        samples->space = samples->space ? samples->space * 2 : 1024;
        samples->values = grown(samples->values, samples->space * sizeof value);
    }
    samples->values[samples->count++] = value;
}

/* ---- What the server costs ---- */

/* Processor time of the server, in nanoseconds: user and system, all threads, also ended ones.
 * The id of a process's clock is made as clock_getcpuclockid(3) makes it. */
static uint64_t server_time(void)
{
    uint64_t sum = 0;
    for (int i = 0; i < asked.pid_count; i++)
        sum += clock_of((clockid_t)((~(unsigned)asked.pids[i] << 3) | 2));
    return sum;
}

static long resident_bytes(void)
{
    long sum = 0;
    for (int i = 0; i < asked.pid_count; i++) {
        char path[64];
        long size, resident = 0;
        snprintf(path, sizeof path, "/proc/%d/statm", (int)asked.pids[i]);
        FILE *file = fopen(path, "r");
        if (file && fscanf(file, "%ld %ld", &size, &resident) == 2)
            sum += resident * sysconf(_SC_PAGESIZE);
        if (file)
            fclose(file);
    }
    return sum;
}

/* Memory that the kernel holds for what is in TCP sockets, of both ends. */
static long socket_bytes(void)
{
    char line[256], *found;
    long pages = 0;
    FILE *file = fopen("/proc/net/sockstat", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, "TCP:", 4) && (found = strstr(line, " mem ")))
            pages = atol(found + 5);
    if (file)
        fclose(file);
    return pages * sysconf(_SC_PAGESIZE);
}

/* Processor time of everything on this machine, in nanoseconds. */
static uint64_t machine_time(void)
{
    unsigned long long user, nice, system, idle, waiting, irq, softirq, steal;
    FILE *file = fopen("/proc/stat", "r");
    if (!file)
        return 0;
    int found = fscanf(file, "cpu %llu %llu %llu %llu %llu %llu %llu %llu", &user, &nice, &system,
                       &idle, &waiting, &irq, &softirq, &steal);
    fclose(file);
    if (found != 8)
        return 0;
    unsigned long long busy = user + nice + system + irq + softirq + steal;
    return busy * (SECOND / (uint64_t)sysconf(_SC_CLK_TCK));
}

struct moment {
    uint64_t time, server, generator, machine, received, sent;
    long resident, sockets;
};

static struct moment take(void)
{
    return (struct moment){
        .time = now(), .server = server_time(), .generator = clock_of(CLOCK_PROCESS_CPUTIME_ID),
        .machine = machine_time(), .received = received, .sent = sent,
        .resident = resident_bytes(), .sockets = socket_bytes(),
    };
}

/* ---- Sending ---- */

static void watch(struct connection *connection, int operation, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = connection};
    if (epoll_ctl(poll, operation, connection->descriptor, &event))
        fail("epoll_ctl: %s", strerror(errno));
}

static void want_out(struct connection *connection, int wanted)
{
    if (connection->wants_out == wanted)
        return;
    connection->wants_out = wanted;
    watch(connection, EPOLL_CTL_MOD, EPOLLIN | (wanted ? EPOLLOUT : 0));
}

static void write_out(struct connection *connection, const char *bytes, int length)
{
    ssize_t done = 0;
    if (connection->state == CLOSED)
        return;
    if (!connection->unsent_length) {
        done = send(connection->descriptor, bytes, (size_t)length, MSG_NOSIGNAL);
        if (done < 0)
            done = 0; /* a broken connection shows when it is read */
    }
    if (done == length)
        return;
    if (!connection->unsent)
        connection->unsent = grown(NULL, OUTPUT);
    if (connection->unsent_length + length - done > OUTPUT)
        fail("the server reads too slowly for what is in flight");
    memcpy(connection->unsent + connection->unsent_length, bytes + done, (size_t)(length - done));
    connection->unsent_length += (int)(length - done);
    want_out(connection, 1);
}

static void write_rest(struct connection *connection)
{
    ssize_t done = send(connection->descriptor, connection->unsent,
                        (size_t)connection->unsent_length, MSG_NOSIGNAL);
    if (done > 0) {
        connection->unsent_length -= (int)done;
        memmove(connection->unsent, connection->unsent + done, (size_t)connection->unsent_length);
    }
    if (!connection->unsent_length)
        want_out(connection, 0);
}

__attribute__((format(printf, 2, 3)))
static void say(struct connection *connection, const char *format, ...)
{
    char line[512];
    va_list words;
    va_start(words, format);
    int length = vsnprintf(line, sizeof line, format, words);
    va_end(words);
    write_out(connection, line, length);
}

/* Let a sender send `count` messages with one send(). */
static void speak(struct sender *sender, int count, uint64_t at)
{
    static char lines[OUTPUT];
    int length = 0;
    if (asked.count && sent + (uint64_t)count > (uint64_t)asked.count)
        count = (int)((uint64_t)asked.count - sent);
    if (count <= 0)
        return;
    for (int i = 0; i < count; i++) {
        uint32_t number = sender->sent++;
        sender->sent_at[number % RING] = at;
        for (int digit = 7; digit >= 0; digit--, number /= 10)
            sender->line[sender->number_at + digit] = (char)('0' + number % 10);
        memcpy(lines + length, sender->line, (size_t)sender->line_length);
        length += sender->line_length;
    }
    sent += (uint64_t)count;
    expected += (uint64_t)(count * (asked.members - !sender->connection->echoes));
    write_out(sender->connection, lines, length);
}

/* "%SSSSSS.NNNNNNNN. and then words": the sender and the number of the message. */
static void make_line(struct sender *sender, int index)
{
    static const char words[] = "the quick brown fox jumps over the lazy dog and goes on ";
    char text[1024];
    int length = snprintf(text, sizeof text, "%c%06d.00000000. ", MARK, index);
    while (length < asked.text_bytes) {
        text[length] = words[length % ((int)sizeof words - 1)];
        length++;
    }
    if (text[length - 1] == ' ')
        text[length - 1] = '!'; /* some servers cut off a space at the end */
    text[length] = 0;
    char *line = sender->line = grown(NULL, 2048);
    int room = sender->connection->room;
    if (sender->connection->dialect == LINE)
        sender->line_length = sprintf(line, "send r%d %s\n", room, text);
    else if (sender->connection->dialect == IRC)
        sender->line_length = sprintf(line, "PRIVMSG #r%d :%s\r\n", room, text);
    else
        sender->line_length = sprintf(line, "%s\n", text);
    sender->number_at = (int)(strchr(line, MARK) + 8 - line);
}

/* ---- Receiving ---- */

static void complain(const char *line, int length)
{
    if (!refused++)
        snprintf(complaint, sizeof complaint, "%.*s", length > 200 ? 200 : length, line);
}

static int starts(const char *line, const char *end, const char *word)
{
    size_t length = strlen(word);
    return (size_t)(end - line) >= length && !memcmp(line, word, length);
}

static int has(const char *line, const char *end, const char *word)
{
    return memmem(line, (size_t)(end - line), word, strlen(word)) != NULL;
}

/* A line of IRC from behind its tags on. */
static const char *untagged(const char *line, const char *end)
{
    const char *space = line < end && *line == '@' ? memchr(line, ' ', (size_t)(end - line)) : NULL;
    return space ? space + 1 : line;
}

/* ":SERVER 4xx ...", "FAIL ..." or "ERROR ...", but for 422, which says that there is no message
 * of the day. */
static int is_irc_error(const struct connection *connection, const char *line, const char *end)
{
    if (connection->dialect != IRC)
        return 0;
    line = untagged(line, end);
    const char *space = memchr(line, ' ', (size_t)(end - line));
    return starts(line, end, "ERROR ")
           || (*line == ':' && space
               && (starts(space, end, " 4") || starts(space, end, " 5")
                   || starts(space, end, " FAIL "))
               && !starts(space, end, " 422 "));
}

static int is_fetching(void)
{
    return !strcmp(asked.mode, "fetch");
}

/* Ask for the next old messages; IRC gives so many at a time. */
static void ask_for_history(struct connection *connection)
{
    if (*last_id)
        say(connection, "CHATHISTORY AFTER #r%d msgid=%s %d\r\n", connection->room, last_id,
            HISTORY_PAGE);
    else
        say(connection, "CHATHISTORY AFTER #r%d timestamp=2000-01-01T00:00:00.000Z %d\r\n",
            connection->room, HISTORY_PAGE);
}

/* A line of old messages: keep the id of the last one, and ask for more at their end. */
static void look_at_history(struct connection *connection, const char *line, const char *end)
{
    const char *id = memmem(line, (size_t)(end - line), "msgid=", 6);
    if (id) {
        int length = (int)strcspn(id + 6, "; ");
        snprintf(last_id, sizeof last_id, "%.*s", length, id + 6);
    } else if (has(line, end, " BATCH -") && received < (uint64_t)asked.count) {
        ask_for_history(connection);
    }
}

static void become_ready(struct connection *connection)
{
    if (is_fetching() && connection->dialect == IRC) {
        connection->looks = 1;
        first_read = now();
        ask_for_history(connection);
    }
    connection->state = READY;
    add_sample(&arrivals, now() - connection->began);
    ready++;
}

/* A named user enters its room, or reads one from the beginning. */
static void enter(struct connection *connection)
{
    connection->state = JOINING;
    if (connection->dialect == LINE && is_fetching()) {
        first_read = now();
        say(connection, "join r%d since 0\n", connection->room);
    } else if (connection->dialect == LINE) {
        say(connection, "join r%d\n", connection->room);
    } else if (connection->dialect == IRC) {
        say(connection, "JOIN #r%d\r\n", connection->room);
    } else {
        say(connection, "/join %d\n", connection->room);
    }
}

static void introduce(struct connection *connection)
{
    int index = (int)(connection - connections);
    connection->state = NAMING;
    if (connection->dialect == LINE)
        say(connection, "nick u%d\n", index);
    else if (connection->dialect == IRC && *connection->caps)
        say(connection, "CAP REQ :%s\r\nNICK u%d\r\nUSER u%d 0 * :bench\r\nCAP END\r\n",
            connection->caps, index, index);
    else if (connection->dialect == IRC)
        say(connection, "NICK u%d\r\nUSER u%d 0 * :bench\r\n", index, index);
    else
        enter(connection);
}

/* A line of the beginning: greetings, names, joins. */
static void greeted(struct connection *connection, const char *line, const char *end)
{
    int length = (int)(end - line);
    if (starts(line, end, "- ") || starts(line, end, "* closing")
        || is_irc_error(connection, line, end) || has(line, end, " NAK "))
        fail("the server refuses: %.*s", length, line);
    if (starts(line, end, "PING "))
        say(connection, "PONG %.*s\r\n", length - 5 > 200 ? 200 : length - 5, line + 5);
    if (connection->state == NAMING
        && (connection->dialect == LINE ? starts(line, end, "+ nick") : has(line, end, " 001 ")))
        enter(connection);
    else if (connection->state == JOINING
             && (connection->dialect == LINE  ? starts(line, end, "+ join")
                 : connection->dialect == IRC ? has(line, end, " 366 ")
                                              : starts(line, end, "/joined")))
        become_ready(connection);
}

/* The message at `mark` has arrived; if this user judges its sender, it is over. */
static struct sender *over(struct connection *connection, const char *mark, const char *end,
                           uint64_t at)
{
    if (end - mark < 16)
        return NULL;
    int index = atoi(mark + 1);
    if (index < 0 || index >= sender_count || senders[index].judge != connection)
        return NULL;
    struct sender *sender = &senders[index];
    uint32_t number = (uint32_t)atol(mark + 8);
    if (measuring)
        add_sample(&latencies, at - sender->sent_at[number % RING]);
    sender->over++;
    said_own++;
    return sender;
}

static struct sender *heard(struct connection *connection, const char *line, const char *end,
                            uint64_t at)
{
    const char *mark = memchr(line, MARK, (size_t)(end - line));
    if (is_fetching() && connection->dialect == IRC)
        look_at_history(connection, line, end);
    if (mark)
        return over(connection, mark, end, at);
    if (connection->dialect == LINE) {
        struct sender *self = connection->sender;
        if (self && starts(line, end, "+ sent ")) {
            if (measuring)
                add_sample(&acknowledgements, at - self->sent_at[self->acknowledged % RING]);
            self->acknowledged++;
        } else if (starts(line, end, "- ") || starts(line, end, "* closing")) {
            complain(line, (int)(end - line));
        }
    } else if (starts(line, end, "PING ")) {
        say(connection, "PONG %.*s\r\n", (int)(end - line - 5) % 200, line + 5);
    } else if (is_irc_error(connection, line, end)) {
        complain(line, (int)(end - line));
    }
    return NULL;
}

/* Look at each whole line; keep the head of what is left. */
static void look(struct connection *connection, char *bytes, char *end)
{
    uint64_t at = now();
    struct sender *goes_on = NULL;
    char *newline;
    while ((newline = memchr(bytes, '\n', (size_t)(end - bytes)))) {
        if (connection->state != READY) {
            greeted(connection, bytes, newline);
        } else {
            struct sender *sender = heard(connection, bytes, newline, at);
            goes_on = sender ? sender : goes_on;
        }
        bytes = newline + 1;
    }
    connection->head_length = end - bytes > HEAD ? HEAD : (int)(end - bytes);
    if (connection->head_length) {
        if (!connection->head)
            connection->head = grown(NULL, HEAD);
        memcpy(connection->head, bytes, (size_t)connection->head_length);
    }
    /* A connection judges one sender, so what is over in this turn is answered with one send. */
    if (goes_on && speaking && !asked.rate)
        speak(goes_on, asked.in_flight - (int)(goes_on->sent - goes_on->over), now());
}

static int marks(const char *bytes, const char *end)
{
    int count = 0;
    for (; bytes < end; bytes++)
        count += *bytes == MARK;
    return count;
}

static void close_it(struct connection *connection, const char *why)
{
    static const char *const steps[] = {"connecting", "naming", "joining", "ready", "closed"};
    if (connection->state != READY)
        fail("connection %d was lost while %s: %s (%d of %d are ready)",
             (int)(connection - connections), steps[connection->state], why, ready,
             connection_count);
    closed_by_server++;
    connection->state = CLOSED;
    close(connection->descriptor);
}

static void receive(struct connection *connection)
{
    int kept = connection->state == READY && !connection->looks ? 0 : connection->head_length;
    if (kept)
        memcpy(input, connection->head, (size_t)kept);
    ssize_t got = recv(connection->descriptor, input + kept, INPUT, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        close_it(connection, got ? strerror(errno) : "closed by the server");
        return;
    }
    int count = marks(input + kept, input + kept + got);
    received += (uint64_t)count;
    if (connection->looks || connection->state != READY)
        look(connection, input, input + kept + got);
    else if (!count && starts(input, input + got, "PING ")) /* an IRC server makes sure */
        say(connection, "PONG %.*s\n", (int)(got - 5) % 200, input + 5);
}

/* ---- Connecting ---- */

static void open_next(void)
{
    struct connection *connection = &connections[opened];
    int one = 1;
    struct linger at_once = {.l_onoff = 1, .l_linger = 0}; /* leaves no port behind in TIME_WAIT */
    struct sockaddr_in here = {.sin_family = AF_INET};
    int port = asked.mixed && connection->dialect == LINE ? asked.line_port : asked.port;
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons((in_port_t)port)};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(opened / PORTS_PER_ADDRESS));
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connection->began = now();
    connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (connection->descriptor < 0)
        fail("socket: %s", strerror(errno));
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    setsockopt(connection->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (bind(connection->descriptor, (struct sockaddr *)&here, sizeof here))
        fail("bind: %s", strerror(errno));
    if (connect(connection->descriptor, (struct sockaddr *)&there, sizeof there)
        && errno != EINPROGRESS)
        fail("connect: %s", strerror(errno));
    connection->wants_out = 1;
    watch(connection, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
    opened++;
}

static void writable(struct connection *connection)
{
    if (connection->state == CONNECTING) {
        want_out(connection, 0);
        introduce(connection);
    } else if (connection->unsent_length) {
        write_rest(connection);
    }
}

/* ---- Turns ---- */

/* At a fixed rate: each message has its time, and its latency counts from then. */
static void tick(void)
{
    uint64_t expired = 0;
    if (read(timer, &expired, sizeof expired) != sizeof expired)
        return;
    for (; expired && speaking; expired--, ticks++)
        speak(&senders[ticks % (uint64_t)sender_count], 1,
              ticks_began + (uint64_t)((double)(ticks + 1) * (double)SECOND / asked.rate));
}

static void turn(int milliseconds)
{
    static struct epoll_event events[EVENTS];
    int count = epoll_wait(poll, events, EVENTS, milliseconds);
    for (int i = 0; i < count; i++) {
        struct connection *connection = events[i].data.ptr;
        if (!connection)
            tick();
        else if (connection->state == CLOSED)
            continue;
        else if (events[i].events & EPOLLOUT)
            writable(connection);
        if (connection && connection->state != CLOSED && events[i].events & ~(uint32_t)EPOLLOUT)
            receive(connection);
    }
    if (count > 0)
        last_progress = now();
}

static int stuck(double seconds)
{
    return (double)(now() - last_progress) > seconds * (double)SECOND;
}

static void connect_all(void)
{
    last_progress = now();
    while (ready < connection_count) {
        while (opened < connection_count && opened - ready < asked.at_once)
            open_next();
        turn(100);
        if (stuck(asked.patience))
            fail("only %d of %d users were let in, then nothing came for %.0f seconds",
                 ready, connection_count, asked.patience);
    }
}

/* Go on until nothing has come for a while, so that joins are not counted as messages' cost. */
static void settle(double seconds)
{
    uint64_t limit = now() + (uint64_t)(asked.patience * (double)SECOND);
    last_progress = now();
    while (now() < limit && (double)(now() - last_progress) < seconds * (double)SECOND)
        turn(20);
}

static void run_for(double seconds)
{
    uint64_t limit = now() + (uint64_t)(seconds * (double)SECOND);
    while (now() < limit)
        turn(10);
}

static void drain(void)
{
    last_progress = now();
    uint64_t limit = now() + (uint64_t)(asked.patience * (double)SECOND);
    while (received < expected && !stuck(2) && now() < limit)
        turn(50);
    settle(0.05); /* what comes now came twice */
}

/* Senders are spread evenly over the order of joining; a witness joined next. */
static void choose_senders(void)
{
    sender_count = asked.rooms * asked.senders;
    senders = calloc((size_t)sender_count + 1, sizeof *senders);
    for (int i = 0; i < sender_count; i++) {
        int room = i % asked.rooms, speaker = i / asked.rooms;
        int member = (2 * speaker + 1) * asked.members / (2 * asked.senders);
        int witness = (member + 1) % asked.members;
        struct sender *sender = &senders[i];
        sender->connection = &connections[room + member * asked.rooms];
        sender->judge = sender->connection->echoes ? sender->connection
                                                   : &connections[room + witness * asked.rooms];
        sender->connection->sender = sender;
        sender->connection->looks = sender->judge->looks = 1;
        make_line(sender, i);
    }
}

static void start_speaking(void)
{
    speaking = 1;
    if (!asked.rate) {
        for (int i = 0; i < sender_count; i++)
            speak(&senders[i], asked.in_flight, now());
        return;
    }
    uint64_t step = (uint64_t)((double)SECOND / asked.rate);
    struct timespec period = {(time_t)(step / SECOND), (long)(step % SECOND)};
    struct itimerspec every = {period, period};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    epoll_ctl(poll, EPOLL_CTL_ADD, timer, &event);
    ticks_began = now();
    timerfd_settime(timer, 0, &every, NULL);
}

/* ---- Results ---- */

static int compare(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static void print_samples(const char *name, struct samples *samples)
{
    if (!samples->count) {
        printf(", \"%s\": null", name);
        return;
    }
    qsort(samples->values, samples->count, sizeof *samples->values, compare);
    size_t last = samples->count - 1;
    printf(", \"%s\": {\"count\": %zu, \"p50\": %.1f, \"p99\": %.1f, \"max\": %.1f}", name,
           samples->count, (double)samples->values[last / 2] / 1e3,
           (double)samples->values[last * 99 / 100] / 1e3, (double)samples->values[last] / 1e3);
}

static void print_span(const char *name, struct moment *from, struct moment *to)
{
    printf(", \"%s\": {\"seconds\": %.6f, \"server_cpu\": %.6f, \"generator_cpu\": %.6f, "
           "\"machine_cpu\": %.2f, \"deliveries\": %llu, \"messages\": %llu}", name,
           (double)(to->time - from->time) / 1e9, (double)(to->server - from->server) / 1e9,
           (double)(to->generator - from->generator) / 1e9,
           (double)(to->machine - from->machine) / 1e9,
           (unsigned long long)(to->received - from->received),
           (unsigned long long)(to->sent - from->sent));
}

static void print_results(struct moment *begin, struct moment *connected, struct moment *settled,
                          struct moment *from, struct moment *to)
{
    uint64_t wanted = is_fetching() ? (uint64_t)asked.count : expected;
    printf("{\"mode\": \"%s\", \"connections\": %d", asked.mode, connection_count);
    print_span("arrival", begin, connected);
    print_span("window", from, to);
    print_samples("arrival_us", &arrivals);
    print_samples("latency_us", &latencies);
    print_samples("acknowledged_us", &acknowledgements);
    printf(", \"resident\": {\"empty\": %ld, \"full\": %ld, \"end\": %ld}", begin->resident,
           settled->resident, to->resident);
    printf(", \"sockets\": {\"empty\": %ld, \"full\": %ld, \"end\": %ld}", begin->sockets,
           settled->sockets, to->sockets);
    printf(", \"expected\": %llu, \"received\": %llu, \"closed\": %d, \"refused\": %d",
           (unsigned long long)wanted, (unsigned long long)received, closed_by_server, refused);
    for (char *byte = complaint; *byte; byte++)
        if (*byte == '"' || *byte == '\\' || *byte < ' ')
            *byte = '\'';
    printf(", \"complaint\": \"%s\"}\n", complaint);
}

/* ---- Modes ---- */

static struct moment window_begin, window_end;

static void talk(void)
{
    start_speaking();
    run_for(asked.warm_up);
    window_begin = take();
    measuring = 1;
    run_for(asked.seconds);
    measuring = 0;
    window_end = take();
    speaking = 0;
    drain();
}

static void fill(void)
{
    window_begin = take();
    measuring = 1;
    start_speaking();
    last_progress = now();
    while ((sent < (uint64_t)asked.count || received < expected) && !stuck(asked.patience)
           && !refused)
        turn(100);
    window_end = take();
}

/* One reader reads the room from its first message; its join has been sent already. */
static void fetch(struct moment *begin)
{
    last_progress = now();
    while (received < (uint64_t)asked.count && !stuck(asked.patience))
        turn(100);
    window_end = take();
    window_begin = *begin;
    window_begin.time = first_read;
}

static void idle(void)
{
    window_begin = take();
    run_for(asked.seconds);
    window_end = take();
}

static void run(void)
{
    struct moment begin = take();
    connect_all();
    struct moment connected = take(), settled = connected;
    if (!is_fetching()) {
        settle(0.3);
        received = 0; /* some servers have a '%' in their greeting */
        settled = take();
    }
    window_begin = window_end = settled;
    if (!strcmp(asked.mode, "talk"))
        talk();
    else if (!strcmp(asked.mode, "fill"))
        fill();
    else if (is_fetching())
        fetch(&begin);
    else if (!strcmp(asked.mode, "idle"))
        idle();
    print_results(&begin, &connected, &settled, &window_begin, &window_end);
}

static enum dialect dialect_named(const char *name)
{
    return !strcmp(name, "irc") ? IRC : !strcmp(name, "floor") ? FLOOR : LINE;
}

static void take_pids(char *list)
{
    for (char *word = strtok(list, ","); word && asked.pid_count < PIDS; word = strtok(NULL, ","))
        asked.pids[asked.pid_count++] = atoi(word);
}

static void read_options(int count, char **words)
{
    for (int i = 1; i + 1 < count; i += 2) {
        const char *name = words[i];
        char *value = words[i + 1];
        if (!strcmp(name, "--dialect")) asked.dialect = dialect_named(value);
        else if (!strcmp(name, "--mode")) asked.mode = value;
        else if (!strcmp(name, "--caps")) asked.caps = value;
        else if (!strcmp(name, "--mixed")) asked.mixed = atoi(value);
        else if (!strcmp(name, "--port")) asked.port = atoi(value);
        else if (!strcmp(name, "--line-port")) asked.line_port = atoi(value);
        else if (!strcmp(name, "--rooms")) asked.rooms = atoi(value);
        else if (!strcmp(name, "--members")) asked.members = atoi(value);
        else if (!strcmp(name, "--senders")) asked.senders = atoi(value);
        else if (!strcmp(name, "--in-flight")) asked.in_flight = atoi(value);
        else if (!strcmp(name, "--at-once")) asked.at_once = atoi(value);
        else if (!strcmp(name, "--text-bytes")) asked.text_bytes = atoi(value);
        else if (!strcmp(name, "--rate")) asked.rate = atof(value);
        else if (!strcmp(name, "--warm-up")) asked.warm_up = atof(value);
        else if (!strcmp(name, "--seconds")) asked.seconds = atof(value);
        else if (!strcmp(name, "--patience")) asked.patience = atof(value);
        else if (!strcmp(name, "--count")) asked.count = atol(value);
        else if (!strcmp(name, "--pids")) take_pids(value);
        else fail("no such option: %s", name);
    }
    if (!asked.port || asked.rooms < 1 || asked.members < 1 || asked.senders > asked.members
        || asked.in_flight > 256 || asked.text_bytes < 24 || asked.text_bytes > 200
        || (asked.mixed && !asked.line_port))
        fail("give a --port, and sensible numbers");
}

/* Who is what. Senders stand at equal distances, so the kinds are moved on by one every ten. */
static void choose_kind(struct connection *connection, int member)
{
    size_t kind = (size_t)(member + member / 10) % (sizeof kinds / sizeof *kinds);
    connection->dialect = asked.mixed ? kinds[kind].dialect : asked.dialect;
    connection->caps = asked.mixed ? kinds[kind].caps : asked.caps;
    if (is_fetching())
        connection->caps = HISTORY_CAPS;
    connection->echoes = connection->dialect != IRC || strstr(connection->caps, "echo-message");
}

int main(int count, char **words)
{
    struct rlimit files;
    read_options(count, words);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    connection_count = asked.rooms * asked.members;
    connections = calloc((size_t)connection_count, sizeof *connections);
    for (int i = 0; i < connection_count; i++) {
        connections[i].room = i % asked.rooms;
        choose_kind(&connections[i], i / asked.rooms);
    }
    poll = epoll_create1(0);
    choose_senders();
    run();
    return 0;
}
