/* SPDX-License-Identifier: MIT */
/* dialogshow DLL FUNCTION LANGUAGE: calls a function of offhookui.dll as TAPI would, and does with its dialog what lines on
 * standard input say. Each line is answered by one on standard output, "#NUMBER ANSWER". When the function returns, it says
 * "ended RESULT" and ends. For tests; the library itself knows nothing of them.
 *
 * dialogshow --front TITLE does the same with windows of other programs that have TITLE in theirs, until standard input ends. */
#include <windows.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tapi.h>
#include <tspi.h>

static const char *function;
static HMODULE library;
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
	FARPROC p = GetProcAddress(library, name);

	if (!p) {
		printf("no export %s\n", name);
		exit(3);
	}
	return p;
}

typedef LONG(WINAPI *ProviderCall)(TUISPIDLLCALLBACK, HWND, DWORD);
typedef LONG(WINAPI *LineCall)(TUISPIDLLCALLBACK, DWORD, HWND, LPCWSTR);
typedef LONG(WINAPI *EditCall)(TUISPIDLLCALLBACK, DWORD, HWND, LPCWSTR, LPVOID, DWORD, LPVARSTRING);

static LONG call(void)
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

static DWORD WINAPI run(LPVOID unused)
{
	(void)unused;
	result = call();
	SetEvent(ended);
	return 0;
}

/* The dialog in front is the one that is enabled: a window below a modal one is not. */
static BOOL CALLBACK in_front(HWND h, LPARAM out)
{
	WCHAR class[16];

	if (GetClassNameW(h, class, 16) && wcscmp(class, L"#32770") == 0 && IsWindowVisible(h) && IsWindowEnabled(h)) {
		*(HWND *)out = h;
		return FALSE;
	}
	return TRUE;
}

static WCHAR front_title[128]; /* of other programs' windows */

static BOOL CALLBACK titled(HWND h, LPARAM out)
{
	WCHAR title[256] = L"";

	GetWindowTextW(h, title, 256);
	return *front_title && wcsstr(title, front_title) ? in_front(h, out) : TRUE;
}

static HWND dialog(void)
{
	HWND h = NULL;

	if (*front_title)
		EnumWindows(titled, (LPARAM)&h);
	else
		EnumThreadWindows(dialog_thread, in_front, (LPARAM)&h);
	return h;
}

typedef struct {
	int id;
	HWND found;
} Search;

static BOOL CALLBACK numbered(HWND h, LPARAM out)
{
	Search *s = (Search *)out;

	if (GetDlgCtrlID(h) != s->id || !IsWindowVisible(h))
		return TRUE;
	s->found = h;
	return FALSE;
}

/* control is a control of a dialog, or of the pages within it. */
static HWND control(HWND d, int id)
{
	Search s = {id, d ? GetDlgItem(d, id) : NULL};

	if (d && !s.found)
		EnumChildWindows(d, numbered, (LPARAM)&s);
	return s.found;
}

/* out writes a text in one line of UTF-8. */
static void out(const WCHAR *text)
{
	char utf8[16384];

	if (!WideCharToMultiByte(CP_UTF8, 0, text, -1, utf8, sizeof utf8, NULL, NULL))
		return;
	for (char *p = utf8; *p; p++)
		if (*p != '\r')
			putchar(*p == '\n' ? ' ' : *p);
	SecureZeroMemory(utf8, sizeof utf8);
}

static void text_of(HWND h)
{
	WCHAR text[4096] = L"";

	SendMessageW(h, WM_GETTEXT, 4096, (LPARAM)text);
	out(text);
	SecureZeroMemory(text, sizeof text);
}

/* needs measures what a text needs as its control draws it. */
static void needs(HWND h, const WCHAR *text, const WCHAR *class, RECT *r)
{
	HDC dc = GetDC(h);
	HFONT theirs = *front_title ? CreateFontW(-11, 0, 0, 0, FW_NORMAL, 0, 0, 0, DEFAULT_CHARSET, 0, 0, 0, 0, L"MS Shell Dlg") : NULL; /* fonts are each process' own */
	HGDIOBJ old = SelectObject(dc, theirs ? theirs : (HFONT)SendMessageW(h, WM_GETFONT, 0, 0));

	GetClientRect(h, r);
	r->bottom = 0;
	if (lstrcmpiW(class, L"Static") == 0)
		DrawTextW(dc, text, -1, r, DT_CALCRECT | DT_WORDBREAK);
	else
		DrawTextW(dc, text, -1, r, DT_CALCRECT | DT_SINGLELINE);
	SelectObject(dc, old);
	if (theirs)
		DeleteObject(theirs);
	ReleaseDC(h, dc);
}

