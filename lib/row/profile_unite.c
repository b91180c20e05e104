#include "row/profile.h"

#include <math.h>

/* A stream carries no larger count. */
static void add(uint64_t *to, uint64_t more)
{
	*to = *to > INT64_MAX - more ? INT64_MAX : *to + more;
}

static void raise_to(uint64_t *most, uint64_t value)
{
	if (value > *most)
		*most = value;
}

static void unite_integers(struct profile *profile, const struct profile *more)
{
	if (more->integers == 0)
		return;
	if (profile->integers == 0 || more->least_integer < profile->least_integer)
		profile->least_integer = more->least_integer;
	if (profile->integers == 0 || more->most_integer > profile->most_integer)
		profile->most_integer = more->most_integer;
}

static void unite_reals(struct profile *profile, const struct profile *more)
{
	if (more->reals == 0)
		return;
	if (profile->reals == 0 || isnan(profile->least_real) ||
		more->least_real < profile->least_real)
		profile->least_real = more->least_real;
	if (profile->reals == 0 || isnan(profile->most_real) ||
		more->most_real > profile->most_real)
		profile->most_real = more->most_real;
}

void profile_unite(struct profile *profile, const struct profile *more)
{
	unite_integers(profile, more);
	unite_reals(profile, more);
	add(&profile->nulls, more->nulls);
	add(&profile->integers, more->integers);
	add(&profile->reals, more->reals);
	add(&profile->texts, more->texts);
	add(&profile->blobs, more->blobs);
	add(&profile->ill, more->ill);
	raise_to(&profile->longest_text, more->longest_text);
	raise_to(&profile->longest_blob, more->longest_blob);
	raise_to(&profile->longest_characters, more->longest_characters);
	raise_to(&profile->whole_digits, more->whole_digits);
	raise_to(&profile->fraction_digits, more->fraction_digits);
	for (int i = 0; i < SHAPES; i++)
		add(&profile->shapes[i], more->shapes[i]);
}
