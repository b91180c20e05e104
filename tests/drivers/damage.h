/*
 * The damage table of one tool: main, for a driver that has the tool's own main as tool_main.
 *
 *	damage-TOOL [--every K]            every case (every Kth), and what was found
 *	damage-TOOL --thin                 the same, but of the flips of a byte only one
 *	damage-TOOL --make IMAGE           the undamaged stream, archive or packed archive
 *	damage-TOOL --make IMAGE KIND N    with the Nth damage of a kind
 *	damage-TOOL --make IMAGE NAME      with the forgery of this name
 *	damage-TOOL --list IMAGE           the names of the forgeries
 *
 * Each case is a process of its own, forked from one that has not run the tool: the tool is as
 * after exec, without the cost of it.  A case is well when the tool
 * - exits with 65;
 * - wrote no stream that a reader takes for complete: nothing, or one that ABORT ends with 65;
 *   and nothing at all where it writes text, or a file;
 * - said on stderr, in printable lines, where the damage is.
 * What a tool cannot see must leave its output right.
 */
#ifndef ROWPIPE_DAMAGE_H
#define ROWPIPE_DAMAGE_H

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "flow/reader.h"
#include "forge.h"
#include "forgeries.h"

enum { JOBS = 2, DEADLINE = 60, SHOWN = 10, MODES = 4 };

/* KEPT: a stream, and a file in kept/. */
enum damage_sink { OUTPUT_STREAM, OUTPUT_TEXT, OUTPUT_KEPT };

/* One way to run the tool.  Its input is in.rows, and the same on stdin. */
struct damage_mode {
	const char *name;
	const char *words[12];
	enum damage_sink output;
	unsigned finds;      /* of what the forgeries need, what it looks at */
	unsigned may_find;   /* ... and what in one of the tables alone */
	bool partial;        /* of an archive it reads no more than what all need, and `table` */
	uint32_t table;
};

/* By the driver: the tool. */
int tool_main(int argc, char **argv);
extern const struct damage_mode damage_modes[];
extern const size_t damage_mode_count;

enum damage_image { STREAM, ARCHIVE, PACKED, IMAGES };
enum damage_kind { TRUNCATED, FLIPPED, DROPPED, DOUBLED, SWAPPED, SPLICED, GRAFTED, FOLLOWED,
	FORGED, KINDS };

static const char *const damage_image_names[IMAGES] = { "stream", "archive", "packed" };
/* Spliced: from a stream with another id; grafted: from another stream with the same id. */
static const char *const damage_kind_names[KINDS] = { "truncated", "flipped", "dropped", "doubled",
	"swapped", "spliced", "grafted", "followed", "forged" };

/* The images; those of a stranger, and of a twin, which has the same id. */
static struct bytes damage_images[IMAGES], damage_strangers[IMAGES], damage_twins[IMAGES];
static struct forgery damage_frames[IMAGES], damage_strange_frames[IMAGES],
	damage_twin_frames[IMAGES];
static struct bytes damage_right[IMAGES][MODES];

struct damage {
	enum damage_image image;
	enum damage_kind kind;
	size_t number;
	char name[FORGERY_NAME];
	unsigned needs;
	struct bytes bytes;
};

struct damage_outcome {
	int status;          /* as waitpid has it */
	struct bytes out;
	struct bytes err;
	size_t files;        /* in kept/ */
};

/* Nobody waits for what a process tells at its exit: leaks, or coverage. */
static bool damage_quick;

/* One process's files; the shared counts of all of them. */
static int damage_input, damage_output, damage_errors;
static struct damage_tally {
	unsigned long cases[KINDS], runs[KINDS], found[KINDS], harmless[KINDS], silent, bad;
} *damage_counts;

