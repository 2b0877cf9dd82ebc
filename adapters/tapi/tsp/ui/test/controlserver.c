/* SPDX-License-Identifier: MIT */
/* controlserver DIR serves the control channel for tests of the dialogs. It appends each request to the file DIR\requests and
 * answers a verb with the content of the file DIR\VERB. A file that begins with "!hang" means no answer, one with "!close" the
 * end of the connection. */
#include <windows.h>

#include <stdio.h>
#include <string.h>

enum { MAX_REQUEST = 256 * 1024 };

static char request[MAX_REQUEST + 1], answer[4 * MAX_REQUEST];

static size_t read_file(const char *dir, const char *name)
{
	char path[MAX_PATH];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s\\%s", dir, name);
	f = fopen(path, "rb");
	if (!f)
		return 0;
	n = fread(answer, 1, sizeof answer - 1, f);
	fclose(f);
	answer[n] = 0;
	return n;
}

static void append_request(const char *dir, DWORD n)
{
	char path[MAX_PATH];
	FILE *f;

	snprintf(path, sizeof path, "%s\\requests", dir);
	f = fopen(path, "ab");
	if (!f)
		return;
	fwrite(request, 1, n, f);
	fclose(f);
}

static DWORD read_request(HANDLE pipe)
{
	DWORD n = 0, got;

	while (n < MAX_REQUEST && ReadFile(pipe, request + n, MAX_REQUEST - n, &got, NULL) && got > 0) {
		n += got;
		if (n >= 2 && memcmp(request + n - 2, "\n\n", 2) == 0)
			break;
	}
	request[n] = 0;
	return n;
}

static void wait_for_end(HANDLE pipe)
{
	char c;
	DWORD got;

	while (ReadFile(pipe, &c, 1, &got, NULL) && got > 0)
		;
}

static void serve(HANDLE pipe, const char *dir)
{
	char verb[65] = "";
	DWORD n = read_request(pipe), sent;
	size_t size;

	if (n == 0)
		return;
	append_request(dir, n);
	if (sscanf(request, "offhook 1 %64[a-z-]", verb) != 1 || (size = read_file(dir, verb)) == 0)
		size = (size_t)snprintf(answer, sizeof answer, "error unknown-verb there is no file %s\n\n", verb);
	if (strncmp(answer, "!close", 6) == 0)
		return;
	if (strncmp(answer, "!hang", 5) != 0)
		WriteFile(pipe, answer, (DWORD)size, &sent, NULL);
	wait_for_end(pipe);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	for (int first = 1;; first = 0) {
		HANDLE pipe = CreateNamedPipeW(L"\\\\.\\pipe\\offhook-config", PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT,
			PIPE_UNLIMITED_INSTANCES, 65536, 65536, 0, NULL);
		if (pipe == INVALID_HANDLE_VALUE)
			return 1;
		if (first) {
			puts("serving");
			fflush(stdout);
		}
		if (ConnectNamedPipe(pipe, NULL) || GetLastError() == ERROR_PIPE_CONNECTED)
			serve(pipe, argv[1]);
		DisconnectNamedPipe(pipe);
		CloseHandle(pipe);
	}
}
