/* SPDX-License-Identifier: MIT */
#include "reg.h"

typedef BOOL(WINAPI *wow64process2)(HANDLE, USHORT *, USHORT *);
typedef LONG(WINAPI *getversion)(OSVERSIONINFOW *);

/* find_system_function finds a function that an older Windows lacks or the headers do not declare. */
static void find_system_function(void *to, const wchar_t *module, const char *name)
{
	FARPROC f = GetProcAddress(GetModuleHandleW(module), name);
	memcpy(to, &f, sizeof f);
}

/* native_machine gives the kind of the processor, also to a program that Windows emulates. */
enum machine native_machine(void)
{
	wow64process2 query = NULL;
	USHORT process, native;
	SYSTEM_INFO info;
	find_system_function(&query, L"kernel32.dll", "IsWow64Process2");
	if (query && query(GetCurrentProcess(), &process, &native))
		return native == 0x8664 ? MACHINE_X64 : native == 0x014c ? MACHINE_X86 : MACHINE_OTHER;
	GetNativeSystemInfo(&info);
	switch (info.wProcessorArchitecture) {
	case PROCESSOR_ARCHITECTURE_AMD64:
		return MACHINE_X64;
	case PROCESSOR_ARCHITECTURE_INTEL:
		return MACHINE_X86;
	}
	return MACHINE_OTHER;
}

bool windows_at_least(DWORD major, DWORD minor)
{
	getversion query = NULL;
	OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
	find_system_function(&query, L"ntdll.dll", "RtlGetVersion");
	return query && query(&v) == 0 && (v.dwMajorVersion > major || (v.dwMajorVersion == major && v.dwMinorVersion >= minor));
}

/* is_administrator says whether this process may act as one (elevated, or SYSTEM). */
bool is_administrator(void)
{
	SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
	PSID group;
	BOOL member = FALSE;
	if (!AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0, 0, &group))
		return false;
	if (!CheckTokenMembership(NULL, group, &member))
		member = FALSE;
	FreeSid(group);
	return member;
}

/* system_file gives the path of a file in System32. offhookreg has the bitness of Windows, so Windows does not redirect it. */
bool system_file(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemDirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(to, size, dir, name);
}

/* system_file_x86 gives the path of a file in SysWOW64, which a 32-bit Windows does not have. */
bool system_file_x86(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWow64DirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(to, size, dir, name);
}
