/*
 * fault [-i FILE] [-o FILE] [-a] [-n | -s] SHIM RULE... -- COMMAND...
 *
 * Runs COMMAND once as it is, for reference, in the folder "reference"; then as often as the rules
 * say, each time with another fault, and demands of each run that it
 * - ends in time, with an exit status that the rule allows, and not by a signal;
 * - says 0 only if all output is that of the reference, to the byte;
 * - leaves no final file (-o) but a whole one, and none where what failed comes before its name;
 * - leaves nothing else, unless it was killed;
 * - after a failure has no END in its stream (-s);
 * - has an ABORT with its own status there, if it could write;
 * - says on stderr what was wrong;
 * - after a kill does its work when it is run again;
 *
 * and that the fault did happen.  -i is its standard input.  The rules:
 *
 *	fail:CALL:ERRNO:STATUS,...[:CALL:ERRNO]
 *	                the Nth CALL fails, once and for ever, for all N; all the while the second
 *	                CALL fails, too; a STATUS of "differs": 0 with another output is well
 *	kill:CALL       SIGKILL in place of the Nth CALL, for all N
 *	piece:K         reads and writes take at most K bytes
 *	every:K:ERRNO   each Kth call that may say ERRNO does so
 *
 * CALL is as in plan.h, in small letters.  A call that COMMAND makes and no rule lets fail is an
 * error: the table of the rules is complete, unless -a says that it is about a few.  One line is
 * written for each rule: what was tried.  With -n only the calls of the reference are counted, and
 * written as "CALL N".
 */
#include <errno.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../fault/plan.h"
#include "flow/reader.h"

enum { DEADLINE = 30, RULES = 64, STATUSES = 8, SHOWN = 12 };

enum kind { FAIL_ONCE, FAIL_EVER, KILL, PIECE, EVERY, KINDS };

static const char *const calls[CALLS] = { "none", "read", "write", "copy", "sync", "rename", "link",
	"unlink", "open", "create", "folder", "device", "close", "leave", "truncate", "seek",
	"tell", "look", "room", "control", "mode", "random", "memory" };

static const char usage[] =
	"fault [-i FILE] [-o FILE] [-a] [-n | -s] SHIM RULE... -- COMMAND...";

struct rule {
	const char *text;
	enum kind kind;
	struct plan plan;
	int statuses[STATUSES];
	size_t status_count;
	bool differs; /* exit status 0 may come with another output, that is right as well */
	uint32_t points; /* runs that the rule stands for */
};

/* Shared by all workers; one for each rule. */
struct score {
	uint32_t tried, fired, survived, failed;
};

struct end {
	int status, signal;
	bool hung;
};

enum final { FINAL_NONE, FINAL_MAYBE, FINAL_THERE };

/* What a stream's walk found. */
struct walk {
	bool ended, aborted;
	int status;
};

struct content {
	uint8_t *data;
	size_t size;
};

static const char *input = "/dev/null", *final;
static bool streams, counts, few;
static char **command;
static char *environment[512];
static struct plan *plan;
static struct content reference, reference_final;
static uint32_t reference_calls[CALLS];
static struct rule rules[RULES];
static struct score *scores;
static volatile pid_t running;
static volatile sig_atomic_t late;

static void die(const char *what)
{
	fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	_exit(2);
}

static void refuse(const char *what, const char *text)
{
	fprintf(stderr, "fault: %s: %s\n", what, text);
	exit(2);
}

/*
 * --- rules ---------------------------------------------------------------------------------------
 */

static uint32_t read_call(const char *name, const char *rule)
{
	for (uint32_t i = 1; i < CALLS; i++)
		if (strcmp(calls[i], name) == 0)
			return i;
	refuse("no such call", rule);
	return CALL_NONE;
}

static int read_errno(const char *name, const char *rule)
{
	for (int i = 1; i < 134; i++) {
		const char *known = strerrorname_np(i);

		if (known != NULL && strcmp(known, name) == 0)
			return i;
	}
	refuse("no such errno", rule);
	return 0;
}

static void read_statuses(struct rule *rule, char *list)
{
	for (char *next = strtok(list, ","); next != NULL; next = strtok(NULL, ","))
		if (strcmp(next, "differs") == 0)
			rule->differs = true;
		else if (rule->status_count < STATUSES)
			rule->statuses[rule->status_count++] = atoi(next);
}