static void damage_make_images(void)
{
	static const uint8_t strange_id[16] = "another stream!";

	for (enum damage_image image = STREAM; image < IMAGES; image++) {
		struct sample sample = { .word = "sample.db", .index = image != STREAM,
			.level = image == PACKED ? FORGE_LEVEL : 0 };

		memcpy(sample.stream, sample_id, 16);
		sample_make(&damage_images[image], &sample);
		forge_split(&damage_frames[image], &damage_images[image], sample.stream);
		sample.word = "simple.db";
		sample.others = 1;
		sample_make(&damage_twins[image], &sample);
		forge_split(&damage_twin_frames[image], &damage_twins[image], sample.stream);
		memcpy(sample.stream, strange_id, 16);
		sample_make(&damage_strangers[image], &sample);
		forge_split(&damage_strange_frames[image], &damage_strangers[image], sample.stream);
	}
}

/* Where a frame stands in an image; n is also the end of the image. */
static size_t damage_start_of(const struct forgery *forgery, const struct bytes *image, size_t n)
{
	return n == forgery->count ? image->size : (size_t)forgery->pieces[n].frame.offset;
}

static void damage_add_frame(struct bytes *to, const struct forgery *forgery,
	const struct bytes *image,
	size_t n)
{
	size_t start = damage_start_of(forgery, image, n);

	bytes_add(to, image->data + start, damage_start_of(forgery, image, n + 1) - start);
}

static size_t damage_case_count(enum damage_image image, enum damage_kind kind)
{
	size_t count = damage_frames[image].count;

	switch (kind) {
	case TRUNCATED:
		return damage_images[image].size;
	case FLIPPED:
		return damage_images[image].size * 8;
	case SWAPPED:
		return count * (count - 1) / 2;
	case FOLLOWED:
		return 6;
	case FORGED:
		return forgery_count();
	default:
		return count;
	}
}

/* The frames in an order of their own, one of them from another stream. */
static void damage_reorder(struct damage *damage)
{
	const struct forgery *own = &damage_frames[damage->image];
	const struct bytes *image = &damage_images[damage->image];
	size_t n = damage->number, first = 0, second = 0;

	if (damage->kind == SWAPPED)
		for (second = 1; n >= second; second++)
			n -= second;
	if (damage->kind == SWAPPED)
		first = n;
	for (size_t i = 0; i < own->count; i++) {
		if (damage->kind == SWAPPED)
			damage_add_frame(&damage->bytes, own, image,
				i == first ? second : i == second ? first : i);
		else if (i != n || damage->kind == DOUBLED)
			damage_add_frame(&damage->bytes, own, image, i);
		if (i == n && damage->kind == DOUBLED)
			damage_add_frame(&damage->bytes, own, image, i);
		else if (i == n && damage->kind == SPLICED)
			damage_add_frame(&damage->bytes, &damage_strange_frames[damage->image],
				&damage_strangers[damage->image], i);
		else if (i == n && damage->kind == GRAFTED)
			damage_add_frame(&damage->bytes, &damage_twin_frames[damage->image],
				&damage_twins[damage->image], i);
	}
	/* What INDEX says is read by those only who go by it. */
	if (damage->kind == GRAFTED && own->pieces[n].frame.kind == FRAME_INDEX)
		damage->needs = NEEDS_INDEX;
}

static void damage_follow(struct damage *damage)
{
	static const uint8_t ends[3] = { 0x00, 0xc7, '\n' }, zeros[FRAME_HEADER];
	enum damage_image image = damage->image;

	bytes_add(&damage->bytes, damage_images[image].data, damage_images[image].size);
	switch (damage->number) {
	case 3:
		bytes_add(&damage->bytes, damage_images[image].data, damage_images[image].size);
		break;
	case 4:
		bytes_add(&damage->bytes, damage_strangers[image].data,
			damage_strangers[image].size);
		break;
	case 5:
		bytes_add(&damage->bytes, zeros, sizeof(zeros));
		break;
	default:
		bytes_add_byte(&damage->bytes, ends[damage->number]);
	}
}

/* Sets bytes, and what is needed to see the damage; false where this number is no case. */
static bool damage_make(struct damage *damage)
{
	const struct bytes *image = &damage_images[damage->image];

	bytes_clear(&damage->bytes);
	damage->needs = 0;
	damage->name[0] = '\0';
	switch (damage->kind) {
	case TRUNCATED:
		bytes_add(&damage->bytes, image->data, damage->number);
		break;
	case FLIPPED:
		bytes_add(&damage->bytes, image->data, image->size);
		damage->bytes.data[damage->number / 8] ^= (uint8_t)(1 << damage->number % 8);
		break;
	case FOLLOWED:
		damage_follow(damage);
		break;
	case FORGED:
		return forgery_make(&damage_frames[damage->image], damage->number, damage->name,
			&damage->needs, &damage->bytes);
	default:
		damage_reorder(damage);
	}
	return true;
}

