/* SPDX-License-Identifier: MIT */
#include "tsp.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#ifdef OFFHOOK_TEST
#include <winsock2.h>
#include <ws2tcpip.h>
#endif

/* A transport is a connection to the daemon: a named pipe, and in test builds a TCP socket on loopback. Reads and writes are
 * overlapped, so that none can block without a limit. */

struct Transport {
	HANDLE handle, stop, ended, read_done, write_done;
	SRWLOCK write_lock;
	int is_socket;
	OVERLAPPED read;
	int read_pending;
	uint32_t received;    /* bytes of an unfinished transport_read */
	uint8_t buffer[4096]; /* bytes that were read and not yet asked for: from buffer_from to buffer_to */
	uint32_t buffer_from, buffer_to;
};

/* owner_is_trusted says whether the pipe belongs to SYSTEM, the administrators or the service's own account. While no daemon
 * runs, any user can make a pipe of any name. A pipe of another machine is trusted by its name, which an administrator
 * wrote into the registry. */
static int owner_is_trusted(HANDLE h)
{
	PSECURITY_DESCRIPTOR sd = NULL;
	PSID owner = NULL;
	LPWSTR text = NULL;
	int ok = 0;
	DWORD err = GetSecurityInfo(h, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL, &sd);

	if (err == ERROR_SUCCESS && owner) {
		ok = IsWellKnownSid(owner, WinLocalSystemSid) || IsWellKnownSid(owner, WinBuiltinAdministratorsSid);
		if (!ok && ConvertSidToStringSidW(owner, &text)) {
			ok = wcscmp(text, SERVICE_SID) == 0;
			LocalFree(text);
		}
	}
	if (sd)
		LocalFree(sd);
	if (!ok)
		log_line(LOG_ERROR, "the pipe %ls does not belong to the daemon's account (error %lu); nothing is sent to it", settings()->pipe, err);
#ifdef OFFHOOK_TEST
	return 1; /* Wine does not keep owners of pipes */
#else
	return ok;
#endif
}

static HANDLE open_pipe(void)
{
	const WCHAR *name = settings()->pipe;
	HANDLE h;

	if (wcsncmp(name, L"\\\\", 2) != 0)
		return INVALID_HANDLE_VALUE;
	h = CreateFileW(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
		FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, NULL);
	if (h == INVALID_HANDLE_VALUE)
		return h;
	if (wcsncmp(name, L"\\\\.\\", 4) == 0 && !owner_is_trusted(h)) {
		CloseHandle(h);
		return INVALID_HANDLE_VALUE;
	}
	return h;
}

#ifdef OFFHOOK_TEST
static HANDLE open_tcp(const char *port)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((u_short)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	WSADATA unused;
	SOCKET s;
	int one = 1;

	WSAStartup(MAKEWORD(2, 2), &unused);
	s = WSASocketW(AF_INET, SOCK_STREAM, 0, NULL, 0, WSA_FLAG_OVERLAPPED);
	if (s == INVALID_SOCKET)
		return INVALID_HANDLE_VALUE;
	if (connect(s, (struct sockaddr *)&to, sizeof to) != 0) {
		closesocket(s);
		return INVALID_HANDLE_VALUE;
	}
	setsockopt(s, IPPROTO_TCP, TCP_NODELAY, (char *)&one, sizeof one);
	return (HANDLE)s;
}
#endif

Transport *transport_open(HANDLE stop)
{
	Transport *t;
	HANDLE h;
	int is_socket = 0;
#ifdef OFFHOOK_TEST
	char tcp[64];
	DWORD n = GetEnvironmentVariableA("OFFHOOK_TCP", tcp, sizeof tcp);
	const char *port = n > 0 && n < sizeof tcp ? strrchr(tcp, ':') : NULL;

	if (port) {
		h = open_tcp(port + 1);
		is_socket = 1;
	} else
#endif
		h = open_pipe();
	if (h == INVALID_HANDLE_VALUE)
		return NULL;
	t = calloc(1, sizeof *t);
	if (t) {
		t->handle = h, t->stop = stop, t->is_socket = is_socket;
		t->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
		t->read_done = CreateEventW(NULL, TRUE, FALSE, NULL);
		t->write_done = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (t->ended && t->read_done && t->write_done)
			return t;
		transport_close(t);
		return NULL;
	}
	CloseHandle(h);
	return NULL;
}

