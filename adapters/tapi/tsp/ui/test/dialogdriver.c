/* SPDX-License-Identifier: MIT */
/* dialogdriver DLL FUNCTION LANGUAGE calls a function of offhookui.dll as TAPI does, and runs the commands that it reads from
 * standard input on the function's dialog. It prints one line for each command, "#NUMBER RESULT". When the function returns, it
 * prints "ended RESULT" and ends. It is for tests; the library has no code for it.
 *
 * dialogdriver --front TITLE does the same with windows of other programs that have TITLE in their title, until standard input
 * ends. */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapi.h>
#include <tspi.h>

static const char *function;
static HMODULE ui_library;
static DWORD dialog_thread;
static HANDLE ended;
static LONG result;

static LONG CALLBACK callback(DWORD_PTR id, DWORD type, LPVOID params, DWORD size)
{
	(void)id, (void)type, (void)params, (void)size;
	puts("the provider was called");
	return LINEERR_OPERATIONUNAVAIL;
}

static FARPROC export(const char *name)
{
	FARPROC p = GetProcAddress(ui_library, name);

	if (!p) {
		printf("no export %s\n", name);
		exit(3);
	}
	return p;
}

typedef LONG(WINAPI *ProviderCall)(TUISPIDLLCALLBACK, HWND, DWORD);
typedef LONG(WINAPI *LineCall)(TUISPIDLLCALLBACK, DWORD, HWND, LPCWSTR);
typedef LONG(WINAPI *EditCall)(TUISPIDLLCALLBACK, DWORD, HWND, LPCWSTR, LPVOID, DWORD, LPVARSTRING);

static LONG call_function(void)
{
	if (strcmp(function, "line") == 0)
		return ((LineCall)(void *)export("TUISPI_lineConfigDialog"))(callback, 0, NULL, L"tapi/line");
	if (strcmp(function, "line-class") == 0)
		return ((LineCall)(void *)export("TUISPI_lineConfigDialog"))(callback, 0, NULL, L"comm/datamodem");
	if (strcmp(function, "edit") == 0)
		return ((EditCall)(void *)export("TUISPI_lineConfigDialogEdit"))(callback, 0, NULL, NULL, NULL, 0, NULL);
	if (strcmp(function, "install") == 0)
		return ((ProviderCall)(void *)export("TUISPI_providerInstall"))(callback, NULL, 7);
	if (strcmp(function, "remove") == 0)
		return ((ProviderCall)(void *)export("TUISPI_providerRemove"))(callback, NULL, 7);
	return ((ProviderCall)(void *)export("TUISPI_providerConfig"))(callback, NULL, 7);
}

static DWORD WINAPI run_function(LPVOID unused)
{
	(void)unused;
	result = call_function();
	SetEvent(ended);
	return 0;
}

/* find_enabled_dialog finds the dialog in front: Windows disables a window below a modal dialog. */
static BOOL CALLBACK find_enabled_dialog(HWND h, LPARAM print_text)
{
	WCHAR class[16];

	if (GetClassNameW(h, class, 16) && wcscmp(class, L"#32770") == 0 && IsWindowVisible(h) && IsWindowEnabled(h)) {
		*(HWND *)print_text = h;
		return FALSE;
	}
	return TRUE;
}

static WCHAR front_title[128]; /* empty: windows of this process */

static BOOL CALLBACK find_titled_dialog(HWND h, LPARAM print_text)
{
	WCHAR title[256] = L"";

	GetWindowTextW(h, title, 256);
	return *front_title && wcsstr(title, front_title) ? find_enabled_dialog(h, print_text) : TRUE;
}

static HWND front_dialog(void)
{
	HWND h = NULL;

	if (*front_title)
		EnumWindows(find_titled_dialog, (LPARAM)&h);
	else
		EnumThreadWindows(dialog_thread, find_enabled_dialog, (LPARAM)&h);
	return h;
}

typedef struct {
	int id;
	HWND found;
} Search;

static BOOL CALLBACK find_control(HWND h, LPARAM print_text)
{
	Search *s = (Search *)print_text;

	if (GetDlgCtrlID(h) != s->id || !IsWindowVisible(h))
		return TRUE;
	s->found = h;
	return FALSE;
}

