#include "base/descriptor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

volatile sig_atomic_t descriptor_stop;

bool descriptor_hold(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", O_RDONLY) != fd)
			return false;
	return true;
}

/* After a call failed with errno: true when it is to be made again. */
static bool again(int fd, short event)
{
	struct pollfd wait = { .fd = fd, .events = event };

	if (errno == EINTR)
		return descriptor_stop == 0;
	if (errno != EAGAIN && errno != EWOULDBLOCK)
		return false;
	while (poll(&wait, 1, -1) < 0)
		if (errno != EINTR || descriptor_stop != 0)
			return false;
	return true;
}

static int stopped(struct fault *fault)
{
	return fault_set(fault, STATUS_AGAIN, "stopped by signal %d (%s)", (int)descriptor_stop,
		strsignal(descriptor_stop));
}

int descriptor_read(int fd, void *to, size_t room, size_t *got, struct fault *fault)
{
	ssize_t count;

	*got = 0;
	do {
		if (descriptor_stop != 0)
			return stopped(fault);
		count = read(fd, to, room);
	} while (count < 0 && again(fd, POLLIN));
	if (count < 0 && descriptor_stop != 0)
		return stopped(fault);
	if (count < 0)
		return fault_errno(fault, STATUS_IO, "reading the stream failed");
	*got = (size_t)count;
	return 0;
}

int descriptor_read_full(int fd, void *to, size_t size, size_t *got, struct fault *fault)
{
	size_t piece;

	for (*got = 0; *got < size; *got += piece) {
		int status = descriptor_read(fd, (char *)to + *got, size - *got, &piece, fault);

		if (status != 0)
			return status;
		if (piece == 0)
			break;
	}
	return 0;
}

int descriptor_read_at(int fd, uint64_t offset, void *to, size_t size, size_t *got,
	struct fault *fault)
{
	*got = 0;
	while (*got < size) {
		ssize_t count;

		if (descriptor_stop != 0)
			return stopped(fault);
		count = pread(fd, (char *)to + *got, size - *got, (off_t)(offset + *got));
		if (count < 0 && again(fd, POLLIN))
			continue;
		if (count < 0 && descriptor_stop != 0)
			return stopped(fault);
		if (count < 0)
			return fault_errno(fault, STATUS_IO, "reading the file failed");
		if (count == 0)
			break;
		*got += (size_t)count;
	}
	return 0;
}

int descriptor_write(int fd, const void *from, size_t size, struct fault *fault)
{
	size_t done = 0;

	while (done < size) {
		ssize_t count;

		if (descriptor_stop != 0 && done == 0)
			return stopped(fault);
		count = write(fd, (const char *)from + done, size - done);
		if (count >= 0)
			done += (size_t)count;
		else if (errno == EPIPE)
			return fault_set(fault, STATUS_PIPE, "the reader went away");
		else if (!again(fd, POLLOUT) && descriptor_stop == 0)
			return fault_errno(fault, STATUS_IO, "writing failed");
	}
	return 0;
}

int descriptor_sync(int fd, const char *path, struct fault *fault)
{
	int result;

	do
		result = fsync(fd);
	while (result < 0 && errno == EINTR);
	if (result < 0 && errno != EINVAL && errno != EROFS)
		return fault_errno(fault, STATUS_IO, path);
	return 0;
}

void descriptor_start_sync(int fd, uint64_t offset, uint64_t size)
{
#ifdef SYNC_FILE_RANGE_WRITE
	(void)sync_file_range(fd, (off_t)offset, (off_t)size, SYNC_FILE_RANGE_WRITE);
#else
	(void)fd, (void)offset, (void)size;
#endif
}

int descriptor_close(int fd, const char *path, struct fault *fault)
{
	if (close(fd) < 0 && errno != EINTR)
		return fault_errno(fault, STATUS_IO, path);
	return 0;
}

void descriptor_log(const char *path, const void *line, size_t size)
{
	int fd = path == NULL ? -1 : open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	if (write(fd, line, size) < 0)
		errno = 0;
	close(fd);
}

