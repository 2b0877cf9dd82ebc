/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <psapi.h>
#include <tlhelp32.h>

#define MAX_MODULES 1024

/* uses_tapi says whether a process has loaded tapi32 or tapi3. Processes that Windows protects cannot be opened; they count as no. */
static bool uses_tapi(DWORD pid)
{
	static HMODULE modules[MAX_MODULES];
	wchar_t name[MAX_PATH];
	DWORD size = 0;
	bool uses = false;
	HANDLE p = OpenProcess(PROCESS_QUERY_INFORMATION | PROCESS_VM_READ, FALSE, pid);
	if (p == NULL)
		return false;
	if (EnumProcessModulesEx(p, modules, sizeof modules, &size, LIST_MODULES_ALL)) {
		DWORD n = (size < sizeof modules ? size : sizeof modules) / sizeof *modules;
		for (DWORD i = 0; i < n && !uses; i++)
			uses = GetModuleBaseNameW(p, modules[i], name, LENGTH(name)) && (equal_ignoring_case(name, L"tapi32.dll") || equal_ignoring_case(name, L"tapi3.dll"));
	}
	CloseHandle(p);
	return uses;
}

/* programs_using_tapi calls each for every program that uses TAPI now, except this one, and returns how many there are. */
unsigned programs_using_tapi(void (*each)(void *context, DWORD pid, const wchar_t *name), void *context)
{
	unsigned count = 0;
	PROCESSENTRY32W p = {.dwSize = sizeof p};
	HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0);
	if (all == INVALID_HANDLE_VALUE)
		return 0;
	for (BOOL more = Process32FirstW(all, &p); more; more = Process32NextW(all, &p))
		if (p.th32ProcessID != GetCurrentProcessId() && uses_tapi(p.th32ProcessID)) {
			each(context, p.th32ProcessID, p.szExeFile);
			count++;
		}
	CloseHandle(all);
	return count;
}
