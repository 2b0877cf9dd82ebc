/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <string.h>

#define SETTINGS_KEY       L"SOFTWARE\\offhook"
#define PROVIDERS_KEY L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Telephony\\Providers"

/* read_text reads a text from the 64-bit view of the registry, in a 32-bit program too. */
static int read_text(LPCWSTR path, LPCWSTR name, WCHAR *out, DWORD capacity)
{
	DWORD type = 0, size = (capacity - 1) * sizeof(WCHAR);
	HKEY key;
	LONG err;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	err = RegQueryValueExW(key, name, NULL, &type, (BYTE *)out, &size);
	RegCloseKey(key);
	if (err != ERROR_SUCCESS || type != REG_SZ || size < sizeof(WCHAR))
		return 0;
	out[size / sizeof(WCHAR)] = 0;
	return 1;
}

static int read_number(LPCWSTR path, LPCWSTR name, DWORD *out)
{
	DWORD type = 0, size = sizeof *out;
	HKEY key;
	LONG err;

	if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, path, 0, KEY_READ | KEY_WOW64_64KEY, &key) != ERROR_SUCCESS)
		return 0;
	err = RegQueryValueExW(key, name, NULL, &type, (BYTE *)out, &size);
	RegCloseKey(key);
	return err == ERROR_SUCCESS && type == REG_DWORD;
}

/* remote_line_host reads the machine's name from PipeName, which is where the provider connects to its daemon. */
int remote_line_host(WCHAR *host, DWORD capacity)
{
	WCHAR pipe[MAX_PATH], *end;

	if (!read_text(SETTINGS_KEY, L"PipeName", pipe, MAX_PATH) || wcsncmp(pipe, L"\\\\", 2) != 0)
		return 0;
	end = wcschr(pipe + 2, L'\\');
	if (!end || end == pipe + 2 || (DWORD)(end - pipe) > capacity)
		return 0;
	*end = 0;
	if (wcscmp(pipe + 2, L".") == 0)
		return 0;
	wcscpy(host, pipe + 2);
	return 1;
}

int is_debug_build(void)
{
#ifdef OFFHOOK_DEBUG
	return 1;
#else
	WCHAR flavour[32];

	return read_text(SETTINGS_KEY, L"Flavour", flavour, COUNT(flavour)) && lstrcmpiW(flavour, L"debug") == 0;
#endif
}

static int is_offhook(const WCHAR *file)
{
	const WCHAR *name = wcsrchr(file, L'\\');

	return lstrcmpiW(name ? name + 1 : file, L"offhook.tsp") == 0;
}

/* installed_twice says whether TAPI's list of providers has offhook under another number: two would show every line twice. */
int installed_twice(DWORD provider)
{
	WCHAR name[32], file[MAX_PATH];
	DWORD i, n = 0, id;

	if (!read_number(PROVIDERS_KEY, L"NumProviders", &n))
		return 0;
	for (i = 0; i < n && i < 256; i++) {
		wsprintfW(name, L"ProviderFilename%lu", i);
		if (!read_text(PROVIDERS_KEY, name, file, MAX_PATH) || !is_offhook(file))
			continue;
		wsprintfW(name, L"ProviderID%lu", i);
		if (!read_number(PROVIDERS_KEY, name, &id) || id != provider)
			return 1;
	}
	return 0;
}
