/* SPDX-License-Identifier: MIT */
#include "crowd.h"

#include <stdlib.h>
#include <string.h>

/* The dialog "Select Users": two lists, and buttons between them that move people. */

enum { TIMER_MORE = 1, MORE_MS = 2000, RETRY_MS = 5000 };

typedef struct {
	HWND hwnd;
	const Form *form;
	Crowd *crowd;
	Job *job;
	int saving, read, complete, was_all;
} People;

static int is_all(People *p)
{
	return IsDlgButtonChecked(p->hwnd, C_ALL) == BST_CHECKED;
}

static void state(People *p, const WCHAR *text)
{
	SetDlgItemTextW(p->hwnd, C_PEOPLE_STATE, text);
}

/* hint says what follows from the selection as it is. */
static void hint(People *p)
{
	UINT id = T_OWN_LINE;
	DWORD i;

	for (i = 0; i < p->crowd->count && id == T_OWN_LINE; i++)
		if (p->crowd->all[i].selected)
			id = T_READ;
	if (is_all(p))
		id = T_EVERYBODY;
	else if (!p->complete)
		id = T_STILL_READING;
	state(p, word(p->form->may == MAY_ADMIN ? id : T_PEOPLE_READ));
}

static void enable(People *p)
{
	int may = p->form->may == MAY_ADMIN && p->read && !p->saving, pick = may && !is_all(p), id;

	for (id = L_AVAILABLE; id <= C_SELECTED; id++)
		EnableWindow(GetDlgItem(p->hwnd, id), id == L_AVAILABLE || id == L_SELECTED || id == C_AVAILABLE || id == C_SELECTED ? !is_all(p) : pick);
	EnableWindow(GetDlgItem(p->hwnd, C_ALL), may);
	EnableWindow(GetDlgItem(p->hwnd, IDOK), may);
}

static int begin(People *p, Request *q)
{
	if (!request_end(q)) {
		request_wipe(q);
		state(p, word(T_TOO_MANY));
		return 0;
	}
	p->job = job_start(p->hwnd, q);
	if (!p->job) {
		WCHAR no_memory[MAX_WORD];
		say(no_memory, COUNT(no_memory), T_FAILED, L"8");
		state(p, no_memory);
	}
	return p->job != NULL;
}

static void ask(People *p, const WCHAR *after)
{
	Request q;

	request_begin(&q, "users");
	if (*after)
		request_add(&q, "after", after);
	begin(p, &q);
}

/* mark remembers which people of a list are highlighted. */
static void mark(People *p, int list)
{
	HWND h = GetDlgItem(p->hwnd, list);
	LRESULT i, n = SendMessageW(h, LB_GETCOUNT, 0, 0);

	for (i = 0; i < n; i++)
		p->crowd->all[SendMessageW(h, LB_GETITEMDATA, (WPARAM)i, 0)].lit = SendMessageW(h, LB_GETSEL, (WPARAM)i, 0) > 0;
}

static void fill(People *p, int list, int selected)
{
	HWND h = GetDlgItem(p->hwnd, list);
	LRESULT top = SendMessageW(h, LB_GETTOPINDEX, 0, 0), at;
	DWORD i;

	SendMessageW(h, WM_SETREDRAW, FALSE, 0);
	SendMessageW(h, LB_RESETCONTENT, 0, 0);
	SendMessageW(h, LB_INITSTORAGE, p->crowd->count, (LPARAM)p->crowd->count * 64);
	for (i = 0; i < p->crowd->count; i++) {
		const Person *one = &p->crowd->all[i];
		if (one->selected != selected)
			continue;
		at = SendMessageW(h, LB_ADDSTRING, 0, (LPARAM)one->shown);
		if (at < 0)
			break;
		SendMessageW(h, LB_SETITEMDATA, (WPARAM)at, (LPARAM)i);
	}
	for (at = SendMessageW(h, LB_GETCOUNT, 0, 0) - 1; at >= 0; at--) /* not before all are there: adding moves places */
		if (p->crowd->all[SendMessageW(h, LB_GETITEMDATA, (WPARAM)at, 0)].lit)
			SendMessageW(h, LB_SETSEL, TRUE, (LPARAM)at);
	SendMessageW(h, LB_SETTOPINDEX, (WPARAM)top, 0);
	SendMessageW(h, WM_SETREDRAW, TRUE, 0);
	InvalidateRect(h, NULL, TRUE);
}

static void fill_both(People *p)
{
	fill(p, C_AVAILABLE, 0);
	fill(p, C_SELECTED, 1);
	hint(p);
}

/* move takes the highlighted people, or all, to the other list. They stay highlighted there, so that it can be undone. */
static void move(People *p, int all, int selected)
{
	DWORD i;

	mark(p, C_AVAILABLE);
	mark(p, C_SELECTED);
	for (i = 0; i < p->crowd->count; i++) {
		Person *one = &p->crowd->all[i];
		if (one->selected == selected)
			one->lit = 0;
		else if (all || one->lit)
			one->selected = selected, one->lit = !all;
	}
	fill_both(p);
}