/* control_of finds a control of a dialog, or of the pages within it. */
static HWND control_of(HWND d, int id)
{
	Search s = {id, d ? GetDlgItem(d, id) : NULL};

	if (d && !s.found)
		EnumChildWindows(d, find_control, (LPARAM)&s);
	return s.found;
}

/* print_text prints a text as UTF-8 in one line. */
static void print_text(const WCHAR *text)
{
	char utf8[16384];

	if (!WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL))
		return;
	for (char *p = utf8; *p; p++)
		if (*p != '\r')
			putchar(*p == '\n' ? ' ' : *p);
	SecureZeroMemory(utf8, sizeof utf8);
}

static void print_window_text(HWND h)
{
	WCHAR text[4096] = L"";

	SendMessageW(h, WM_GETTEXT, 4096, (LPARAM)text);
	print_text(text);
	SecureZeroMemory(text, sizeof text);
}

/* measure_text gives the size of a text as its control draws it. */
static void measure_text(HWND h, const WCHAR *text, const WCHAR *class, RECT *r)
{
	HDC dc = GetDC(h);
	HFONT own_font = *front_title ? CreateFontW(-11, 0, 0, 0, FW_NORMAL, 0, 0, 0, DEFAULT_CHARSET, 0, 0, 0, 0, L"MS Shell Dlg") : NULL; /* a font handle is valid in its own process only */
	HGDIOBJ old = SelectObject(dc, own_font ? own_font : (HFONT)SendMessageW(h, WM_GETFONT, 0, 0));

	GetClientRect(h, r);
	r->bottom = 0;
	if (lstrcmpiW(class, L"Static") == 0)
		DrawTextW(dc, text, -1, r, DT_CALCRECT | DT_WORDBREAK);
	else
		DrawTextW(dc, text, -1, r, DT_CALCRECT | DT_SINGLELINE);
	SelectObject(dc, old);
	if (own_font)
		DeleteObject(own_font);
	ReleaseDC(h, dc);
}

static BOOL CALLBACK print_control(HWND h, LPARAM parent)
{
	WCHAR class[32], text[4096] = L"";
	RECT r, need, client;

	GetClassNameW(h, class, 32);
	SendMessageW(h, WM_GETTEXT, 4096, (LPARAM)text);
	GetWindowRect(h, &r);
	GetClientRect(h, &client);
	MapWindowPoints(NULL, (HWND)parent, (POINT *)&r, 2);
	measure_text(h, text, class, &need);
	printf("%d\t", GetDlgCtrlID(h));
	print_text(class);
	printf("\t%d\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t", IsWindowVisible(h) != 0, IsWindowEnabled(h) != 0, r.left, r.top, r.right, r.bottom,
		client.right, client.bottom, need.right, need.bottom);
	print_text(text);
	printf("\x1e");
	return TRUE;
}

static void print_controls(HWND d)
{
	RECT r;

	GetClientRect(d, &r);
	printf("%ld\t%ld\x1e", r.right, r.bottom);
	EnumChildWindows(d, print_control, (LPARAM)d);
}

static void print_list(HWND h)
{
	WCHAR text[512];
	int i, n = (int)SendMessageW(h, LB_GETCOUNT, 0, 0);

	for (i = 0; i < n; i++) {
		if (SendMessageW(h, LB_GETTEXTLEN, (WPARAM)i, 0) < 512 && SendMessageW(h, LB_GETTEXT, (WPARAM)i, (LPARAM)text) >= 0)
			print_text(text);
		printf("%s|", SendMessageW(h, LB_GETSEL, (WPARAM)i, 0) > 0 ? "*" : "");
	}
}

static void print_tab_order(HWND d)
{
	HWND first = GetNextDlgTabItem(d, NULL, FALSE), h = first;

	for (int i = 0; h && i < 60 && (h != first || i == 0); i++, h = GetNextDlgTabItem(d, h, FALSE))
		printf("%d ", GetDlgCtrlID(h));
}

static void print_focus(void)
{
	GUITHREADINFO info = {.cbSize = sizeof info};

	if (GetGUIThreadInfo(dialog_thread, &info))
		printf("%d", GetDlgCtrlID(info.hwndFocus));
}

