/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <string.h>

typedef struct {
	const char *name; /* on the control channel */
	const WCHAR *wide_name, *source;
	UINT control;
	WPARAM limit; /* characters */
} Field;

static const Field fields[FIELDS] = {
	[F_USER] = {"user", L"user", L"source.user", C_USER, 255},
	[F_HOST] = {"host", L"host", L"source.host", C_HOST, 255},
	[F_PORT] = {"port", L"port", L"source.port", C_PORT, 5},
	[F_DOMAIN] = {"domain", L"domain", L"source.domain", C_DOMAIN, 255},
	[F_CA] = {"ca", L"ca", L"source.ca", C_CA, MAX_PATH - 1},
	[F_PIN] = {"pin", L"pin", L"source.pin", C_PIN, MAX_VALUE - 1},
};

void form_prepare(HWND dialog)
{
	int i;

	for (i = 0; i < FIELDS; i++)
		SendDlgItemMessageW(dialog, (int)fields[i].control, EM_SETLIMITTEXT, fields[i].limit, 0);
	SendDlgItemMessageW(dialog, C_PASSWORD, EM_SETLIMITTEXT, MAX_VALUE - 1, 0);
}

/* join_values writes the values of a name that repeats into one text, with commas, as many as fit. */
static void join_values(const Answer *a, const WCHAR *name, WCHAR *out)
{
	size_t used = 0;
	DWORD i;

	out[0] = 0;
	for (i = 0; i < a->count; i++) {
		size_t n = wcslen(a->pairs[i].value);
		if (wcscmp(a->pairs[i].name, name) != 0 || used + n + 3 > MAX_VALUE)
			continue;
		if (used > 0)
			used = wcslen(wcscpy(out + used, L", ") - used);
		wcscpy(out + used, a->pairs[i].value);
		used += n;
	}
}

static Access access(const Answer *a)
{
	if (answer_is(a, L"may", L"admin"))
		return ACCESS_ADMIN;
	return answer_is(a, L"may", L"password") ? ACCESS_PASSWORD : ACCESS_READ;
}

void form_fill(HWND dialog, Form *f, const Answer *a)
{
	DWORD k;
	int i;

	memset(f, 0, sizeof *f);
	for (i = 0; i < FIELDS; i++) {
		const WCHAR *from = answer_get(a, fields[i].source);
		join_values(a, fields[i].wide_name, f->loaded[i]);
		f->fixed[i] = wcscmp(from, L"command line") == 0 || wcscmp(from, L"environment") == 0;
		f->any_fixed |= f->fixed[i];
	}
	for (k = 0; k < a->count; k++) /* auto means all for a supervisor, and only a supervisor can open the selection */
		f->all_users |= wcscmp(a->pairs[k].name, L"users") == 0 && (wcscmp(a->pairs[k].value, L"all") == 0 || wcscmp(a->pairs[k].value, L"auto") == 0);
	f->access = access(a);
	f->has_password = answer_is(a, L"has-password", L"yes");
	f->supervisor = answer_is(a, L"supervisor", L"yes");
	for (i = 0; i < FIELDS; i++)
		SetDlgItemTextW(dialog, (int)fields[i].control, f->loaded[i]);
}

/* field_text gives the text of a field without blanks around it. */
static void field_text(HWND dialog, int i, WCHAR *out)
{
	WCHAR *start = out;
	size_t n;

	GetDlgItemTextW(dialog, (int)fields[i].control, out, MAX_VALUE);
	while (*start == L' ' || *start == L'\t')
		start++;
	n = wcslen(start);
	while (n > 0 && (start[n - 1] == L' ' || start[n - 1] == L'\t'))
		n--;
	memmove(out, start, n * sizeof *out);
	out[n] = 0;
}

static int field_changed(HWND dialog, const Form *f, int i)
{
	WCHAR now[MAX_VALUE];

	field_text(dialog, i, now);
	return wcscmp(now, f->loaded[i]) != 0;
}

int form_account_changed(HWND dialog, const Form *f)
{
	int i;

	for (i = 0; i < FIELDS; i++)
		if (field_changed(dialog, f, i))
			return 1;
	return 0;
}

static int password_typed(HWND dialog)
{
	return GetWindowTextLengthW(GetDlgItem(dialog, C_PASSWORD)) > 0;
}

