/* SPDX-License-Identifier: MIT */
#include "userlist.h"

#include <stdlib.h>
#include <string.h>

/* The dialog "Select Users" has two list boxes and buttons that move users between them. */

enum { TIMER_MORE = 1, MORE_MS = 2000, RETRY_MS = 5000 };

typedef struct {
	HWND hwnd;
	const Form *form;
	UserList *users;
	Job *job;
	int saving, loaded, complete, was_all;
} UsersDialog;

static int all_checked(UsersDialog *d)
{
	return IsDlgButtonChecked(d->hwnd, C_ALL) == BST_CHECKED;
}

static void show_state(UsersDialog *d, const WCHAR *text)
{
	SetDlgItemTextW(d->hwnd, C_USERS_STATE, text);
}

/* show_hint shows the effect of the present selection. */
static void show_hint(UsersDialog *d)
{
	UINT id = T_NO_USERS;
	DWORD i;

	for (i = 0; i < d->users->count && id == T_NO_USERS; i++)
		if (d->users->all[i].selected)
			id = T_SELECTED_USERS;
	if (all_checked(d))
		id = T_ALL_USERS;
	else if (!d->complete)
		id = T_STILL_READING;
	show_state(d, ui_text(d->form->access == ACCESS_ADMIN ? id : T_USERS_READ_ONLY));
}

static void update_controls(UsersDialog *d)
{
	int access = d->form->access == ACCESS_ADMIN && d->loaded && !d->saving, can_move = access && !all_checked(d), id;

	for (id = L_AVAILABLE; id <= C_SELECTED; id++)
		EnableWindow(GetDlgItem(d->hwnd, id), id == L_AVAILABLE || id == L_SELECTED || id == C_AVAILABLE || id == C_SELECTED ? !all_checked(d) : can_move);
	EnableWindow(GetDlgItem(d->hwnd, C_ALL), access);
	EnableWindow(GetDlgItem(d->hwnd, IDOK), access);
}

static int start_job(UsersDialog *d, Request *q)
{
	if (!request_end(q)) {
		request_wipe(q);
		show_state(d, ui_text(T_TOO_MANY));
		return 0;
	}
	d->job = job_start(d->hwnd, q);
	if (!d->job) {
		WCHAR no_memory[MAX_UI_TEXT];
		format_text(no_memory, COUNT(no_memory), T_FAILED, L"8");
		show_state(d, no_memory);
	}
	return d->job != NULL;
}

static void request_users(UsersDialog *d, const WCHAR *after)
{
	Request q;

	request_begin(&q, "users");
	if (*after)
		request_add(&q, "after", after);
	start_job(d, &q);
}

/* remember_highlights reads which users of a list box are highlighted. */
static void remember_highlights(UsersDialog *d, int list)
{
	HWND h = GetDlgItem(d->hwnd, list);
	LRESULT i, n = SendMessageW(h, LB_GETCOUNT, 0, 0);

	for (i = 0; i < n; i++)
		d->users->all[SendMessageW(h, LB_GETITEMDATA, (WPARAM)i, 0)].highlighted = SendMessageW(h, LB_GETSEL, (WPARAM)i, 0) > 0;
}

static void fill_list(UsersDialog *d, int list, int selected)
{
	HWND h = GetDlgItem(d->hwnd, list);
	LRESULT top = SendMessageW(h, LB_GETTOPINDEX, 0, 0), at;
	DWORD i;

	SendMessageW(h, WM_SETREDRAW, FALSE, 0);
	SendMessageW(h, LB_RESETCONTENT, 0, 0);
	SendMessageW(h, LB_INITSTORAGE, d->users->count, (LPARAM)d->users->count * 64);
	for (i = 0; i < d->users->count; i++) {
		const User *one = &d->users->all[i];
		if (one->selected != selected)
			continue;
		at = SendMessageW(h, LB_ADDSTRING, 0, (LPARAM)one->shown_name);
		if (at < 0)
			break;
		SendMessageW(h, LB_SETITEMDATA, (WPARAM)at, (LPARAM)i);
	}
	for (at = SendMessageW(h, LB_GETCOUNT, 0, 0) - 1; at >= 0; at--) /* when all are in the list: adding a string changes the positions of others */
		if (d->users->all[SendMessageW(h, LB_GETITEMDATA, (WPARAM)at, 0)].highlighted)
			SendMessageW(h, LB_SETSEL, TRUE, (LPARAM)at);
	SendMessageW(h, LB_SETTOPINDEX, (WPARAM)top, 0);
	SendMessageW(h, WM_SETREDRAW, TRUE, 0);
	InvalidateRect(h, NULL, TRUE);
}

static void fill_lists(UsersDialog *d)
{
	fill_list(d, C_AVAILABLE, 0);
	fill_list(d, C_SELECTED, 1);
	show_hint(d);
}

/* move_users moves the highlighted users, or all, to the other list. They stay highlighted there, so that the same can be
 * undone with one click. */
static void move_users(UsersDialog *d, int all, int selected)
{
	DWORD i;

	remember_highlights(d, C_AVAILABLE);
	remember_highlights(d, C_SELECTED);
	for (i = 0; i < d->users->count; i++) {
		User *one = &d->users->all[i];
		if (one->selected == selected)
			one->highlighted = 0;
		else if (all || one->highlighted)
			one->selected = selected, one->highlighted = !all;
	}
	fill_lists(d);
}

