#include "db/findings.h"

#include <string.h>

void findings_add(struct findings *findings, struct arena *arena, enum look_verdict verdict,
	int status, const char *text)
{
	struct finding *items = findings->items;

	if (text == NULL)
		return;
	if (findings->count == findings->room) {
		size_t room = findings->room == 0 ? 16 : findings->room * 2;

		items = arena_array(arena, room, sizeof(*items));
		if (items == NULL)
			return;
		if (findings->count > 0)
			memcpy(items, findings->items, findings->count * sizeof(*items));
		findings->items = items;
		findings->room = room;
	}
	items[findings->count++] = (struct finding){ verdict, text, NULL };
	if (verdict != LOOK_STOP)
		return;
	findings->stops++;
	if (findings->status == 0)
		findings->status = status;
}
