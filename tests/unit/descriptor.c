/* Descriptors: short counts, pipes that do not block, readers that went away, files. */
#include "base/descriptor.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sample.h"

enum { SIZE = 3 << 20 };

static struct fault fault;
static uint8_t *data, *back;

/* Writes all data in a child, with odd pieces and pauses, to a pipe; the end that is read. */
static int feed(bool blocking, pid_t *child)
{
	int pipes[2];

	CHECK(pipe(pipes) == 0);
	fflush(stdout);
	*child = fork();
	if (*child == 0) {
		for (size_t done = 0, step; done < SIZE; done += step) {
			step = 1 + sample_below(100000);
			step = step < SIZE - done ? step : SIZE - done;
			if (descriptor_write(pipes[1], data + done, step, &fault) != 0)
				_exit(1);
		}
		_exit(0);
	}
	close(pipes[1]);
	if (!blocking)
		fcntl(pipes[0], F_SETFL, O_NONBLOCK);
	return pipes[0];
}

static bool ended_well(pid_t child)
{
	int status = 1;

	return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static void test_read(void)
{
	for (int blocking = 0; blocking < 2; blocking++) {
		pid_t child;
		size_t got = 0;
		int fd = feed(blocking, &child);

		memset(back, 0, SIZE);
		CHECK(descriptor_read_full(fd, back, SIZE, &got, &fault) == 0 && got == SIZE);
		CHECK(memcmp(back, data, SIZE) == 0 && ended_well(child));
		CHECK(descriptor_read_full(fd, back, 1, &got, &fault) == 0 && got == 0);
		CHECK(descriptor_read(fd, back, 1, &got, &fault) == 0 && got == 0);
		close(fd);
	}
}

static void alarmed(int signal_number)
{
	(void)signal_number;
}

static void stopped(int signal_number)
{
	descriptor_stop = signal_number;
}

/* A child that reads slowly, and whether it got all data. */
static int open_slow(pid_t *child)
{
	int pipes[2];

	CHECK(pipe(pipes) == 0);
	fflush(stdout);
	*child = fork();
	if (*child == 0) {
		size_t got = 0;

		close(pipes[1]);
		for (size_t done = 0; done < SIZE; done += 1 << 16) {
			usleep(500);
			if (descriptor_read_full(pipes[0], back + done, 1 << 16, &got, &fault) != 0)
				_exit(1);
		}
		_exit(memcmp(data, back, SIZE) != 0);
	}
	close(pipes[0]);
	return pipes[1];
}

/* Signals every 500 microseconds; through a pipe that blocks, or that does not. */
static void write_interrupted(void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler };
	struct itimerval often = { { 0, 500 }, { 0, 500 } }, never = { { 0, 0 }, { 0, 0 } };
	pid_t child;
	int fd = open_slow(&child);

	fcntl(fd, F_SETFL, flags);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	while (descriptor_write(fd, data, SIZE, &fault) == STATUS_AGAIN) { /* nothing was written */
		fault = (struct fault){ 0 };
		descriptor_stop = 0;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	descriptor_stop = 0;
	CHECK(fault.status == 0);
	close(fd);
	CHECK(ended_well(child));
}

static void test_write(void)
{
	write_interrupted(alarmed, 0);
	write_interrupted(alarmed, O_NONBLOCK);
}

/* What was begun is written to its end: half a frame would hide the ABORT behind it. */
static void test_write_stopped(void)
{
	write_interrupted(stopped, 0);
	write_interrupted(stopped, O_NONBLOCK);
}

static void test_no_reader(void)
{
	int pipes[2];

	signal(SIGPIPE, SIG_IGN);
	CHECK(pipe(pipes) == 0);
	close(pipes[0]);
	CHECK(descriptor_write(pipes[1], "x", 1, &fault) == STATUS_PIPE);
	CHECK(says(&fault, STATUS_PIPE, "the reader went away"));
	CHECK(descriptor_write(pipes[1], "", 0, &fault) == 0);
	close(pipes[1]);
}

static void test_errors(void)
{
	uint64_t size;
	size_t got = 0;
	int fd = open("/dev/full", O_RDWR | O_CLOEXEC), none = -1;

	if (CHECK(fd >= 0)) {
		CHECK(descriptor_write(fd, "x", 1, &fault) == STATUS_IO);
		CHECK(says(&fault, STATUS_IO, "writing failed: No space left on device"));
		CHECK(!descriptor_size(fd, &size));
		CHECK(descriptor_close(fd, "full", &fault) == 0);
	}
	CHECK(descriptor_read(none, back, 1, &got, &fault) == STATUS_IO);
	CHECK(says(&fault, STATUS_IO, "reading the stream failed: Bad file descriptor"));
	CHECK(descriptor_close(none, "gone", &fault) == STATUS_IO);
	CHECK(says(&fault, STATUS_IO, "gone: Bad file descriptor"));
	CHECK(descriptor_open("absent/file", &fd, &fault) == STATUS_SOURCE && fd < 0);
	CHECK(says(&fault, STATUS_SOURCE, "absent/file: No such file or directory"));
	CHECK(descriptor_open(".", &fd, &fault) == STATUS_SOURCE && fd < 0);
	CHECK(says(&fault, STATUS_SOURCE, ".: is a folder"));
}

/* A signal that stops is seen at once, and told; what is read then is nothing. */
static void test_stop(void)
{
	size_t got = 7;

	descriptor_stop = SIGTERM;
	CHECK(descriptor_read(0, back, 1, &got, &fault) == STATUS_AGAIN && got == 0);
	CHECK(says(&fault, STATUS_AGAIN, "stopped by signal 15 (Terminated)"));
	CHECK(descriptor_write(1, "x", 1, &fault) == STATUS_AGAIN);
	CHECK(says(&fault, STATUS_AGAIN, "stopped by signal 15 (Terminated)"));
	descriptor_stop = 0;
}

static void test_hold(void)
{
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		close(0);
		close(2);
		if (!descriptor_hold() || open("/dev/null", O_RDONLY) < 3)
			_exit(1);
		_exit(read(0, back, 1) != 0 || write(2, "x", 1) >= 0);
	}
	CHECK(ended_well(child));
}