int descriptor_open(const char *path, int *fd, struct fault *fault)
{
	struct stat facts;

	do
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	while (*fd < 0 && errno == EINTR && descriptor_stop == 0);
	if (*fd < 0 && descriptor_stop != 0)
		return stopped(fault);
	if (*fd < 0)
		return fault_errno(fault, STATUS_SOURCE, path);
	if (fstat(*fd, &facts) == 0 && S_ISDIR(facts.st_mode)) {
		close(*fd);
		*fd = -1;
		return fault_set(fault, STATUS_SOURCE, "%s: is a folder", path);
	}
	return 0;
}

bool descriptor_size(int fd, uint64_t *size)
{
	struct stat facts;

	if (fstat(fd, &facts) < 0 || !S_ISREG(facts.st_mode))
		return false;
	*size = (uint64_t)facts.st_size;
	return true;
}

bool descriptor_tell(int fd, uint64_t *offset)
{
	off_t place = lseek(fd, 0, SEEK_CUR);

	*offset = (uint64_t)place;
	return place >= 0;
}

int descriptor_seek(int fd, uint64_t offset, struct fault *fault)
{
	if (lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return fault_errno(fault, STATUS_IO, "seeking failed");
	return 0;
}

void descriptor_widen(int fd)
{
#ifdef F_SETPIPE_SZ
	(void)fcntl(fd, F_SETPIPE_SZ, 1 << 20);
#else
	(void)fd;
#endif
}

/* What may grow large does not belong into /tmp, which often is memory. */
int descriptor_temporary(const char *folder, int *fd, struct fault *fault)
{
	char path[4096];
	int size;

	if (folder == NULL)
		folder = getenv("TMPDIR");
	if (folder == NULL || *folder == '\0')
		folder = "/var/tmp";
	*fd = -1;
#ifdef O_TMPFILE
	*fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return 0;
#endif
	size = snprintf(path, sizeof(path), "%s/rowpipe-XXXXXX", folder);
	if (size > 0 && (size_t)size < sizeof(path))
		*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return fault_errno(fault, STATUS_CREATE, folder);
	unlink(path);
	return 0;
}

int descriptor_random(uint8_t to[16], struct fault *fault)
{
	ssize_t count;

	do
		count = getrandom(to, 16, 0);
	while (count < 0 && errno == EINTR);
	if (count != 16)
		return fault_errno(fault, STATUS_IO, "getrandom");
	return 0;
}

int descriptor_load(const char *path, struct bytes *content, size_t most, struct fault *fault)
{
	enum { STEP = 64 * 1024 };
	size_t got = STEP;
	int fd = -1;
	int status = descriptor_open(path, &fd, fault);

	while (status == 0 && got == STEP) {
		if (!bytes_reserve(content, STEP)) {
			status = fault_memory(fault);
			break;
		}
		status = descriptor_read_full(fd, content->data + content->size, STEP, &got, fault);
		content->size += got;
		if (status == 0 && content->size > most)
			status = fault_set(fault, STATUS_MISFIT, "%s: has more than %zu bytes",
				path, most);
	}
	if (fd >= 0)
		close(fd);
	return status;
}

int descriptor_append(const char *path, const void *text, size_t size, struct fault *fault)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int status;

	if (fd < 0)
		return fault_errno(fault, STATUS_CREATE, path);
	status = descriptor_write(fd, text, size, fault);
	return descriptor_close(fd, path, fault) != 0 ? fault->status : status;
}

int descriptor_rename(const char *from, const char *to, struct fault *fault)
{
	return rename(from, to) < 0 ? fault_errno(fault, STATUS_CREATE, to) : 0;
}

int descriptor_lock(const char *path, int *fd, unsigned seconds, struct fault *fault)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		return fault_errno(fault, STATUS_CREATE, path);
	for (unsigned turn = 0; flock(*fd, LOCK_EX | LOCK_NB) < 0; turn++) {
		if (descriptor_stop != 0)
			return stopped(fault);
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fault_errno(fault, STATUS_IO, path);
		if (turn >= seconds * 50)
			return fault_set(fault, STATUS_AGAIN,
				"%s: is held by another process for more than %u seconds", path,
				seconds);
		nanosleep(&pause, NULL);
	}
	return 0;
}