/* Whether a partial reader has to do with the place of a flipped bit. */
static bool damage_reads(const struct damage_mode *mode, const struct damage *damage)
{
	const struct forgery *own = &damage_frames[damage->image];
	size_t n = 0;

	if (damage->kind != FLIPPED)
		return false;
	while (damage_start_of(own, &damage_images[damage->image], n + 1) <= damage->number / 8)
		n++;
	return own->pieces[n].frame.kind == FRAME_OBJECT ||
		own->pieces[n].frame.kind == FRAME_TABLE || own->pieces[n].frame.table == 0 ||
		own->pieces[n].frame.table == mode->table;
}

static void damage_open_files(const char *folder)
{
	static const int flags = O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC;

	if (chdir(folder) < 0 || (mkdir("kept", 0777) < 0 && errno != EEXIST))
		forge_die("a folder for the case");
	damage_input = open("in.rows", flags, 0666);
	damage_output = open("out", flags | O_APPEND, 0666);
	damage_errors = open("err", flags | O_APPEND, 0666);
	if (damage_input < 0 || damage_output < 0 || damage_errors < 0)
		forge_die("files for the case");
}

static void damage_put_input(const struct bytes *bytes)
{
	if (pwrite(damage_input, bytes->data, bytes->size, 0) != (ssize_t)bytes->size ||
		ftruncate(damage_input, (off_t)bytes->size) < 0)
		forge_die("writing a case");
}

/* The tool, in a process that is otherwise like this one. */
static _Noreturn void damage_become(const struct damage_mode *mode)
{
	char *words[COUNT(mode->words)];
	int count = 0;

	alarm(DEADLINE);
	if (lseek(damage_input, 0, SEEK_SET) != 0 || dup2(damage_input, 0) < 0 ||
		dup2(damage_output, 1) < 0 ||
		dup2(damage_errors, 2) < 0)
		_exit(70);
	for (; mode->words[count] != NULL; count++)
		words[count] = strdup(mode->words[count]);
	words[count] = NULL;
	count = tool_main(count, words);
	if (damage_quick)
		_exit(count);
	for (char **word = words; *word != NULL; word++)
		free(*word);
	exit(count);
}

