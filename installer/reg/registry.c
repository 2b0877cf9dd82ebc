#include "reg.h"
#include <shlobj.h>

#define PRODUCT_KEY L"SOFTWARE\\offhook"

/* product_set writes one of our values, in the native view. */
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
	return RegGetValueW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, name, RRF_RT_REG_SZ | RRF_SUBKEY_WOW6464KEY, NULL, to, &bytes) == ERROR_SUCCESS && *to;
}

/* product_remove takes our values away, and the key when nothing of somebody else's is in it. */
void product_remove(void)
{
	static const wchar_t *const names[] = {L"PipeName", L"DataDir", L"InstallDir", L"Version", L"Flavour"};
	DWORD keys = 1, values = 1;
	HKEY key;
	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, 0, KEY_SET_VALUE | KEY_QUERY_VALUE | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return;
	for (size_t i = 0; i < LENGTH(names); i++)
		RegDeleteValueW(key, names[i]);
	RegQueryInfoKeyW(key, NULL, NULL, NULL, &keys, NULL, NULL, &values, NULL, NULL, NULL, NULL);
	RegCloseKey(key);
	if (keys == 0 && values == 0)
		RegDeleteKeyExW(HKEY_LOCAL_MACHINE, PRODUCT_KEY, KEY_WOW64_64KEY, 0);
}

/* data_directory is where settings and state are: what the registry says, else %ProgramData%\offhook. */
bool data_directory(wchar_t *to, size_t size)
{
	wchar_t root[MAX_PATH];
	if (product_get(L"DataDir", to, size))
		return true;
	return SHGetFolderPathW(NULL, CSIDL_COMMON_APPDATA, NULL, SHGFP_TYPE_CURRENT, root) == S_OK && join_path(to, size, root, L"offhook");
}