static void test_random(void)
{
	uint8_t a[16] = { 0 }, b[16] = { 0 };

	CHECK(descriptor_random(a, &fault) == 0 && descriptor_random(b, &fault) == 0);
	CHECK(memcmp(a, b, sizeof(a)) != 0);
}

/* --- files ------------------------------------------------------------------------------------ */

/* How many entries the folder has. */
static unsigned entries(void)
{
	DIR *folder = opendir(".");
	unsigned count = 0;

	while (folder != NULL && readdir(folder) != NULL)
		count++;
	closedir(folder);
	return count - 2;
}

static int write_file(struct descriptor_file *file, const char *path)
{
	if (descriptor_create(file, path, &fault) == 0)
		descriptor_write(file->fd, "data", 4, &fault);
	return fault.status;
}

static void test_publish(void)
{
	struct descriptor_file file;
	struct stat facts;
	mode_t mask = umask(027);

	CHECK(write_file(&file, "new") == 0 && access("new", F_OK) != 0 && entries() == 1);
	CHECK(strncmp(file.partial, ".new.partial-", 13) == 0 && strcmp(file.folder, ".") == 0);
	CHECK(descriptor_publish(&file, &fault) == 0 && file.fd == -1 && entries() == 1);
	CHECK(stat("new", &facts) == 0 && facts.st_size == 4 && (facts.st_mode & 0777) == 0640);
	descriptor_abandon(&file); /* which does nothing any more */
	CHECK(write_file(&file, "new") == STATUS_CREATE);
	CHECK(says(&fault, STATUS_CREATE, "new: exists already; remove it or choose another name"));
	CHECK(symlink("nowhere", "link") == 0 && write_file(&file, "link") == STATUS_CREATE);
	CHECK(speaks_of(&fault, STATUS_CREATE, "link: exists already"));
	unlink("link");
	unlink("new");
	umask(mask);
}

