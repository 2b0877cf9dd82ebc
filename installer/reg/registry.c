/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <shlobj.h>
#include <strsafe.h>

#define PRODUCT_KEY L"SOFTWARE\\offhook"

/* product_set writes one of offhook's values. offhookreg has the bitness of Windows, so it reads and writes the native view. */
bool product_set(const wchar_t *name, const wchar_t *value)
{
	HKEY key;
	LONG e = RegCreateKeyExW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL);
	if (e == ERROR_SUCCESS) {
		e = RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (DWORD)((wcslen(value) + 1) * sizeof *value));
		RegCloseKey(key);
	}
	if (e != ERROR_SUCCESS)
		log_line(L"the registry value %s cannot be written (error %ld)", name, e);
	return e == ERROR_SUCCESS;
}

bool product_get(const wchar_t *name, wchar_t *to, size_t size)
{
	DWORD bytes = (DWORD)(size * sizeof *to);
	return RegGetValueW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, name, RRF_RT_REG_SZ, NULL, to, &bytes) == ERROR_SUCCESS && *to;
}

/* default_data_directory gives the directory of settings and state, unless an administrator chose another one. */
static bool default_data_directory(wchar_t *to, size_t size)
{
	wchar_t root[MAX_PATH];
	return SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, root) == S_OK && join_path(to, size, root, L"offhook");
}

/* data_directory gives the directory of settings and state: the one in the registry, else %ProgramData%\offhook. */
bool data_directory(wchar_t *to, size_t size)
{
	return product_get(L"DataDir", to, size) || default_data_directory(to, size);
}

/* product_remove removes offhook's values, and the key when it is empty then. When the settings stay, a directory that an
 * administrator chose for them stays in the registry. */
void product_remove(bool settings_stay)
{
	static const wchar_t *const names[] = {L"PipeName", L"InstallDir", L"Version", L"Flavour"};
	wchar_t dir[PATH_LENGTH], default_dir[PATH_LENGTH];
	DWORD keys = 1, values = 1;
	HKEY key;
	bool chosen = data_directory(dir, LENGTH(dir)) && default_data_directory(default_dir, LENGTH(default_dir)) && !equal_ignoring_case(dir, default_dir);
	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, 0, KEY_SET_VALUE | KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return;
	for (size_t i = 0; i < LENGTH(names); i++)
		RegDeleteValueW(key, names[i]);
	if (!chosen || !settings_stay)
		RegDeleteValueW(key, L"DataDir");
	RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
	RegCloseKey(key);
	if (keys == 0 && values == 0)
		RegDeleteKeyExW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, KEY_WOW64_64KEY, 0);
}

#define UNINSTALL_KEY L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\offhook"

static bool set_text(HKEY key, const wchar_t *name, const wchar_t *value)
{
	return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (DWORD)((wcslen(value) + 1) * sizeof *value)) == ERROR_SUCCESS;
}

/* program_set writes the entry in Windows' list of programs. The quiet uninstall command is offhookreg itself, so that its caller
 * can wait for the end and get the exit code. NSIS's uninstaller runs as a copy of itself, and its first process ends at once. */
bool program_set(const wchar_t *dir, const wchar_t *version)
{
	wchar_t command[PATH_LENGTH + 64], quiet[PATH_LENGTH + 64];
	DWORD yes = 1;
	HKEY key;
	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, UNINSTALL_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL) != ERROR_SUCCESS)
		return false;
	StringCchPrintfW(command, LENGTH(command), L"\"%s\\uninstall.exe\"", dir);
	StringCchPrintfW(quiet, LENGTH(quiet), L"\"%s\\offhookreg.exe\" uninstall", dir);
	bool ok = set_text(key, L"DisplayName", L"offhook") && set_text(key, L"DisplayVersion", version) && set_text(key, L"Publisher", L"offhook") &&
		set_text(key, L"InstallLocation", dir) && set_text(key, L"UninstallString", command) && set_text(key, L"QuietUninstallString", quiet);
	RegSetValueExW(key, L"NoModify", 0, REG_DWORD, (const BYTE *)&yes, sizeof yes);
	RegSetValueExW(key, L"NoRepair", 0, REG_DWORD, (const BYTE *)&yes, sizeof yes);
	RegCloseKey(key);
	return ok;
}

void program_remove(void)
{
	RegDeleteKeyExW(HKEY_LOCAL_MACHINE, UNINSTALL_KEY, KEY_WOW64_64KEY, 0);
}