static BOOL CALLBACK one(HWND h, LPARAM parent)
{
	WCHAR class[32], text[4096] = L"";
	RECT r, need, client;

	GetClassNameW(h, class, 32);
	SendMessageW(h, WM_GETTEXT, 4096, (LPARAM)text);
	GetWindowRect(h, &r);
	GetClientRect(h, &client);
	MapWindowPoints(NULL, (HWND)parent, (POINT *)&r, 2);
	needs(h, text, class, &need);
	printf("%d\t", GetDlgCtrlID(h));
	out(class);
	printf("\t%d\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t%ld\t", IsWindowVisible(h) != 0, IsWindowEnabled(h) != 0, r.left, r.top, r.right, r.bottom,
		client.right, client.bottom, need.right, need.bottom);
	out(text);
	printf("\x1e");
	return TRUE;
}

static void dump(HWND d)
{
	RECT r;

	GetClientRect(d, &r);
	printf("%ld\t%ld\x1e", r.right, r.bottom);
	EnumChildWindows(d, one, (LPARAM)d);
}

static void list(HWND h)
{
	WCHAR text[512];
	int i, n = (int)SendMessageW(h, LB_GETCOUNT, 0, 0);

	for (i = 0; i < n; i++) {
		if (SendMessageW(h, LB_GETTEXTLEN, (WPARAM)i, 0) < 512 && SendMessageW(h, LB_GETTEXT, (WPARAM)i, (LPARAM)text) >= 0)
			out(text);
		printf("%s|", SendMessageW(h, LB_GETSEL, (WPARAM)i, 0) > 0 ? "*" : "");
	}
}

static void tabs(HWND d)
{
	HWND first = GetNextDlgTabItem(d, NULL, FALSE), h = first;

	for (int i = 0; h && i < 60 && (h != first || i == 0); i++, h = GetNextDlgTabItem(d, h, FALSE))
		printf("%d ", GetDlgCtrlID(h));
}

static void focus(void)
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

/* remains counts where a text still is in this process' memory, in UTF-8 or UTF-16. It is given backwards, so that asking
 * does not put it there. */
static void remains(const char *backwards)
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

static void obey(HWND d, const char *verb, int id, char *rest)
{
	HWND h = control(d, id);
	WCHAR wide[4096] = L"";

	MultiByteToWideChar(CP_UTF8, 0, rest, -1, wide, 4096);
	if (strcmp(verb, "remains") == 0)
		remains(rest);
	else if (!d)
		printf("no dialog");
	else if (strcmp(verb, "title") == 0)
		text_of(d);
	else if (strcmp(verb, "dump") == 0)
		dump(d);
	else if (strcmp(verb, "tabs") == 0)
		tabs(d);
	else if (strcmp(verb, "focus") == 0)
		focus();
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
		text_of(h);
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
		list(h);
	else if (strcmp(verb, "pick") == 0)
		printf("%d", (int)SendMessageW(h, LB_SETSEL, TRUE, SendMessageW(h, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM)wide)));
	else if (strcmp(verb, "double") == 0)
		double_click(h, (int)SendMessageW(h, LB_FINDSTRINGEXACT, (WPARAM)-1, (LPARAM)wide));
	else
		printf("what?");
	SecureZeroMemory(wide, sizeof wide);
}

static DWORD WINAPI hear(LPVOID unused)
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
		obey(dialog(), verb, id, rest);
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

/* speak has the library's import of GetUserDefaultUILanguage lead to the language asked for: a prefix of Wine has no other
 * way to be German, and a Windows one only after signing out. */
static int speak(const char *dll, const char *name)
{
	char *base = (char *)library;
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
		hear(NULL);
		return 0;
	}
	if (argc != 4)
		return 2;
	function = argv[2];
	library = LoadLibraryA(argv[1]);
	if (!library) {
		printf("%s cannot be loaded: error %lu\n", argv[1], GetLastError());
		return 1;
	}
	language = strcmp(argv[3], "de") == 0 ? 0x407 : 0x409;
	if (!speak("kernel32.dll", "GetUserDefaultUILanguage")) {
		puts("the library does not ask for the language");
		return 1;
	}
	ended = CreateEventW(NULL, TRUE, FALSE, NULL);
	threads[0] = CreateThread(NULL, 0, run, NULL, 0, &dialog_thread);
	threads[1] = CreateThread(NULL, 0, hear, NULL, 0, NULL);
	WaitForSingleObject(ended, INFINITE);
	WaitForSingleObject(threads[0], 5000);
	FreeLibrary(library); /* as TAPI does, at once */
	for (int i = 0; i < 100 && GetModuleHandleA(argv[1]); i++)
		Sleep(20); /* its own threads let go of it too */
	printf("ended 0x%lX\nlibrary %s\n", result, GetModuleHandleA(argv[1]) ? "stays" : "gone");
	fflush(stdout);
	ExitProcess(0);
}
