/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

/* This file makes one exchange over the control channel. Reads and writes are overlapped; each ends when it is done, at the
 * deadline, or when the user cancels. */

#define PIPE_NAME        L"\\\\.\\pipe\\offhook-config"
#define SERVICE_SID L"S-1-5-80-1229188647-634337039-2933102804-2843107500-1992629934" /* NT SERVICE\offhook */

enum { EXCHANGE_MS = 35000, BUSY_MS = 5000, BUSY_RETRY_MS = 50 };

typedef struct {
	HANDLE pipe, done, cancel;
	ULONGLONG until;
} Channel;

/* owner_is_trusted says whether the pipe belongs to SYSTEM, the administrators or the service's own account. While no daemon
 * runs, any user can make a pipe of any name, and the request may hold a password. */
#ifdef OFFHOOK_TEST
static int owner_is_trusted(HANDLE h)
{
	(void)h;
	return 1; /* Wine does not keep owners of pipes */
}
#else
static int owner_is_trusted(HANDLE h)
{
	PSECURITY_DESCRIPTOR sd = NULL;
	PSID owner = NULL;
	LPWSTR text = NULL;
	int ok = 0;

	if (GetSecurityInfo(h, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &sd) == ERROR_SUCCESS && owner) {
		ok = IsWellKnownSid(owner, WinLocalSystemSid) || IsWellKnownSid(owner, WinBuiltinAdministratorsSid);
		if (!ok && ConvertSidToStringSidW(owner, &text)) {
			ok = wcscmp(text, SERVICE_SID) == 0;
			LocalFree(text);
		}
	}
	if (sd)
		LocalFree(sd);
	return ok;
}
#endif

static DWORD time_left(const Channel *c)
{
	ULONGLONG now = GetTickCount64();

	return now < c->until ? (DWORD)(c->until - now) : 0;
}

static Outcome open_channel(Channel *c, DWORD *error)
{
	ULONGLONG busy_until = GetTickCount64() + BUSY_MS;

	for (;;) {
		/* The daemon may identify this user, but not impersonate them. */
		c->pipe = CreateFileW(PIPE_NAME, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
			FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
		if (c->pipe != INVALID_HANDLE_VALUE)
			return owner_is_trusted(c->pipe) ? OUTCOME_OK : OUTCOME_FOREIGN_PIPE;
		*error = GetLastError();
		if (*error == ERROR_FILE_NOT_FOUND)
			return OUTCOME_NO_DAEMON;
		if (*error == ERROR_ACCESS_DENIED)
			return OUTCOME_ACCESS_DENIED;
		if (*error != ERROR_PIPE_BUSY)
			return OUTCOME_FAILED;
		if (GetTickCount64() >= busy_until || WaitForSingleObject(c->cancel, BUSY_RETRY_MS) != WAIT_TIMEOUT)
			return OUTCOME_TIMED_OUT;
	}
}

/* complete_io waits for an overlapped operation and cancels it at the deadline. */
static Outcome complete_io(Channel *c, OVERLAPPED *o, BOOL started, DWORD *transferred, DWORD *error)
{
	HANDLE either[2] = {c->done, c->cancel};
	int late = 0;

	if (!started && GetLastError() != ERROR_IO_PENDING) {
		*error = GetLastError();
		return OUTCOME_FAILED;
	}
	if (WaitForMultipleObjects(2, either, FALSE, time_left(c)) != WAIT_OBJECT_0) {
		late = 1;
		CancelIo(c->pipe);
	}
	if (GetOverlappedResult(c->pipe, o, transferred, TRUE))
		return OUTCOME_OK;
	*error = GetLastError();
	return late ? OUTCOME_TIMED_OUT : OUTCOME_FAILED;
}

static Outcome send_all(Channel *c, const Request *q, DWORD *error)
{
	DWORD sent = 0;

	while (sent < q->size) {
		OVERLAPPED io = {.hEvent = c->done};
		DWORD n = 0;
		Outcome o = complete_io(c, &io, WriteFile(c->pipe, q->bytes + sent, q->size - sent, NULL, &io), &n, error);
		if (o != OUTCOME_OK)
			return o;
		sent += n;
	}
	return OUTCOME_OK;
}

/* receive reads up to the end of the answer: an empty line, or the end of the connection. */
static Outcome receive(Channel *c, char *bytes, DWORD *size, DWORD *error)
{
	*size = 0;
	for (;;) {
		OVERLAPPED io = {.hEvent = c->done};
		DWORD n = 0;
		Outcome o;
		if (*size == MAX_MESSAGE)
			return OUTCOME_BAD_ANSWER;
		o = complete_io(c, &io, ReadFile(c->pipe, bytes + *size, MAX_MESSAGE - *size, NULL, &io), &n, error);
		if (o == OUTCOME_FAILED && (*error == ERROR_BROKEN_PIPE || *error == ERROR_PIPE_NOT_CONNECTED))
			return OUTCOME_OK; /* answer_read finds out whether the answer is complete */
		if (o != OUTCOME_OK)
			return o;
		*size += n;
		if (*size >= 2 && memcmp(bytes + *size - 2, "\n\n", 2) == 0)
			return OUTCOME_OK;
	}
}

void exchange(const Request *q, HANDLE cancel, Answer *a)
{
	Channel c = {.pipe = INVALID_HANDLE_VALUE, .cancel = cancel, .until = GetTickCount64() + EXCHANGE_MS};
	char *bytes = malloc(MAX_MESSAGE);
	DWORD size = 0;

	memset(a, 0, sizeof *a);
	a->code = a->text = L"";
	c.done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!bytes || !c.done) {
		a->outcome = OUTCOME_FAILED;
		a->error = ERROR_NOT_ENOUGH_MEMORY;
	} else {
		a->outcome = open_channel(&c, &a->error);
		if (a->outcome == OUTCOME_OK)
			a->outcome = send_all(&c, q, &a->error);
		if (a->outcome == OUTCOME_OK)
			a->outcome = receive(&c, bytes, &size, &a->error);
		if (a->outcome == OUTCOME_OK)
			answer_read(a, bytes, size);
	}
	if (c.pipe != INVALID_HANDLE_VALUE)
		CloseHandle(c.pipe);
	if (c.done)
		CloseHandle(c.done);
	free(bytes);
}
