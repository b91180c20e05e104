#include "flow/child.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/descriptor.h"

/* What shells say of a program that is not there, and of one that cannot be run. */
enum { NOT_THERE = 127, NOT_RUN = 126 };

static bool change_user(const char *name)
{
	const struct passwd *user = name == NULL ? NULL : getpwnam(name);

	if (name == NULL)
		return true;
	return user != NULL && initgroups(name, user->pw_gid) == 0 && setgid(user->pw_gid) == 0 &&
		setuid(user->pw_uid) == 0;
}

static void __attribute__((noreturn)) become(const struct child *child)
{
	static const int ours[] = { SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGXFSZ };
	struct sigaction old;

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (sigaction(ours[i], NULL, &old) == 0 && (old.sa_handler != SIG_IGN ||
			ours[i] == SIGPIPE || ours[i] == SIGXFSZ))
			signal(ours[i], SIG_DFL);
	if (child->group)
		setpgid(0, 0);
	descriptor_become(child->standard);
	if (!change_user(child->user) || (child->folder != NULL && chdir(child->folder) != 0))
		_exit(NOT_RUN);
	execvp(child->words[0], (char *const *)(uintptr_t)child->words);
	_exit(errno == ENOENT ? NOT_THERE : NOT_RUN);
}

/* The leader's death makes its children this process's own, so that they can be waited for. */
static void adopt(void)
{
#ifdef PR_SET_CHILD_SUBREAPER
	prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}

int child_begin(struct child *child, struct fault *fault)
{
	/* Some parents have children that nobody can wait for. */
	signal(SIGCHLD, SIG_DFL);
	if (child->group)
		adopt();
	child->process = fork();
	if (child->process == 0)
		become(child);
	if (child->process < 0)
		return fault_errno(fault, STATUS_IO, child->words[0]);
	/* Both do it: who of the two is first is not known. */
	if (child->group)
		setpgid(child->process, child->process);
	return 0;
}

static int status_of(int how)
{
	return WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
}

int child_end(struct child *child)
{
	int how = 0;

	while (waitpid(child->process, &how, 0) < 0)
		if (errno != EINTR)
			return NOT_RUN;
	return status_of(how);
}

int child_run(struct child *child, struct fault *fault)
{
	for (int i = 0; i < 3; i++)
		child->standard[i] = -1;
	return child_begin(child, fault) == 0 ? child_end(child) : NOT_RUN;
}

int child_read(struct child *child, struct bytes *said, size_t most, struct fault *fault)
{
	struct fault ignored = { 0 };
	int ends[2];
	size_t got;

	if (descriptor_pipe(ends, fault) != 0)
		return NOT_RUN;
	child->standard[0] = child->standard[2] = -1;
	child->standard[1] = ends[1];
	child_begin(child, fault);
	descriptor_close(ends[1], "pipe", &ignored);
	if (fault->status == 0 && bytes_reserve(said, most) &&
		descriptor_read_full(ends[0], said->data + said->size, most, &got, fault) == 0)
		said->size += got;
	descriptor_close(ends[0], "pipe", &ignored);
	return child->process > 0 ? child_end(child) : NOT_RUN;
}

/* --- a group ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t stops, halted;

static void stop(int signal_number)
{
	descriptor_stop = signal_number;
	stops++;
}

static void halt(int signal_number)
{
	(void)signal_number;
	halted = 1;
}

static void wake(int signal_number)
{
	(void)signal_number;
}

static const struct {
	int number;
	void (*call)(int signal_number);
} heard[] = {
	{ SIGINT, stop }, { SIGTERM, stop }, { SIGHUP, stop }, { SIGTSTP, halt }, { SIGCHLD, wake }
};

enum { HEARD = sizeof(heard) / sizeof(heard[0]) };

/* From here on signals come only while ppoll waits with *open. */
static void listen_to(sigset_t *open)
{
	sigset_t closed;

	sigemptyset(&closed);
	for (size_t i = 0; i < HEARD; i++) {
		struct sigaction action = { .sa_handler = heard[i].call }, old;

		if (sigaction(heard[i].number, NULL, &old) != 0 || (old.sa_handler == SIG_IGN &&
			heard[i].number != SIGCHLD))
			continue;
		sigaction(heard[i].number, &action, NULL);
		sigaddset(&closed, heard[i].number);
	}
	sigprocmask(SIG_BLOCK, &closed, open);
}

/* Ctrl-Z is for all of the group, and so is what wakes this process again. */
static void pass_halt(pid_t group)
{
	if (!halted)
		return;
	halted = 0;
	kill(-group, SIGSTOP);
	raise(SIGSTOP);
	kill(-group, SIGCONT);
}

static int64_t now(void)
{
	struct timespec time = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

struct gang {
	pid_t leader;
	int how;       /* it ended */
	int64_t until; /* when whoever is left is killed; 0: nobody is */
	int passed;    /* so many stops were */
	unsigned patience;
};

/* What came meanwhile goes on to the group. */
static void pass_signals(struct gang *group)
{
	pass_halt(group->leader);
	if (stops > group->passed) {
		if (group->passed == 0)
			kill(-group->leader, descriptor_stop);
		if (group->until == 0)
			group->until = now() + group->patience;
		if (stops > 1)
			group->until = now();
		group->passed = stops;
	}
	if (group->until != 0 && now() >= group->until)
		kill(-group->leader, SIGKILL);
}

/* True while somebody of the group is there. */
static bool reap(struct gang *group)
{
	int how;
	pid_t got;

	while ((got = waitpid(-group->leader, &how, WNOHANG)) > 0) {
		if (got != group->leader)
			continue;
		group->how = how;
		if (group->until == 0)
			group->until = now() + group->patience;
	}
	return got == 0;
}

static int wait_group(struct gang *group)
{
	const struct timespec pause = { .tv_nsec = 100000000 };
	sigset_t open;

	listen_to(&open);
	if (descriptor_stop != 0 && stops == 0)
		stops = 1; /* it came before anybody listened */
	while (reap(group)) {
		pass_signals(group);
		ppoll(NULL, 0, &pause, &open);
	}
	sigprocmask(SIG_SETMASK, &open, NULL);
	return status_of(group->how);
}

int child_end_group(struct child *child, unsigned patience)
{
	struct gang group = { .leader = child->process, .patience = patience };

	return wait_group(&group);
}

int child_stop_group(struct child *child, unsigned patience)
{
	struct gang group = { .leader = child->process, .patience = patience,
		.until = now() + patience };

	kill(-child->process, SIGTERM);
	return wait_group(&group);
}
