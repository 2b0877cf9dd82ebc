#include "reg.h"

typedef BOOL(WINAPI *wow64process2)(HANDLE, USHORT *, USHORT *);
typedef LONG(WINAPI *getversion)(OSVERSIONINFOW *);

/* import finds a function that older Windows lacks, or that the headers do not declare. */
static void import(void *to, const wchar_t *module, const char *name)
{
	FARPROC f = GetProcAddress(GetModuleHandleW(module), name);
	memcpy(to, &f, sizeof f);
}

/* native_machine is the processor's kind, whatever Windows shows to programs made for another one. */
enum machine native_machine(void)
{
	wow64process2 ask = NULL;
	USHORT process, native;
	SYSTEM_INFO info;
	import(&ask, L"kernel32.dll", "IsWow64Process2");
	if (ask && ask(GetCurrentProcess(), &process, &native))
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
	getversion ask = NULL;
	OSVERSIONINFOW v = {.dwOSVersionInfoSize = sizeof v};
	import(&ask, L"ntdll.dll", "RtlGetVersion");
	return ask && ask(&v) == 0 && (v.dwMajorVersion > major || (v.dwMajorVersion == major && v.dwMinorVersion >= minor));
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

/* system_file is a file of System32. offhookreg has the bitness of Windows, so nothing redirects it. */
bool system_file(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemDirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(to, size, dir, name);
}

/* system_file_x86 is a file of SysWOW64; there is none on a 32-bit Windows. */
bool system_file_x86(wchar_t *to, size_t size, const wchar_t *name)
{
	wchar_t dir[PATH_LENGTH];
	UINT n = GetSystemWow64DirectoryW(dir, LENGTH(dir));
	return n > 0 && n < LENGTH(dir) && join_path(to, size, dir, name);
}
