/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

/* Windows keeps each dialling location in a key Location<n>, and the current one in CurrentID. The names of the values are
 * those that the control panel's "Phone and Modem" writes; they are not yet verified on a real Windows. */
#define LOCATIONS_KEY L"SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Telephony\\Locations"
#define MAX_LOCATIONS 1000
#define TONE_DIALLING 1 /* a bit of Flags */

/* location_country gives TAPI's number of a country: its dialling code, except where several countries share one. */
bool location_country(const wchar_t *set_text, DWORD *id)
{
	static const struct {
		wchar_t letters[3];
		DWORD id;
	} countries[] = {{L"DE", 49}, {L"AT", 43}, {L"CH", 41}, {L"LI", 423}, {L"LU", 352}, {L"NL", 31}, {L"BE", 32}, {L"FR", 33}, {L"IT", 39},
		{L"ES", 34}, {L"PT", 351}, {L"GB", 44}, {L"IE", 353}, {L"DK", 45}, {L"SE", 46}, {L"NO", 47}, {L"FI", 358}, {L"IS", 354},
		{L"PL", 48}, {L"CZ", 420}, {L"SK", 421}, {L"HU", 36}, {L"SI", 386}, {L"HR", 385}, {L"RO", 40}, {L"BG", 359}, {L"GR", 30},
		{L"CY", 357}, {L"MT", 356}, {L"EE", 372}, {L"LV", 371}, {L"LT", 370}, {L"UA", 380}, {L"TR", 90}, {L"US", 1}, {L"CA", 107}};
	for (size_t i = 0; i < LENGTH(countries); i++)
		if (equal_ignoring_case(set_text, countries[i].letters)) {
			*id = countries[i].id;
			return true;
		}
	size_t n = wcslen(set_text);
	if (n == 0 || n > 5 || wcsspn(set_text, L"0123456789") != n)
		return false;
	*id = (DWORD)wcstoul(set_text, NULL, 10);
	return *id > 0;
}

static bool set_number(HKEY key, const wchar_t *name, DWORD value)
{
	return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&value, sizeof value) == ERROR_SUCCESS;
}

static bool set_text(HKEY key, const wchar_t *name, const wchar_t *value)
{
	return RegSetValueExW(key, name, 0, REG_SZ, (const BYTE *)value, (DWORD)((wcslen(value) + 1) * sizeof *value)) == ERROR_SUCCESS;
}

static DWORD get_number(HKEY key, const wchar_t *sub, const wchar_t *name)
{
	DWORD value = 0, size = sizeof value;
	return RegGetValueW(key, sub, name, RRF_RT_REG_DWORD, NULL, &value, &size) == ERROR_SUCCESS ? value : 0;
}

/* find_current finds the current location; sub gets the name of its key. */
static bool find_current(HKEY key, wchar_t *sub, DWORD size)
{
	DWORD current = get_number(key, NULL, L"CurrentID");
	for (DWORD i = 0; current != 0 && i < MAX_LOCATIONS; i++) {
		DWORD n = size;
		if (RegEnumKeyExW(key, i, sub, &n, NULL, NULL, NULL, NULL) != ERROR_SUCCESS)
			return false;
		if (get_number(key, sub, L"ID") == current)
			return true;
	}
	return false;
}

/* add_location writes the first location. */
static bool add_location(HKEY key, DWORD country, const wchar_t *area)
{
	static const wchar_t *const empty[] = {L"OutsideAccess", L"LongDistanceAccess", L"DisableCallWaiting", L"LongDistanceCarrierCode", L"InternationalCarrierCode"};
	wchar_t sub[32];
	HKEY one;
	DWORD id = get_number(key, NULL, L"NextID");
	if (id == 0)
		id = 1;
	StringCchPrintfW(sub, LENGTH(sub), L"Location%lu", id);
	if (RegCreateKeyExW(key, sub, 0, NULL, 0, KEY_SET_VALUE, NULL, &one, NULL) != ERROR_SUCCESS)
		return false;
	bool ok = set_number(one, L"ID", id) && set_text(one, L"Name", L"offhook") && set_number(one, L"Country", country) && set_text(one, L"AreaCode", area) &&
		set_number(one, L"Flags", TONE_DIALLING) && set_number(one, L"CallingCard", 0);
	for (size_t i = 0; i < LENGTH(empty); i++)
		ok = ok && set_text(one, empty[i], L"");
	RegCloseKey(one);
	return ok && set_number(key, L"NextID", id + 1) && set_number(key, L"NumEntries", get_number(key, NULL, L"NumEntries") + 1) && set_number(key, L"CurrentID", id);
}

/* location_write sets country and area code of the current location and keeps its other values. The Telephony service reads
 * them at its start. */
bool location_write(DWORD country, const wchar_t *area)
{
	HKEY key, one;
	wchar_t sub[256];
	bool ok;
	if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, LOCATIONS_KEY, 0, NULL, 0, KEY_READ | KEY_WRITE | KEY_WOW64_64KEY, NULL, &key, NULL) != ERROR_SUCCESS)
		return false;
	if (!find_current(key, sub, LENGTH(sub))) {
		ok = add_location(key, country, area);
		log_line(L"the dialling location is made: country %lu, area code %s", country, area);
	} else {
		ok = RegOpenKeyExW(key, sub, 0, KEY_SET_VALUE, &one) == ERROR_SUCCESS;
		if (ok) {
			ok = set_number(one, L"Country", country) && set_text(one, L"AreaCode", area);
			RegCloseKey(one);
		}
		log_line(L"the dialling location %s is changed: country %lu, area code %s", sub, country, area);
	}
	RegCloseKey(key);
	return ok;
}