static void read_failure(struct rule *rule, char field[6][64], int count)
{
	if (count != 4 && count != 6)
		refuse("fail:CALL:ERRNO:STATUS[:CALL:ERRNO]", rule->text);
	rule->plan.injections[0].call = read_call(field[1], rule->text);
	rule->plan.injections[0].error = read_errno(field[2], rule->text);
	read_statuses(rule, field[3]);
	if (count == 6)
		rule->plan.injections[1] = (struct injection){ .nth = 1, .ever = 1,
			.call = read_call(field[4], rule->text),
			.error = read_errno(field[5], rule->text) };
}

static struct rule read_rule(const char *text)
{
	struct rule rule = { .text = text, .points = 1 };
	char field[6][64] = { { 0 } };
	int count = sscanf(text, "%63[^:]:%63[^:]:%63[^:]:%63[^:]:%63[^:]:%63[^:]", field[0],
		field[1], field[2], field[3], field[4], field[5]);

	if (strcmp(field[0], "fail") == 0) {
		read_failure(&rule, field, count);
	} else if (strcmp(field[0], "kill") == 0 && count == 2) {
		rule.kind = KILL;
		rule.plan.injections[0].call = read_call(field[1], text);
		rule.plan.injections[0].kills = 1;
	} else if (strcmp(field[0], "piece") == 0 && count == 2) {
		rule.kind = PIECE;
		rule.plan.piece = (uint32_t)atoi(field[1]);
	} else if (strcmp(field[0], "every") == 0 && count == 3) {
		rule.kind = EVERY;
		rule.plan.every = (uint32_t)atoi(field[1]);
		rule.plan.says = read_errno(field[2], text);
	} else {
		refuse("not a rule", text);
	}
	return rule;
}

/*
 * --- one run -------------------------------------------------------------------------------------
 */

static struct content load(const char *path)
{
	struct content content = { 0 };
	struct stat facts;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return content;
	if (fstat(fd, &facts) < 0)
		die(path);
	content.size = (size_t)facts.st_size;
	content.data = malloc(content.size + 1);
	if (content.data == NULL || read(fd, content.data, content.size) != (ssize_t)content.size)
		die(path);
	content.data[content.size] = '\0';
	close(fd);
	return content;
}

static bool same(const struct content *a, const struct content *b)
{
	return (a->data == NULL) == (b->data == NULL) && a->size == b->size &&
		(a->size == 0 || memcmp(a->data, b->data, a->size) == 0);
}

/* The pid is this process's only child. */
static void too_late(int signal_number)
{
	(void)signal_number;
	late = 1;
	if (running > 0)
		kill(running, SIGKILL);
}

static struct end run(void)
{
	struct end end = { 0 };
	posix_spawn_file_actions_t files;
	pid_t child;
	int status;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "stdout", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	posix_spawn_file_actions_addopen(&files, 2, "stderr", O_WRONLY | O_CREAT | O_TRUNC, 0600);
	late = 0;
	if (posix_spawnp(&child, command[0], &files, NULL, command, environment) != 0)
		die(command[0]);
	posix_spawn_file_actions_destroy(&files);
	running = child;
	alarm(DEADLINE);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	running = 0;
	alarm(0);
	end.hung = late != 0;
	end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	end.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + end.signal;
	return end;
}

static struct end run_with(const struct plan *wanted)
{
	*plan = *wanted;
	return run();
}

/*
 * --- what a run left -----------------------------------------------------------------------------
 */

static bool read_rows(struct reader *reader, struct arena *arena, struct fault *fault)
{
	size_t count = reader_table(reader)->column_count;
	struct value *cells = arena_array(arena, count, sizeof(*cells));

	while (cells != NULL && reader_row(reader, cells, fault))
		;
	return cells != NULL;
}

