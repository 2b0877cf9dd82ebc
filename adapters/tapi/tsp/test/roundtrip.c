/* SPDX-License-Identifier: MIT */
/* roundtrip serve PIPE is a daemon that replies to every request at once, with an empty reply.
 * roundtrip DLL PIPE SECONDS measures how long a request takes through the provider, and how long the same bytes take to that
 * daemon and back without the provider, in turns. It prints the medians in nanoseconds and the median of the ratios of
 * neighbouring turns; make bench shows them.
 *
 * The bare side has what every client with timeouts needs: overlapped reads and writes, one at a time, each with a limit. The
 * difference is what the provider adds: its frames, its two threads, its locks. */
#include "../tsp.h"
#include "../functions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 41, MAX_TURNS = 1 << 15, TIMEOUT_MS = 10000 };

/* ---- overlapped reads and writes with a limit ---- */

static int transfer_all(HANDLE h, HANDLE event, void *at, DWORD n, int out)
{
	while (n > 0) {
		OVERLAPPED o = {.hEvent = event};
		DWORD done = 0;
		BOOL begun = out ? WriteFile(h, at, n, NULL, &o) : ReadFile(h, at, n, NULL, &o);

		if (!begun && GetLastError() != ERROR_IO_PENDING)
			return 0;
		if ((!HasOverlappedIoCompleted(&o) && WaitForSingleObject(event, TIMEOUT_MS) != WAIT_OBJECT_0) || !GetOverlappedResult(h, &o, &done, FALSE) || !done)
			return 0;
		at = (char *)at + done, n -= done;
	}
	return 1;
}

/* ---- the daemon ---- */

static uint32_t make_reply(const uint8_t *in, uint8_t *out)
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
	at[0] = in[WIRE_HEAD], at[1] = in[WIRE_HEAD + 1]; /* the function code; the result is 0 */
	at[6] = 1;                                        /* the first value: one line, or its handle */
	put_u32(at + 22, init ? 4 : 0xFFFFFFFFu);         /* the block: permanent ids */
	if (init)
		at[26] = 1;
	out[5] = KIND_REPLY;
	put_u32(out + 12, init ? 32 : 28);
	return WIRE_HEAD + get_u32(out + 12);
}

static DWORD WINAPI serve_connection(LPVOID pipe)
{
	static __thread uint8_t in[WIRE_MAX_FRAME], out[128];
	HANDLE h = pipe, event = CreateEventW(NULL, TRUE, FALSE, NULL);

	while (transfer_all(h, event, in, WIRE_HEAD, 0) && get_u32(in + 12) <= WIRE_MAX_PAYLOAD &&
		transfer_all(h, event, in + WIRE_HEAD, get_u32(in + 12), 0))
		if (in[5] <= KIND_REQUEST && !transfer_all(h, event, out, make_reply(in, out), 1))
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
		t = CreateThread(NULL, 0, serve_connection, h, 0, NULL);
		if (t)
			CloseHandle(t);
	}
}

/* ---- the two sides ---- */

static double bare_medians[MAX_TURNS], provider_medians[MAX_TURNS], ratios[MAX_TURNS]; /* of each turn */

static LONGLONG now(void)
{
	LARGE_INTEGER t;

	QueryPerformanceCounter(&t);
	return t.QuadPart;
}

static HANDLE bare, bare_event;
static uint8_t bare_frame[512];
static uint32_t bare_size;

static int bare_open(const char *name)
{
	uint8_t reply[128];
	Hello hello = {.bits = 64, .product = "bare"};
	Request r = {.function = F_SET_STATUS_MESSAGES, .line = 1, .values = {0xFFFF, 0xFFFF}};

	bare = CreateFileA(name, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, FILE_FLAG_OVERLAPPED, NULL);
	bare_event = CreateEventW(NULL, TRUE, FALSE, NULL);
	if (bare == INVALID_HANDLE_VALUE || !bare_event || !transfer_all(bare, bare_event, bare_frame, wire_hello(bare_frame, &hello), 1) ||
		!transfer_all(bare, bare_event, reply, WIRE_HEAD + 24, 0))
		return 0;
	bare_size = wire_request(bare_frame, 1, &r);
	return 1;
}

static int bare_once(void)
{
	uint8_t reply[WIRE_HEAD + 28];

	return transfer_all(bare, bare_event, bare_frame, bare_size, 1) && transfer_all(bare, bare_event, reply, sizeof reply, 0);
}

static LONG(TSPIAPI *set_status_messages)(HDRVLINE, DWORD, DWORD);
static HDRVLINE line;

static void CALLBACK completion(DRV_REQUESTID id, LONG result) { (void)id, (void)result; }

static void CALLBACK event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	(void)l, (void)c, (void)m, (void)p1, (void)p2, (void)p3;
}

#define RESOLVE(f) __typeof__(&f) p_##f = (__typeof__(&f))(void *)GetProcAddress(dll, #f)

static int provider_open(const char *file)
{
	HMODULE dll = LoadLibraryA(file);
	RESOLVE(TSPI_providerEnumDevices);
	RESOLVE(TSPI_providerInit);
	RESOLVE(TSPI_lineOpen);
	RESOLVE(TSPI_lineSetStatusMessages);
	DWORD lines = 0, phones = 0, options = 0;

	set_status_messages = p_TSPI_lineSetStatusMessages;
	return dll && p_TSPI_providerEnumDevices(1, &lines, &phones, (HPROVIDER)1, event, NULL) == 0 && lines == 1 &&
		p_TSPI_providerInit(0x30001, 1, 0, 0, 1, 0, completion, &options) == 0 &&
		p_TSPI_lineOpen(0, (HTAPILINE)1, &line, 0x30001, event) == 0;
}

static int provider_once(void) { return set_status_messages(line, 0xFFFF, 0xFFFF) == 0; }

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *all, int n)
{
	qsort(all, (size_t)n, sizeof *all, compare_doubles);
	return all[n / 2];
}

/* measure_turn gives the median of ROUNDS round trips in nanoseconds; 0 when one failed. */
static double measure_turn(int (*once)(void))
{
	double all[ROUNDS];
	LARGE_INTEGER f;

	QueryPerformanceFrequency(&f);
	for (int i = 0; i < ROUNDS; i++) {
		LONGLONG t = now();
		if (!once())
			return 0;
		all[i] = (double)(now() - t) * 1e9 / (double)f.QuadPart;
	}
	return median(all, ROUNDS);
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
	if (!bare_open(argv[2]) || !provider_open(argv[1])) {
		printf("cannot begin: error %lu\n", GetLastError());
		return 1;
	}
	if (measure_turn(bare_once) == 0 || measure_turn(provider_once) == 0) /* to warm up */
		return 1;
	end = GetTickCount64() + (ULONGLONG)(atof(argv[3]) * 1000);
	for (n = 0; n < MAX_TURNS && (n < 5 || GetTickCount64() < end); n++) {
		bare_medians[n] = measure_turn(bare_once);
		provider_medians[n] = measure_turn(provider_once);
		if (bare_medians[n] == 0 || provider_medians[n] == 0) {
			puts("a request failed");
			return 1;
		}
		ratios[n] = provider_medians[n] / bare_medians[n];
	}
	printf("bare %.0f provider %.0f ratio %.4f turns %d\n", median(bare_medians, n), median(provider_medians, n), median(ratios, n), n);
	fflush(stdout);
	TerminateProcess(GetCurrentProcess(), 0); /* without ending the session, which is not measured */
	return 0;
}
