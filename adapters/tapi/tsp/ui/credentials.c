/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <commdlg.h>
#include <string.h>

/* The dialog "Credentials". It asks the daemon for the settings when it opens, tests and saves them, and after saving looks
 * whether the daemon logs in with them. One exchange at a time; meanwhile only Cancel can be pressed. */

typedef enum { NOTHING, LOADING, TESTING, SAVING, LOGGING_IN } Task;

enum { TIMER_LOOK = 1, LOOK_FIRST_MS = 1500, LOOK_AGAIN_MS = 700, LOGIN_MS = 25000 };

typedef struct {
	HWND hwnd, focus;
	Form form;
	Job *job;
	Task task;
	Closed closed;
	int away, elsewhere, expanded, moved;
	ULONGLONG login_until;
	RECT whole; /* of the window with its advanced part */
	HFONT bold;
} Credentials;

static void state(Credentials *c, const WCHAR *text)
{
	SetDlgItemTextW(c->hwnd, C_STATE, text);
}

/* enable sets what can be pressed now. */
static void enable(Credentials *c)
{
	int idle = c->task == NOTHING, usable = idle && !c->away && !c->elsewhere;

	form_lock(c->hwnd, &c->form, !usable);
	EnableWindow(GetDlgItem(c->hwnd, C_TEST), (usable && c->form.may != MAY_READ) || (idle && c->away && !c->elsewhere));
	EnableWindow(GetDlgItem(c->hwnd, C_SELECT), usable && c->form.supervisor && !form_moved(c->hwnd, &c->form));
	EnableWindow(GetDlgItem(c->hwnd, IDOK), usable && c->form.may != MAY_READ);
	SetDlgItemTextW(c->hwnd, C_TEST, word(c->away ? T_RETRY : C_TEST));
	SetDlgItemTextW(c->hwnd, IDCANCEL, word(c->closed == CLOSED_SAVED || c->away || c->elsewhere ? T_CLOSE : T_CANCEL));
}

/* begin starts a task. The focus would be lost with the control that is switched off: it waits at Cancel. */
static void begin(Credentials *c, Task task, UINT text, Request *q)
{
	HWND focus = GetFocus();

	c->job = job_start(c->hwnd, q);
	if (!c->job) {
		WCHAR no_memory[MAX_WORD];
		say(no_memory, COUNT(no_memory), T_FAILED, L"8");
		state(c, no_memory);
		c->task = NOTHING;
		c->away = task == LOADING || task == LOGGING_IN;
		enable(c);
		return;
	}
	c->task = task;
	state(c, word(text));
	if (focus && focus != GetDlgItem(c->hwnd, IDCANCEL) && IsChild(c->hwnd, focus)) {
		c->focus = focus;
		SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)GetDlgItem(c->hwnd, IDCANCEL), TRUE);
	}
	enable(c);
}

static void focus_on(Credentials *c, HWND h)
{
	if (h && IsWindowEnabled(h))
		SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)h, TRUE);
}

static void end_task(Credentials *c)
{
	c->task = NOTHING;
	enable(c);
	focus_on(c, c->focus);
	c->focus = NULL;
}

static void ask(Credentials *c, Task task, UINT text)
{
	Request q;

	request_begin(&q, "get");
	request_end(&q);
	begin(c, task, text, &q);
}

static void close_with(Credentials *c, Closed how)
{
	EndDialog(c->hwnd, how);
}

static void show_version(Credentials *c, const Answer *a)
{
	const WCHAR *service = a ? answer_get(a, L"version") : L"", *mine = L"" VERSION_TEXT;
	WCHAR text[MAX_WORD];

	if (*service && wcscmp(service, mine) != 0)
		say(text, COUNT(text), T_VERSIONS, mine, service);
	else
		say(text, COUNT(text), T_VERSION, mine);
	SetDlgItemTextW(c->hwnd, C_VERSION, text);
	/* These words are not translated: support asks for them. */
	if (debug_flavour() || (a && answer_is(a, L"flavour", L"debug")))
		SetDlgItemTextW(c->hwnd, C_WARNING, L"WARNING: DEBUG VERSION INSTALLED");
}

