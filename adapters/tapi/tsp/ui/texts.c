/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <stdarg.h>
#include <string.h>

HINSTANCE ui_module;

/* ui_language gives the language of this user's Windows, or English when there are no texts in it. */
static WORD ui_language(void)
{
	if (PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_GERMAN)
		return MAKELANGID(LANG_GERMAN, SUBLANG_GERMAN);
	return MAKELANGID(LANG_ENGLISH, SUBLANG_ENGLISH_US);
}

/* find_text finds a text in the string table, which has blocks of sixteen texts, each behind its length. */
static WORD find_text(UINT id, const WCHAR **text)
{
	HRSRC at = FindResourceExW(ui_module, RT_STRING, MAKEINTRESOURCEW(id / 16 + 1), ui_language());
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

const WCHAR *load_text(UINT id, WCHAR *buffer)
{
	const WCHAR *text = L"";
	UINT n = find_text(id, &text);

	if (n >= MAX_UI_TEXT)
		n = MAX_UI_TEXT - 1;
	memcpy(buffer, text, n * sizeof *buffer);
	buffer[n] = 0;
	return buffer;
}

static UINT count_placeholders(const WCHAR *s)
{
	UINT most = 0;

	for (; *s; s++)
		if (s[0] == '%' && s[1] >= '1' && s[1] <= '9' && (UINT)(s[1] - '0') > most)
			most = s[1] - '0';
	return most;
}

/* format_text replaces the placeholders of a text. It cuts off what does not fit, since a daemon's texts may be long. */
void format_text(WCHAR *out, DWORD capacity, UINT id, ...)
{
	const WCHAR *form = ui_text(id), *values[9] = {NULL};
	UINT i, n = count_placeholders(form);
	DWORD used = 0;
	va_list all;

	va_start(all, id);
	for (i = 0; i < n; i++)
		values[i] = va_arg(all, const WCHAR *);
	va_end(all);
	for (; *form && used + 1 < capacity; form++) {
		if (form[0] == '%' && form[1] >= '1' && form[1] <= '9') {
			const WCHAR *v = values[*++form - '1'];
			for (; *v && used + 1 < capacity; v++)
				out[used++] = *v;
			continue;
		}
		out[used++] = *form;
	}
	out[used] = 0;
}

static BOOL CALLBACK set_control_text(HWND child, LPARAM unused)
{
	const WCHAR *text = ui_text((UINT)GetDlgCtrlID(child));

	(void)unused;
	if (*text)
		SetWindowTextW(child, text);
	return TRUE;
}

void set_dialog_texts(HWND dialog)
{
	EnumChildWindows(dialog, set_control_text, 0);
	SetDlgItemTextW(dialog, IDOK, ui_text(T_OK));
	SetDlgItemTextW(dialog, IDCANCEL, ui_text(T_CANCEL));
}

INT_PTR open_dialog(HWND owner, UINT id, DLGPROC dialog_proc, LPARAM param)
{
	return DialogBoxParamW(ui_module, MAKEINTRESOURCEW(id), IsWindow(owner) ? owner : NULL, dialog_proc, param);
}

typedef struct {
	const WCHAR *code;
	UINT text;
} CodeText;

static UINT text_of_code(const CodeText *all, size_t n, const WCHAR *code, UINT otherwise)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (wcscmp(all[i].code, code) == 0)
			return all[i].text;
	return otherwise;
}

/* refusals has the codes of refused requests (docs/operate/control.md). */
static const CodeText refusals[] = {
	{L"denied", T_CODE_DENIED}, {L"needs-password", T_CODE_NEEDS}, {L"busy", T_CODE_BUSY},
	{L"wrong-password", T_CODE_WRONG}, {L"fixed", T_CODE_FIXED}, {L"bad-request", T_CODE_BAD}};

/* results has the results of the verb test, and the reason codes of the session for the same things. */
static const CodeText results[] = {
	{L"ok", T_OK_RESULT}, {L"unknown-host", T_UNKNOWN_HOST}, {L"refused", T_REFUSED}, {L"timeout", T_TIMEOUT},
	{L"certificate", T_CERTIFICATE}, {L"password", T_BAD_PASSWORD}, {L"no-role", T_NO_ROLE}, {L"not-pbx", T_NOT_PBX},
	{L"unreachable", T_TIMEOUT}, {L"silent", T_TIMEOUT}, {L"ping-timeout", T_TIMEOUT}, {L"write-stalled", T_TIMEOUT},
	{L"auth-temporary", T_TIMEOUT}, {L"tls", T_CERTIFICATE}, {L"auth", T_BAD_PASSWORD}};

UINT reason_text(const WCHAR *code)
{
	return text_of_code(results, COUNT(results), code, 0);
}

/* append_detail adds the daemon's text, which is English, below the translated one. */
static void append_detail(WCHAR *out, DWORD capacity, const WCHAR *text)
{
	DWORD used = (DWORD)wcslen(out);

	if (*text && used + 1 < capacity)
		format_text(out + used, capacity - used, T_DETAIL, text);
}

void describe_failure(WCHAR *out, DWORD capacity, const Answer *a)
{
	static const UINT texts[] = {[OUTCOME_NO_DAEMON] = T_NO_DAEMON, [OUTCOME_ACCESS_DENIED] = T_ACCESS_DENIED, [OUTCOME_FOREIGN_PIPE] = T_FOREIGN_PIPE,
		[OUTCOME_TIMED_OUT] = T_TIMED_OUT, [OUTCOME_BAD_ANSWER] = T_BAD_ANSWER};
	WCHAR number[16];

	switch (a->outcome) {
	case OUTCOME_OK:
		out[0] = 0;
		return;
	case OUTCOME_REFUSED:
		format_text(out, capacity, text_of_code(refusals, COUNT(refusals), a->code, T_CODE_OTHER));
		append_detail(out, capacity, a->text);
		return;
	case OUTCOME_FAILED:
		wsprintfW(number, L"%lu", a->error);
		format_text(out, capacity, T_FAILED, number);
		return;
	default:
		format_text(out, capacity, texts[a->outcome]);
	}
}

void describe_test_result(WCHAR *out, DWORD capacity, const Answer *a)
{
	const WCHAR *fingerprint = answer_get(a, L"fingerprint");
	UINT id = reason_text(answer_get(a, L"result"));
	DWORD used;

	if (id == T_OK_RESULT) {
		format_text(out, capacity, answer_is(a, L"supervisor", L"yes") ? T_OK_SUPERVISOR : T_OK_RESULT);
		return;
	}
	format_text(out, capacity, id ? id : T_NOT_PBX);
	if (*fingerprint) {
		used = (DWORD)wcslen(out);
		format_text(out + used, capacity - used, T_FINGERPRINT, fingerprint);
	}
	append_detail(out, capacity, answer_get(a, L"text"));
}
