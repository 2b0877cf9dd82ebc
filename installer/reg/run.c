#include "reg.h"
#include <strsafe.h>

#define LOOK_EVERY 50 /* ms */

/* pipe_pair makes a pipe of which the child inherits one end. */
static bool pipe_pair(HANDLE *ours, HANDLE *childs, bool child_reads)
{
	SECURITY_ATTRIBUTES inherit = {sizeof inherit, NULL, TRUE};
	HANDLE r, w;
	if (!CreatePipe(&r, &w, &inherit, 2 * PASSWORD_BYTES)) /* a password fits, so writing it never waits */
		return false;
	*ours = child_reads ? w : r;
	*childs = child_reads ? r : w;
	return SetHandleInformation(*ours, HANDLE_FLAG_INHERIT, 0);
}

static void close_handle(HANDLE *h)
{
	if (*h)
		CloseHandle(*h);
	*h = NULL;
}

/* clear_environment takes away the variables that offhook reads settings from: whoever starts the setup must not give any. */
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

/* tell logs what the program says, line by line. */
struct said {
	char line[1024];
	size_t n;
};

static void tell_line(struct said *s)
{
	wchar_t wide[LENGTH(s->line) + 1];
	if (s->n == 0)
		return;
	int n = MultiByteToWideChar(CP_UTF8, 0, s->line, (int)s->n, wide, LENGTH(wide) - 1);
	wide[n] = 0;
	log_line(L"  %s", wide);
	s->n = 0;
}

static void tell(struct said *s, const char *bytes, DWORD count)
{
	for (DWORD i = 0; i < count; i++) {
		if (bytes[i] == '\n' || s->n == sizeof s->line)
			tell_line(s);
		if (bytes[i] != '\n' && bytes[i] != '\r')
			s->line[s->n++] = bytes[i];
	}
}

static void listen(HANDLE out, struct said *s)
{
	char bytes[1024];
	DWORD there = 0, n = 0;
	while (PeekNamedPipe(out, NULL, 0, NULL, &there, NULL) && there > 0 && ReadFile(out, bytes, sizeof bytes, &n, NULL) && n > 0)
		tell(s, bytes, n);
}

static int wait_for(HANDLE process, HANDLE out, DWORD limit)
{
	struct said s = {.n = 0};
	DWORD code = 1;
	for (DWORD waited = 0;; waited += LOOK_EVERY) {
		bool ended = WaitForSingleObject(process, LOOK_EVERY) == WAIT_OBJECT_0;
		listen(out, &s);
		if (ended)
			break;
		if (waited >= limit) {
			log_line(L"it does not end within %lu seconds and is ended", limit / 1000);
			TerminateProcess(process, 1);
			WaitForSingleObject(process, 5000);
			break;
		}
	}
	tell_line(&s);
	return GetExitCodeProcess(process, &code) ? (int)code : 1;
}

/* run_program runs a program of ours, gives it input (UTF-8; may be NULL) on standard input, logs what it says and
 * returns its exit code, or -1 when it cannot be started. The arguments are logged, so they hold no password. */
int run_program(const wchar_t *program, const wchar_t *arguments, const char *input, DWORD limit)
{
	HANDLE in = NULL, childs_in = NULL, out = NULL, childs_out = NULL;
	STARTUPINFOW start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES};
	PROCESS_INFORMATION process = {0};
	DWORD written;
	int code = -1;
	size_t size = wcslen(program) + wcslen(arguments) + 4;
	wchar_t *line = HeapAlloc(GetProcessHeap(), 0, size * sizeof *line);
	clear_environment();
	if (line && pipe_pair(&in, &childs_in, true) && pipe_pair(&out, &childs_out, false)) {
		StringCchPrintfW(line, size, L"\"%s\" %s", program, arguments);
		log_line(L"%s %s", base_name(program), arguments);
		start.hStdInput = childs_in, start.hStdOutput = start.hStdError = childs_out;
		if (CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_NO_WINDOW, NULL, NULL, &start, &process)) {
			close_handle(&childs_in);
			close_handle(&childs_out);
			if (input)
				WriteFile(in, input, (DWORD)strlen(input), &written, NULL);
			close_handle(&in);
			code = wait_for(process.hProcess, out, limit);
			CloseHandle(process.hThread);
			CloseHandle(process.hProcess);
		} else
			log_line(L"it cannot be started (error %lu)", GetLastError());
	}
	close_handle(&in), close_handle(&childs_in), close_handle(&out), close_handle(&childs_out);
	if (line)
		HeapFree(GetProcessHeap(), 0, line);
	return code;
}