static struct walk walk_stream(void)
{
	struct walk walk = { 0 };
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct reader reader;
	int fd = open("stdout", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		die("stdout");
	reader_begin(&reader, fd, "stdout", &arena);
	while (fault.status == 0 && !reader_ended(&reader) && reader_next(&reader, &fault) == 0) {
		if (reader.frame.kind == FRAME_ROWS && !read_rows(&reader, &arena, &fault))
			break;
	}
	walk.ended = fault.status == 0 && reader_ended(&reader);
	walk.aborted = reader.aborted;
	walk.status = walk.aborted ? (int)reader.abortion.status : 0;
	reader_close(&reader);
	arena_close(&arena);
	close(fd);
	return walk;
}

/* A message is lines of "tool: text", printable. */
static const char *judge_message(void)
{
	struct content message = load("stderr");
	size_t name = strlen(command[0]);
	const char *wrong = NULL;

	if (message.size == 0 || message.data[message.size - 1] != '\n')
		wrong = "stderr has no message";
	else if (memcmp(message.data, command[0], name < message.size ? name : message.size) != 0)
		wrong = "stderr has something else than the tool's message";
	for (size_t i = 0; i < message.size && wrong == NULL; i++)
		if (message.data[i] != '\n' && (message.data[i] < 0x20 || message.data[i] == 0x7f))
			wrong = "stderr has control bytes";
	free(message.data);
	return wrong;
}

static bool is_own(const char *name)
{
	static const char *const own[] = { ".", "..", "plan", "stdout", "stderr" };

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

/* The folder of a run holds its own files, the final file, and behind a kill partial ones. */
static const char *judge_folder(bool killed, bool clean)
{
	static char text[300];
	DIR *folder = opendir(".");
	struct dirent *entry;

	if (folder == NULL)
		die(".");
	text[0] = '\0';
	while ((entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;

		if (is_own(name))
			continue;
		if (!(final != NULL && strcmp(name, final) == 0) &&
			!(killed && (strstr(name, ".partial-") != NULL ||
			strncmp(name, ".rowpipe-", 9) == 0)))
			snprintf(text, sizeof(text), "left behind: %s", name);
		if (clean)
			unlink(name);
	}
	closedir(folder);
	return text[0] == '\0' ? NULL : text;
}

static const char *judge_final(enum final wanted)
{
	struct content found;
	const char *wrong = NULL;

	if (final == NULL)
		return NULL;
	found = load(final);
	if (found.data == NULL)
		wrong = wanted == FINAL_THERE ? "the final file is missing" : NULL;
	else if (!same(&found, &reference_final))
		wrong = "the final file is not whole";
	else if (wanted == FINAL_NONE)
		wrong = "it failed, but the final file stands";
	free(found.data);
	return wrong;
}

static const char *judge_success(void)
{
	struct content out = load("stdout");
	bool right = same(&out, &reference);

	free(out.data);
	if (!right)
		return "exit status 0, but the output is not the reference's";
	return judge_final(FINAL_THERE);
}

static bool allows(const struct rule *rule, int status)
{
	for (size_t i = 0; i < rule->status_count; i++)
		if (rule->statuses[i] == status)
			return true;
	return rule->status_count == 0 && status == 0;
}

/* END may stand only where it was the close behind it that failed. */
static const char *judge_stream(const struct rule *rule, const struct end *end)
{
	struct walk walk = walk_stream();
	bool memory = rule->plan.injections[0].call == CALL_MEMORY;
	bool final_stands = final != NULL && access(final, F_OK) == 0;

	if (walk.ended && !plan->closed_stdout && end->signal == 0)
		return "it failed, but its stream has an END";
	if (walk.ended && final != NULL && !final_stands)
		return "END went on without the archive";
	if (end->signal != 0 || plan->hit_stdout || plan->closed_stdout)
		return NULL;
	if (walk.aborted)
		return walk.status == end->status ? NULL : "ABORT carries another status";
	if (!(memory && rule->kind == FAIL_EVER))
		return "its stream has no ABORT";
	return NULL;
}

static const char *judge_failure(const struct rule *rule, const struct end *end)
{
	uint32_t call = rule->plan.injections[0].call;
	bool mute = rule->kind == FAIL_EVER && call == CALL_WRITE;
	bool may = end->signal != 0 || plan->hit_stdout || plan->closed_stdout ||
		call == CALL_MEMORY || call == CALL_UNLINK;
	const char *wrong = judge_final(may ? FINAL_MAYBE : FINAL_NONE);

	if (wrong == NULL && streams)
		wrong = judge_stream(rule, end);
	if (wrong == NULL && !mute && end->signal == 0)
		wrong = judge_message();
	return wrong;
}

static const char *judge(const struct rule *rule, const struct end *end)
{
	bool killed = rule->kind == KILL;
	bool lingers = rule->plan.injections[0].call == CALL_UNLINK ||
		rule->plan.injections[1].call == CALL_UNLINK;
	const char *wrong;

	if (end->hung)
		return "it hangs";
	if (end->signal != 0 && !(killed && end->signal == SIGKILL))
		return "it died of a signal";
	if (!killed && !allows(rule, end->status))
		return "its exit status is not right";
	if (end->status != 0)
		wrong = judge_failure(rule, end);
	else
		wrong = rule->differs ? NULL : judge_success();
	return wrong != NULL ? wrong : judge_folder(killed || lingers, false);
}

/* Behind a kill the same command succeeds; or the file is there and whole, and it says so. */
static const char *judge_again(void)
{
	static const struct plan nothing;
	bool whole = final != NULL && access(final, F_OK) == 0;
	struct end end = run_with(&nothing);

	if (whole && end.status != 73)
		return "the file is whole, but not respected";
	if (whole)
		return judge_final(FINAL_THERE);
	return end.status == 0 ? judge_success() : "the second run fails";
}

static void complain(const struct rule *rule, uint32_t nth, const struct end *end,
	const char *wrong, struct score *score)
{
	static const char *const places[KINDS] = { "once at", "from", "at", "at", "at" };
	struct content message = load("stderr");

	if (__atomic_add_fetch(&score->failed, 1, __ATOMIC_RELAXED) <= SHOWN)
		fprintf(stderr, "%s, %s %u: %s (exit status %d)\n    %.300s\n", rule->text,
			places[rule->kind], nth, wrong, end->status,
			message.data == NULL ? "" : (char *)message.data);
	free(message.data);
}

static void try_point(const struct rule *rule, uint32_t nth, struct score *score)
{
	struct plan wanted = rule->plan;
	struct end end;
	const char *wrong;
	uint32_t fired;

	wanted.injections[0].nth = nth;
	wanted.injections[0].ever = rule->kind == FAIL_EVER;
	end = run_with(&wanted);
	fired = rule->kind == PIECE || rule->kind == EVERY ? plan->disturbed : plan->fired;
	wrong = fired == 0 || (rule->kind == FAIL_ONCE && fired != 1) ?
		"the fault did not happen once" : judge(rule, &end);
	if (wrong == NULL && rule->kind == KILL)
		wrong = judge_again();
	if (wrong != NULL)
		complain(rule, nth, &end, wrong, score);
	judge_folder(true, true);
	__atomic_add_fetch(&score->tried, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&score->fired, fired > 0, __ATOMIC_RELAXED);
	__atomic_add_fetch(&score->survived, end.status == 0, __ATOMIC_RELAXED);
}

/*
 * --- all runs ------------------------------------------------------------------------------------
 */

static void enter(const char *folder)
{
	int fd;

	if ((mkdir(folder, 0700) < 0 && errno != EEXIST) || chdir(folder) < 0)
		die(folder);
	fd = open("plan", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*plan)) < 0)
		die("plan");
	plan = mmap(NULL, sizeof(*plan), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (plan == MAP_FAILED)
		die("plan");
	close(fd);
}

static void set_environment(const char *shim)
{
	static char preload[4200], path[] = "ROWPIPE_FAULT=plan";
	size_t count = 0;

	snprintf(preload, sizeof(preload), "LD_PRELOAD=%s", shim);
	for (char **next = environ; *next != NULL && count < 509; next++)
		environment[count++] = *next;
	environment[count++] = preload;
	environment[count] = path;
}

/*
 * The control: without a fault the command does the same with and without the shim, randomness
 * apart.
 */
static void make_reference(void)
{
	static const struct plan nothing;
	char *preloaded = NULL;
	struct end end;
	size_t last = 0;

	enter("reference");
	while (environment[last] != NULL)
		last++;
	end = run_with(&nothing);
	if (end.status != 0)
		refuse("the command fails without a fault", command[0]);
	reference = load("stdout");
	if (final != NULL)
		reference_final = load(final);
	memcpy(reference_calls, plan->calls, sizeof(reference_calls));
	if (streams && !walk_stream().ended)
		refuse("the reference has no END", command[0]);
	if (final != NULL)
		unlink(final);
	preloaded = environment[last - 2];
	environment[last - 2] = NULL;
	end = run_with(&nothing);
	environment[last - 2] = preloaded;
	if (end.status != 0 || (reference_calls[CALL_RANDOM] == 0 && judge_success() != NULL))
		refuse("the shim changes the output", command[0]);
	munmap(plan, sizeof(*plan));
	if (chdir("..") < 0)
		die("..");
}

/* A call that no rule lets fail is a hole in the table. */
static bool check_table(size_t count)
{
	bool whole = true;

	for (uint32_t call = 1; call < CALLS; call++) {
		bool named = false;

		for (size_t i = 0; i < count; i++)
			named |= rules[i].kind == FAIL_ONCE &&
				rules[i].plan.injections[0].call == call &&
				rules[i].plan.injections[1].call == CALL_NONE;
		if (reference_calls[call] > 0 && !named) {
			fprintf(stderr, "fault: %u calls of %s, and no rule for them\n",
				reference_calls[call], calls[call]);
			whole = false;
		}
	}
	return whole;
}

/* How many calls of the first injection there are, while the second one fails. */
static uint32_t count_points(const struct rule *rule)
{
	struct plan wanted = rule->plan;
	struct end end;

	if (rule->kind == PIECE || rule->kind == EVERY)
		return 1;
	if (wanted.injections[1].call == CALL_NONE)
		return reference_calls[wanted.injections[0].call];
	wanted.injections[0] = (struct injection){ 0 };
	enter("reference");
	judge_folder(true, true);
	end = run_with(&wanted);
	if (end.status != 0 || judge_success() != NULL)
		refuse("the command fails with the second fault alone", rule->text);
	if (chdir("..") < 0)
		die("..");
	return plan->calls[rule->plan.injections[0].call];
}

static void work(long worker, long workers, size_t count)
{
	char folder[32];
	long job = 0;

	snprintf(folder, sizeof(folder), "worker-%ld", worker);
	enter(folder);
	for (size_t i = 0; i < count; i++)
		for (uint32_t nth = 1; nth <= rules[i].points; nth++)
			if (job++ % workers == worker)
				try_point(&rules[i], nth, &scores[i]);
	_exit(0);
}

static bool report(const struct rule *rule, const struct score *score)
{
	bool right = score->tried == rule->points && score->fired == score->tried &&
		score->tried > 0 && score->failed == 0;

	printf("%-4s %-10s %-40s %5u tried %5u fired %5u survived %u failed\n",
		right ? "ok" : "BAD",
		rule->kind == FAIL_ONCE ? "once" : rule->kind == FAIL_EVER ? "for ever" : "",
		rule->text, score->tried, score->fired, score->survived, score->failed);
	return right;
}

static bool work_all(size_t count)
{
	long workers = sysconf(_SC_NPROCESSORS_ONLN);
	bool right = true;
	int status;

	scores = mmap(NULL, sizeof(*scores) * RULES, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (scores == MAP_FAILED)
		die("mmap");
	for (long i = 0; i < workers; i++)
		if (fork() == 0)
			work(i, workers, count);
	while (wait(&status) > 0)
		right = right && status == 0;
	for (size_t i = 0; i < count; i++)
		right = report(&rules[i], &scores[i]) && right;
	return right;
}

static size_t read_rules(char **argv, int *place)
{
	size_t count = 0;

	for (; argv[*place] != NULL && strcmp(argv[*place], "--") != 0; ++*place) {
		if (count + 2 > RULES)
			refuse("too many rules", argv[*place]);
		rules[count++] = read_rule(argv[*place]);
		if (rules[count - 1].kind == FAIL_ONCE) {
			rules[count] = rules[count - 1];
			rules[count++].kind = FAIL_EVER;
		}
	}
	if (argv[*place] == NULL || argv[*place + 1] == NULL)
		refuse("no command", usage);
	return count;
}

static int print_counts(void)
{
	for (uint32_t call = 1; call < CALLS; call++)
		printf("%s %u\n", calls[call], reference_calls[call]);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = too_late };
	int letter, place;
	size_t count;
	bool whole;

	while ((letter = getopt(argc, argv, "+ai:o:ns")) != -1) {
		if (letter == 'a')
			few = true;
		else if (letter == 'i')
			input = optarg;
		else if (letter == 'o')
			final = optarg;
		else if (letter == 'n')
			counts = true;
		else if (letter == 's')
			streams = true;
		else
			return 2;
	}
	if (optind >= argc)
		refuse("SHIM is missing", usage);
	sigaction(SIGALRM, &action, NULL);
	set_environment(argv[optind]);
	place = optind + 1;
	count = read_rules(argv, &place);
	command = argv + place + 1;
	make_reference();
	if (counts)
		return print_counts();
	whole = few || check_table(count);
	for (size_t i = 0; i < count; i++)
		rules[i].points = count_points(&rules[i]);
	fflush(NULL);
	return work_all(count) && whole ? 0 : 1;
}
