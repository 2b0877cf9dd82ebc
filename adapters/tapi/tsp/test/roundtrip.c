/* roundtrip serve PIPE: a daemon that answers every request at once with nothing in it.
 * roundtrip DLL PIPE SECONDS: how long a request takes through the provider, and how long the same bytes take to that daemon and
 * back without it, in turns; the medians in nanoseconds, and of the ratios of neighbouring turns. make bench shows them.
 *
 * The bare side does what the transport asks of anybody who must not hang: overlapped reads and writes, one at a time, each
 * waited for with a limit. What the provider adds is the rest: its frames, its two threads, its locks. */
#include "../tsp.h"
#include "../functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURN = 41, MOST = 1 << 15, PATIENCE = 10000 };

/* ---- overlapped, waited for ---- */

static int whole(HANDLE h, HANDLE event, void *at, DWORD n, int out)
{
	while (n > 0) {
		OVERLAPPED o = {.hEvent = event};
		DWORD done = 0;
		BOOL begun = out ? WriteFile(h, at, n, NULL, &o) : ReadFile(h, at, n, NULL, &o);

		if (!begun && GetLastError() != ERROR_IO_PENDING)
			return 0;
		if ((!HasOverlappedIoCompleted(&o) && WaitForSingleObject(event, PATIENCE) != WAIT_OBJECT_0) || !GetOverlappedResult(h, &o, &done, FALSE) || !done)
			return 0;
		at = (char *)at + done, n -= done;
	}
	return 1;
}

/* ---- the daemon ---- */

static uint32_t answer(const uint8_t *in, uint8_t *out)
{
	static const uint8_t welcome[] = {1, 0, 0x60, 0xEA, 0, 0, 5, 'b', 'e', 'n', 'c', 'h', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	uint8_t *at = out + WIRE_HEAD;
	int init = in[WIRE_HEAD] == F_INIT;

	memcpy(out, in, WIRE_HEAD); /* magic, version, id */
	if (in[5] == KIND_HELLO) {
		memcpy(at, welcome, sizeof welcome);
		out[5] = KIND_WELCOME;
		put_u32(out + 12, sizeof welcome);
		return WIRE_HEAD + sizeof welcome;
	}
	memset(at, 0, 32);
	at[0] = in[WIRE_HEAD], at[1] = in[WIRE_HEAD + 1]; /* the function; its result is 0 */
	at[6] = 1;                                        /* the first value: one line, or its handle */
	put_u32(at + 22, init ? 4 : 0xFFFFFFFFu);         /* the block: permanent ids */
	if (init)
		at[26] = 1;
	out[5] = KIND_REPLY;
	put_u32(out + 12, init ? 32 : 28);
	return WIRE_HEAD + get_u32(out + 12);
}

static DWORD WINAPI serve_one(LPVOID pipe)
{
	static __thread uint8_t in[WIRE_MAX_FRAME], out[128];
	HANDLE h = pipe, event = CreateEventW(NULL, TRUE, FALSE, NULL);

	while (whole(h, event, in, WIRE_HEAD, 0) && get_u32(in + 12) <= WIRE_MAX_PAYLOAD &&
		whole(h, event, in + WIRE_HEAD, get_u32(in + 12), 0))
		if (in[5] <= KIND_REQUEST && !whole(h, event, out, answer(in, out), 1))
			break;
	CloseHandle(event);
	CloseHandle(h);
	return 0;
}

static int serve(const char *name)
{
	puts("serving");
	fflush(stdout);
	for (;;) {
		OVERLAPPED o = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
		HANDLE h = CreateNamedPipeA(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED, PIPE_TYPE_BYTE, PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, NULL), t;
		DWORD n;

		if (h == INVALID_HANDLE_VALUE || !o.hEvent)
			return 1;
		if (!ConnectNamedPipe(h, &o) && GetLastError() == ERROR_IO_PENDING)
			GetOverlappedResult(h, &o, &n, TRUE);
		CloseHandle(o.hEvent);
		t = CreateThread(NULL, 0, serve_one, h, 0, NULL);
		if (t)
			CloseHandle(t);
	}
}

/* ---- the two sides ---- */

static double bare_medians[MOST], provider_medians[MOST], ratios[MOST]; /* of each turn */

static LONGLONG now(void)
{
	LARGE_INTEGER t;

	QueryPerformanceCounter(&t);
	return t.QuadPart;
}

static HANDLE bare, bare_event;
static uint8_t bare_frame[512];
static uint32_t bare_size;

static int bare_begin(const char *name)
{
	uint8_t reply[128];
	Hello hello = {.bits = 64, .product = "bare"};
	Request r = {.function = F_SET_STATUS_MESSAGES, .line = 1, .values = {0xFFFF, 0xFFFF}};

	bare = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
	bare_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (bare == INVALID_HANDLE_VALUE || !bare_event || !whole(bare, bare_event, bare_frame, wire_hello(bare_frame, &hello), 1) ||
		!whole(bare, bare_event, reply, WIRE_HEAD + 24, 0))
		return 0;
	bare_size = wire_request(bare_frame, 1, &r);
	return 1;
}

static int bare_once(void)
{
	uint8_t reply[WIRE_HEAD + 28];

	return whole(bare, bare_event, bare_frame, bare_size, 1) && whole(bare, bare_event, reply, sizeof reply, 0);
}

static LONG(TSPIAPI *set_status_messages)(HDRVLINE, DWORD, DWORD);
static HDRVLINE line;

static void CALLBACK completion(DRV_REQUESTID id, LONG result) { (void)id, (void)result; }

static void CALLBACK event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	(void)l, (void)c, (void)m, (void)p1, (void)p2, (void)p3;
}

