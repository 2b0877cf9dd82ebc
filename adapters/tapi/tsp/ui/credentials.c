/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <commdlg.h>
#include <string.h>

/* The dialog "Credentials" loads the settings from the daemon when it opens, tests and saves them, and after saving checks
 * whether the daemon logs in with them. It makes one exchange at a time; meanwhile only Cancel can be pressed. */

typedef enum { TASK_NONE, TASK_LOAD, TASK_TEST, TASK_SAVE, TASK_LOGIN } Task;

enum { TIMER_CHECK_LOGIN = 1, CHECK_FIRST_MS = 1500, CHECK_AGAIN_MS = 700, LOGIN_MS = 25000 };

typedef struct {
	HWND hwnd, focus;
	Form form;
	Job *job;
	Task task;
	Closed closed;
	int no_daemon, other_machine, expanded, account_changed;
	ULONGLONG login_until;
	RECT full_rect; /* the window with its advanced part */
	HFONT bold;
} Credentials;

static void show_state(Credentials *c, const WCHAR *text)
{
	SetDlgItemTextW(c->hwnd, C_STATE, text);
}

/* update_controls enables the controls that can be used now. */
static void update_controls(Credentials *c)
{
	int idle = c->task == TASK_NONE, usable = idle && !c->no_daemon && !c->other_machine;

	form_lock(c->hwnd, &c->form, !usable);
	EnableWindow(GetDlgItem(c->hwnd, C_TEST), (usable && c->form.access != ACCESS_READ) || (idle && c->no_daemon && !c->other_machine));
	EnableWindow(GetDlgItem(c->hwnd, C_SELECT), usable && c->form.supervisor && !form_account_changed(c->hwnd, &c->form));
	EnableWindow(GetDlgItem(c->hwnd, IDOK), usable && c->form.access != ACCESS_READ);
	SetDlgItemTextW(c->hwnd, C_TEST, ui_text(c->no_daemon ? T_RETRY : C_TEST));
	SetDlgItemTextW(c->hwnd, IDCANCEL, ui_text(c->closed == CLOSED_SAVED || c->no_daemon || c->other_machine ? T_CLOSE : T_CANCEL));
}

/* start_task starts a task. It moves the focus to Cancel, since a control that is disabled loses it. */
static void start_task(Credentials *c, Task task, UINT text, Request *q)
{
	HWND focus = GetFocus();

	c->job = job_start(c->hwnd, q);
	if (!c->job) {
		WCHAR no_memory[MAX_UI_TEXT];
		format_text(no_memory, COUNT(no_memory), T_FAILED, L"8");
		show_state(c, no_memory);
		c->task = TASK_NONE;
		c->no_daemon = task == TASK_LOAD || task == TASK_LOGIN;
		update_controls(c);
		return;
	}
	c->task = task;
	show_state(c, ui_text(text));
	if (focus && focus != GetDlgItem(c->hwnd, IDCANCEL) && IsChild(c->hwnd, focus)) {
		c->focus = focus;
		SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)GetDlgItem(c->hwnd, IDCANCEL), TRUE);
	}
	update_controls(c);
}

static void focus_on(Credentials *c, HWND h)
{
	if (h && IsWindowEnabled(h))
		SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)h, TRUE);
}

static void end_task(Credentials *c)
{
	c->task = TASK_NONE;
	update_controls(c);
	focus_on(c, c->focus);
	c->focus = NULL;
}

static void request_settings(Credentials *c, Task task, UINT text)
{
	Request q;

	request_begin(&q, "get");
	request_end(&q);
	start_task(c, task, text, &q);
}

static void close_dialog(Credentials *c, Closed how)
{
	EndDialog(c->hwnd, how);
}

static void show_version(Credentials *c, const Answer *a)
{
	const WCHAR *service = a ? answer_get(a, L"version") : L"", *mine = L"" VERSION_TEXT;
	WCHAR text[MAX_UI_TEXT];

	if (*service && wcscmp(service, mine) != 0)
		format_text(text, COUNT(text), T_VERSIONS, mine, service);
	else
		format_text(text, COUNT(text), T_VERSION, mine);
	SetDlgItemTextW(c->hwnd, C_VERSION, text);
	/* This text is not translated, since support asks for it. */
	if (is_debug_build() || (a && answer_is(a, L"flavour", L"debug")))
		SetDlgItemTextW(c->hwnd, C_WARNING, L"WARNING: DEBUG VERSION INSTALLED");
}

