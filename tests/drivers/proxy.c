/*
 * Stands between a client and a PostgreSQL server and knows where their messages begin and end:
 *
 *	proxy FOLDER SERVER COUNTS [SIDE N HOW]
 *
 * listens in FOLDER as a server does (.s.PGSQL.5432), passes everything on to the one whose socket
 * is in folder SERVER, and counts messages over all connections: SIDE is c, the client's, s, the
 * server's, or C, the client's that say COMMIT.  At the Nth it does this, once:
 *
 *	before  the message goes nowhere, both ends are closed
 *	after   the message arrives, then both ends are closed
 *	half    the message arrives, then the client's end is closed, and the server is told nothing
 *	freeze  the message arrives, then nothing more does, and both ends stay open
 *	undo    the message, COMMIT, arrives as ROLLBACK
 *
 * COUNTS is a file: how many of c, s and C there were so far, and whether it has happened; then a
 * line for each COMMIT, with its number among the c, and how many s there were before it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* One side of a connection: what it says goes to the other. */
struct side {
	int from, to;
	char name;
	bool started;      /* the first message of a client has no type */
	uint8_t head[5];
	size_t head_size;
	uint32_t left;     /* of the message's body */
	bool undoes;       /* it is the one */
};

struct counts {
	unsigned long messages[2], commits;
	bool fired;
};

enum { FIRST_LINE = 41 }; /* of COUNTS, in bytes */

static struct counts *counts; /* of all processes */
static int counts_file;
static char side_name;
static unsigned long place;
static const char *how = "";

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void note(void)
{
	char text[64];
	const int size = snprintf(text, sizeof(text), "%-12lu %-12lu %-12lu %d\n",
		counts->messages[0], counts->messages[1], counts->commits, counts->fired);

	if (pwrite(counts_file, text, (size_t)size, 0) != size)
		die("counts");
}

static void note_commit(unsigned long number)
{
	char text[64];
	const int size = snprintf(text, sizeof(text), "%-12lu %-12lu\n", counts->messages[0],
		counts->messages[1]);

	if (pwrite(counts_file, text, (size_t)size, FIRST_LINE + (off_t)(number - 1) * size) !=
		size)
		die("counts");
}

static void push(int to, const uint8_t *data, size_t size)
{
	while (size > 0) {
		const ssize_t sent = send(to, data, size, MSG_NOSIGNAL);

		if (sent < 0 && errno != EINTR)
			exit(0);
		data += sent < 0 ? 0 : sent;
		size -= sent < 0 ? 0 : (size_t)sent;
	}
}

static void act(struct side *side)
{
	const int client = side->name == 'c' ? side->from : side->to;

	if (strcmp(how, "before") == 0 || strcmp(how, "after") == 0)
		exit(0);
	if (strcmp(how, "half") == 0)
		close(client);
	for (;;)
		pause();
}

/* "COMMIT" and its NUL: no other statement of the kind is as long. */
static bool is_commit(const struct side *side)
{
	static const uint8_t head[5] = { 'Q', 0, 0, 0, 11 };

	return side->name == 'c' && memcmp(side->head, head, sizeof(head)) == 0;
}

static unsigned long count(unsigned long *counter, bool ends)
{
	return ends ? *counter : __atomic_add_fetch(counter, 1, __ATOMIC_SEQ_CST);
}

/* A message begins (its head is there), or has ended. */
static void meet(struct side *side, bool ends)
{
	const bool early = strcmp(how, "before") == 0;
	const unsigned long number = count(&counts->messages[side->name == 's'], ends);
	bool is_it = side->name == side_name && number == place;

	if (is_commit(side)) {
		const unsigned long commit = count(&counts->commits, ends);

		is_it |= commit == place && side_name == 'C';
		note();
		if (!ends)
			note_commit(commit);
	}
	if (is_it && strcmp(how, "undo") == 0) {
		side->undoes = !ends && !counts->fired;
	} else if (is_it && ends != early && !counts->fired) {
		counts->fired = true;
		note();
		act(side);
	}
	note();
}

/* "ABORT " is as long. */
static void undo(struct side *side, uint8_t *body, size_t size)
{
	if (size < 7 || memcmp(body, "COMMIT", 7) != 0)
		exit(1);
	memcpy(body, "ABORT ", 6);
	counts->fired = true;
	side->undoes = false;
	note();
}

static void begin_message(struct side *side, size_t size)
{
	const uint8_t *length = side->head + size - 4;

	side->left = ((uint32_t)length[0] << 24 | (uint32_t)length[1] << 16 |
		(uint32_t)length[2] << 8 | length[3]) - 4;
	side->started = true;
	meet(side, false);
	push(side->to, side->head, size);
	side->head_size = 0;
	if (side->left == 0)
		meet(side, true);
}

static void pass(struct side *side)
{
	uint8_t data[16384];
	const ssize_t got = read(side->from, data, sizeof(data));
	uint8_t *next = data, *end = data + got;

	if (got <= 0)
		exit(0);
	while (next < end) {
		const size_t head = side->started ? 5 : 4;

		if (side->left > 0) {
			const size_t part = (size_t)(end - next) < side->left ?
				(size_t)(end - next) : side->left;

			if (side->undoes)
				undo(side, next, part);
			push(side->to, next, part);
			next += part;
			side->left -= (uint32_t)part;
			if (side->left == 0)
				meet(side, true);
			continue;
		}
		side->head[side->head_size++] = *next++;
		if (side->head_size == head)
			begin_message(side, head);
	}
}

static void make_address(struct sockaddr_un *address, const char *folder)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (snprintf(address->sun_path, sizeof(address->sun_path), "%s/.s.PGSQL.5432", folder) >=
		(int)sizeof(address->sun_path))
		exit(2);
}

static void serve(int client, const char *folder)
{
	const int server = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un address;
	struct side sides[2] = { { .from = client, .to = server, .name = 'c' },
		{ .from = server, .to = client, .name = 's', .started = true } };

	make_address(&address, folder);
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) != 0)
		exit(0);
	for (;;) {
		struct pollfd wait[2] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };

		if (poll(wait, 2, -1) < 0)
			continue;
		for (int i = 0; i < 2; i++)
			if (wait[i].revents != 0)
				pass(&sides[i]);
	}
}

int main(int argc, char **argv)
{
	struct sockaddr_un address;
	int listener;

	if (argc != 4 && argc != 7)
		return 2;
	if (argc == 7) {
		side_name = *argv[4];
		place = strtoul(argv[5], NULL, 10);
		how = argv[6];
	}
	signal(SIGCHLD, SIG_IGN);
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	counts_file = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0600);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	make_address(&address, argv[1]);
	unlink(address.sun_path);
	if (counts == MAP_FAILED || counts_file < 0 || listener < 0 ||
		bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(listener, 64) != 0)
		die(argv[1]);
	note();
	for (;;) {
		const int client = accept(listener, NULL, NULL);

		if (client >= 0 && fork() == 0) {
			close(listener);
			serve(client, argv[2]);
		}
		close(client);
	}
}
