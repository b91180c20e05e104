#include "db/beside.h"

#include <pthread.h>
#include <signal.h>

#include "db/check.h"

/* What is checked in a moment has no thread. */
#define SMALL ((uint64_t)8 << 20)

struct beside {
	struct sqlite *sqlite, *twin;
	struct arena arena; /* the thread's own */
	struct fault fault;
	pthread_t thread;
};

static void *check(void *context)
{
	struct beside *beside = context;

	check_database(beside->twin, &beside->fault);
	return NULL;
}

/* Signals are the first thread's. */
static bool start(struct beside *beside)
{
	sigset_t all, before;
	bool started;

	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, &before);
	started = pthread_create(&beside->thread, NULL, check, beside) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}

static void release(struct beside *beside)
{
	sqlite_close(beside->twin);
	arena_close(&beside->arena);
}

struct beside *beside_begin(struct sqlite *sqlite, struct arena *arena, struct fault *fault)
{
	const struct sqlite_facts *facts = sqlite_facts(sqlite);
	struct beside *beside = NULL;

	if (facts->page_count * facts->page_size >= SMALL)
		beside = arena_alloc(arena, sizeof(*beside));
	if (beside != NULL) {
		beside->sqlite = sqlite;
		beside->twin = sqlite_twin(sqlite, &beside->arena);
	}
	if (beside != NULL && beside->twin != NULL && start(beside))
		return beside;
	if (beside != NULL)
		release(beside);
	check_database(sqlite, fault);
	return NULL;
}

static void take_over(struct beside *beside, struct fault *fault)
{
	const struct sqlite_facts *facts = sqlite_facts(beside->twin);

	for (size_t i = 0; i < facts->warnings.count; i++)
		sqlite_warn(beside->sqlite, facts->warnings.items[i], fault);
	if (facts->checked)
		sqlite_set_checked(beside->sqlite);
	if (beside->fault.status != 0 && (fault->status == 0 ||
		(fault->status == STATUS_SOURCE && beside->fault.status == STATUS_SOURCE)))
		*fault = beside->fault;
}

int beside_end(struct beside *beside, struct fault *fault)
{
	if (beside == NULL)
		return fault->status;
	/* Damage that was met is worth the words of the whole check. */
	if (fault->status != 0 && fault->status != STATUS_SOURCE)
		sqlite_stop(beside->twin);
	pthread_join(beside->thread, NULL);
	take_over(beside, fault);
	release(beside);
	return fault->status;
}