static void append_line(WCHAR *out, DWORD capacity, const WCHAR *text)
{
	size_t used = wcslen(out);

	if (*text && used + wcslen(text) + 3 < capacity) {
		if (used > 0)
			wcscat(out, L"\r\n");
		wcscat(out, text);
	}
}

/* append_session_state appends the state of the daemon's session. */
static void append_session_state(WCHAR *out, DWORD capacity, const Answer *a)
{
	static const struct {
		const WCHAR *session;
		UINT text;
	} all[] = {{L"up", T_UP}, {L"connecting", T_CONNECTING}, {L"waiting", T_WAITING}, {L"stopped", T_STOPPED}, {L"unconfigured", T_UNCONFIGURED}};
	const WCHAR *now = answer_get(a, L"session");
	UINT id = T_DOWN, why = reason_text(answer_get(a, L"reason-code"));
	WCHAR reason[MAX_STATE_TEXT] = L"";
	size_t i;

	for (i = 0; i < COUNT(all); i++)
		if (wcscmp(now, all[i].session) == 0)
			id = all[i].text;
	append_line(out, capacity, ui_text(id));
	if (id == T_UP || id == T_UNCONFIGURED)
		return;
	if (why)
		append_line(out, capacity, ui_text(why));
	format_text(reason, COUNT(reason), T_DETAIL, answer_get(a, L"reason"));
	if (*answer_get(a, L"reason"))
		append_line(out, capacity, reason + 2); /* without the line end of T_DETAIL: append_line adds one */
}

