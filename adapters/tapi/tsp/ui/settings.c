/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <string.h>

#define KEY       L"SOFTWARE\\offhook"
#define PROVIDERS L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Telephony\\Providers"

/* value reads a text from the registry as 64-bit programs see it, whoever we are. */
static int value(LPCWSTR path, LPCWSTR name, WCHAR *out, DWORD room)
{
	DWORD type = 0, size = (room - 1) * sizeof(WCHAR);
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

static int number(LPCWSTR path, LPCWSTR name, DWORD *out)
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

/* serving_host takes the machine out of PipeName, where the provider looks for its daemon. */
int serving_host(WCHAR *host, DWORD room)
{
	WCHAR pipe[MAX_PATH], *end;

	if (!value(KEY, L"PipeName", pipe, MAX_PATH) || wcsncmp(pipe, L"\\\\", 2) != 0)
		return 0;
	end = wcschr(pipe + 2, L'\\');
	if (!end || end == pipe + 2 || (DWORD)(end - pipe) > room)
		return 0;
	*end = 0;
	if (wcscmp(pipe + 2, L".") == 0)
		return 0;
	wcscpy(host, pipe + 2);
	return 1;
}

int debug_flavour(void)
{
#ifdef OFFHOOK_DEBUG
	return 1;
#else
	WCHAR flavour[32];

	return value(KEY, L"Flavour", flavour, COUNT(flavour)) && lstrcmpiW(flavour, L"debug") == 0;
#endif
}

static int is_offhook(const WCHAR *file)
{
	const WCHAR *name = wcsrchr(file, L'\\');

	return lstrcmpiW(name ? name + 1 : file, L"offhook.tsp") == 0;
}

/* installed_twice says whether TAPI's list has offhook under another number. Two would show every line twice. */
int installed_twice(DWORD provider)
{
	WCHAR name[32], file[MAX_PATH];
	DWORD i, n = 0, id;

	if (!number(PROVIDERS, L"NumProviders", &n))
		return 0;
	for (i = 0; i < n && i < 256; i++) {
		wsprintfW(name, L"ProviderFilename%lu", i);
		if (!value(PROVIDERS, name, file, MAX_PATH) || !is_offhook(file))
			continue;
		wsprintfW(name, L"ProviderID%lu", i);
		if (!number(PROVIDERS, name, &id) || id != provider)
			return 1;
	}
	return 0;
}