#define EXPORT(f) __typeof__(&f) p_##f = (__typeof__(&f))(void *)GetProcAddress(dll, #f)

static int provider_begin(const char *file)
{
	HMODULE dll = LoadLibraryA(file);
	EXPORT(TSPI_providerEnumDevices);
	EXPORT(TSPI_providerInit);
	EXPORT(TSPI_lineOpen);
	EXPORT(TSPI_lineSetStatusMessages);
	DWORD lines = 0, phones = 0, options = 0;

	set_status_messages = p_TSPI_lineSetStatusMessages;
	return dll && p_TSPI_providerEnumDevices(1, &lines, &phones, (HPROVIDER)1, event, NULL) == 0 && lines == 1 &&
		p_TSPI_providerInit(0x30001, 1, 0, 0, 1, 0, completion, &options) == 0 &&
		p_TSPI_lineOpen(0, (HTAPILINE)1, &line, 0x30001, event) == 0;
}

static int provider_once(void) { return set_status_messages(line, 0xFFFF, 0xFFFF) == 0; }

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *all, int n)
{
	qsort(all, (size_t)n, sizeof *all, by_size);
	return all[n / 2];
}

/* turn gives the median of some rounds in nanoseconds; 0 if one failed. */
static double turn(int (*once)(void))
{
	double all[TURN];
	LARGE_INTEGER f;

	QueryPerformanceFrequency(&f);
	for (int i = 0; i < TURN; i++) {
		LONGLONG t = now();
		if (!once())
			return 0;
		all[i] = (double)(now() - t) * 1e9 / (double)f.QuadPart;
	}
	return median(all, TURN);
}

int main(int argc, char **argv)
{
	ULONGLONG end;
	int n;

	if (argc == 3 && strcmp(argv[1], "serve") == 0)
		return serve(argv[2]);
	if (argc != 4)
		return 2;
	SetEnvironmentVariableA("OFFHOOK_PIPE", argv[2]);
	if (!bare_begin(argv[2]) || !provider_begin(argv[1])) {
		printf("cannot begin: error %lu\n", GetLastError());
		return 1;
	}
	if (turn(bare_once) == 0 || turn(provider_once) == 0) /* to warm up */
		return 1;
	end = GetTickCount64() + (ULONGLONG)(atof(argv[3]) * 1000);
	for (n = 0; n < MOST && (n < 5 || GetTickCount64() < end); n++) {
		bare_medians[n] = turn(bare_once);
		provider_medians[n] = turn(provider_once);
		if (bare_medians[n] == 0 || provider_medians[n] == 0) {
			puts("a request failed");
			return 1;
		}
		ratios[n] = provider_medians[n] / bare_medians[n];
	}
	printf("bare %.0f provider %.0f ratio %.4f turns %d\n", median(bare_medians, n), median(provider_medians, n), median(ratios, n), n);
	fflush(stdout);
	TerminateProcess(GetCurrentProcess(), 0); /* the session is of no further interest */
	return 0;
}
