/* SPDX-License-Identifier: MIT */
#include "reg.h"
#include <strsafe.h>

#define POLL_MS 50 /* ms */

/* pipe_pair creates a pipe with one end that the child inherits. */
static bool pipe_pair(HANDLE *own_end, HANDLE *child_end, bool child_reads)
{
	SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
	HANDLE r, w;
	if (!CreatePipe(&r, &w, &inherit, 2 * PASSWORD_BYTES)) /* large enough for a password, so that writing it never blocks */
		return false;
	*own_end = child_reads ? w : r;
	*child_end = child_reads ? r : w;
	return SetHandleInformation(*own_end, HANDLE_FLAG_INHERIT, 0);
}

static void close_handle(HANDLE *h)
{
	if (*h)
		CloseHandle(*h);
	*h = NULL;
}

/* clear_environment removes the variables that offhook reads settings from, since the setup's caller must not set any. */
static void clear_environment(void)
{
	wchar_t name[256], *all = GetEnvironmentStringsW();
	for (const wchar_t *p = all; p && *p; p += wcslen(p) + 1) {
		const wchar_t *equals = wcschr(p + 1, L'=');
		if (_wcsnicmp(p, L"OFFHOOK_", 8) == 0 && equals && copy_text(name, LENGTH(name), p, (size_t)(equals - p)))
			SetEnvironmentVariableW(name, NULL);
	}
	if (all)
		FreeEnvironmentStringsW(all);
}

/* output collects what the program prints until a line is complete. */
struct output {
	char line[1024];
	size_t n;
};

static void log_output_line(struct output *s)
{
	wchar_t wide[LENGTH(s->line) + 1];
	if (s->n == 0)
		return;
	int n = MultiByteToWideChar(CP_UTF8, 0, s->line, (int)s->n, wide, LENGTH(wide) - 1);
	wide[n] = 0;
	log_line(L"  %s", wide);
	s->n = 0;
}

static void log_output(struct output *s, const char *bytes, DWORD count)
{
	for (DWORD i = 0; i < count; i++) {
		if (bytes[i] == '\n' || s->n == sizeof s->line)
			log_output_line(s);
		if (bytes[i] != '\n' && bytes[i] != '\r')
			s->line[s->n++] = bytes[i];
	}
}

static void read_output(HANDLE out, struct output *s)
{
	char bytes[1024];
	DWORD there = 0, n = 0;
	while (PeekNamedPipe(out, NULL, 0, NULL, &there, NULL) && there > 0 && ReadFile(out, bytes, sizeof bytes, &n, NULL) && n > 0)
		log_output(s, bytes, n);
}

static int wait_for_program(HANDLE process, HANDLE out, DWORD limit)
{
	struct output s = {.n = 0};
	DWORD code = 1;
	for (DWORD waited = 0;; waited += POLL_MS) {
		bool ended = WaitForSingleObject(process, POLL_MS) == WAIT_OBJECT_0;
		read_output(out, &s);
		if (ended)
			break;
		if (waited >= limit) {
			log_line(L"the program does not end within %lu seconds and is terminated", limit / 1000);
			TerminateProcess(process, 1);
			WaitForSingleObject(process, 5000);
			break;
		}
	}
	log_output_line(&s);
	return GetExitCodeProcess(process, &code) ? (int)code : 1;
}

/* run_program runs a program of offhook, writes input (UTF-8; may be NULL) to its standard input, logs what it prints and
 * returns its exit code, or -1 when it cannot be started. It logs the arguments, so they must hold no password. */
int run_program(const wchar_t *program, const wchar_t *arguments, const char *input, DWORD limit)
{
	HANDLE in = NULL, child_in = NULL, out = NULL, child_out = NULL;
	STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
	PROCESS_INFORMATION process = {0};
	DWORD written;
	int code = -1;
	size_t size = wcslen(program) + wcslen(arguments) + 4;
	wchar_t *line = HeapAlloc(GetProcessHeap(), 0, size * sizeof *line);
	clear_environment();
	if (line && pipe_pair(&in, &child_in, true) && pipe_pair(&out, &child_out, false)) {
		StringCchPrintfW(line, size, L"\"%s\" %s", program, arguments);
		log_line(L"%s %s", base_name(program), arguments);
		start.hStdInput = child_in, start.hStdOutput = start.hStdError = child_out;
		if (CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process)) {
			close_handle(&child_in);
			close_handle(&child_out);
			if (input)
				WriteFile(in, input, (DWORD)strlen(input), &written, NULL);
			close_handle(&in);
			code = wait_for_program(process.hProcess, out, limit);
			CloseHandle(process.hThread);
			CloseHandle(process.hProcess);
		} else
			log_line(L"the program cannot be started (error %lu)", GetLastError());
	}
	close_handle(&in), close_handle(&child_in), close_handle(&out), close_handle(&child_out);
	if (line)
		HeapFree(GetProcessHeap(), 0, line);
	return code;
}