static void learned(People *p, const Answer *a)
{
	const WCHAR *next = answer_get(a, L"next");

	mark(p, C_AVAILABLE);
	mark(p, C_SELECTED);
	if (!crowd_learn(p->crowd, a)) {
		state(p, word(T_TOO_MANY));
		return;
	}
	if (*next) {
		ask(p, next);
		return;
	}
	p->read = 1;
	p->complete = answer_is(a, L"complete", L"yes");
	if (!p->complete)
		SetTimer(p->hwnd, TIMER_MORE, MORE_MS, NULL);
	fill_both(p);
	enable(p);
}

static void answered(People *p, const Answer *a)
{
	WCHAR text[MAX_TEXT];

	if (a->outcome != SAID_OK) {
		p->saving = 0;
		explain(text, COUNT(text), a);
		state(p, text);
		enable(p);
		if (!p->read) /* there is nothing to choose from yet */
			SetTimer(p->hwnd, TIMER_MORE, RETRY_MS, NULL);
	} else if (p->saving) {
		EndDialog(p->hwnd, 1);
	} else {
		learned(p, a);
	}
}

static void on_answer(People *p, Job *j)
{
	if (j != p->job)
		return;
	p->job = NULL;
	answered(p, job_answer(j));
	job_drop(j);
}

/* save sends the whole selection; nobody means the default, the account's own line. */
static void save(People *p)
{
	Request q;
	DWORD i, n = 0;

	if (is_all(p) == p->was_all && (is_all(p) || !crowd_changed(p->crowd))) {
		EndDialog(p->hwnd, 0);
		return;
	}
	KillTimer(p->hwnd, TIMER_MORE);
	job_drop(p->job); /* a list that is still being read */
	p->job = NULL;
	request_begin(&q, "set");
	for (i = 0; i < p->crowd->count && !is_all(p); i++)
		if (p->crowd->all[i].selected) {
			request_add(&q, "users", p->crowd->all[i].login);
			n++;
		}
	if (n == 0)
		request_add(&q, "users", is_all(p) ? L"all" : L"");
	if (begin(p, &q)) {
		p->saving = 1;
		state(p, word(T_SAVING));
		enable(p);
	}
}

static void command(People *p, UINT id, UINT what)
{
	switch (id) {
	case C_ADD_ALL:
	case C_ADD:
		move(p, id == C_ADD_ALL, 1);
		return;
	case C_REMOVE_ALL:
	case C_REMOVE:
		move(p, id == C_REMOVE_ALL, 0);
		return;
	case C_AVAILABLE:
	case C_SELECTED:
		if (what == LBN_DBLCLK && IsWindowEnabled(GetDlgItem(p->hwnd, C_ADD)))
			move(p, 0, id == C_AVAILABLE);
		return;
	case C_ALL:
		enable(p);
		hint(p);
		return;
	case IDOK:
		if (IsWindowEnabled(GetDlgItem(p->hwnd, IDOK)))
			save(p);
		return;
	case IDCANCEL:
		EndDialog(p->hwnd, 0);
	}
}

static void init(People *p)
{
	SetWindowTextW(p->hwnd, word(DLG_PEOPLE));
	dialog_words(p->hwnd);
	p->was_all = p->form->all_users;
	CheckDlgButton(p->hwnd, C_ALL, p->was_all ? BST_CHECKED : BST_UNCHECKED);
	state(p, word(T_READING));
	enable(p);
	ask(p, L"");
}

static INT_PTR CALLBACK proc(HWND hwnd, UINT message, WPARAM wparam, LPARAM lparam)
{
	People *p = (People *)GetWindowLongPtrW(hwnd, DWLP_USER);

	if (message == WM_INITDIALOG) {
		p = (People *)lparam;
		SetWindowLongPtrW(hwnd, DWLP_USER, lparam);
		p->hwnd = hwnd;
		init(p);
		return TRUE;
	}
	if (!p)
		return FALSE;
	switch (message) {
	case WM_COMMAND:
		command(p, LOWORD(wparam), HIWORD(wparam));
		return TRUE;
	case WM_TIMER:
		KillTimer(hwnd, TIMER_MORE);
		if (!p->job)
			ask(p, L"");
		return TRUE;
	case WM_ANSWERED:
		on_answer(p, (Job *)lparam);
		return TRUE;
	case WM_DESTROY:
		job_drop(p->job);
		p->job = NULL;
		return TRUE;
	}
	return FALSE;
}

int people_dialog(HWND owner, const Form *f)
{
	People p = {.form = f, .crowd = calloc(1, sizeof(Crowd))};
	int saved;

	if (!p.crowd)
		return 0;
	saved = open_dialog(owner, DLG_PEOPLE, proc, (LPARAM)&p) == 1;
	crowd_free(p.crowd);
	return saved;
}
