/*
 * Whether what a column holds fits a type, as far as its profile tells.
 */
#ifndef ROW_FIT_H
#define ROW_FIT_H

#include "base/fault.h"
#include "row/conversion.h"
#include "row/profile.h"

enum fit { FIT_NO, FIT_MAYBE, FIT_YES };

/* FIT_NO leaves in fault what does not fit: "3 of 30,000 texts do not fit date". */
enum fit fit_profile(const struct profile *profile, const struct conversion *conversion,
	struct fault *fault);

#endif
