/* loading DLL...: loads and frees each a hundred times. Loading alone must do nothing: no thread, no handle, no other library
 * than those it is linked with (the loader's lock is held meanwhile), and after freeing nothing of it remains. */
#include <windows.h>

#include <stdio.h>
#include <string.h>
#include <tlhelp32.h>

static int threads(void)
{
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
	THREADENTRY32 one = {.dwSize = sizeof one};
	int n = 0;

	for (BOOL ok = Thread32First(all, &one); ok; ok = Thread32Next(all, &one))
		n += one.th32OwnerProcessID == GetCurrentProcessId();
	CloseHandle(all);
	return n;
}

static DWORD handles(void)
{
	DWORD n = 0;

	GetProcessHandleCount(GetCurrentProcess(), &n);
	return n;
}

static int tried(const char *file)
{
	int faults = 0;

	for (int i = 0; i < 100 && !faults; i++) {
		int before = threads(), after;
		DWORD held = handles(), now;
		HMODULE dll = LoadLibraryA(file);

		if (!dll) {
			printf("%s cannot be loaded: error %lu\n", file, GetLastError());
			return 1;
		}
		after = threads(), now = handles();
		if (after != before && ++faults)
			printf("%s: loading makes %d threads\n", file, after - before);
		if (i > 0 && now != held && ++faults) /* the first time the libraries it is linked with come along */
			printf("%s: loading opens %ld handles\n", file, (long)(now - held));
		FreeLibrary(dll);
		if (GetModuleHandleA(file) && ++faults)
			printf("%s: it stays\n", file);
		if (i > 0 && handles() != held && ++faults)
			printf("%s: %ld handles stay\n", file, (long)(handles() - held));
	}
	return faults > 0;
}

int main(int argc, char **argv)
{
	int faults = argc < 2;

	for (int i = 1; i < argc; i++)
		faults |= tried(argv[i]);
	puts(faults ? "faults" : "nothing happens");
	return faults;
}