static void on_users(UsersDialog *d, const Answer *a)
{
	const WCHAR *next = answer_get(a, L"next");

	remember_highlights(d, C_AVAILABLE);
	remember_highlights(d, C_SELECTED);
	if (!userlist_add(d->users, a)) {
		show_state(d, ui_text(T_TOO_MANY));
		return;
	}
	if (*next) {
		request_users(d, next);
		return;
	}
	d->loaded = 1;
	d->complete = answer_is(a, L"complete", L"yes");
	if (!d->complete)
		SetTimer(d->hwnd, TIMER_MORE, MORE_MS, NULL);
	fill_lists(d);
	update_controls(d);
}

static void on_answer(UsersDialog *d, const Answer *a)
{
	WCHAR text[MAX_STATE_TEXT];

	if (a->outcome != OUTCOME_OK) {
		d->saving = 0;
		describe_failure(text, COUNT(text), a);
		show_state(d, text);
		update_controls(d);
		if (!d->loaded) /* the list is still empty */
			SetTimer(d->hwnd, TIMER_MORE, RETRY_MS, NULL);
	} else if (d->saving) {
		EndDialog(d->hwnd, 1);
	} else {
		on_users(d, a);
	}
}

static void on_job_done(UsersDialog *d, Job *j)
{
	if (j != d->job)
		return;
	d->job = NULL;
	on_answer(d, job_answer(j));
	job_abandon(j);
}

/* start_save sends the whole selection. An empty one means the default: the account's own line. */
static void start_save(UsersDialog *d)
{
	Request q;
	DWORD i, n = 0;

	if (all_checked(d) == d->was_all && (all_checked(d) || !userlist_changed(d->users))) {
		EndDialog(d->hwnd, 0);
		return;
	}
	KillTimer(d->hwnd, TIMER_MORE);
	job_abandon(d->job); /* the job may still read the list */
	d->job = NULL;
	request_begin(&q, "set");
	for (i = 0; i < d->users->count && !all_checked(d); i++)
		if (d->users->all[i].selected) {
			request_add(&q, "users", d->users->all[i].login);
			n++;
		}
	if (n == 0)
		request_add(&q, "users", all_checked(d) ? L"all" : L"");
	if (start_job(d, &q)) {
		d->saving = 1;
		show_state(d, ui_text(T_SAVING));
		update_controls(d);
	}
}

static void on_command(UsersDialog *d, UINT id, UINT what)
{
	switch (id) {
	case C_ADD_ALL:
	case C_ADD:
		move_users(d, id == C_ADD_ALL, 1);
		return;
	case C_REMOVE_ALL:
	case C_REMOVE:
		move_users(d, id == C_REMOVE_ALL, 0);
		return;
	case C_AVAILABLE:
	case C_SELECTED:
		if (what == LBN_DBLCLK && IsWindowEnabled(GetDlgItem(d->hwnd, C_ADD)))
			move_users(d, 0, id == C_AVAILABLE);
		return;
	case C_ALL:
		update_controls(d);
		show_hint(d);
		return;
	case IDOK:
		if (IsWindowEnabled(GetDlgItem(d->hwnd, IDOK)))
			start_save(d);
		return;
	case IDCANCEL:
		EndDialog(d->hwnd, 0);
	}
}

static void init_dialog(UsersDialog *d)
{
	SetWindowTextW(d->hwnd, ui_text(DLG_USERS));
	set_dialog_texts(d->hwnd);
	d->was_all = d->form->all_users;
	CheckDlgButton(d->hwnd, C_ALL, d->was_all ? BST_CHECKED : BST_UNCHECKED);
	show_state(d, ui_text(T_READING));
	update_controls(d);
	request_users(d, L"");
}

static INT_PTR CALLBACK dialog_proc(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
	UsersDialog *d = (UsersDialog *)GetWindowLongPtrW(hwnd, DWLP_USER);

	if (message == WM_INITDIALOG) {
		d = (UsersDialog *)lparam;
		SetWindowLongPtrW(hwnd, DWLP_USER, lparam);
		d->hwnd = hwnd;
		init_dialog(d);
		return TRUE;
	}
	if (!d)
		return FALSE;
	switch (message) {
	case WM_COMMAND:
		on_command(d, LOWORD(wparam), HIWORD(wparam));
		return TRUE;
	case WM_TIMER:
		KillTimer(hwnd, TIMER_MORE);
		if (!d->job)
			request_users(d, L"");
		return TRUE;
	case WM_JOB_DONE:
		on_job_done(d, (Job *)lparam);
		return TRUE;
	case WM_DESTROY:
		job_abandon(d->job);
		d->job = NULL;
		return TRUE;
	}
	return FALSE;
}

int users_dialog(HWND owner, const Form *f)
{
	UsersDialog d = {.form = f, .users = calloc(1, sizeof(UserList))};
	int saved;

	if (!d.users)
		return 0;
	saved = open_dialog(owner, DLG_USERS, dialog_proc, (LPARAM)&d) == 1;
	userlist_free(d.users);
	return saved;
}
