/* The least that answers HTTP at all: every request gets the same answer, in one thread.

   cc -O2 echo.c -o echo; ./echo PORT */

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define MOST 1024
#define ROOM 65536

static const char answer[] =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 40\r\n\r\n"
    "{\"answers\": [{\"label\": \"0\", \"p\": 1.00}]}";
static char *held[MOST];
static size_t filled[MOST];

/* Whether a whole request lies in the buffer of this connection. */
static int whole(int connection) {
    char *end = strstr(held[connection], "\r\n\r\n");
    if (!end) return 0;
    char *length = strcasestr(held[connection], "content-length:");
    size_t body = length && length < end ? strtoul(length + 15, NULL, 10) : 0;
    return filled[connection] >= (size_t)(end - held[connection]) + 4 + body;
}

static void take(int connection) {
    ssize_t got = read(connection, held[connection] + filled[connection],
                       ROOM - 1 - filled[connection]);
    if (got <= 0) {
        close(connection);
        return;
    }
    filled[connection] += got;
    held[connection][filled[connection]] = 0;
    if (whole(connection)) {
        filled[connection] = 0;
        if (write(connection, answer, sizeof answer - 1) < 0) close(connection);
    }
}

int main(int count, char **words) {
    int yes = 1, port = count > 1 ? atoi(words[1]) : 8000;
    int listening = socket(AF_INET, SOCK_STREAM, 0), polled = epoll_create1(0);
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listening, (struct sockaddr *)&place, sizeof place) || listen(listening, MOST)) {
        perror("echo");
        return 1;
    }
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listening}, ready[64];
    epoll_ctl(polled, EPOLL_CTL_ADD, listening, &event);
    for (;;) {
        int found = epoll_wait(polled, ready, 64, -1);
        for (int i = 0; i < found; i++) {
            int connection = ready[i].data.fd;
            if (connection != listening) {
                take(connection);
                continue;
            }
            connection = accept(listening, NULL, NULL);
            if (connection < 0) continue;
            if (connection >= MOST) {
                close(connection);
                continue;
            }
            setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
            if (!held[connection]) held[connection] = malloc(ROOM);
            filled[connection] = 0;
            event.data.fd = connection;
            epoll_ctl(polled, EPOLL_CTL_ADD, connection, &event);
        }
    }
}
