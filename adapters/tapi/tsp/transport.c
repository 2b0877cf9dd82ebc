#include "tsp.h"

#include <aclapi.h>
#include <sddl.h>
#include <stdlib.h>
#include <string.h>

#ifdef OFFHOOK_TEST
#include <winsock2.h>
#include <ws2tcpip.h>
#endif

/* A connection to the daemon: a named pipe, and in test builds a TCP socket on loopback. Reads and writes are overlapped,
 * so that none can hang. */

struct Transport {
	HANDLE h, stop, ended, reading, writing;
	SRWLOCK pen;
	int socket;
	OVERLAPPED read;
	int pending;
	uint32_t got;
	uint8_t ahead[4096]; /* what a read brought beyond what was wanted */
	uint32_t from, to;
};

/* trusted says whether the pipe was made by whom it should: SYSTEM, the administrators or the service's own account.
 * Anybody may make a pipe of any name while the daemon is not there. A pipe of another machine is trusted by its name,
 * which an administrator wrote into the registry. */
static int trusted(HANDLE h)
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
		log_line(LOG_ERROR, "the pipe %ls belongs to somebody else (error %lu): nothing is sent there", settings()->pipe, err);
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
	if (wcsncmp(name, L"\\\\.\\", 4) == 0 && !trusted(h)) {
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
	int socket = 0;
#ifdef OFFHOOK_TEST
	char tcp[64];
	DWORD n = GetEnvironmentVariableA("OFFHOOK_TCP", tcp, sizeof tcp);
	const char *port = n > 0 && n < sizeof tcp ? strrchr(tcp, ':') : NULL;

	if (port) {
		h = open_tcp(port + 1);
		socket = 1;
	} else
#endif
		h = open_pipe();
	if (h == INVALID_HANDLE_VALUE)
		return NULL;
	t = calloc(1, sizeof *t);
	if (t) {
		t->h = h, t->stop = stop, t->socket = socket;
		t->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
		t->reading = CreateEventW(NULL, TRUE, FALSE, NULL);
		t->writing = CreateEventW(NULL, TRUE, FALSE, NULL);
		if (t->ended && t->reading && t->writing)
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
	t->read.hEvent = t->reading;
	t->from = t->to = 0;
#ifdef OFFHOOK_TEST
	if (t->socket) {
		WSABUF b = {sizeof t->ahead, (char *)t->ahead};
		DWORD flags = 0, n;
		return WSARecv((SOCKET)t->h, &b, 1, &n, &flags, &t->read, NULL) == 0 || WSAGetLastError() == WSA_IO_PENDING;
	}
#endif
	return ReadFile(t->h, t->ahead, sizeof t->ahead, NULL, &t->read) || GetLastError() == ERROR_IO_PENDING;
}

/* fill brings the next bytes. 1, 0 after ms, -1 at the end. */
static int fill(Transport *t, DWORD ms)
{
	HANDLE any[3] = {t->reading, t->ended, t->stop};
	DWORD n = 0;

	if (!t->pending) {
		if (!start_read(t))
			return -1;
		t->pending = 1;
	}
	switch (WaitForMultipleObjects(3, any, FALSE, ms)) {
	case WAIT_TIMEOUT:
		return 0;
	case WAIT_OBJECT_0:
		break;
	default:
		return -1;
	}
	t->pending = 0;
	if (!GetOverlappedResult(t->h, &t->read, &n, FALSE) || n == 0)
		return -1;
	t->to = n;
	return 1;
}

int transport_read(Transport *t, uint8_t *to, uint32_t n, DWORD ms)
{
	while (t->got < n) {
		uint32_t part = t->to - t->from;
		int r;

		if (part == 0) {
			if ((r = fill(t, ms)) <= 0)
				return r;
			continue;
		}
		if (part > n - t->got)
			part = n - t->got;
		memcpy(to + t->got, t->ahead + t->from, part);
		t->got += part, t->from += part;
	}
	t->got = 0;
	return 1;
}

static int write_some(Transport *t, const uint8_t *from, uint32_t n, DWORD ms, DWORD *done)
{
	OVERLAPPED o = {.hEvent = t->writing};
	HANDLE any[3] = {t->writing, t->ended, t->stop};
	int begun;

#ifdef OFFHOOK_TEST
	if (t->socket) {
		WSABUF b = {n, (char *)from};
		DWORD sent;
		begun = WSASend((SOCKET)t->h, &b, 1, &sent, 0, &o, NULL) == 0 || WSAGetLastError() == WSA_IO_PENDING;
	} else
#endif
		begun = WriteFile(t->h, from, n, NULL, &o) || GetLastError() == ERROR_IO_PENDING;
	if (!begun)
		return 0;
	if (!HasOverlappedIoCompleted(&o) && WaitForMultipleObjects(3, any, FALSE, ms) != WAIT_OBJECT_0)
		CancelIoEx(t->h, &o);
	return GetOverlappedResult(t->h, &o, done, TRUE) && *done > 0;
}

int transport_write(Transport *t, const uint8_t *from, uint32_t n, DWORD ms)
{
	int ok = 1;

	AcquireSRWLockExclusive(&t->pen);
	while (ok && n > 0) {
		DWORD done = 0;
		ok = write_some(t, from, n, ms, &done);
		from += done, n -= done;
	}
	ReleaseSRWLockExclusive(&t->pen);
	if (!ok)
		transport_end(t); /* a frame in halves cannot be mended */
	return ok;
}

void transport_end(Transport *t) { SetEvent(t->ended); }

void transport_close(Transport *t)
{
	DWORD n;

	if (t->pending) {
		CancelIoEx(t->h, &t->read);
		GetOverlappedResult(t->h, &t->read, &n, TRUE);
	}
#ifdef OFFHOOK_TEST
	if (t->socket)
		closesocket((SOCKET)t->h);
	else
#endif
		CloseHandle(t->h);
	if (t->ended)
		CloseHandle(t->ended);
	if (t->reading)
		CloseHandle(t->reading);
	if (t->writing)
		CloseHandle(t->writing);
	free(t);
}