static void append(WCHAR *out, DWORD room, const WCHAR *text)
{
	size_t used = wcslen(out);

	if (*text && used + wcslen(text) + 3 < room) {
		if (used > 0)
			wcscat(out, L"\r\n");
		wcscat(out, text);
	}
}

/* session puts into words how the daemon's login is. */
static void session(WCHAR *out, DWORD room, const Answer *a)
{
	static const struct {
		const WCHAR *word;
		UINT text;
	} all[] = {{L"up", T_UP}, {L"connecting", T_CONNECTING}, {L"waiting", T_WAITING}, {L"stopped", T_STOPPED}, {L"unconfigured", T_UNCONFIGURED}};
	const WCHAR *now = answer_get(a, L"session");
	UINT id = T_DOWN, why = reason_word(answer_get(a, L"reason-code"));
	WCHAR reason[MAX_TEXT] = L"";
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		if (wcscmp(now, all[i].word) == 0)
			id = all[i].text;
	append(out, room, word(id));
	if (id == T_UP || id == T_UNCONFIGURED)
		return;
	if (why)
		append(out, room, word(why));
	say(reason, COUNT(reason), T_DETAIL, answer_get(a, L"reason"));
	if (*answer_get(a, L"reason"))
		append(out, room, reason + 2); /* append has its own line end */
}

static void first_empty(Credentials *c)
{
	static const int order[] = {C_USER, C_PASSWORD, C_HOST};
	size_t i;

	if (c->form.may == MAY_PASSWORD) {
		focus_on(c, GetDlgItem(c->hwnd, C_PASSWORD));
		return;
	}
	for (i = 0; i < COUNT(order); i++) {
		HWND h = GetDlgItem(c->hwnd, order[i]);
		if (GetWindowTextLengthW(h) == 0 && (order[i] != C_PASSWORD || !c->form.has_password)) {
			focus_on(c, h);
			return;
		}
	}
	focus_on(c, GetDlgItem(c->hwnd, C_USER));
}

static void loaded(Credentials *c, const Answer *a, UINT before)
{
	WCHAR text[MAX_TEXT] = L"";

	form_fill(c->hwnd, &c->form, a);
	form_note(c->hwnd, &c->form);
	show_version(c, a);
	if (before)
		append(text, COUNT(text), word(before));
	session(text, COUNT(text), a);
	if (c->form.may == MAY_PASSWORD)
		append(text, COUNT(text), word(T_NOT_ADMIN));
	else if (c->form.may == MAY_READ)
		append(text, COUNT(text), word(T_MAY_READ));
	else if (c->form.any_fixed)
		append(text, COUNT(text), word(T_FIXED));
	state(c, text);
}

static void select_people(Credentials *c)
{
	if (people_dialog(c->hwnd, &c->form)) {
		c->closed = CLOSED_SAVED;
		ask(c, LOADING, T_ASKING);
	}
}

/* looked judges how the login with new settings goes. A supervisor's new account goes on to the selection of users. */
static void looked(Credentials *c, const Answer *a)
{
	int up = answer_is(a, L"session", L"up"), busy = answer_is(a, L"session", L"connecting") || answer_is(a, L"session", L"down");

	if (busy && GetTickCount64() < c->login_until) {
		SetTimer(c->hwnd, TIMER_LOOK, LOOK_AGAIN_MS, NULL);
		return;
	}
	loaded(c, a, up ? 0 : T_SAVED_BUT);
	end_task(c);
	if (!up)
		return;
	if (c->moved && c->form.supervisor)
		people_dialog(c->hwnd, &c->form);
	close_with(c, CLOSED_SAVED);
}

static void saved(Credentials *c)
{
	form_wipe(c->hwnd);
	c->closed = CLOSED_SAVED;
	if (c->form.may != MAY_ADMIN) { /* the daemon has proved the password by a login */
		close_with(c, CLOSED_SAVED);
		return;
	}
	c->task = LOGGING_IN;
	c->login_until = GetTickCount64() + LOGIN_MS;
	state(c, word(T_LOGGING_IN));
	enable(c);
	SetTimer(c->hwnd, TIMER_LOOK, LOOK_FIRST_MS, NULL);
}