int form_changed(HWND dialog, const Form *f)
{
	return password_typed(dialog) || form_account_changed(dialog, f);
}

void form_update_note(HWND dialog, const Form *f)
{
	UINT id = form_account_changed(dialog, f) ? T_NOTE_AGAIN : f->has_password ? T_NOTE_KEEP : T_NOTE_NONE;
	WCHAR now[MAX_UI_TEXT];

	GetDlgItemTextW(dialog, C_NOTE, now, COUNT(now));
	if (wcscmp(now, ui_text(id)) != 0)
		SetDlgItemTextW(dialog, C_NOTE, ui_text(id));
}

/* add_list adds each of the values between commas or blanks; an empty list resets the setting to its default. */
static void add_list(Request *q, const char *name, WCHAR *text)
{
	static const WCHAR between[] = L", ;\t";
	WCHAR *end;
	int n = 0;

	for (text += wcsspn(text, between); *text; text = end + wcsspn(end, between)) {
		end = text + wcscspn(text, between);
		if (*end)
			*end++ = 0;
		request_add(q, name, text);
		n++;
	}
	if (n == 0)
		request_add(q, name, L"");
}

static void add_fields(HWND dialog, const Form *f, Request *q)
{
	WCHAR now[MAX_VALUE];
	int i;

	for (i = 0; i < FIELDS; i++) {
		if (!field_changed(dialog, f, i))
			continue;
		field_text(dialog, i, now);
		if (i == F_PIN)
			add_list(q, fields[i].name, now);
		else
			request_add(q, fields[i].name, now);
	}
}

static void add_password(HWND dialog, Request *q)
{
	WCHAR password[MAX_VALUE];

	GetDlgItemTextW(dialog, C_PASSWORD, password, COUNT(password));
	request_add(q, "password", password);
	SecureZeroMemory(password, sizeof password);
}

/* missing_text gives the text that says what the user has to type first, or 0. The daemon has the same rules; checking them here
 * saves a refusal. */
static UINT missing_text(HWND dialog, const Form *f)
{
	int given = password_typed(dialog);

	if (f->access != ACCESS_ADMIN)
		return given ? 0 : T_NEED_PASSWORD;
	if (GetWindowTextLengthW(GetDlgItem(dialog, C_USER)) == 0)
		return T_NEED_USER;
	if (!given && !f->has_password)
		return T_NEED_PASSWORD;
	return !given && form_account_changed(dialog, f) ? T_NEED_AGAIN : 0;
}

UINT form_request(HWND dialog, const Form *f, const char *verb, Request *q)
{
	UINT missing = missing_text(dialog, f);

	if (missing)
		return missing;
	if (request_begin(q, verb)) {
		if (f->access == ACCESS_ADMIN)
			add_fields(dialog, f, q);
		if (password_typed(dialog))
			add_password(dialog, q);
	}
	if (request_end(q))
		return 0;
	request_wipe(q);
	return T_NOT_TEXT;
}

/* form_lock enables the fields that the user may change. A read-only field stays enabled, so that its text can be copied. */
void form_lock(HWND dialog, const Form *f, int locked)
{
	int i;

	for (i = 0; i < FIELDS; i++) {
		HWND h = GetDlgItem(dialog, (int)fields[i].control);
		SendMessageW(h, EM_SETREADONLY, f->access != ACCESS_ADMIN || f->fixed[i], 0);
		EnableWindow(h, !locked);
	}
	EnableWindow(GetDlgItem(dialog, C_PASSWORD), !locked && f->access != ACCESS_READ);
	EnableWindow(GetDlgItem(dialog, C_BROWSE), !locked && f->access == ACCESS_ADMIN && !f->fixed[F_CA]);
}

/* form_wipe overwrites the password in the edit control's buffer, then empties the control. */
void form_wipe(HWND dialog)
{
	WCHAR blank[MAX_VALUE];
	int i, n = GetWindowTextLengthW(GetDlgItem(dialog, C_PASSWORD));

	if (n <= 0)
		return;
	for (i = 0; i < n && i < MAX_VALUE - 1; i++)
		blank[i] = L'*';
	blank[i] = 0;
	SetDlgItemTextW(dialog, C_PASSWORD, blank);
	SetDlgItemTextW(dialog, C_PASSWORD, L"");
	SendDlgItemMessageW(dialog, C_PASSWORD, EM_EMPTYUNDOBUFFER, 0, 0);
}