/* How many files there are in kept/; none behind it. */
static size_t damage_empty_kept(void)
{
	DIR *folder = opendir("kept");
	struct dirent *entry;
	size_t count = 0;

	if (folder == NULL)
		forge_die("reading a folder");
	while ((entry = readdir(folder)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
			unlinkat(dirfd(folder), entry->d_name, 0);
			count++;
		}
	closedir(folder);
	return count;
}

static void damage_run(const struct damage_mode *mode, struct damage_outcome *outcome)
{
	pid_t child;

	if (ftruncate(damage_output, 0) < 0 || ftruncate(damage_errors, 0) < 0)
		forge_die("emptying a file");
	fflush(stdout);
	child = fork();
	if (child == 0)
		damage_become(mode);
	if (child < 0 || waitpid(child, &outcome->status, 0) != child)
		forge_die("a process for the case");
	forge_slurp(damage_output, &outcome->out);
	forge_slurp(damage_errors, &outcome->err);
	outcome->files = mode->output == OUTPUT_KEPT ? damage_empty_kept() : 0;
}

/* What a reader makes of the output: 0 when it is complete, else its fault. */
static int damage_read_output(bool *aborted)
{
	struct arena arena = { 0 };
	struct fault fault = { 0 };
	struct reader reader;

	lseek(damage_output, 0, SEEK_SET);
	reader_begin(&reader, damage_output, "output", &arena);
	while (!reader_ended(&reader) && reader_next(&reader, &fault) == 0)
		;
	*aborted = reader.aborted;
	reader_close(&reader);
	arena_close(&arena);
	return fault.status;
}

static bool damage_exited(const struct damage_outcome *outcome, int status)
{
	return WIFEXITED(outcome->status) && WEXITSTATUS(outcome->status) == status;
}

static bool damage_well_said(const char *tool, const struct bytes *err)
{
	static const char *const places[] = { "(at byte ", " is empty: ", " is no row stream",
		"the index does not agree with the frames before it" };
	size_t length = strlen(tool);

	if (err->size < length + 2 || err->data[err->size - 1] != '\n' ||
		memcmp(err->data, tool, length) != 0 || err->data[length] != ':')
		return false;
	for (size_t i = 0; i < err->size; i++)
		if (err->data[i] != '\n' && (err->data[i] < 0x20 || err->data[i] > 0x7e))
			return false;
	for (size_t i = 0; i < COUNT(places); i++)
		if (memmem(err->data, err->size, places[i], strlen(places[i])) != NULL)
			return true;
	return false;
}

/* What is wrong with how the tool took damage that it had to see; NULL: nothing. */
static const char *damage_judge_found(const struct damage_mode *mode,
	const struct damage_outcome *outcome)
{
	bool aborted = false;

	if (!damage_exited(outcome, 65))
		return "does not exit with 65";
	if (!damage_well_said(mode->words[0], &outcome->err))
		return "does not say where";
	if (outcome->files != 0)
		return "leaves a file";
	if (mode->output == OUTPUT_TEXT)
		return outcome->out.size > 0 ? "writes all the same" : NULL;
	if (outcome->out.size == 0)
		damage_counts->silent++;
	else if (damage_read_output(&aborted) != 65 || !aborted)
		return "its damage_output does not end with ABORT";
	return NULL;
}

/* The same where it could not: `right` is the output that it then must have, if there is one. */
static const char *damage_judge_unseen(const struct damage_mode *mode,
	const struct damage_outcome *outcome,
	const struct bytes *right)
{
	bool aborted = false;

	if (!damage_exited(outcome, 0))
		return "finds what it does not look at";
	if (outcome->err.size > 0)
		return "exits with 0, but not without a word";
	if (outcome->files != (mode->output == OUTPUT_KEPT))
		return "leaves more or less than its file";
	if (right != NULL && (outcome->out.size != right->size ||
		memcmp(outcome->out.data, right->data, right->size) != 0))
		return "has another damage_output than from the undamaged input";
	if (mode->output != OUTPUT_TEXT && damage_read_output(&aborted) != 0)
		return "its damage_output is not complete";
	return NULL;
}

static const char *damage_judge(const struct damage_mode *mode, size_t place,
	const struct damage *damage,
	const struct damage_outcome *outcome)
{
	const struct bytes *right = &damage_right[damage->image][place];
	const unsigned finds = mode->finds | (damage_exited(outcome, 0) ? 0 : mode->may_find);

	if (mode->partial && damage->image != STREAM && !damage_reads(mode, damage) &&
		damage_exited(outcome, 0)) {
		damage_counts->harmless[damage->kind]++;
		return damage_judge_unseen(mode, outcome, right);
	}
	if ((damage->needs & ~finds) != 0) {
		damage_counts->harmless[damage->kind]++;
		return damage_judge_unseen(mode, outcome, damage->needs & NEEDS_ROWS ? NULL :
			right);
	}
	damage_counts->found[damage->kind]++;
	return damage_judge_found(mode, outcome);
}

static void damage_show(const struct damage_mode *mode, const struct damage *damage,
	const struct damage_outcome *outcome, const char *why)
{
	printf("BAD: %s: %s, %s %zu%s%s: %s (%s %d)\n%.*s", mode->name,
		damage_image_names[damage->image],
		damage_kind_names[damage->kind], damage->number, damage->name[0] == '\0' ? "" :
			", ",
		damage->name, why, WIFSIGNALED(outcome->status) ? "signal" : "exit",
		WIFSIGNALED(outcome->status) ? WTERMSIG(outcome->status) :
		WEXITSTATUS(outcome->status), (int)outcome->err.size,
		(const char *)outcome->err.data);
	fflush(stdout);
}

/* Partial readers read a stream like the others; of an archive, only accident is their matter. */
static bool damage_concerns(const struct damage_mode *mode, const struct damage *damage)
{
	if (!mode->partial)
		return true;
	return damage->image == STREAM ? damage->kind != FLIPPED && damage->kind != TRUNCATED :
		damage->kind != FORGED && damage->kind != GRAFTED;
}

static void damage_try_case(struct damage *damage)
{
	static struct damage_outcome outcome;

	__atomic_add_fetch(&damage_counts->cases[damage->kind], 1, __ATOMIC_RELAXED);
	damage_put_input(&damage->bytes);
	for (size_t i = 0; i < damage_mode_count; i++) {
		const char *why;

		if (!damage_concerns(&damage_modes[i], damage))
			continue;
		damage_run(&damage_modes[i], &outcome);
		damage_counts->runs[damage->kind]++;
		why = damage_judge(&damage_modes[i], i, damage, &outcome);
		if (why != NULL && damage_counts->bad++ < SHOWN)
			damage_show(&damage_modes[i], damage, &outcome, why);
	}
}

/* Thinned out: every byte has one bit flipped, and its neighbour the next one. */
static bool damage_is_thin(const struct damage *damage)
{
	return damage->kind != FLIPPED || damage->number % 8 == damage->number / 8 % 8;
}

/* All cases in one order; each process takes its share of every Kth. */
static void damage_try_share(size_t job, size_t every, bool thin)
{
	struct damage damage = { 0 };
	size_t number = 0;

	for (damage.image = STREAM; damage.image < IMAGES; damage.image++)
		for (damage.kind = 0; damage.kind < KINDS; damage.kind++) {
			size_t count = damage_case_count(damage.image, damage.kind);

			for (damage.number = 0; damage.number < count; damage.number++) {
				if (thin && !damage_is_thin(&damage))
					continue;
				if (number % every == 0 && number / every % JOBS == job &&
					damage_make(&damage))
					damage_try_case(&damage);
				number++;
			}
		}
	bytes_close(&damage.bytes);
}

/* The undamaged input passes; and were it damaged, this would be seen as not found. */
static void damage_try_controls(void)
{
	static struct damage_outcome outcome;

	for (enum damage_image image = STREAM; image < IMAGES; image++) {
		struct bytes joined = { 0 };

		forge_join(&damage_frames[image], &joined);
		if (joined.size != damage_images[image].size ||
			memcmp(joined.data, damage_images[image].data, joined.size) != 0)
			forge_die("a forgery that changes nothing is another stream");
		bytes_close(&joined);
		damage_put_input(&damage_images[image]);
		for (size_t i = 0; i < damage_mode_count; i++) {
			const char *why;

			damage_run(&damage_modes[i], &outcome);
			bytes_add(&damage_right[image][i], outcome.out.data, outcome.out.size);
			why = damage_judge_unseen(&damage_modes[i], &outcome, NULL);
			if (why == NULL && damage_judge_found(&damage_modes[i], &outcome) == NULL)
				why = "is taken for damaged";
			if (why == NULL)
				continue;
			damage_show(&damage_modes[i], &(struct damage){ .image = image }, &outcome,
				why);
			forge_die("the undamaged damage_input has to pass");
		}
	}
}

static double damage_now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void damage_report(const struct damage_tally *all, double seconds)
{
	unsigned long cases = 0, runs = 0;

	printf("%-10s %8s %8s %8s %8s\n", damage_modes[0].words[0] + 5, "cases", "runs", "found",
		"harmless");
	for (enum damage_kind kind = 0; kind < KINDS; kind++) {
		printf("%-10s %8lu %8lu %8lu %8lu\n", damage_kind_names[kind], all->cases[kind],
			all->runs[kind], all->found[kind], all->harmless[kind]);
		cases += all->cases[kind];
		runs += all->runs[kind];
	}
	printf("cases %lu, runs %lu, undetected %lu\n", cases, runs, all->bad);
	fprintf(stderr, "%.1f s, %.3f ms a run; no output at all: %lu\n", seconds,
		1000 * seconds * JOBS / (double)runs, all->silent);
}

static int damage_try_all(size_t every, bool thin)
{
	char folder[] = "damage.XXXXXX";
	struct damage_tally all = { 0 };
	double start = damage_now();

	damage_counts = mmap(NULL, (JOBS + 1) * sizeof(*damage_counts), PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (damage_counts == MAP_FAILED || mkdtemp(folder) == NULL)
		forge_die("a folder for the cases");
	damage_open_files(folder);
	damage_try_controls();
	for (size_t job = 0; job < JOBS; job++) {
		char name[16];

		damage_counts++;
		snprintf(name, sizeof(name), "%zu", job);
		if (fork() != 0)
			continue;
		mkdir(name, 0777);
		damage_open_files(name);
		damage_try_share(job, every, thin);
		_exit(0);
	}
	for (size_t job = 0; job < JOBS; job++) {
		int status;

		if (wait(&status) < 0 || status != 0)
			forge_die("a process that ran cases stopped");
	}
	for (size_t job = 0; job < JOBS; job++, damage_counts--) {
		for (enum damage_kind kind = 0; kind < KINDS; kind++) {
			all.cases[kind] += damage_counts->cases[kind];
			all.runs[kind] += damage_counts->runs[kind];
			all.found[kind] += damage_counts->found[kind];
			all.harmless[kind] += damage_counts->harmless[kind];
		}
		all.silent += damage_counts->silent;
		all.bad += damage_counts->bad;
	}
	damage_report(&all, damage_now() - start);
	return all.bad != 0;
}

static int damage_write_out(const struct bytes *bytes)
{
	if (bytes->size > 0 && fwrite(bytes->data, 1, bytes->size, stdout) != bytes->size)
		return 1;
	return fflush(stdout) != 0;
}

static int damage_list(enum damage_image image)
{
	static struct damage damage = { .kind = FORGED };

	damage.image = image;
	for (; damage.number < damage_case_count(image, FORGED); damage.number++)
		if (damage_make(&damage))
			printf("%s\n", damage.name);
	return 0;
}

static int damage_write(enum damage_image image, const char *kind, const char *number)
{
	static struct damage damage;

	damage.image = image;
	if (kind == NULL)
		return damage_write_out(&damage_images[image]);
	for (; number != NULL && damage.kind < KINDS; damage.kind++) {
		damage.number = strtoul(number, NULL, 10);
		if (strcmp(kind, damage_kind_names[damage.kind]) == 0 &&
			damage.number < damage_case_count(image, damage.kind) &&
				damage_make(&damage))
			return damage_write_out(&damage.bytes);
	}
	damage.kind = FORGED;
	for (damage.number = 0; damage.number < damage_case_count(image, FORGED); damage.number++)
		if (damage_make(&damage) && strcmp(damage.name, kind) == 0)
			return damage_write_out(&damage.bytes);
	fprintf(stderr, "no such case: %s\n", kind);
	return 1;
}

int main(int argc, char **argv)
{
	const char *variant = getenv("ROWPIPE_VARIANT");
	enum damage_image image = STREAM;

	damage_quick = variant == NULL || strcmp(variant, "release") == 0;
	damage_make_images();
	if (argc == 1)
		return damage_try_all(1, false);
	if (argc == 2 && strcmp(argv[1], "--thin") == 0)
		return damage_try_all(1, true);
	if (argc == 3 && strcmp(argv[1], "--every") == 0 && atoi(argv[2]) > 0)
		return damage_try_all((size_t)atoi(argv[2]), false);
	while (argc >= 3 && image < IMAGES && strcmp(argv[2], damage_image_names[image]) != 0)
		image++;
	if (argc >= 3 && image < IMAGES && strcmp(argv[1], "--list") == 0)
		return damage_list(image);
	if (argc >= 3 && image < IMAGES && strcmp(argv[1], "--make") == 0)
		return damage_write(image, argc > 3 ? argv[3] : NULL, argc > 4 ? argv[4] : NULL);
	fprintf(stderr, "usage: %s [--every K | --thin | --list IMAGE | "
		"--make IMAGE [NAME | KIND N]]\n", argv[0]);
	return 64;
}

#endif
