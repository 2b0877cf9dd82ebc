/* SPDX-License-Identifier: MIT */
/* offhookui.dll has the dialogs of the offhook provider (docs/use/dialogs.md).
 *
 * TAPI loads this library into the program that opens a dialog, calls one function and frees the library. The dialogs use only
 * the control channel (docs/operate/control.md), which they open with the token of the program's user: the daemon decides what that
 * user may do. Each exchange runs on a thread of its own, so that no window stops responding. The library overwrites a
 * password in every buffer that held it. */
#ifndef OFFHOOK_UI_H
#define OFFHOOK_UI_H

#include <windows.h>

#include "resource.h"

#ifndef VERSION_TEXT
#error "VERSION_TEXT comes from the Makefile"
#endif

#define MAX_MESSAGE    (256 * 1024) /* bytes of a request or an answer */
#define MAX_NAME       64
#define MAX_VALUE      1024 /* characters of one setting, with its end */
#define MAX_STATE_TEXT 2048 /* characters of the text in a dialog's state field, with its end */
#define COUNT(a)       (sizeof(a) / sizeof *(a))

/* ---- message.c: requests and answers of the control channel ---- */

/* Request is a request in UTF-8. Its bytes never move, so that request_wipe overwrites every copy of a password. */
typedef struct {
	char *bytes;
	DWORD size;
	int bad; /* something did not fit; the request cannot be sent */
} Request;

int request_begin(Request *q, const char *verb);
void request_add(Request *q, const char *name, const WCHAR *value);
int request_end(Request *q); /* 0: the request cannot be sent */
void request_wipe(Request *q);

/* Outcome says how an exchange ended. */
typedef enum {
	OUTCOME_OK,
	OUTCOME_REFUSED,       /* the daemon refused, with code and text */
	OUTCOME_NO_DAEMON,     /* no daemon serves the channel */
	OUTCOME_ACCESS_DENIED, /* Windows does not let this user open the channel */
	OUTCOME_FOREIGN_PIPE,  /* the channel does not belong to the daemon's account; nothing was sent */
	OUTCOME_TIMED_OUT,     /* there was no answer in time */
	OUTCOME_BAD_ANSWER,    /* the answer breaks the protocol */
	OUTCOME_FAILED         /* Windows failed with error */
} Outcome;

typedef struct {
	const WCHAR *name, *value;
} Pair;

typedef struct {
	Outcome outcome;
	DWORD error; /* Windows error code, for OUTCOME_FAILED */
	const WCHAR *code, *text;
	Pair *pairs;
	DWORD count;
	WCHAR *store;
} Answer;

void answer_read(Answer *a, char *bytes, DWORD size); /* overwrites bytes */
void answer_free(Answer *a);
const WCHAR *answer_get(const Answer *a, const WCHAR *name); /* "" when there is none */
int answer_is(const Answer *a, const WCHAR *name, const WCHAR *value);

/* ---- channel.c: one exchange over the control channel ---- */

void exchange(const Request *q, HANDLE cancel, Answer *a); /* the event cancel ends it early */

/* ---- job.c: an exchange on a thread of its own ---- */

typedef struct Job Job;
#define WM_JOB_DONE (WM_APP + 1) /* lParam: the Job */
Job *job_start(HWND window, Request *q); /* owns the bytes of q from then on; NULL: no memory, or a bad request */
const Answer *job_answer(const Job *j);
void job_abandon(Job *j); /* cancels the exchange and frees the job; the window gets no message afterwards */

/* ---- texts.c: texts in the user's language ---- */

extern HINSTANCE ui_module;
#define MAX_UI_TEXT 512
const WCHAR *load_text(UINT id, WCHAR *buffer);
#define ui_text(id) load_text((id), (WCHAR[MAX_UI_TEXT]){0}) /* valid until the end of the block */
void format_text(WCHAR *out, DWORD capacity, UINT id, ...);   /* the arguments are texts for %1, %2 … */
void set_dialog_texts(HWND dialog);
INT_PTR open_dialog(HWND owner, UINT id, DLGPROC proc, LPARAM param);
void describe_failure(WCHAR *out, DWORD capacity, const Answer *a);     /* why an exchange failed */
void describe_test_result(WCHAR *out, DWORD capacity, const Answer *a); /* what the verb test found */
UINT reason_text(const WCHAR *code);

/* ---- settings.c: values in the registry ---- */

int remote_line_host(WCHAR *host, DWORD capacity); /* 1: a daemon on another machine serves the lines */
int is_debug_build(void);
int installed_twice(DWORD provider);

/* ---- form.c: the fields of the account, as loaded and as typed ---- */

enum { F_USER, F_HOST, F_PORT, F_DOMAIN, F_CA, F_PIN, FIELDS };
typedef enum { ACCESS_READ, ACCESS_PASSWORD, ACCESS_ADMIN } Access;
typedef struct {
	WCHAR loaded[FIELDS][MAX_VALUE];
	int fixed[FIELDS], any_fixed; /* set on the command line or in the environment: not to be changed here */
	Access access;
	int has_password, supervisor, all_users;
} Form;

void form_prepare(HWND dialog);
void form_fill(HWND dialog, Form *f, const Answer *a);
void form_update_note(HWND dialog, const Form *f);
int form_account_changed(HWND dialog, const Form *f); /* a field for account, server or trust differs from the loaded one */
int form_changed(HWND dialog, const Form *f);         /* one of these differs, or a password is typed */
UINT form_request(HWND dialog, const Form *f, const char *verb, Request *q); /* 0, or the text that says what is missing */
void form_lock(HWND dialog, const Form *f, int locked);
void form_wipe(HWND dialog);

/* ---- credentials.c, users.c: the dialogs ---- */

typedef enum {
	CLOSED_UNCHANGED,
	CLOSED_SAVED,
	CLOSED_NO_DAEMON, /* no daemon here could take the settings */
	CLOSED_NOT_OPENED /* Windows did not open the dialog */
} Closed;
Closed credentials_dialog(HWND owner);
int users_dialog(HWND owner, const Form *f); /* 1: the selection was saved */

#endif