static void double_click(HWND h, int i)
{
	RECT r = {0};
	LPARAM at;

	SendMessageW(h, LB_GETITEMRECT, (WPARAM)i, (LPARAM)&r);
	at = MAKELPARAM(r.left + 8, r.top + 3);
	PostMessageW(h, WM_LBUTTONDOWN, MK_LBUTTON, at);
	PostMessageW(h, WM_LBUTTONUP, 0, at);
	PostMessageW(h, WM_LBUTTONDBLCLK, MK_LBUTTON, at);
	PostMessageW(h, WM_LBUTTONUP, 0, at);
	printf("done");
}

/* count_in_memory counts the copies of a text in this process' memory, in UTF-8 or UTF-16. The text is given backwards, so that
 * the command does not add a copy. */
static void count_in_memory(const char *backwards)
{
	size_t n = strlen(backwards), i, k, found = 0;
	MEMORY_BASIC_INFORMATION m;
	const char *at = NULL;

	for (; VirtualQuery(at, &m, sizeof m) == sizeof m; at = (const char *)m.BaseAddress + m.RegionSize) {
		const char *p = m.BaseAddress;
		if (m.State != MEM_COMMIT || (m.Protect != PAGE_READWRITE && m.Protect != PAGE_EXECUTE_READWRITE) || n == 0)
			continue;
		for (i = 0; i + 2 * n <= m.RegionSize; i++) {
			if (p[i] != backwards[n - 1])
				continue;
			for (k = 1; k < n && p[i + k] == backwards[n - 1 - k]; k++)
				;
			found += k == n;
			for (k = 1; k < n && p[i + 2 * k] == backwards[n - 1 - k] && p[i + 2 * k - 1] == 0; k++)
				;
			found += k == n;
		}
	}
	printf("%zu", found);
}

static void run_command(HWND d, const char *verb, int id, char *rest)
{
	HWND h = control_of(d, id);
	WCHAR wide[4096] = L"";

	MultiByteToWideChar(CP_UTF8, 0, rest, -1, wide, 4096);
	if (strcmp(verb, "remains") == 0)
		count_in_memory(rest);
	else if (!d)
		printf("no dialog");
	else if (strcmp(verb, "title") == 0)
		print_window_text(d);
	else if (strcmp(verb, "dump") == 0)
		print_controls(d);
	else if (strcmp(verb, "tabs") == 0)
		print_tab_order(d);
	else if (strcmp(verb, "focus") == 0)
		print_focus();
	else if (strcmp(verb, "default") == 0)
		printf("%d", LOWORD(SendMessageW(d, DM_GETDEFID, 0, 0)));
	else if (strcmp(verb, "alive") == 0)
		printf("%d", SendMessageTimeoutW(d, WM_NULL, 0, 0, SMTO_NORMAL, 500, NULL) != 0);
	else if (strcmp(verb, "close") == 0)
		printf("%d", PostMessageW(d, WM_CLOSE, 0, 0));
	else if (strcmp(verb, "rect") == 0) {
		RECT r;
		GetWindowRect(d, &r);
		printf("%ldx%ld+%ld+%ld", r.right - r.left, r.bottom - r.top, r.left, r.top);
	} else if (!h)
		printf("no control");
	else if (strcmp(verb, "text") == 0)
		print_window_text(h);
	else if (strcmp(verb, "set") == 0)
		printf("%d", (int)SendMessageW(h, WM_SETTEXT, 0, (LPARAM)wide));
	else if (strcmp(verb, "click") == 0)
		printf("%d", IsWindowEnabled(h) && PostMessageW(h, BM_CLICK, 0, 0));
	else if (strcmp(verb, "checked") == 0)
		printf("%d", SendMessageW(h, BM_GETCHECK, 0, 0) == BST_CHECKED);
	else if (strcmp(verb, "enabled") == 0)
		printf("%d", IsWindowEnabled(h) != 0);
	else if (strcmp(verb, "readonly") == 0)
		printf("%d", (GetWindowLongW(h, GWL_STYLE) & ES_READONLY) != 0);
	else if (strcmp(verb, "masked") == 0)
		printf("%d", SendMessageW(h, EM_GETPASSWORDCHAR, 0, 0) != 0);
	else if (strcmp(verb, "list") == 0)
		print_list(h);
	else if (strcmp(verb, "pick") == 0)
		printf("%d", (int)SendMessageW(h, LB_SETSEL, TRUE, SendMessageW(h, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM)wide)));
	else if (strcmp(verb, "double") == 0)
		double_click(h, (int)SendMessageW(h, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM)wide));
	else
		printf("no such command");
	SecureZeroMemory(wide, sizeof wide);
}

