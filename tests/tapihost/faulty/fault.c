/* SPDX-License-Identifier: MIT */
#include "shim.h"

#include <string.h>

/* A faulty provider's file is named after its fault; all are copies of one DLL. */

int fault;

static const char *const names[] = {
	"NONE",
#define X(name, rule, scenario, text) #name,
	FAULTS(X)
#undef X
};

static int fault_of_file(const char *file)
{
	const char *name = strrchr(file, '\\') ? strrchr(file, '\\') + 1 : file;
	size_t n = strcspn(name, ".");

	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (strlen(names[i]) == n && _strnicmp(name, names[i], n) == 0)
			return i;
	return -1;
}

/* DllMain refuses to load a file whose name is no fault's: it would work as a good provider. */
BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID unused)
{
	char file[MAX_PATH];
	DWORD n;

	(void)unused;
	if (why != DLL_PROCESS_ATTACH)
		return TRUE;
	n = GetModuleFileNameA(self, file, sizeof file);
	fault = n > 0 && n < sizeof file ? fault_of_file(file) : -1;
	return fault >= 0;
}
