/* SPDX-License-Identifier: MIT */
#include "shim.h"

/* This file calls the good provider's functions and loads it at the first call. */

static HMODULE good_provider(void)
{
	static HMODULE dll;
	char path[MAX_PATH];

	if (!dll) {
		DWORD n = GetEnvironmentVariableA("FAULTY_PROVIDER", path, sizeof path);
		dll = LoadLibraryA(n > 0 && n < sizeof path ? path : "offhook.tsp");
		InitializeCriticalSection(&shared_lock);
	}
	return dll;
}

#define X(name, params, args) \
	LONG TSPIAPI good_##name params \
	{ \
		static LONG(TSPIAPI *f) params; \
		if (!f) \
			f = (LONG(TSPIAPI *) params)(void (*)(void))GetProcAddress(good_provider(), "TSPI_" #name); \
		return f ? f args : (LONG)LINEERR_OPERATIONUNAVAIL; \
	}
FORWARDED(X)
#undef X