static void focus_first_empty(Credentials *c)
{
	static const int order[] = {C_USER, C_PASSWORD, C_HOST};
	size_t i;

	if (c->form.access == ACCESS_PASSWORD) {
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

static void show_settings(Credentials *c, const Answer *a, UINT before)
{
	WCHAR text[MAX_STATE_TEXT] = L"";

	form_fill(c->hwnd, &c->form, a);
	form_update_note(c->hwnd, &c->form);
	show_version(c, a);
	if (before)
		append_line(text, COUNT(text), ui_text(before));
	append_session_state(text, COUNT(text), a);
	if (c->form.access == ACCESS_PASSWORD)
		append_line(text, COUNT(text), ui_text(T_PASSWORD_ONLY));
	else if (c->form.access == ACCESS_READ)
		append_line(text, COUNT(text), ui_text(T_READ_ONLY));
	else if (c->form.any_fixed)
		append_line(text, COUNT(text), ui_text(T_FIXED));
	show_state(c, text);
}

static void select_users(Credentials *c)
{
	if (users_dialog(c->hwnd, &c->form)) {
		c->closed = CLOSED_SAVED;
		request_settings(c, TASK_LOAD, T_ASKING);
	}
}

/* check_login checks the login with the new settings. When a new account is a supervisor, the dialog "Select Users" opens. */
static void check_login(Credentials *c, const Answer *a)
{
	int up = answer_is(a, L"session", L"up"), busy = answer_is(a, L"session", L"connecting") || answer_is(a, L"session", L"down");

	if (busy && GetTickCount64() < c->login_until) {
		SetTimer(c->hwnd, TIMER_CHECK_LOGIN, CHECK_AGAIN_MS, NULL);
		return;
	}
	show_settings(c, a, up ? 0 : T_SAVED_BUT);
	end_task(c);
	if (!up)
		return;
	if (c->account_changed && c->form.supervisor)
		users_dialog(c->hwnd, &c->form);
	close_dialog(c, CLOSED_SAVED);
}

static void on_saved(Credentials *c)
{
	form_wipe(c->hwnd);
	c->closed = CLOSED_SAVED;
	if (c->form.access != ACCESS_ADMIN) { /* the daemon logged in with the password before it saved it */
		close_dialog(c, CLOSED_SAVED);
		return;
	}
	c->task = TASK_LOGIN;
	c->login_until = GetTickCount64() + LOGIN_MS;
	show_state(c, ui_text(T_LOGGING_IN));
	update_controls(c);
	SetTimer(c->hwnd, TIMER_CHECK_LOGIN, CHECK_FIRST_MS, NULL);
}

static void on_answer(Credentials *c, const Answer *a)
{
	Task task = c->task;
	WCHAR text[MAX_STATE_TEXT];

	/* Without loaded settings only Retry is possible. A test or a save that is refused or times out leaves them as they are. */
	c->no_daemon = a->outcome != OUTCOME_OK && (task == TASK_LOAD || (a->outcome != OUTCOME_REFUSED && a->outcome != OUTCOME_TIMED_OUT));
	if (a->outcome != OUTCOME_OK) {
		describe_failure(text, COUNT(text), a);
		show_state(c, text);
		end_task(c);
		if (c->no_daemon)
			focus_on(c, GetDlgItem(c->hwnd, C_TEST));
		return;
	}
	switch (task) {
	case TASK_LOAD:
		c->task = TASK_NONE;
		show_settings(c, a, 0);
		update_controls(c);
		if (c->focus)
			focus_on(c, c->focus);
		else
			focus_first_empty(c);
		c->focus = NULL;
		return;
	case TASK_TEST:
		describe_test_result(text, COUNT(text), a);
		show_state(c, text);
		end_task(c);
		return;
	case TASK_SAVE:
		on_saved(c);
		return;
	default:
		check_login(c, a);
	}
}

static void on_job_done(Credentials *c, Job *j)
{
	if (j != c->job)
		return;
	c->job = NULL;
	on_answer(c, job_answer(j));
	job_abandon(j);
}

static void start_test(Credentials *c)
{
	Request q;
	UINT missing;

	if (c->no_daemon) {
		request_settings(c, TASK_LOAD, T_ASKING);
		return;
	}
	missing = form_request(c->hwnd, &c->form, "test", &q);
	if (!missing) {
		start_task(c, TASK_TEST, T_TESTING, &q);
		return;
	}
	show_state(c, ui_text(missing));
	focus_on(c, GetDlgItem(c->hwnd, missing == T_NEED_USER ? C_USER : C_PASSWORD));
}

static void start_save(Credentials *c)
{
	Request q;
	UINT missing;

	if (!form_changed(c->hwnd, &c->form)) {
		close_dialog(c, c->closed == CLOSED_SAVED || c->form.has_password ? CLOSED_SAVED : CLOSED_UNCHANGED);
		return;
	}
	c->account_changed = form_account_changed(c->hwnd, &c->form);
	missing = form_request(c->hwnd, &c->form, "set", &q);
	if (!missing) {
		start_task(c, TASK_SAVE, T_SAVING, &q);
		return;
	}
	show_state(c, ui_text(missing));
	focus_on(c, GetDlgItem(c->hwnd, missing == T_NEED_USER ? C_USER : C_PASSWORD));
}

static void browse_ca_file(Credentials *c)
{
	WCHAR file[MAX_PATH] = L"", filter[MAX_UI_TEXT], *p;
	OPENFILENAMEW o = {.lStructSize = sizeof o, .hwndOwner = c->hwnd, .lpstrFilter = filter, .lpstrFile = file, .nMaxFile = COUNT(file),
		.Flags = OFN_FILEMUSTEXIST | OFN_HIDEREADONLY | OFN_NOCHANGEDIR};

	wcscpy(filter, ui_text(T_FILTER));
	for (p = filter; *p; p++)
		if (*p == L'|')
			*p = 0;
	if (GetOpenFileNameW(&o))
		SetDlgItemTextW(c->hwnd, C_CA, file);
}

/* show_advanced shows or hides the advanced part at the lower end of the window. */
static void show_advanced(Credentials *c, int expanded)
{
	RECT small = {0, 0, 0, CREDENTIALS_SHORT}, now;
	int id, height = c->full_rect.bottom - c->full_rect.top;

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
	SetDlgItemTextW(c->hwnd, C_ADVANCED, ui_text(expanded ? T_FEWER : C_ADVANCED));
}

static void init_dialog(Credentials *c)
{
	WCHAR host[MAX_PATH], text[MAX_STATE_TEXT];
	LOGFONTW font;

	SetWindowTextW(c->hwnd, ui_text(DLG_CREDENTIALS));
	set_dialog_texts(c->hwnd);
	SendMessageW(c->hwnd, WM_NEXTDLGCTL, (WPARAM)GetDlgItem(c->hwnd, IDCANCEL), TRUE); /* every other control is disabled at first */
	if (GetObjectW((HFONT)SendMessageW(c->hwnd, WM_GETFONT, 0, 0), sizeof font, &font)) {
		font.lfWeight = FW_BOLD;
		c->bold = CreateFontIndirectW(&font);
		SendDlgItemMessageW(c->hwnd, C_WARNING, WM_SETFONT, (WPARAM)c->bold, FALSE);
	}
	form_prepare(c->hwnd);
	show_version(c, NULL);
	GetWindowRect(c->hwnd, &c->full_rect);
	show_advanced(c, 0);
	c->other_machine = remote_line_host(host, COUNT(host));
	if (c->other_machine) {
		format_text(text, COUNT(text), T_OTHER_MACHINE, host);
		show_state(c, text);
		update_controls(c);
		return;
	}
	request_settings(c, TASK_LOAD, T_ASKING);
}

static void on_command(Credentials *c, UINT id, UINT what)
{
	switch (id) {
	case C_TEST:
		start_test(c);
		return;
	case C_SELECT:
		select_users(c);
		return;
	case C_ADVANCED:
		show_advanced(c, !c->expanded);
		return;
	case C_BROWSE:
		browse_ca_file(c);
		return;
	case IDOK:
		if (IsWindowEnabled(GetDlgItem(c->hwnd, IDOK)))
			start_save(c);
		return;
	case IDCANCEL:
		close_dialog(c, c->closed == CLOSED_SAVED ? CLOSED_SAVED : c->no_daemon || c->other_machine ? CLOSED_NO_DAEMON : CLOSED_UNCHANGED);
		return;
	}
	if (what == EN_CHANGE && c->task == TASK_NONE && id != C_STATE && id != C_PASSWORD) {
		form_update_note(c->hwnd, &c->form);
		EnableWindow(GetDlgItem(c->hwnd, C_SELECT), c->form.supervisor && !form_account_changed(c->hwnd, &c->form));
	}
}

static INT_PTR CALLBACK dialog_proc(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
	Credentials *c = (Credentials *)GetWindowLongPtrW(hwnd, DWLP_USER);

	if (message == WM_INITDIALOG) {
		c = (Credentials *)lparam;
		SetWindowLongPtrW(hwnd, DWLP_USER, lparam);
		c->hwnd = hwnd;
		init_dialog(c);
		return FALSE; /* init_dialog has set the focus */
	}
	if (!c)
		return FALSE;
	switch (message) {
	case WM_COMMAND:
		on_command(c, LOWORD(wparam), HIWORD(wparam));
		return TRUE;
	case WM_TIMER:
		KillTimer(hwnd, TIMER_CHECK_LOGIN);
		if (!c->job)
			request_settings(c, TASK_LOGIN, T_LOGGING_IN);
		return TRUE;
	case WM_JOB_DONE:
		on_job_done(c, (Job *)lparam);
		return TRUE;
	case WM_CTLCOLORSTATIC:
		if (GetDlgCtrlID((HWND)lparam) != C_WARNING)
			return FALSE;
		SetTextColor((HDC)wparam, RGB(192, 0, 0));
		SetBkMode((HDC)wparam, TRANSPARENT);
		return (INT_PTR)GetSysColorBrush(COLOR_3DFACE);
	case WM_DESTROY:
		form_wipe(hwnd);
		job_abandon(c->job);
		c->job = NULL;
		return TRUE;
	}
	return FALSE;
}

Closed credentials_dialog(HWND owner)
{
	Credentials c = {0};
	INT_PTR how = open_dialog(owner, DLG_CREDENTIALS, dialog_proc, (LPARAM)&c);

	if (c.bold)
		DeleteObject(c.bold);
	return how < 0 ? CLOSED_NOT_OPENED : (Closed)how;
}
