/* away DLL: a host of the provider while its daemon is away, and when it comes. It opens every line there is, asks for a call on
 * the first to each number that comes on standard input, a line each, and ends where that ends. What came of it stands on
 * standard output, behind the milliseconds since the start; what the provider gives to OutputDebugString too, behind "debug". */
#include "../tsp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINES = 64, BUFFER = 4096 };

static SRWLOCK pen = SRWLOCK_INIT;
static ULONGLONG began;

static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	AcquireSRWLockExclusive(&pen);
	printf("%llu ", GetTickCount64() - began);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	ReleaseSRWLockExclusive(&pen);
	va_end(args);
}

/* said hears OutputDebugString, which is an exception of its own kind. */
static LONG CALLBACK said(EXCEPTION_POINTERS *e)
{
	if (e->ExceptionRecord->ExceptionCode == 0x40010006 && e->ExceptionRecord->NumberParameters >= 2)
		say("debug %.*s", (int)strcspn((const char *)e->ExceptionRecord->ExceptionInformation[1], "\r\n"), (const char *)e->ExceptionRecord->ExceptionInformation[1]);
	return EXCEPTION_CONTINUE_SEARCH;
}

static void CALLBACK completion(DRV_REQUESTID id, LONG result) { say("completed %lu 0x%lx", (DWORD)id, (DWORD)result); }

static void CALLBACK event(HTAPILINE l, HTAPICALL c, DWORD m, DWORD_PTR p1, DWORD_PTR p2, DWORD_PTR p3)
{
	(void)p2, (void)p3;
	say("message %lu line 0x%lx call 0x%lx 0x%lx", m, IN_HANDLE(l), IN_HANDLE(c), (DWORD)p1);
}

#define EXPORT(f) __typeof__(&f) p_##f = (__typeof__(&f))(void *)GetProcAddress(dll, #f)

/* dialog_data: whatever is given, the same is told and nothing taken. */
static void dialog_data(HMODULE dll)
{
	EXPORT(TSPI_providerGenericDialogData);
	static char given[] = "set password=secret host=evil.example.com", again[64];
	LONG err = p_TSPI_providerGenericDialogData(1, TUISPIDLL_OBJECT_PROVIDERID, given, sizeof given);

	say("dialog 0x%lx %s", (DWORD)err, given);
	for (size_t i = strlen(given) + 1; i < sizeof given; i++)
		if (given[i])
			say("dialog data remains");
	err = p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_LINEID, again, 4);
	say("dialog 0x%lx %s", (DWORD)err, again);
	say("dialog 0x%lx", (DWORD)p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_DIALOGINSTANCE, again, sizeof again));
	say("dialog 0x%lx", (DWORD)p_TSPI_providerGenericDialogData(0, TUISPIDLL_OBJECT_PROVIDERID, NULL, 0));
}

static HDRVLINE open_all(HMODULE dll, DWORD lines)
{
	EXPORT(TSPI_lineGetDevCaps);
	EXPORT(TSPI_lineOpen);
	HDRVLINE first = NULL;

	for (DWORD i = 0; i < lines && i < LINES; i++) {
		static BYTE buffer[BUFFER];
		LINEDEVCAPS *caps = (LINEDEVCAPS *)buffer;
		HDRVLINE line = NULL;
		LONG err;
		memset(buffer, 0, sizeof buffer);
		caps->dwTotalSize = sizeof buffer;
		err = p_TSPI_lineGetDevCaps(7 + i, 0x30001, 0, caps);
		say("line %lu 0x%lx %ls permanent %lu", 7 + i, (DWORD)err, err ? L"" : (WCHAR *)(buffer + caps->dwLineNameOffset), caps->dwPermanentLineID);
		err = p_TSPI_lineOpen(7 + i, (HTAPILINE)(ULONG_PTR)(0x100 + i), &line, 0x30001, event);
		if (err)
			say("open 0x%lx", (DWORD)err);
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
	EXPORT(TSPI_providerEnumDevices);
	EXPORT(TSPI_providerInit);
	EXPORT(TSPI_lineMakeCall);
	EXPORT(TSPI_providerShutdown);
	began = GetTickCount64();
	AddVectoredExceptionHandler(1, said);
	err = p_TSPI_providerEnumDevices(3, &lines, &phones, (HPROVIDER)1, event, NULL);
	say("lines %lu 0x%lx", lines, (DWORD)err);
	err = p_TSPI_providerInit(0x30001, 3, 7, 0, lines, 0, completion, &options);
	say("init 0x%lx", (DWORD)err);
	dialog_data(dll);
	line = open_all(dll, lines);
	say("ready");
	while (fgets(number, sizeof number, stdin)) {
		WCHAR wide_number[64];
		number[strcspn(number, "\r\n")] = 0;
		MultiByteToWideChar(CP_UTF8, 0, number, -1, wide_number, 64);
		id++;
		err = p_TSPI_lineMakeCall((DRV_REQUESTID)id, line, (HTAPICALL)(ULONG_PTR)(0x200 + id), &call, wide_number, 0, NULL);
		say("asked %s 0x%lx", number, (DWORD)err);
	}
	say("shutdown 0x%lx", (DWORD)p_TSPI_providerShutdown(0x30001, 3));
	FreeLibrary(dll);
	return 0;
}