/* Another file of the name appears while this one is written: it stays as it is. */
static void test_race(void)
{
	struct descriptor_file file;
	struct stat facts;
	int fd;

	CHECK(write_file(&file, "new") == 0);
	fd = open("new", O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
	CHECK(fd >= 0 && write(fd, "others", 6) == 6 && close(fd) == 0);
	CHECK(descriptor_publish(&file, &fault) == STATUS_CREATE);
	CHECK(says(&fault, STATUS_CREATE,
		"new: appeared meanwhile; remove it or choose another name"));
	CHECK(stat("new", &facts) == 0 && facts.st_size == 6 && entries() == 1);
	unlink("new");
}

static void test_abandon(void)
{
	struct descriptor_file file;

	CHECK(write_file(&file, "new") == 0 && entries() == 1);
	descriptor_abandon(&file);
	CHECK(entries() == 0 && file.fd == -1);
	descriptor_abandon(&file);
}

static void test_names(void)
{
	struct descriptor_file file;
	char path[5000];

	CHECK(write_file(&file, "sub/") == STATUS_CREATE);
	CHECK(says(&fault, STATUS_CREATE, "sub/: is a folder"));
	CHECK(write_file(&file, "absent/new") == STATUS_CREATE);
	CHECK(says(&fault, STATUS_CREATE, "absent/new: No such file or directory"));
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	CHECK(write_file(&file, path) == STATUS_CREATE);
	CHECK(speaks_of(&fault, STATUS_CREATE, "the name is too long"));
	CHECK(mkdir("sub", 0777) == 0 && write_file(&file, "sub/new") == 0);
	CHECK(strcmp(file.folder, "sub/") == 0);
	CHECK(strncmp(file.partial, "sub/.new.partial-", 17) == 0);
	CHECK(descriptor_publish(&file, &fault) == 0 && access("sub/new", F_OK) == 0);
	unlink("sub/new");
	rmdir("sub");
}

static void test_places(void)
{
	uint64_t size = 0, offset = 9;
	size_t got = 0;
	int fd = open("file", O_RDWR | O_CREAT | O_CLOEXEC, 0666), pipes[2];

	CHECK(fd >= 0 && descriptor_write(fd, data, 1000, &fault) == 0);
	CHECK(descriptor_size(fd, &size) && size == 1000);
	CHECK(descriptor_tell(fd, &offset) && offset == 1000);
	CHECK(descriptor_read_at(fd, 990, back, 20, &got, &fault) == 0 && got == 10);
	descriptor_stop = SIGTERM;
	CHECK(descriptor_read_at(fd, 0, back, 20, &got, &fault) == STATUS_AGAIN && got == 0);
	descriptor_stop = 0;
	fault = (struct fault){ 0 };
	CHECK(memcmp(back, data + 990, 10) == 0);
	CHECK(descriptor_seek(fd, 500, &fault) == 0 && descriptor_tell(fd, &offset));
	CHECK(offset == 500);
	CHECK(descriptor_sync(fd, "file", &fault) == 0);
	CHECK(descriptor_close(fd, "file", &fault) == 0);
	unlink("file");
	CHECK(pipe(pipes) == 0 && !descriptor_size(pipes[0], &size));
	CHECK(!descriptor_tell(pipes[0], &offset));
	CHECK(descriptor_seek(pipes[0], 0, &fault) == STATUS_IO);
	CHECK(says(&fault, STATUS_IO, "seeking failed: Illegal seek"));
	descriptor_widen(pipes[0]);
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	static const struct test tests[] = {
		{ "reading a pipe", test_read },
		{ "writing to a pipe, with interruptions", test_write },
		{ "what was begun is not stopped", test_write_stopped },
		{ "a reader that went away", test_no_reader },
		{ "errors have their words", test_errors },
		{ "a signal that stops", test_stop },
		{ "standard descriptors are held", test_hold },
		{ "random bytes", test_random },
		{ "files: published whole", test_publish },
		{ "files: nothing is replaced", test_race },
		{ "files: abandoned", test_abandon },
		{ "files: names", test_names },
		{ "files: places in them", test_places },
	};
	char folder[] = "/tmp/rowpipe-descriptor-XXXXXX";
	int code = 1;

	data = malloc(SIZE);
	back = malloc(SIZE);
	for (size_t i = 0; i < SIZE; i++)
		data[i] = (uint8_t)sample_random();
	if (mkdtemp(folder) != NULL && chdir(folder) == 0)
		code = test_run(tests, COUNT(tests));
	CHECK(rmdir(folder) == 0);
	free(data);
	free(back);
	return code;
}
