#include "shim.h"

#include <string.h>

/* A faulty provider is a file named after its fault: all are copies of one. */

int fault;

static const char *const names[] = {
	"NONE",
#define X(name, rule, scenario, text) #name,
	FAULTS(X)
#undef X
};

static int of_name(const char *file)
{
	const char *name = strrchr(file, '\\') ? strrchr(file, '\\') + 1 : file;
	size_t n = strcspn(name, ".");

	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++)
		if (strlen(names[i]) == n && _strnicmp(name, names[i], n) == 0)
			return i;
	return -1;
}

/* A name that no fault has is not loaded: it would pass for a good provider. */
BOOL WINAPI DllMain(HINSTANCE self, DWORD why, LPVOID unused)
{
	char file[MAX_PATH];
	DWORD n;

	(void)unused;
	if (why != DLL_PROCESS_ATTACH)
		return TRUE;
	n = GetModuleFileNameA(self, file, sizeof file);
	fault = n > 0 && n < sizeof file ? of_name(file) : -1;
	return fault >= 0;
}