static void answered(Credentials *c, const Answer *a)
{
	Task task = c->task;
	WCHAR text[MAX_TEXT];

	/* Without the settings there is nothing but to ask for them again. A test or a save that is refused or late leaves them. */
	c->away = a->outcome != SAID_OK && (task == LOADING || (a->outcome != SAID_ERROR && a->outcome != SAID_LATE));
	if (a->outcome != SAID_OK) {
		explain(text, COUNT(text), a);
		state(c, text);
		end_task(c);
		if (c->away)
			focus_on(c, GetDlgItem(c->hwnd, C_TEST));
		return;
	}
	switch (task) {
	case LOADING:
		c->task = NOTHING;
		loaded(c, a, 0);
		enable(c);
		if (c->focus)
			focus_on(c, c->focus);
		else
			first_empty(c);
		c->focus = NULL;
		return;
	case TESTING:
		verdict(text, COUNT(text), a);
		state(c, text);
		end_task(c);
		return;
	case SAVING:
		saved(c);
		return;
	default:
		looked(c, a);
	}
}

static void on_answer(Credentials *c, Job *j)
{
	if (j != c->job)
		return;
	c->job = NULL;
	answered(c, job_answer(j));
	job_drop(j);
}

static void test(Credentials *c)
{
	Request q;
	UINT lack;

	if (c->away) {
		ask(c, LOADING, T_ASKING);
		return;
	}
	lack = form_request(c->hwnd, &c->form, "test", &q);
	if (!lack) {
		begin(c, TESTING, T_TESTING, &q);
		return;
	}
	state(c, word(lack));
	focus_on(c, GetDlgItem(c->hwnd, lack == T_NEED_USER ? C_USER : C_PASSWORD));
}

static void save(Credentials *c)
{
	Request q;
	UINT lack;

	if (!form_touched(c->hwnd, &c->form)) {
		close_with(c, c->closed == CLOSED_SAVED || c->form.has_password ? CLOSED_SAVED : CLOSED_UNCHANGED);
		return;
	}
	c->moved = form_moved(c->hwnd, &c->form);
	lack = form_request(c->hwnd, &c->form, "set", &q);
	if (!lack) {
		begin(c, SAVING, T_SAVING, &q);
		return;
	}
	state(c, word(lack));
	focus_on(c, GetDlgItem(c->hwnd, lack == T_NEED_USER ? C_USER : C_PASSWORD));
}

static void browse(Credentials *c)
{
	WCHAR file[MAX_PATH] = L"", filter[MAX_WORD], *p;
	OPENFILENAMEW o = {.lStructSize = sizeof o, .hwndOwner = c->hwnd, .lpstrFilter = filter, .lpstrFile = file, .nMaxFile = COUNT(file),
		.Flags = OFN_FILEMUSTEXIST | OFN_HIDEREADONLY | OFN_NOCHANGEDIR};

	wcscpy(filter, word(T_FILTER));
	for (p = filter; *p; p++)
		if (*p == L'|')
			*p = 0;
	if (GetOpenFileNameW(&o))
		SetDlgItemTextW(c->hwnd, C_CA, file);
}

/* expand shows or hides the advanced part, which is the lower end of the window. */
static void expand(Credentials *c, int expanded)
{
	RECT small = {0, 0, 0, CREDENTIALS_SHORT}, now;
	int id, height = c->whole.bottom - c->whole.top;

	c->expanded = expanded;
	for (id = G_ADVANCED; id <= C_PIN; id++)
		ShowWindow(GetDlgItem(c->hwnd, id), expanded ? SW_SHOW : SW_HIDE);
	if (!expanded) {
		RECT full = {0, 0, 0, CREDENTIALS_HEIGHT};
		MapDialogRect(c->hwnd, &small);
		MapDialogRect(c->hwnd, &full);
		height -= full.bottom - small.bottom;
	}
	GetWindowRect(c->hwnd, &now);
	SetWindowPos(c->hwnd, NULL, 0, 0, now.right - now.left, height, SWP_NOMOVE | SWP_NOZORDER);
	SetDlgItemTextW(c->hwnd, C_ADVANCED, word(expanded ? T_FEWER : C_ADVANCED));
}