static DWORD WINAPI read_commands(LPVOID unused)
{
	static char line[8192];
	static DWORD used;
	DWORD got;
	int n = 0;

	(void)unused;
	while (used < sizeof line - 1 && ReadFile(GetStdHandle(STD_INPUT_HANDLE), line + used, 1, &got, NULL) && got == 1) {
		char verb[16] = "", *rest;
		int id = 0, at = 0;
		if (line[used] != '\n') {
			used++;
			continue;
		}
		line[used] = 0;
		sscanf(line, "%15s %d %n", verb, &id, &at);
		rest = at ? line + at : line + strlen(verb) + (line[strlen(verb)] == ' ');
		printf("#%d ", ++n);
		run_command(front_dialog(), verb, id, rest);
		putchar('\n');
		fflush(stdout);
		SecureZeroMemory(line, sizeof line);
		used = 0;
	}
	return 0;
}

static LANGID language;

static LANGID WINAPI chosen_language(void)
{
	return language;
}

/* replace_language redirects the library's import of GetUserDefaultUILanguage to the language of the test. A Wine prefix cannot be
 * German otherwise, and Windows changes its language only when the user signs out. */
static int replace_language(const char *dll, const char *name)
{
	char *base = (char *)ui_library;
	IMAGE_NT_HEADERS *head = (IMAGE_NT_HEADERS *)(void *)(base + ((IMAGE_DOS_HEADER *)(void *)base)->e_lfanew);
	IMAGE_IMPORT_DESCRIPTOR *from = (IMAGE_IMPORT_DESCRIPTOR *)(void *)(base + head->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT].VirtualAddress);
	DWORD old;

	for (; from->Name; from++) {
		IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(void *)(base + from->OriginalFirstThunk), *at = (IMAGE_THUNK_DATA *)(void *)(base + from->FirstThunk);
		if (_stricmp(base + from->Name, dll) != 0)
			continue;
		for (; names->u1.AddressOfData; names++, at++)
			if (!IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) && strcmp(base + names->u1.AddressOfData + 2, name) == 0) {
				VirtualProtect(at, sizeof *at, PAGE_READWRITE, &old);
				at->u1.Function = (ULONG_PTR)chosen_language;
				return 1;
			}
	}
	return 0;
}

int main(int argc, char **argv)
{
	HANDLE threads[2];

	_setmode(_fileno(stdout), _O_BINARY);
	if (argc == 3 && strcmp(argv[1], "--front") == 0) {
		MultiByteToWideChar(CP_ACP, 0, argv[2], -1, front_title, 128);
		read_commands(NULL);
		return 0;
	}
	if (argc != 4)
		return 2;
	function = argv[2];
	ui_library = LoadLibraryA(argv[1]);
	if (!ui_library) {
		printf("%s cannot be loaded: error %lu\n", argv[1], GetLastError());
		return 1;
	}
	language = strcmp(argv[3], "de") == 0 ? 0x407 : 0x409;
	if (!replace_language("kernel32.dll", "GetUserDefaultUILanguage")) {
		puts("the library does not ask for the language");
		return 1;
	}
	ended = CreateEventW(NULL, TRUE, FALSE, NULL);
	threads[0] = CreateThread(NULL, 0, run_function, NULL, 0, &dialog_thread);
	threads[1] = CreateThread(NULL, 0, read_commands, NULL, 0, NULL);
	WaitForSingleObject(ended, INFINITE);
	WaitForSingleObject(threads[0], 5000);
	FreeLibrary(ui_library); /* at once, as TAPI does */
	for (int i = 0; i < 100 && GetModuleHandleA(argv[1]); i++)
		Sleep(20); /* until the library's own threads have freed it, too */
	printf("ended 0x%lX\nlibrary %s\n", result, GetModuleHandleA(argv[1]) ? "stays" : "gone");
	fflush(stdout);
	ExitProcess(0);
}
