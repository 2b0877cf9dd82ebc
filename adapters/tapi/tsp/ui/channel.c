/* SPDX-License-Identifier: MIT */
#include "ui.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

/* One exchange over the control pipe. Reads and writes are overlapped: each waits for its end, for the deadline or for the
 * user who gives up, whichever comes first. */

#define PIPE        L"\\\\.\\pipe\\offhook-config"
#define SERVICE_SID L"S-1-5-80-1229188647-634337039-2933102804-2843107500-1992629934" /* NT SERVICE\offhook */

enum { WHOLE_MS = 35000, BUSY_MS = 5000, AGAIN_MS = 50 };

typedef struct {
	HANDLE pipe, done, cancel;
	ULONGLONG until;
} Channel;

/* trusted says whether the pipe was made by SYSTEM, the administrators or the service's own account. Anybody may make a pipe
 * of any name while the daemon is not there, and a password is about to be sent. */
#ifdef OFFHOOK_TEST
static int trusted(HANDLE h)
{
	(void)h;
	return 1; /* Wine does not keep owners of pipes */
}
#else
static int trusted(HANDLE h)
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

static DWORD left(const Channel *c)
{
	ULONGLONG now = GetTickCount64();

	return now < c->until ? (DWORD)(c->until - now) : 0;
}

static Outcome open_channel(Channel *c, DWORD *error)
{
	ULONGLONG busy_until = GetTickCount64() + BUSY_MS;

	for (;;) {
		/* The daemon may look at who we are (identification), not act as us. */
		c->pipe = CreateFileW(PIPE, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
			FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
		if (c->pipe != INVALID_HANDLE_VALUE)
			return trusted(c->pipe) ? SAID_OK : SAID_STRANGER;
		*error = GetLastError();
		if (*error == ERROR_FILE_NOT_FOUND)
			return SAID_NOTHING;
		if (*error == ERROR_ACCESS_DENIED)
			return SAID_DENIED;
		if (*error != ERROR_PIPE_BUSY)
			return SAID_FAILED;
		if (GetTickCount64() >= busy_until || WaitForSingleObject(c->cancel, AGAIN_MS) != WAIT_TIMEOUT)
			return SAID_LATE;
	}
}

/* finish waits for an overlapped operation and takes it back when it lasts too long. */
static Outcome finish(Channel *c, OVERLAPPED *o, BOOL begun, DWORD *moved, DWORD *error)
{
	HANDLE either[2] = {c->done, c->cancel};
	int late = 0;

	if (!begun && GetLastError() != ERROR_IO_PENDING) {
		*error = GetLastError();
		return SAID_FAILED;
	}
	if (WaitForMultipleObjects(2, either, FALSE, left(c)) != WAIT_OBJECT_0) {
		late = 1;
		CancelIo(c->pipe);
	}
	if (GetOverlappedResult(c->pipe, o, moved, TRUE))
		return SAID_OK;
	*error = GetLastError();
	return late ? SAID_LATE : SAID_FAILED;
}

static Outcome send_all(Channel *c, const Request *q, DWORD *error)
{
	DWORD sent = 0;

	while (sent < q->size) {
		OVERLAPPED io = {.hEvent = c->done};
		DWORD n = 0;
		Outcome o = finish(c, &io, WriteFile(c->pipe, q->bytes + sent, q->size - sent, NULL, &io), &n, error);
		if (o != SAID_OK)
			return o;
		sent += n;
	}
	return SAID_OK;
}

/* receive reads up to the answer's end: an empty line, or the daemon's hanging up. */
static Outcome receive(Channel *c, char *bytes, DWORD *size, DWORD *error)
{
	*size = 0;
	for (;;) {
		OVERLAPPED io = {.hEvent = c->done};
		DWORD n = 0;
		Outcome o;
		if (*size == MAX_MESSAGE)
			return SAID_GARBLED;
		o = finish(c, &io, ReadFile(c->pipe, bytes + *size, MAX_MESSAGE - *size, NULL, &io), &n, error);
		if (o == SAID_FAILED && (*error == ERROR_BROKEN_PIPE || *error == ERROR_PIPE_NOT_CONNECTED))
			return SAID_OK; /* whether it is whole is seen when it is read */
		if (o != SAID_OK)
			return o;
		*size += n;
		if (*size >= 2 && memcmp(bytes + *size - 2, "\n\n", 2) == 0)
			return SAID_OK;
	}
}

void exchange(const Request *q, HANDLE cancel, Answer *a)
{
	Channel c = {.pipe = INVALID_HANDLE_VALUE, .cancel = cancel, .until = GetTickCount64() + WHOLE_MS};
	char *bytes = malloc(MAX_MESSAGE);
	DWORD size = 0;

	memset(a, 0, sizeof *a);
	a->code = a->text = L"";
	c.done = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (!bytes || !c.done) {
		a->outcome = SAID_FAILED;
		a->error = ERROR_NOT_ENOUGH_MEMORY;
	} else {
		a->outcome = open_channel(&c, &a->error);
		if (a->outcome == SAID_OK)
			a->outcome = send_all(&c, q, &a->error);
		if (a->outcome == SAID_OK)
			a->outcome = receive(&c, bytes, &size, &a->error);
		if (a->outcome == SAID_OK)
			answer_read(a, bytes, size);
	}
	if (c.pipe != INVALID_HANDLE_VALUE)
		CloseHandle(c.pipe);
	if (c.done)
		CloseHandle(c.done);
	free(bytes);
}