static void init(Credentials *c)
{
	WCHAR host[MAX_PATH], text[MAX_TEXT];
	LOGFONTW font;

	SetWindowTextW(c->hwnd, word(DLG_CREDENTIALS));
	dialog_words(c->hwnd);
	SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)GetDlgItem(c->hwnd, IDCANCEL), TRUE); /* all else is off at first */
	if (GetObjectW((HFONT)SendMessageW(c->hwnd, WM_GETFONT, 0, 0), sizeof font, &font)) {
		font.lfWeight = FW_BOLD;
		c->bold = CreateFontIndirectW(&font);
		SendDlgItemMessageW(c->hwnd, C_WARNING, WM_SETFONT, (WPARAM)c->bold, FALSE);
	}
	form_prepare(c->hwnd);
	show_version(c, NULL);
	GetWindowRect(c->hwnd, &c->whole);
	expand(c, 0);
	c->elsewhere = serving_host(host, COUNT(host));
	if (c->elsewhere) {
		say(text, COUNT(text), T_ELSEWHERE, host);
		state(c, text);
		enable(c);
		return;
	}
	ask(c, LOADING, T_ASKING);
}

static void command(Credentials *c, UINT id, UINT what)
{
	switch (id) {
	case C_TEST:
		test(c);
		return;
	case C_SELECT:
		select_people(c);
		return;
	case C_ADVANCED:
		expand(c, !c->expanded);
		return;
	case C_BROWSE:
		browse(c);
		return;
	case IDOK:
		if (IsWindowEnabled(GetDlgItem(c->hwnd, IDOK)))
			save(c);
		return;
	case IDCANCEL:
		close_with(c, c->closed == CLOSED_SAVED ? CLOSED_SAVED : c->away || c->elsewhere ? CLOSED_AWAY : CLOSED_UNCHANGED);
		return;
	}
	if (what == EN_CHANGE && c->task == NOTHING && id != C_STATE && id != C_PASSWORD) {
		form_note(c->hwnd, &c->form);
		EnableWindow(GetDlgItem(c->hwnd, C_SELECT), c->form.supervisor && !form_moved(c->hwnd, &c->form));
	}
}

static INT_PTR CALLBACK proc(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
	Credentials *c = (Credentials *)GetWindowLongPtrW(hwnd, DWLP_USER);

	if (message == WM_INITDIALOG) {
		c = (Credentials *)lparam;
		SetWindowLongPtrW(hwnd, DWLP_USER, lparam);
		c->hwnd = hwnd;
		init(c);
		return FALSE; /* the focus is where init put it */
	}
	if (!c)
		return FALSE;
	switch (message) {
	case WM_COMMAND:
		command(c, LOWORD(wparam), HIWORD(wparam));
		return TRUE;
	case WM_TIMER:
		KillTimer(hwnd, TIMER_LOOK);
		if (!c->job)
			ask(c, LOGGING_IN, T_LOGGING_IN);
		return TRUE;
	case WM_ANSWERED:
		on_answer(c, (Job *)lparam);
		return TRUE;
	case WM_CTLCOLORSTATIC:
		if (GetDlgCtrlID((HWND)lparam) != C_WARNING)
			return FALSE;
		SetTextColor((HDC)wparam, RGB(192, 0, 0));
		SetBkMode((HDC)wparam, TRANSPARENT);
		return (INT_PTR)GetSysColorBrush(COLOR_3DFACE);
	case WM_DESTROY:
		form_wipe(hwnd);
		job_drop(c->job);
		c->job = NULL;
		return TRUE;
	}
	return FALSE;
}

Closed credentials_dialog(HWND owner)
{
	Credentials c = {0};
	INT_PTR how = open_dialog(owner, DLG_CREDENTIALS, proc, (LPARAM)&c);

	if (c.bold)
		DeleteObject(c.bold);
	return how < 0 ? CLOSED_NEVER : (Closed)how;
}