int descriptor_pipe(int ends[2], struct fault *fault)
{
	return pipe2(ends, O_CLOEXEC) < 0 ? fault_errno(fault, STATUS_IO, "pipe") : 0;
}

/* A signal may come just before poll: who waits looks up every second. */
int descriptor_wait(int in, int out, bool *reads, bool *writes, struct fault *fault)
{
	struct pollfd both[] = { { .fd = in, .events = POLLIN }, { .fd = out, .events = POLLOUT } };
	int count;

	do {
		if (descriptor_stop != 0)
			return stopped(fault);
		count = poll(both, 2, 1000);
	} while (count == 0 || (count < 0 && errno == EINTR));
	if (count < 0)
		return fault_errno(fault, STATUS_IO, "waiting for a program failed");
	*reads = both[0].revents != 0;
	*writes = both[1].revents != 0;
	return 0;
}

int descriptor_offer(int fd, const void *from, size_t size, size_t *done, struct fault *fault)
{
	const int flags = fcntl(fd, F_GETFL);
	ssize_t count;

	*done = 0;
	if (flags < 0 || ((flags & O_NONBLOCK) == 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0))
		return fault_errno(fault, STATUS_IO, "a pipe that does not wait");
	count = write(fd, from, size);
	if (count >= 0)
		*done = (size_t)count;
	else if (errno == EPIPE)
		return fault_set(fault, STATUS_PIPE, "the reader went away");
	else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
		return fault_errno(fault, STATUS_IO, "writing failed");
	return 0;
}

static void close_from(int first)
{
#ifdef CLOSE_RANGE_CLOEXEC
	if (close_range((unsigned)first, ~0U, 0) == 0)
		return;
#endif
	for (int fd = first; fd < 4096; fd++)
		close(fd);
}

/* What is given may be one of the three itself: all go out of the way first. */
void descriptor_become(const int standard[3])
{
	int moved[3];

	for (int i = 0; i < 3; i++)
		moved[i] = standard[i] >= 0 ? fcntl(standard[i], F_DUPFD, 3) :
			open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
	for (int i = 0; i < 3; i++)
		dup2(moved[i], i);
	close_from(3);
}

/* What the kernel cannot copy between these two files; the same for files that it could. */
static int copy_through(int from, int to, uint64_t offset, uint64_t size, struct fault *fault)
{
	uint8_t piece[65536];
	struct fault trouble = { 0 };

	while (size > 0) {
		size_t want = size < sizeof(piece) ? size : sizeof(piece), got = 0;

		if (descriptor_read_at(from, offset, piece, want, &got, &trouble) != 0)
			return fault_set(fault, trouble.status == STATUS_AGAIN ? STATUS_AGAIN :
				STATUS_SOURCE, "%s", trouble.text);
		if (got == 0)
			return fault_set(fault, STATUS_SOURCE, "the file ends before it should");
		for (size_t done = 0; done < got;) {
			ssize_t count =
				pwrite(to, piece + done, got - done, (off_t)(offset + done));

			if (count < 0 && errno != EINTR)
				return fault_errno(fault, STATUS_CREATE, "writing the copy failed");
			done += count > 0 ? (size_t)count : 0;
		}
		offset += got;
		size -= got;
	}
	return 0;
}

int descriptor_copy(int from, int to, uint64_t offset, uint64_t size, struct fault *fault)
{
	while (size > 0) {
		off_t at = (off_t)offset, place = at;
		ssize_t count = copy_file_range(from, &at, to, &place, size, 0);

		if (descriptor_stop != 0)
			return stopped(fault);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return copy_through(from, to, offset, size, fault);
		offset += (uint64_t)count;
		size -= (uint64_t)count;
	}
	return 0;
}

int descriptor_scratch(struct descriptor_scratch *scratch, const char *folder,
	struct fault *fault)
{
	int size = snprintf(scratch->path, sizeof(scratch->path), "%s/.rowpipe-XXXXXX", folder);

	scratch->fd = -1;
	if (size < 0 || (size_t)size >= sizeof(scratch->path))
		return fault_set(fault, STATUS_CREATE, "%.200s…: the name is too long", folder);
	scratch->fd = mkostemp(scratch->path, O_CLOEXEC);
	return scratch->fd >= 0 ? 0 : fault_errno(fault, STATUS_CREATE, folder);
}