static int start_read(Transport *t)
{
	memset(&t->read, 0, sizeof t->read);
	t->read.hEvent = t->read_done;
	t->buffer_from = t->buffer_to = 0;
#ifdef OFFHOOK_TEST
	if (t->is_socket) {
		WSABUF b = {sizeof t->buffer, (char *)t->buffer};
		DWORD flags = 0, n;
		return WSARecv((SOCKET)t->handle, &b, 1, &n, &flags, &t->read, NULL) == 0 || WSAGetLastError() == WSA_IO_PENDING;
	}
#endif
	return ReadFile(t->handle, t->buffer, sizeof t->buffer, NULL, &t->read) || GetLastError() == ERROR_IO_PENDING;
}

/* read_more reads the next bytes into the buffer. It gives 1, 0 after ms, -1 when the connection has ended. */
static int read_more(Transport *t, DWORD ms)
{
	HANDLE any[3] = {t->read_done, t->ended, t->stop};
	DWORD n = 0;

	if (!t->read_pending) {
		if (!start_read(t))
			return -1;
		t->read_pending = 1;
	}
	switch (WaitForMultipleObjects(3, any, FALSE, ms)) {
	case WAIT_TIMEOUT:
		return 0;
	case WAIT_OBJECT_0:
		break;
	default:
		return -1;
	}
	t->read_pending = 0;
	if (!GetOverlappedResult(t->handle, &t->read, &n, FALSE) || n == 0)
		return -1;
	t->buffer_to = n;
	return 1;
}

int transport_read(Transport *t, uint8_t *to, uint32_t n, DWORD ms)
{
	while (t->received < n) {
		uint32_t part = t->buffer_to - t->buffer_from;
		int r;

		if (part == 0) {
			if ((r = read_more(t, ms)) <= 0)
				return r;
			continue;
		}
		if (part > n - t->received)
			part = n - t->received;
		memcpy(to + t->received, t->buffer + t->buffer_from, part);
		t->received += part, t->buffer_from += part;
	}
	t->received = 0;
	return 1;
}

static int write_some(Transport *t, const uint8_t *from, uint32_t n, DWORD ms, DWORD *done)
{
	OVERLAPPED o = {.hEvent = t->write_done};
	HANDLE any[3] = {t->write_done, t->ended, t->stop};
	int begun;

#ifdef OFFHOOK_TEST
	if (t->is_socket) {
		WSABUF b = {n, (char *)from};
		DWORD sent;
		begun = WSASend((SOCKET)t->handle, &b, 1, &sent, 0, &o, NULL) == 0 || WSAGetLastError() == WSA_IO_PENDING;
	} else
#endif
		begun = WriteFile(t->handle, from, n, NULL, &o) || GetLastError() == ERROR_IO_PENDING;
	if (!begun)
		return 0;
	if (!HasOverlappedIoCompleted(&o) && WaitForMultipleObjects(3, any, FALSE, ms) != WAIT_OBJECT_0)
		CancelIoEx(t->handle, &o);
	return GetOverlappedResult(t->handle, &o, done, TRUE) && *done > 0;
}

int transport_write(Transport *t, const uint8_t *from, uint32_t n, DWORD ms)
{
	int ok = 1;

	AcquireSRWLockExclusive(&t->write_lock);
	while (ok && n > 0) {
		DWORD done = 0;
		ok = write_some(t, from, n, ms, &done);
		from += done, n -= done;
	}
	ReleaseSRWLockExclusive(&t->write_lock);
	if (!ok)
		transport_end(t); /* the daemon cannot read on behind half a frame */
	return ok;
}

void transport_end(Transport *t) { SetEvent(t->ended); }

void transport_close(Transport *t)
{
	DWORD n;

	if (t->read_pending) {
		CancelIoEx(t->handle, &t->read);
		GetOverlappedResult(t->handle, &t->read, &n, TRUE);
	}
#ifdef OFFHOOK_TEST
	if (t->is_socket)
		closesocket((SOCKET)t->handle);
	else
#endif
		CloseHandle(t->handle);
	if (t->ended)
		CloseHandle(t->ended);
	if (t->read_done)
		CloseHandle(t->read_done);
	if (t->write_done)
		CloseHandle(t->write_done);
	free(t);
}
