/* SPDX-License-Identifier: MIT */
/* loading DLL... loads and frees each library a hundred times. Loading must start no thread and open no handle, since Windows
 * holds the loader lock meanwhile, and after freeing nothing of the library may remain. */
#include <windows.h>

#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>

static int count_threads(void)
{
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	THREADENTRY32 one = {.dwSize = sizeof one};
	int n = 0;

	for (BOOL ok = Thread32First(all, &one); ok; ok = Thread32Next(all, &one))
		n += one.th32OwnerProcessID == GetCurrentProcessId();
	CloseHandle(all);
	return n;
}

static DWORD count_handles(void)
{
	DWORD n = 0;

	GetProcessHandleCount(GetCurrentProcess(), &n);
	return n;
}

static int check_library(const char *file)
{
	int faults = 0;

	for (int i = 0; i < 100 && !faults; i++) {
		int before = count_threads(), after;
		DWORD held = count_handles(), now;
		HMODULE dll = LoadLibraryA(file);

		if (!dll) {
			printf("%s cannot be loaded: error %lu\n", file, GetLastError());
			return 1;
		}
		after = count_threads(), now = count_handles();
		if (after != before && ++faults)
			printf("%s: loading makes %d threads\n", file, after - before);
		if (i > 0 && now != held && ++faults) /* the first time Windows loads the libraries it is linked with, too */
			printf("%s: loading opens %ld handles\n", file, (long)(now - held));
		FreeLibrary(dll);
		if (GetModuleHandleA(file) && ++faults)
			printf("%s: it stays loaded\n", file);
		if (i > 0 && count_handles() != held && ++faults)
			printf("%s: %ld handles stay\n", file, (long)(count_handles() - held));
	}
	return faults > 0;
}

int main(int argc, char **argv)
{
	int faults = argc < 2;

	for (int i = 1; i < argc; i++)
		faults |= check_library(argv[i]);
	puts(faults ? "faults" : "nothing happens");
	return faults;
}