int descriptor_scratch_hide(struct descriptor_scratch *scratch, struct fault *fault)
{
	if (unlink(scratch->path) < 0)
		return fault_errno(fault, STATUS_CREATE, scratch->path);
	scratch->path[0] = '\0';
	return 0;
}

int descriptor_scratch_empty(struct descriptor_scratch *scratch, struct fault *fault)
{
	if (ftruncate(scratch->fd, 0) < 0)
		return fault_errno(fault, STATUS_CREATE, "emptying the copy failed");
	return 0;
}

void descriptor_scratch_close(struct descriptor_scratch *scratch)
{
	if (scratch->fd >= 0 && scratch->path[0] != '\0')
		unlink(scratch->path);
	if (scratch->fd >= 0)
		close(scratch->fd);
	scratch->fd = -1;
}

/* Splits path, and makes the name of the partial file, which mkostemp completes. */
static int name_partial(struct descriptor_file *file, struct fault *fault)
{
	const char *slash = strrchr(file->path, '/');
	const char *name = slash == NULL ? file->path : slash + 1;
	size_t folder = (size_t)(name - file->path);
	int size;

	if (*name == '\0')
		return fault_set(fault, STATUS_CREATE, "%s: is a folder", file->path);
	size = snprintf(file->partial, sizeof(file->partial), "%.*s.%s.partial-XXXXXX",
		(int)folder, file->path, name);
	if (size < 0 || (size_t)size >= sizeof(file->partial))
		return fault_set(fault, STATUS_CREATE, "%.200s…: the name is too long", file->path);
	snprintf(file->folder, sizeof(file->folder), "%.*s", (int)folder, file->path);
	if (folder == 0)
		strcpy(file->folder, ".");
	return 0;
}

int descriptor_create(struct descriptor_file *file, const char *path, struct fault *fault)
{
	struct stat facts;
	mode_t mask;
	int status;

	*file = (struct descriptor_file){ .fd = -1, .path = path };
	status = name_partial(file, fault);
	if (status != 0)
		return status;
	if (lstat(path, &facts) == 0)
		return fault_set(fault, STATUS_CREATE,
			"%s: exists already; remove it or choose another name", path);
	file->fd = mkostemp(file->partial, O_CLOEXEC);
	if (file->fd < 0)
		return fault_errno(fault, STATUS_CREATE, path);
	mask = umask(0);
	umask(mask);
	if (fchmod(file->fd, 0666 & ~mask) < 0) {
		status = fault_errno(fault, STATUS_CREATE, path);
		descriptor_abandon(file);
	}
	return status;
}

/* Gives partial the name path unless that exists, also where renameat2 is not to be had. */
static int rename_new(const char *partial, const char *path)
{
	int error;

#ifdef RENAME_NOREPLACE
	if (renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
#endif
	if (link(partial, path) < 0)
		return -1;
	if (unlink(partial) == 0)
		return 0;
	error = errno;
	unlink(path);
	errno = error;
	return -1;
}

static int sync_folder(const char *folder, struct fault *fault)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status;

	if (fd < 0)
		return fault_errno(fault, STATUS_IO, folder);
	status = descriptor_sync(fd, folder, fault);
	close(fd);
	return status;
}

int descriptor_publish(struct descriptor_file *file, struct fault *fault)
{
	int status = descriptor_sync(file->fd, file->path, fault);
	int closed = descriptor_close(file->fd, file->path, fault);

	file->fd = -1;
	if (status == 0)
		status = closed;
	if (status == 0 && rename_new(file->partial, file->path) < 0)
		status = errno != EEXIST ? fault_errno(fault, STATUS_CREATE, file->path) :
			fault_set(fault, STATUS_CREATE, "%s: appeared meanwhile; remove it or "
				"choose another name", file->path);
	if (status != 0) {
		unlink(file->partial);
		return status;
	}
	status = sync_folder(file->folder, fault);
	if (status != 0)
		unlink(file->path);
	return status;
}

void descriptor_abandon(struct descriptor_file *file)
{
	if (file->fd < 0)
		return;
	close(file->fd);
	unlink(file->partial);
	file->fd = -1;
}
