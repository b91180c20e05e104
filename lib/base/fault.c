#include "base/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int fault_set(struct fault *fault, int status, const char *format, ...)
{
	va_list arguments;

	if (fault->status != STATUS_OK)
		return fault->status;
	fault->status = status;
	va_start(arguments, format);
	vsnprintf(fault->text, sizeof(fault->text), format, arguments);
	va_end(arguments);
	return status;
}

int fault_memory(struct fault *fault)
{
	return fault_set(fault, STATUS_IO, "out of memory");
}

int fault_errno(struct fault *fault, int status, const char *what)
{
	return fault_set(fault, status, "%s: %s", what, strerror(errno));
}
