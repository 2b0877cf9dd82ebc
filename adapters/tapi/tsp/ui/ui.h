/* SPDX-License-Identifier: MIT */
/* offhookui.dll: the dialogs of the offhook provider (docs/use/dialogs.md).
 *
 * TAPI loads this library into the program that opens a dialog, calls one function and lets it go. It knows nothing but the
 * control channel (docs/operate/control.md), which it opens with the caller's own token: the daemon decides what the caller may do.
 * Every exchange runs on a thread of its own, so that a window is never stuck, and a password is wiped where it was kept. */
#ifndef OFFHOOK_UI_H
#define OFFHOOK_UI_H

#include <windows.h>

#include "resource.h"

#ifndef VERSION_TEXT
#error "VERSION_TEXT comes from the Makefile"
#endif

#define MAX_MESSAGE (256 * 1024) /* bytes each way */
#define MAX_NAME    64
#define MAX_VALUE   1024 /* characters of one setting, with its end */
#define MAX_TEXT    2048 /* characters of what is said to people */
#define COUNT(a)    (sizeof(a) / sizeof *(a))

/* message.c: requests and answers */

/* Request is what is sent, in UTF-8. Its bytes never move, so that wiping them wipes the password. */
typedef struct {
	char *bytes;
	DWORD size;
	int bad; /* something did not fit: it cannot be sent */
} Request;

int request_begin(Request *q, const char *verb);
void request_add(Request *q, const char *name, const WCHAR *value);
int request_end(Request *q); /* 0: it cannot be sent */
void request_wipe(Request *q);

/* Outcome is what became of an exchange. */
typedef enum {
	SAID_OK,
	SAID_ERROR,    /* the daemon refused: code and text */
	SAID_NOTHING,  /* no daemon is there */
	SAID_DENIED,   /* Windows does not let this user open the channel */
	SAID_STRANGER, /* the channel belongs to somebody else: nothing was sent */
	SAID_LATE,     /* no answer in time */
	SAID_GARBLED,  /* no answer of this protocol */
	SAID_FAILED    /* anything else: error */
} Outcome;

typedef struct {
	const WCHAR *name, *value;
} Pair;

typedef struct {
	Outcome outcome;
	DWORD error; /* of Windows, for SAID_FAILED */
	const WCHAR *code, *text;
	Pair *pairs;
	DWORD count;
	WCHAR *store;
} Answer;

void answer_read(Answer *a, char *bytes, DWORD size); /* changes bytes */
void answer_free(Answer *a);
const WCHAR *answer_get(const Answer *a, const WCHAR *name); /* "" if it has none */
int answer_is(const Answer *a, const WCHAR *name, const WCHAR *value);

/* channel.c: one exchange over the pipe; cancel ends it early */
void exchange(const Request *q, HANDLE cancel, Answer *a);

/* job.c: an exchange on its own thread */
typedef struct Job Job;
#define WM_ANSWERED (WM_APP + 1) /* lParam: the Job */
Job *job_start(HWND to, Request *q); /* takes what q holds; NULL: no memory, or a bad request */
const Answer *job_answer(const Job *j);
void job_drop(Job *j); /* no message comes after it */

/* words.c: texts in the user's language */
extern HINSTANCE ui_module;
#define MAX_WORD 512
const WCHAR *word_into(UINT id, WCHAR *room);
#define word(id) word_into((id), (WCHAR[MAX_WORD]){0}) /* good until the end of the block */
void say(WCHAR *out, DWORD room, UINT id, ...); /* texts for %1, %2 … */
void dialog_words(HWND dialog);
INT_PTR open_dialog(HWND owner, UINT id, DLGPROC proc, LPARAM param);
void explain(WCHAR *out, DWORD room, const Answer *a); /* why an exchange did not give what was asked for */
void verdict(WCHAR *out, DWORD room, const Answer *a); /* what a test found */
UINT reason_word(const WCHAR *code);

/* settings.c: what the registry says */
int serving_host(WCHAR *host, DWORD room); /* 1: the lines come from another machine */
int debug_flavour(void);
int installed_twice(DWORD provider);

/* form.c: the fields of the account, as they were read and as they are typed */
enum { F_USER, F_HOST, F_PORT, F_DOMAIN, F_CA, F_PIN, FIELDS };
typedef enum { MAY_READ, MAY_PASSWORD, MAY_ADMIN } May;
typedef struct {
	WCHAR was[FIELDS][MAX_VALUE];
	int fixed[FIELDS], any_fixed;
	May may;
	int has_password, supervisor, all_users;
} Form;

void form_prepare(HWND dialog);
void form_fill(HWND dialog, Form *f, const Answer *a);
void form_note(HWND dialog, const Form *f);
int form_moved(HWND dialog, const Form *f); /* another account, server or trust than the daemon has */
int form_touched(HWND dialog, const Form *f); /* that, or a password */
UINT form_request(HWND dialog, const Form *f, const char *verb, Request *q); /* a text that says what is missing, or 0 */
void form_lock(HWND dialog, const Form *f, int locked);
void form_wipe(HWND dialog);

/* credentials.c, people.c: the dialogs. */
typedef enum { CLOSED_UNCHANGED, CLOSED_SAVED, CLOSED_AWAY, CLOSED_NEVER } Closed; /* AWAY: there was no daemon to tell; NEVER: it did not open */
Closed credentials_dialog(HWND owner);
int people_dialog(HWND owner, const Form *f); /* 1: something was saved */

#endif
