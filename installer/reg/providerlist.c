/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

/* The Telephony service reads this list at its start and writes it when lineAddProvider or lineRemoveProvider is called.
 * offhookreg writes it only while that service is stopped or does not exist. */

#define MAX_PROVIDERS 1000

struct entry {
	DWORD id;
	wchar_t file[MAX_PATH];
};

static void value_name(wchar_t *to, size_t size, const wchar_t *prefix, DWORD i)
{
	StringCchPrintfW(to, size, L"%s%lu", prefix, i);
}

static bool get_number(HKEY key, const wchar_t *name, DWORD *value)
{
	DWORD size = sizeof *value;
	return RegGetValueW(key, NULL, name, RRF_RT_REG_DWORD, NULL, value, &size) == ERROR_SUCCESS;
}

static bool set_number(HKEY key, const wchar_t *name, DWORD value)
{
	return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof value) == ERROR_SUCCESS;
}

static bool get_entry(HKEY key, DWORD i, struct entry *e)
{
	wchar_t name[40];
	DWORD size = sizeof e->file;
	value_name(name, LENGTH(name), L"ProviderID", i);
	if (!get_number(key, name, &e->id))
		return false;
	value_name(name, LENGTH(name), L"ProviderFilename", i);
	return RegGetValueW(key, NULL, name, RRF_RT_REG_SZ, NULL, e->file, &size) == ERROR_SUCCESS;
}

static bool set_entry(HKEY key, DWORD i, const struct entry *e)
{
	wchar_t name[40];
	value_name(name, LENGTH(name), L"ProviderFilename", i);
	if (RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)e->file, (DWORD)((wcslen(e->file) + 1) * sizeof(wchar_t))) != ERROR_SUCCESS)
		return false;
	value_name(name, LENGTH(name), L"ProviderID", i);
	return set_number(key, name, e->id);
}

static void clear_entry(HKEY key, DWORD i)
{
	wchar_t name[40];
	value_name(name, LENGTH(name), L"ProviderFilename", i);
	RegDeleteValueW(key, name);
	value_name(name, LENGTH(name), L"ProviderID", i);
	RegDeleteValueW(key, name);
}

static bool open_list(HKEY *key, REGSAM access, bool make)
{
	access |= KEY_QUERY_VALUE | KEY_WOW64_64KEY;
	if (make)
		return RegCreateKeyExW(HKEY_LOCAL_MACHINE, PROVIDERS_KEY, 0, NULL, 0, access, NULL, key, NULL) == ERROR_SUCCESS;
	return RegOpenKeyExW(HKEY_LOCAL_MACHINE, PROVIDERS_KEY, 0, access, key) == ERROR_SUCCESS;
}

static DWORD entry_count(HKEY key)
{
	DWORD n = 0;
	get_number(key, L"NumProviders", &n);
	return n < MAX_PROVIDERS ? n : MAX_PROVIDERS;
}

/* provider_list_find looks for a provider by its file's name; id (may be NULL) gets its permanent id. */
bool provider_list_find(const wchar_t *file, DWORD *id)
{
	HKEY key;
	struct entry e;
	bool found = false;
	if (!open_list(&key, 0, false))
		return false;
	DWORD n = entry_count(key);
	for (DWORD i = 0; i < n && !found; i++)
		if (get_entry(key, i, &e) && equal_ignoring_case(base_name(e.file), file)) {
			found = true;
			if (id)
				*id = e.id;
		}
	RegCloseKey(key);
	return found;
}

/* provider_list_each calls each for every entry. */
void provider_list_each(void (*each)(DWORD id, const wchar_t *file))
{
	HKEY key;
	struct entry e;
	if (!open_list(&key, 0, false))
		return;
	DWORD n = entry_count(key);
	for (DWORD i = 0; i < n; i++)
		if (get_entry(key, i, &e))
			each(e.id, e.file);
	RegCloseKey(key);
}

/* provider_list_add appends a provider with an id that was never used; it writes the count last. */
bool provider_list_add(const wchar_t *file)
{
	HKEY key;
	struct entry e = {.id = 1}, other;
	if (!open_list(&key, KEY_SET_VALUE, true))
		return false;
	DWORD n = entry_count(key);
	get_number(key, L"NextProviderID", &e.id);
	for (DWORD i = 0; i < n; i++)
		if (get_entry(key, i, &other) && other.id >= e.id)
			e.id = other.id + 1;
	bool ok = n < MAX_PROVIDERS && copy_text(e.file, LENGTH(e.file), file, wcslen(file)) && set_entry(key, n, &e) &&
		set_number(key, L"NextProviderID", e.id + 1) && set_number(key, L"NumProviders", n + 1);
	RegCloseKey(key);
	return ok;
}

/* provider_list_remove removes every entry of a file and closes the gaps. Ids are not used again. */
bool provider_list_remove(const wchar_t *file)
{
	HKEY key;
	struct entry e;
	bool ok = true;
	DWORD kept = 0;
	if (!open_list(&key, KEY_SET_VALUE, false))
		return !provider_list_find(file, NULL);
	DWORD n = entry_count(key);
	for (DWORD i = 0; i < n && ok; i++) {
		if (!get_entry(key, i, &e) || equal_ignoring_case(base_name(e.file), file))
			continue;
		if (kept != i)
			ok = set_entry(key, kept, &e);
		kept++;
	}
	if (ok && kept != n) {
		ok = set_number(key, L"NumProviders", kept);
		for (DWORD i = kept; i < n; i++)
			clear_entry(key, i);
	}
	RegCloseKey(key);
	return ok;
}
