#include "shim.h"

/* The good provider, loaded at the first call. */

static HMODULE good(void)
{
	static HMODULE dll;
	char path[MAX_PATH];

	if (!dll) {
		DWORD n = GetEnvironmentVariableA("FAULTY_PROVIDER", path, sizeof path);
		dll = LoadLibraryA(n > 0 && n < sizeof path ? path : "offhook.tsp");
		InitializeCriticalSection(&held);
	}
	return dll;
}

#define X(name, params, args) \
	LONG TSPIAPI real_##name params \
	{ \
		static LONG(TSPIAPI *f) params; \
		if (!f) \
			f = (LONG(TSPIAPI *) params)(void (*)(void))GetProcAddress(good(), "TSPI_" #name); \
		return f ? f args : (LONG)LINEERR_OPERATIONUNAVAIL; \
	}
PASSED(X)
#undef X
