/* SPDX-License-Identifier: MIT */
/* dialhost DLL hosts the provider as the Telephony service does, with a daemon or without. It opens every line, makes a call on
 * the first line to each number that it reads from standard input, one a line, and ends with the input. It prints results and
 * messages, each behind the milliseconds since the start, and what the provider gives to OutputDebugString behind "debug". */
#include "../tsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LINES = 64, CAPS_SIZE = 4096 };

static SRWLOCK print_lock = SRWLOCK_INIT;
static ULONGLONG started_at;

static void print_event(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	AcquireSRWLockExclusive(&print_lock);
	printf("%llu ", GetTickCount64() - started_at);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	ReleaseSRWLockExclusive(&print_lock);
	va_end(args);
}

/* on_debug_string prints what OutputDebugString gets: Windows raises an exception with a code of its own for it. */
static LONG CALLBACK on_debug_string(EXCEPTION_POINTERS *e)
{
	if (e->ExceptionRecord->ExceptionCode == 0x40010006 && e->ExceptionRecord->NumberParameters >= 2)
		print_event("debug %.*s", (int)strcspn((const char *)e->ExceptionRecord->ExceptionInformation[1], "\r\n"), (const char *)e->ExceptionRecord->ExceptionInformation[1]);
	return EXCEPTION_CONTINUE_SEARCH;
}

static void CALLBACK completion(DRV_REQUESTID id, LONG result) { print_event("completed %lu 0x%lx", (DWORD)id, (DWORD)result); }

static void CALLBACK event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	(void)p2, (void)p3;
	print_event("message %lu line 0x%lx call 0x%lx 0x%lx", m, HANDLE_NUMBER(l), HANDLE_NUMBER(c), (DWORD)p1);
}

#define RESOLVE(f) __typeof__(&f) p_##f = (__typeof__(&f))(void *)GetProcAddress(dll, #f)

/* dialog_data checks that the function gives the same text and keeps nothing, whatever it gets. */
static void dialog_data(HMODULE dll)
{
	RESOLVE(TSPI_providerGenericDialogData);
	static char given[] = "set password=secret host=evil.example.com", again[64];
	LONG err = p_TSPI_providerGenericDialogData(1, TUISPIDLL_OBJECT_PROVIDERID, given, sizeof given);

	print_event("dialog 0x%lx %s", (DWORD)err, given);
	for (size_t i = strlen(given) + 1; i < sizeof given; i++)
		if (given[i])
			print_event("dialog data remains");
	err = p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_LINEID, again, 4);
	print_event("dialog 0x%lx %s", (DWORD)err, again);
	print_event("dialog 0x%lx", (DWORD)p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_DIALOGINSTANCE, again, sizeof again));
	print_event("dialog 0x%lx", (DWORD)p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_PROVIDERID, NULL, 0));
}

static HDRVLINE open_lines(HMODULE dll, DWORD lines)
{
	RESOLVE(TSPI_lineGetDevCaps);
	RESOLVE(TSPI_lineOpen);
	HDRVLINE first = NULL;

	for (DWORD i = 0; i < lines && i < MAX_LINES; i++) {
		static BYTE buffer[CAPS_SIZE];
		LINEDEVCAPS *caps = (LINEDEVCAPS *)buffer;
		HDRVLINE line = NULL;
		LONG err;
		memset(buffer, 0, sizeof buffer);
		caps->dwTotalSize = sizeof buffer;
		err = p_TSPI_lineGetDevCaps(7 + i, 0x30001, 0, caps);
		print_event("line %lu 0x%lx %ls permanent %lu", 7 + i, (DWORD)err, err ? L"" : (WCHAR *)(buffer + caps->dwLineNameOffset), caps->dwPermanentLineID);
		err = p_TSPI_lineOpen(7 + i, (HTAPILINE)(ULONG_PTR)(0x100 + i), &line, 0x30001, event);
		if (err)
			print_event("open 0x%lx", (DWORD)err);
		if (!i)
			first = line;
	}
	return first;
}

int main(int argc, char **argv)
{
	HMODULE dll = argc == 2 ? LoadLibraryA(argv[1]) : NULL;
	DWORD lines = 0, phones = 0, options = 0, id = 100;
	HDRVCALL call;
	HDRVLINE line;
	char number[64];
	LONG err;

	if (!dll)
		return 2;
	RESOLVE(TSPI_providerEnumDevices);
	RESOLVE(TSPI_providerInit);
	RESOLVE(TSPI_lineMakeCall);
	RESOLVE(TSPI_providerShutdown);
	started_at = GetTickCount64();
	AddVectoredExceptionHandler(1, on_debug_string);
	err = p_TSPI_providerEnumDevices(3, &lines, &phones, (HPROVIDER)1, event, NULL);
	print_event("lines %lu 0x%lx", lines, (DWORD)err);
	err = p_TSPI_providerInit(0x30001, 3, 7, 0, lines, 0, completion, &options);
	print_event("init 0x%lx", (DWORD)err);
	dialog_data(dll);
	line = open_lines(dll, lines);
	print_event("ready");
	while (fgets(number, sizeof number, stdin)) {
		WCHAR wide_number[64];
		number[strcspn(number, "\r\n")] = 0;
		MultiByteToWideChar(CP_UTF8, 0, number, -1, wide_number, 64);
		id++;
		err = p_TSPI_lineMakeCall((DRV_REQUESTID)id, line, (HTAPICALL)(ULONG_PTR)(0x200 + id), &call, wide_number, 0, NULL);
		print_event("makecall %s 0x%lx", number, (DWORD)err);
	}
	print_event("shutdown 0x%lx", (DWORD)p_TSPI_providerShutdown(0x30001, 3));
	FreeLibrary(dll);
	return 0;
}
