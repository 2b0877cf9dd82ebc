/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <stdarg.h>
#include <string.h>

HINSTANCE ui_module;

/* language is what Windows speaks with this user, if we do too. */
static WORD language(void)
{
	if (PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_GERMAN)
		return MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN);
	return MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
}

/* find looks into a string table: blocks of sixteen texts, each with its length before it. */
static WORD find(UINT id, const WCHAR **text)
{
	HRSRC at = FindResourceExW(ui_module, RT_STRING, MAKEINTRESOURCEW(id / 16 + 1), language());
	HGLOBAL block = at ? LoadResource(ui_module, at) : NULL;
	const WCHAR *p = block ? LockResource(block) : NULL;
	UINT i;

	if (!p)
		return 0;
	for (i = 0; i < id % 16; i++)
		p += 1 + *p;
	*text = p + 1;
	return *p;
}

const WCHAR *word_into(UINT id, WCHAR *room)
{
	const WCHAR *text = L"";
	UINT n = find(id, &text);

	if (n >= MAX_WORD)
		n = MAX_WORD - 1;
	memcpy(room, text, n * sizeof *room);
	room[n] = 0;
	return room;
}

static UINT count_marks(const WCHAR *s)
{
	UINT most = 0;

	for (; *s; s++)
		if (s[0] == '%' && s[1] >= '1' && s[1] <= '9' && (UINT)(s[1] - '0') > most)
			most = s[1] - '0';
	return most;
}

/* say fills a text's places. What does not fit is cut off: texts of a daemon may be long. */
void say(WCHAR *out, DWORD room, UINT id, ...)
{
	const WCHAR *form = word(id), *values[9] = {NULL};
	UINT i, n = count_marks(form);
	DWORD used = 0;
	va_list all;

	va_start(all, id);
	for (i = 0; i < n; i++)
		values[i] = va_arg(all, const WCHAR *);
	va_end(all);
	for (; *form && used + 1 < room; form++) {
		if (form[0] == '%' && form[1] >= '1' && form[1] <= '9') {
			const WCHAR *v = values[*++form - '1'];
			for (; *v && used + 1 < room; v++)
				out[used++] = *v;
			continue;
		}
		out[used++] = *form;
	}
	out[used] = 0;
}

static BOOL CALLBACK set_words(HWND child, LPARAM unused)
{
	const WCHAR *text = word((UINT)GetDlgCtrlID(child));

	(void)unused;
	if (*text)
		SetWindowTextW(child, text);
	return TRUE;
}

void dialog_words(HWND dialog)
{
	EnumChildWindows(dialog, set_words, 0);
	SetDlgItemTextW(dialog, IDOK, word(T_OK));
	SetDlgItemTextW(dialog, IDCANCEL, word(T_CANCEL));
}

INT_PTR open_dialog(HWND owner, UINT id, DLGPROC proc, LPARAM param)
{
	return DialogBoxParamW(ui_module, MAKEINTRESOURCEW(id), IsWindow(owner) ? owner : NULL, proc, param);
}

typedef struct {
	const WCHAR *code;
	UINT text;
} Meaning;

static UINT meaning(const Meaning *all, size_t n, const WCHAR *code, UINT otherwise)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (wcscmp(all[i].code, code) == 0)
			return all[i].text;
	return otherwise;
}

/* The codes of refusals (docs/operate/control.md). */
static const Meaning refusals[] = {
	{L"denied", T_CODE_DENIED}, {L"needs-password", T_CODE_NEEDS}, {L"busy", T_CODE_BUSY},
	{L"wrong-password", T_CODE_WRONG}, {L"fixed", T_CODE_FIXED}, {L"bad-request", T_CODE_BAD}};

/* The results of a test, and the session's own words for the same things. */
static const Meaning results[] = {
	{L"ok", T_OK_RESULT}, {L"unknown-host", T_UNKNOWN_HOST}, {L"refused", T_REFUSED}, {L"timeout", T_TIMEOUT},
	{L"certificate", T_CERTIFICATE}, {L"password", T_BAD_PASSWORD}, {L"no-role", T_NO_ROLE}, {L"not-pbx", T_NOT_PBX},
	{L"unreachable", T_TIMEOUT}, {L"silent", T_TIMEOUT}, {L"ping-timeout", T_TIMEOUT}, {L"write-stalled", T_TIMEOUT},
	{L"auth-temporary", T_TIMEOUT}, {L"tls", T_CERTIFICATE}, {L"auth", T_BAD_PASSWORD}};

UINT reason_word(const WCHAR *code)
{
	return meaning(results, COUNT(results), code, 0);
}

/* detail adds the daemon's own words, which are English, below ours. */
static void detail(WCHAR *out, DWORD room, const WCHAR *text)
{
	DWORD used = (DWORD)wcslen(out);

	if (*text && used + 1 < room)
		say(out + used, room - used, T_DETAIL, text);
}

void explain(WCHAR *out, DWORD room, const Answer *a)
{
	static const UINT texts[] = {[SAID_NOTHING] = T_NO_DAEMON, [SAID_DENIED] = T_NO_ENTRY, [SAID_STRANGER] = T_STRANGER,
		[SAID_LATE] = T_LATE, [SAID_GARBLED] = T_GARBLED};
	WCHAR number[16];

	switch (a->outcome) {
	case SAID_OK:
		out[0] = 0;
		return;
	case SAID_ERROR:
		say(out, room, meaning(refusals, COUNT(refusals), a->code, T_CODE_OTHER));
		detail(out, room, a->text);
		return;
	case SAID_FAILED:
		wsprintfW(number, L"%lu", a->error);
		say(out, room, T_FAILED, number);
		return;
	default:
		say(out, room, texts[a->outcome]);
	}
}

void verdict(WCHAR *out, DWORD room, const Answer *a)
{
	const WCHAR *fingerprint = answer_get(a, L"fingerprint");
	UINT id = reason_word(answer_get(a, L"result"));
	DWORD used;

	if (id == T_OK_RESULT) {
		say(out, room, answer_is(a, L"supervisor", L"yes") ? T_OK_SUPERVISOR : T_OK_RESULT);
		return;
	}
	say(out, room, id ? id : T_NOT_PBX);
	if (*fingerprint) {
		used = (DWORD)wcslen(out);
		say(out + used, room - used, T_FINGERPRINT, fingerprint);
	}
	detail(out, room, answer_get(a, L"text"));
}
