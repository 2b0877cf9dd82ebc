#include "reg.h"
#include <shlobj.h>
#include <strsafe.h>

#define PRODUCT_KEY L"SOFTWARE\\offhook"

/* product_set writes one of our values. offhookreg has the bitness of Windows, so what it reads and writes is the native view. */
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

/* usual_data_directory is where settings and state are unless an administrator chose another place. */
static bool usual_data_directory(wchar_t *to, size_t size)
{
	wchar_t root[MAX_PATH];
	return SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, root) == S_OK && join_path(to, size, root, L"offhook");
}

/* data_directory is where settings and state are: what the registry says, else %ProgramData%\offhook. */
bool data_directory(wchar_t *to, size_t size)
{
	return product_get(L"DataDir", to, size) || usual_data_directory(to, size);
}

/* product_remove takes our values away, and the key when nothing of somebody else's is in it. A place of settings that
 * was chosen stays known if the settings stay. */
void product_remove(bool settings_stay)
{
	static const wchar_t *const names[] = {L"PipeName", L"InstallDir", L"Version", L"Flavour"};
	wchar_t dir[PATH_LENGTH], usual[PATH_LENGTH];
	DWORD keys = 1, values = 1;
	HKEY key;
	bool chosen = data_directory(dir, LENGTH(dir)) && usual_data_directory(usual, LENGTH(usual)) && !same(dir, usual);
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

static bool set(HKEY key, const wchar_t *name, const wchar_t *value)
{
	return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (DWORD)((wcslen(value) + 1) * sizeof *value)) == ERROR_SUCCESS;
}

/* program_set writes what Windows' list of programs shows. The quiet way is offhookreg itself: whoever starts it can wait for its
 * end and see its exit code. The uninstaller of NSIS goes on as a copy of itself, and its first process ends at once. */
bool program_set(const wchar_t *dir, const wchar_t *version)
{
	wchar_t command[PATH_LENGTH + 64], quiet[PATH_LENGTH + 64];
	DWORD yes = 1;
	HKEY key;
	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, UNINSTALL_KEY, 0, NULL, 0, KEY_SET_VALUE | KEY_WOW64_64KEY, NULL, &key, NULL) != ERROR_SUCCESS)
		return false;
	StringCchPrintfW(command, LENGTH(command), L"\"%s\\uninstall.exe\"", dir);
	StringCchPrintfW(quiet, LENGTH(quiet), L"\"%s\\offhookreg.exe\" uninstall", dir);
	bool ok = set(key, L"DisplayName", L"offhook") && set(key, L"DisplayVersion", version) && set(key, L"Publisher", L"offhook") &&
		set(key, L"InstallLocation", dir) && set(key, L"UninstallString", command) && set(key, L"QuietUninstallString", quiet);
	RegSetValueExW(key, L"NoModify", 0, REG_DWORD, (const BYTE *)&yes, sizeof yes);
	RegSetValueExW(key, L"NoRepair", 0, REG_DWORD, (const BYTE *)&yes, sizeof yes);
	RegCloseKey(key);
	return ok;
}

void program_remove(void)
{
	RegDeleteKeyExW(HKEY_LOCAL_MACHINE, UNINSTALL_KEY, KEY_WOW64_64KEY, 0);
}
